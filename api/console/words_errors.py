"""Chinese of what pages say when something is refused. What a message cites stays as it was written.

A message that no pattern knows is shown as it is: whole and in English rather than guessed at.
"""

from __future__ import annotations

import re

from api.console import words_starts
from api.protocol.doors import over_http
from genealogy.wording import worded
from loaders.check_cells import ADVICE
from viz.words.phrases import phrase

ERRORS: tuple[tuple[str, str], ...] = (
    # Finding.
    (
        "No item, lot number{also} or serial is {text} as of entry {entry}. Check the text; upper and lower case, zeros and "
        "spaces count as they were recorded.",
        "截至记录 {entry},没有编号、批号、供应商批号或序列号为 {text} 的对象。请核对文字;大小写、零和空格均按记录区分。",
    ),
    (
        "{text} names {count} items of {sorts} sorts. Say which by id:, supplier-lot:SUPPLIER/X, lot: or serial:, or take all "
        "of them with “All of them”.{more}",
        "{text} 对应 {sorts} 类共 {count} 个对象。请用 id:、supplier-lot:供应商/批号、lot: 或 serial: 指明,或点击“全部”。{more}",
    ),
    (
        "{text} names {count} items, and the question is about one. Say which by id:.{more}",
        "{text} 对应 {count} 个对象,而此查询只针对一个。请用 id: 指明。{more}",
    ),
    ("{text} names no item. Write {prefix}TEXT.", "{text} 没有指明对象。请写成 {prefix}文字。"),
    (
        "There is no entry {entry}; the ledger has entries 0 to {head}. “Ledger” lists them.",
        "没有记录 {entry};账本有记录 0 至 {head}。请见“账本”页。",
    ),
    (
        "“As of entry” {text} is neither an entry nor a time. Give a number, or a time such as 2026-05-01T12:00:00Z.",
        "“截至记录”中的 {text} 既不是记录号也不是时间。请填写数字,或如 2026-05-01T12:00:00Z 的时间。",
    ),
    (
        "{what} cannot be used with your roles: they do not see this sort of field ({field}). Ask an administrator for a role "
        "that does.",
        "您的角色不能使用 {what}:看不到此类字段({field})。请向管理员申请合适的角色。",
    ),
    (
        "The service could not answer; its log says more. Ask whoever runs it.",
        "服务无法回答;其日志有更多说明。请联系运行服务的人。",
    ),
    # Pictures, batches, boundaries.
    ("No record names the unit {unit}. Known here are: {list}.", "没有记录使用单位 {unit}。此处已知:{list}。"),
    ("There is no {what} {name}. Known are: {list}.", "没有 {what} {name}。已知:{list}。"),
    ("{text} is no day. Give a date such as 2026-05-01.", "{text} 不是日期。请填写如 2026-05-01 的日期。"),
    (
        "{text} names no fold. A fold is named by numbers with points between, such as 2.0.3.",
        "{text} 不是折叠的名称。折叠以点分隔的数字命名,如 2.0.3。",
    ),
    (
        "There is no fold {path} in this picture. Leave it out, or unfold step by step.",
        "此图中没有折叠 {path}。请去掉它,或逐步展开。",
    ),
    (
        "The table cannot be sorted by {name}. Known are: {list}; - before it turns it round.",
        "表格不能按 {name} 排序。已知:{list};前加 - 为倒序。",
    ),
    ("The boundary {text} has a quotation mark without its pair.", "边界 {text} 的引号不成对。"),
    ("The boundary {text} cannot be read at {word}. Known are: {list}.", "边界 {text} 在 {word} 处无法理解。已知:{list}。"),
    (
        "The boundary {text} says {word} a second time. Several of them are boundaries of their own.",
        "边界 {text} 重复写了 {word}。多个条件请各写一个边界。",
    ),
    (
        "The boundary {text} says nothing, or more than full. Write full alone, or what narrows.",
        "边界 {text} 没有内容,或在 full 之外还有内容。请只写 full,或写缩小范围的条件。",
    ),
    ("only-after and made-from mean the same; give one of them.", "only-after 与 made-from 意义相同;请只写一个。"),
    (
        "only-parameter goes together with outside, low or high.",
        "only-parameter 须与 outside、low 或 high 一起使用。",
    ),
    (
        "outside means the recorded limits, low and high others: give one of the two.",
        "outside 指记录的限值,low 和 high 为另给的限值:请只用其一。",
    ),
    (
        "No {what} {text} is recorded as of entry {entry}. Check the text; upper and lower case, zeros and spaces count as they "
        "were recorded.",
        "截至记录 {entry},没有名为 {text} 的 {what}。请核对文字;大小写、零和空格均按记录区分。",
    ),
    (
        "No step of the kind or operation {text} is recorded as of entry {entry}. Recorded are: {list}.",
        "截至记录 {entry},没有类型或名称为 {text} 的工序。已有:{list}。",
    ),
    (
        "Nothing of the named items is recorded as drawn under line number {line}, so narrowing to it would leave out "
        "everything that was drawn under another. Recorded are: {list}.",
        "所指对象没有以行号 {line} 取用的记录,按其缩小会漏掉以其他行号取用的一切。已有:{list}。",
    ),
    (
        "cleaning narrows a start of equipment with from: say which equipment, and since when.",
        "cleaning 只用于以设备及其起始时间为起点的范围:请说明设备和时间。",
    ),
    # Complaints.
    (
        "No complaint was named. Name the items that were complained about: two or more.",
        "没有指明投诉。请写出被投诉的对象:两个或更多。",
    ),
    # People, keys, passwords.
    (
        "There is a person {name} already. Names are the same in small and capital letters.",
        "已有名为 {name} 的人员。名称不区分大小写。",
    ),
    ("There is a person {name} already. “People” names them all.", "已有名为 {name} 的人员。“人员”页列出全部。"),
    ("There is no person {name} (any more).", "没有(或不再有)人员 {name}。"),
    ("There is no person {name}. “People” names them all.", "没有人员 {name}。“人员”页列出全部。"),
    ("There is no key {key} that is in force.", "没有有效的密钥 {key}。"),
    ("{name} does not have the role {role}. “People” says who has which.", "{name} 没有角色 {role}。见“人员”页。"),
    (
        "{name} is the last administrator who may sign in. Make somebody else administrator first, then try again.",
        "{name} 是最后一位可登录的管理员。请先任命另一位管理员,再重试。",
    ),
    (
        "{text} cannot be a name. Use at most {most} letters and digits, and . _ - @ + between them.",
        "{text} 不能作为名称。请用最多 {most} 个字母和数字,其间可用 . _ - @ +。",
    ),
    ("{text} is no role. Roles are: {list}.", "{text} 不是角色。角色有:{list}。"),
    (
        "A password has {least} to {most} characters; several words in a row are a good one.",
        "密码须为 {least} 至 {most} 个字符;用几个词连在一起就很好。",
    ),
    (
        "A password must not be made of the name. Several words in a row are a good one.",
        "密码不得由名称构成。用几个词连在一起就很好。",
    ),
    (
        "A key without a role may do nothing. Choose at least one role for it.",
        "没有角色的密钥不能做任何事。请至少选择一个角色。",
    ),
    (
        "expires: {text} is no time. Give a date or a time such as 2027-01-31T00:00:00Z.",
        "有效期 {text} 不是时间。请填写日期,或如 2027-01-31T00:00:00Z 的时间。",
    ),
    ("expires: {text} is past. Give a time to come.", "有效期 {text} 已过。请填写将来的时间。"),
    (
        "The first administrator is added on the command line, where the home is: `genealogy people add NAME --role "
        "administrator`. From then on it is done here.",
        "第一位管理员在数据所在机器的命令行添加:`genealogy people add NAME --role administrator`。此后可在这里管理。",
    ),
    (
        "Only a person who signed in with a password has one to change here.",
        "只有用密码登录的人员才能在此更改密码。",
    ),
    ("Too many attempts. Try again in {minutes} minutes.", "尝试次数过多。请在 {minutes} 分钟后再试。"),
    ("Many are signing in just now. Try again in a moment.", "现在登录的人很多。请稍后再试。"),
    (
        "The password until now is not right. Type it again, or ask an administrator for another.",
        "当前密码不正确。请重新输入,或请管理员另设。",
    ),
    ("The two new passwords differ. Type them again.", "两次输入的新密码不同。请重新输入。"),
    ("The form does not say what to do. Open the page again and repeat it.", "表单没有说明要做什么。请重新打开页面再做一次。"),
    # Loads and quarantine.
    ("No file was sent. Choose at least one file.", "没有发送文件。请至少选择一个文件。"),
    (
        "{name} cannot be the name of a file here: at most {most} characters, no path, no control characters.",
        "{name} 不能作为文件名:最多 {most} 个字符,不含路径和控制字符。",
    ),
    (
        "Two files are called {name}, and a fact is cited by the name of its file. Give them different names, such as "
        "lots-1.csv and lots-2.csv, or send one after the other.",
        "有两个文件名为 {name},而记录按文件名引用。请使用不同的文件名,如 lots-1.csv 和 lots-2.csv,或先后发送。",
    ),
    (
        "These files are not there any more: they were loaded, or waited too long. Send them again.",
        "这些文件已不在:已载入,或等待过久。请重新发送。",
    ),
    (
        "nothing in {where} is a plant table; nothing was loaded.{saw} Expected are files such as lots.csv, consumption.csv or "
        "production.parquet, or a workbook with sheets of these names (docs/plant-tables.md writes them all); other files need "
        "a mapping file (“Other tables, other times”).",
        "{where} 中没有工厂表格;未载入任何内容。{saw}应为 lots.csv、consumption.csv 或 production.parquet 等文件,"
        "或含这些名称工作表的工作簿(见 docs/plant-tables.md);其他文件需要映射文件(见“其他表格、其他时区”)。",
    ),
    (
        "{file} is refused: the table {table} needs the column{s} {names}, and its header has only {header}. Nothing of it was "
        "loaded. Add the missing column; docs/plant-tables.md writes every table with its columns.",
        "{file} 被拒绝:表 {table} 需要列{s} {names},而表头只有 {header}。"
        "未载入其任何内容。请补上缺少的列;各表的列见 docs/plant-tables.md。",
    ),
    (
        "No cell was changed. Correct at least one row, then check or load it.",
        "没有更改任何单元格。请至少更正一行,再检查或载入。",
    ),
    (
        "This row does not wait for a correction (any more). Look at the quarantine again.",
        "此行不(再)等待更正。请重新查看隔离区。",
    ),
    (
        "There is no such job (any more): ended jobs are kept for a while only.",
        "没有(或不再有)此任务:结束的任务只保留一段时间。",
    ),
    ("It was called off by {who}.", "已由 {who} 取消。"),
    (
        "Nothing is named to start from. Open a scope, and ask for its report there.",
        "没有指明起点。请打开一个范围,并在其中请求报告。",
    ),
    (
        "“What changed since” {text} is neither an entry nor a time. Give a number, or a time such as 2026-05-01T12:00:00Z.",
        "“自何时起的变化”中的 {text} 既不是记录号也不是时间。请填写数字,或如 2026-05-01T12:00:00Z 的时间。",
    ),
    (
        "Entry {before} is not before entry {at}: “What changed since” names the earlier moment.",
        "记录 {before} 不早于记录 {at}:“自何时起的变化”须为较早的时刻。",
    ),
    (
        "“These items are complaints” needs the items that were complained about. Name them: two or more.",
        "“这些对象是投诉”需要被投诉的对象。请写出:两个或更多。",
    ),
    (
        "“Narrowed scopes”: {count} were given, and at most {most} are taken. Leave some out.",
        "“缩小范围”:给出了 {count} 个,最多可用 {most} 个。请去掉一些。",
    ),
    ("“Narrowed scopes”: a text has more than {most} characters. Shorten it.", "“缩小范围”:有一行超过 {most} 个字符。请缩短。"),
    (
        "There is no such report (any more). Have it made again as of its entry.",
        "没有(或不再有)此报告。请按其记录号重新生成。",
    ),
    # Anything else that a browser meets.
    ("GET {path}: Not Found. /docs lists what can be asked.", "GET {path}:没有此页面。/docs 列出可用的查询。"),
    ("{method} {path}: Method Not Allowed. /docs lists what can be asked.", "{method} {path}:不允许。/docs 列出可用的查询。"),
    (
        "query parameter {name}: {wrong}. /docs describes the parameters.",
        "查询参数 {name}:{wrong}。/docs 说明各参数。",
    ),
)  # fmt: skip
"""English message with its gaps, and the same in Chinese."""
_DETAILS = {
    "Field required": "必填",
    "Input should be a valid integer, unable to parse string as an integer": "应为整数",
    "Input should be a valid boolean, unable to interpret input": "应为 true 或 false",
}
ADVICE_ZH = {
    "empty_required": "请填写此单元格;缺了它该行没有意义",
    "control_character": "请从代码中去掉换行、制表符或其他控制字符",
    "nul_character": "请从文字中去掉 NUL 字符",
    "cell_too_long": "请缩短此单元格:一个单元格最多 {most} 字节",
    "unknown_choice": "请填写以下之一:{choices}",
    "not_a_number": "请填写如 1234.5 的数字,不带千位分隔符,小数用点",
    "negative_quantity": "冲销应作废该行或填较小的数量,不得为负数",
    "not_positive": "请填写大于零的数字",
    "overflow": "无法容纳这么大的数量;请核对,或用更大的单位记录",
    "unknown_unit": "请填写 UN/ECE Rec 20 或 UCUM 代码(KGM、kg、H87、each),或为其载入 unit_of_measure 类别名",
    "unit_missing": "请填写数量的单位,或两者都留空",
    "contradicts_units": "这两个单位的比率是固定的;请删除该行或更正系数",
    "bad_time": "请填写 ISO 8601,如 2026-05-01T10:00:00+02:00 或 2026-05-01",
    "time_without_zone": "请写明时差(+02:00 或 Z),或以工厂所在时区(如 Europe/Berlin)载入",
    "ambiguous_time": "时钟拨回之日此时刻出现两次;请写明时差",
    "nonexistent_time": "时钟拨快之日此时刻不存在;请更正或写明时差",
    "void_not_yes": "作废事实请写 yes,否则留空",
    "reason_without_void": "作废事实请在 void 中写 yes,否则清空 void_reason",
    "conflict": "本次载入的其他行或另一系统的别名对此键有不同说法;请保留正确的一个",
    "ragged_row": "该行的单元格数须与表头一致;含逗号的单元格请加引号",
    "invalid_utf8": "请将文件存为 UTF-8,或更正该字符",
}
"""What to do about each broken rule of a row, in Chinese."""
_MAY_BE_EMPTY = frozenset({"also", "more", "saw", "s"})


