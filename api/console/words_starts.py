"""Chinese of the page on which a scope starts from something else than items, and of what is wrong there."""

from __future__ import annotations

ZH = {
    "What went wrong?": "出了什么问题?",
    "Scope from something else": "从其他起点查范围",
    "Choose it, and say which one: its number, or its exact name as recorded. What came of it is followed to every finished "
    "unit, and to whoever received it.": (
        "请选择并指明:编号,或记录中的准确名称。由此产生的一切都会追踪到每件成品及其收货方。"
    ),
    "Recorded are": "已有记录",
    "Which readings": "哪些读数",
    "Outside the limits recorded with them": "超出随读数记录的限值",
    "Below or above what I say here": "低于或高于以下数值",
    "Together with this item": "连同此对象",
    "Show the scope": "显示范围",
    "Times: a date such as 2026-05-01 is the whole day, 2026-05-01T14:00+02:00 is a moment; without an offset it is UTC. "
    "Left empty: without beginning or end. What has no recorded time is taken in, and told as unsure.": (
        "时间:如 2026-05-01 为整天,2026-05-01T14:00+02:00 为某一时刻;无时差则为 UTC。"
        "留空即不限起止。没有时间记录的会计入,并注明不确定。"
    ),
    "For a lot, a unit or a delivery whose number is known, search for the number above.": (
        "若已知批次、单件或交货的编号,请在上方按编号搜索。"
    ),
    "No number at hand?": "手头没有编号?",
    "Start from a machine, a calibration, readings, a recipe ..": "可从设备、校准、读数、配方等开始",
    "Change what it starts from": "更改起点",
    "Selected": "选中",
    "Nothing recorded was selected by it. Look at its times and its spelling.": "没有选中任何记录。请核对时间和写法。",
    "What is at best and at worst is weighed for scopes of items only; this one starts from something else. What is unsure of "
    "its starts and the gaps in its records stand here.": (
        "最好与最坏情况只对以对象为起点的范围估算;本范围另有起点。起点的不确定之处和记录缺口见此处。"
    ),
    "Unsure of the starts": "起点存疑",
    "What else did it touch?": "还影响了什么?",
    "A piece of equipment": "某台设备",
    "Everything that came of a step that ran on it between these times.": "该时段内在其上运行的工序所产生的一切。",
    "A lapsed calibration": "校准过期",
    "Everything that came of a step on equipment after its recorded calibration had ended.": (
        "设备在记录的校准到期后,其上工序所产生的一切。"
    ),
    "Readings outside limits": "读数超限",
    "Everything that came of a step in which a parameter was read outside its limits, or below or above what you say.": (
        "参数读数超出限值(或低于、高于所给数值)的工序所产生的一切。"
    ),
    "A step": "某道工序",
    "Everything that this step made.": "该工序产出的一切。",
    "A recipe or procedure": "配方或规程",
    "Everything that came of a step that followed it, or this version of it.": "遵循它或其某一版本的工序所产生的一切。",
    "A place": "某个地点",
    "Everything that was there between these times, and all that came of it.": "该时段内在此的一切,以及由此产生的一切。",
    "An operator": "某位操作员",
    "Everything that came of a step that this person did.": "此人所做工序产生的一切。",
    "What a supplier delivered": "供应商的交货",
    "Every lot that was received from them between these times, and all that came of it.": (
        "该时段内从其收到的每个批次,以及由此产生的一切。"
    ),
    "Parameter": "参数",
    "Below": "低于",
    "Above": "高于",
    "In this unit": "所用单位",
    "Only on this piece of equipment": "仅限此设备",
    "Only at this place": "仅限此地点",
    "Recipe or procedure": "配方或规程编号",
    "Version": "版本",
    "Operator": "操作员",
    "Supplier": "供应商",
    "Only this material": "仅限此物料",
}
ERRORS: tuple[tuple[str, str], ...] = (
    (
        "Say what the scope starts from: choose what went wrong, and fill in which one.",
        "请说明范围的起点:选择出了什么问题,并指明是哪一个。",
    ),
    (
        "Say from what: {called}, or one of step, equipment, parameter, document, place ..",
        "请说明起点:对象,或工序、设备、参数、文件、地点等之一。",
    ),
    (
        "This starts from {count} things at once, and at most {most} are taken; of a parameter each combination with steps, "
        "equipment and places counts. Ask in parts.",
        "一次从 {count} 个起点查询,最多只取 {most} 个;参数与工序、设备、地点的每种组合各算一个。请分几次查询。",
    ),
    (
        "{name} is not read on this page. The interval of its starts is {one} and {other} there, the unit of a limit {unit}.",
        "此页不读取 {name}。此处起点的时段为 {one} 和 {other},限值的单位为 {unit}。",
    ),
    (
        "This file is of the full scope. A narrowed one stands beside it on the page of compared boundaries, with its files.",
        "此文件为完整范围。缩小后的范围在比较边界的页面上与其并列,文件也在那里。",
    ),
    ("No item is named. Search for it, and go on from its scope.", "没有指明对象。请先搜索,再从其范围继续。"),
    (
        "What is at best and at worst is weighed for items only, and these starts are none.",
        "最好与最坏情况只对对象估算,而此处的起点不是对象。",
    ),
    ("{name} is {text}. Write true, or leave it out.", "{name} 为 {text}。请写 true,或去掉它。"),
    ("{name} takes one value and was given {count} times. Give it once.", "{name} 只取一个值,却给出了 {count} 次。请只给一次。"),
    (
        "The parameter supplier cannot be used with your roles: {why}",
        "您的角色不能按供应商查询:看不到此类字段。请向管理员申请合适的角色。",
    ),
    (
        "The parameter place cannot be used with your roles: {why}",
        "您的角色不能按地点查询:看不到此类字段。请向管理员申请合适的角色。",
    ),
    (
        "The parameter operator cannot be used with your roles: {why}",
        "您的角色不能按操作员查询:看不到此类字段。请向管理员申请合适的角色。",
    ),
    (
        "“Parameter” needs “Outside the limits recorded with them” (the recorded limits), or “Below” or “Above”.",
        "“参数”须与“超出随读数记录的限值”、“低于”或“高于”一起使用。",
    ),
    (
        "“Outside the limits recorded with them”, “Below”, “Above” and “In this unit” belong to “Parameter”: say which parameter.",
        "“超出随读数记录的限值”、“低于”、“高于”和“所用单位”须与“参数”一起使用:请填写参数。",
    ),
    (
        "“Outside the limits recorded with them” means the recorded limits, “Below” and “Above” others: give one of the two.",
        "“超出随读数记录的限值”指记录的限值,“低于”和“高于”为另给的限值:请只用其一。",
    ),
    (
        "“In this unit” says the unit of “Below” and “Above”; give one of them.",
        "“所用单位”是“低于”和“高于”的单位;请填写其中之一。",
    ),
    (
        "“Below” and “Above” without “In this unit” are limits of one parameter: ask for each on its own.",
        "没有“所用单位”时,“低于”和“高于”只是一个参数的限值:请逐个查询。",
    ),
    (
        "{parameter} is recorded in several units of measure ({list}): say by “In this unit” in which of them “Below” and “Above” "
        "are.",
        "{parameter} 以多种单位记录({list}):请在“所用单位”中说明“低于”和“高于”的单位。",
    ),
    (
        "“In this unit” {text} is no unit of measure. Write a UN/ECE or UCUM code such as kg or Cel, or a loaded alias.",
        "“所用单位”{text} 不是计量单位。请填写 UN/ECE 或 UCUM 代码(如 kg、Cel),或已载入的别名。",
    ),
    (
        "“Below” {text} is no number that can be compared. Write it with digits and a point: 121.5",
        "“低于”{text} 不是可比较的数字。请用数字和小数点填写:121.5",
    ),
    (
        "“Above” {text} is no number that can be compared. Write it with digits and a point: 121.5",
        "“高于”{text} 不是可比较的数字。请用数字和小数点填写:121.5",
    ),
    ("The lower limit ({low}) lies above the upper one ({high}). Turn the two round.", "下限({low})高于上限({high})。请互换。"),
    (
        "“Version” belongs to one “Recipe or procedure”: say of which document.",
        "“版本”须与一个“配方或规程编号”一起使用:请说明是哪个文件。",
    ),
    (
        "“Only this material” belongs to “What a supplier delivered”: say whose deliveries.",
        "“仅限此物料”须与“供应商”一起使用:请说明是谁的交货。",
    ),
    (
        "“From” and “To” restrict equipment, readings, documents, operators, places and suppliers.",
        "“自”和“至”只限制设备、读数、文件、操作员、地点和供应商。",
    ),
    (
        "{text} is no time ({rule}). Give a date or a time such as 2026-05-01T12:00:00Z.",
        "{text} 不是时间。请填写日期,或如 2026-05-01T12:00:00Z 的时间。",
    ),
    (
        "The interval ends ({until}) before it begins ({since}). Turn the two times round.",
        "时段的结束({until})早于开始({since})。请互换两个时间。",
    ),
    (
        "No version {text} of document {document} is recorded as of entry {entry}. Recorded are: {list}.",
        "截至记录 {entry},文件 {document} 没有版本 {text}。已有:{list}。",
    ),
    (
        "{count} of them are named {text}. Give the number of one {what}.",
        "有 {count} 个名为 {text}。请填写其中一个的编号。",
    ),
    (
        "No end of the calibration of {equipment} is recorded as of entry {entry}, so nobody can say what ran after it. Ask "
        "without “A lapsed calibration”: “A piece of equipment” {again} “From” .. “To” ..",
        "截至记录 {entry},没有 {equipment} 校准到期的记录,因此无法得知其后运行了什么。请改用“某台设备”并填写时间。",
    ),
    *(
        (
            f"No {what} {{text}} is recorded as of entry {{entry}}. Check the text; upper and lower case, zeros and spaces count "
            "as they were recorded.",
            f"截至记录 {{entry}},没有名为 {{text}} 的{chinese}。请核对文字;大小写、零和空格均按记录区分。",
        )
        for what, chinese in (
            ("step", "工序"), ("piece of equipment", "设备"), ("place", "地点"), ("supplier", "供应商"), ("material", "物料"),
            ("document", "文件"), ("operator", "操作员"), ("parameter", "参数"),
        )
    ),
)  # fmt: skip
"""English message with its gaps, and the same in Chinese; they come before those of other pages."""