def _gaps(text: str) -> str:
    parts = re.split(r"\{(\w+)\}", text)
    made = re.escape(parts[0])
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        made += f"(?P<{name}>{'.*?' if name in _MAY_BE_EMPTY else '.+?'}){re.escape(rest)}"
    return made


def _filled(chinese: str, gaps: dict[str, str]) -> str:
    # Gap by gap in one pass: what is cited may hold braces.
    parts = re.split(r"\{(\w+)\}", chinese)
    return "".join(part if place % 2 == 0 else gaps.get(part, "") for place, part in enumerate(parts))


_COMPILED = tuple(
    (re.compile(_gaps(english), re.DOTALL), chinese) for english, chinese in (*words_starts.ERRORS, *ERRORS)
)


def advice_words(rule: str, text: str, language: str) -> str:
    """What to do about a row that was not accepted, in the language of the reader; ``text`` is the same in English.

    >>> advice_words("unknown_choice", "lots.csv:2:stage: unknown_choice: 'x': write one of a, b", "zh")
    '请填写以下之一:a, b'
    """
    if language != "zh" or rule not in ADVICE_ZH:
        return text
    found = re.search(_gaps(worded(ADVICE[rule], over_http)) + r"(?P<disputes> \(.*\))?\Z", text, re.DOTALL)
    if found is None:
        return text
    gaps = {name: value or "" for name, value in found.groupdict().items()}
    return _filled(ADVICE_ZH[rule], gaps) + gaps["disputes"]


def error_words(text: str, language: str) -> str:
    """A message in the language of the reader; in English where nobody translated it.

    >>> error_words("There is no person 'x' (any more).", "zh")
    "没有(或不再有)人员 'x'。"
    """
    if language != "zh":
        return text
    for pattern, chinese in _COMPILED:
        found = pattern.fullmatch(text)
        if found is not None:
            gaps = {name: value or "" for name, value in found.groupdict().items()}
            gaps.pop("s", None)
            if "wrong" in gaps:
                gaps["wrong"] = _DETAILS.get(gaps["wrong"], gaps["wrong"])
            return _filled(chinese, gaps)
    return phrase(text)
