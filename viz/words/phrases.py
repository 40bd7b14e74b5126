"""Sentences of the program that cite records, in Chinese: the words are translated, what they cite stays as it was recorded.

Answers hold these sentences in English. Each pattern here is such a sentence with its gaps; what stands in a gap is taken
over unchanged, but for "and N more" at the end of a list. A sentence that no pattern knows is shown as it is: in English,
whole, rather than guessed at.
"""

from __future__ import annotations

import re
from functools import lru_cache

from viz.words.values import value

_SHARING = (" (sharing equipment joins nothing)", "（共用设备不构成关联）")
_NONE = ("none that is recorded", "无记录")
PHRASES: tuple[tuple[str, str], ...] = (
    # Why out.
    (
        "only {count} of the units of lot {lot} are in the scope, such as {unit}; the lot is not, and what is recorded for one "
        "unit does not hold for its sisters",
        "批次 {lot} 中仅有 {count} 个单件在范围内，如 {unit}；该批次本身不在范围内，一个单件的记录不适用于同批其他单件",
    ),
    (
        "it was scanned with {item} in step {step}, not with {instead}, both of material {material}",
        "在工序 {step} 中扫描记录为 {item}，而非 {instead}，二者物料均为 {material}",
    ),
    (
        "step {step} consumed {item}, not {instead}, of the same material {material}",
        "工序 {step} 投入的是 {item}，而非同一物料 {material} 的 {instead}",
    ),
    (
        "step {step} consumed {list}, and not {instead}, which went into step {beside} of the same operation {operation}",
        "工序 {step} 投入的是 {list}，而非 {instead}；后者进入同一操作 {operation} 的工序 {beside}",
    ),
    (
        "it was made by {time}, before any of the start was there (received or made), {since}",
        "在 {time} 之前已制成，早于任何起点到位（收货或制成）的时间 {since}",
    ),
    (
        "it was made by {time}, before any of the start was first used, {since}",
        "在 {time} 之前已制成，早于任何起点首次使用的时间 {since}",
    ),
    (
        "equipment {equipment} was cleaned in between (step {step}, {time})",
        "设备 {equipment} 在其间已清洁（工序 {step}，{time}）",
    ),
    (
        "it is a receipt of its own ({receipt}) and no step made it, of the same supplier's lot as {item}, and the question did "
        "not name it",
        "为单独的收货（{receipt}），非任何工序产出；与 {item} 属同一供应商批次，但查询未指明",
    ),
    (
        "it is a receipt of its own ({receipt}) and no step made it, of what may be the same supplier's lot as {item}, and the "
        "question did not name it",
        "为单独的收货（{receipt}），非任何工序产出；与 {item} 可能属同一供应商批次，但查询未指明",
    ),
    ("it is a receipt of its own ({receipt}) and no step made it", "为单独的收货（{receipt}），非任何工序产出"),
    (
        "behind it stands lot {list} of the material of the start, and not the start",
        "其上游为起点物料的批次 {list}，而非起点本身",
    ),
    (
        "behind it stand lots {list} of the material of the start, and not the start",
        "其上游为起点物料的批次 {list}，而非起点本身",
    ),
    (
        "none of the {count} items that stand behind it is of the material of the start",
        "其上游 {count} 个项目均非起点物料",
    ),
    (
        "what went into it is recorded, {list}, and none of it is in the scope{sharing}",
        "其投料有记录：{list}，均不在范围内{sharing}",
    ),
    (
        "no record says what the step that made it ({list}) consumed, so nothing joins it{sharing}",
        "无记录说明产出它的工序（{list}）投入了什么，故无关联{sharing}",
    ),
    (
        "no record says which step made it or from which lot it was serialised, so nothing joins it",
        "无记录说明由哪个工序产出或由哪个批次序列化，故无关联",
    ),
    ("no fact ever named it", "从未有任何记录提及"),
    # How one item leads to the next.
    ("consumed by the step and produced by it", "由该工序投入并产出"),
    ("serialised from the lot", "由该批次序列化"),
    ("used as a lot: any of its units may be in it", "按批次使用:其任一单件都可能在其中"),
    ("made by a step that the question starts from", "由查询起点的工序产出"),
    # What would bring something into a scope.
    (
        "a row that step {step}, which made {item}, consumed {start} or anything else of the scope",
        "一行:产出 {item} 的工序 {step} 投入了 {start} 或范围内的其他对象",
    ),
    (
        "a row that step {step}, which made {item}, consumed anything of the scope",
        "一行:产出 {item} 的工序 {step} 投入了范围内的对象",
    ),
    (
        "a row that a step produced {item}, and one that this step consumed {start} or anything else of the scope",
        "一行:某工序产出 {item},以及一行:该工序投入了 {start} 或范围内的其他对象",
    ),
    (
        "a row that a step produced {item}, and one that this step consumed anything of the scope",
        "一行:某工序产出 {item},以及一行:该工序投入了范围内的对象",
    ),
    ("a row that {item} was serialised from a lot of the scope", "一行:{item} 由范围内的批次序列化"),
    (
        "a row that {item} is another system's code for something of the scope",
        "一行:{item} 是其他系统对范围内某对象的代码",
    ),
    ("a row in lots or units that says what {item} is", "lots 或 units 中说明 {item} 是什么的一行"),
    # What would settle a doubt.
    ("correct the row in the quarantine file and load it again, or void it", "更正隔离文件中的该行后重新加载，或作废"),
    ("correct the rows in the quarantine file and load them again", "更正隔离文件中的各行后重新加载"),
    (
        "a row in lots or units that describes the code, or an alias that says what it means",
        "在 lots 或 units 中补充描述该代码的行，或补充说明其含义的别名",
    ),
    (
        "the production rows of the step, or a note that nothing came of it (a disposition)",
        "补充该工序的产出行，或注明无产出（处置记录）",
    ),
    ("the consumption rows of the step", "补充该工序的投料行"),
    (
        "the lot that was really used (void the row and record the right one), or the right time",
        "实际使用的批次（作废该行并记录正确的批次），或正确的时间",
    ),
    ("the lot that was really used for the excess, or the missing receipt", "超出部分实际使用的批次，或缺失的收货"),
    (
        "the right time of use or of receipt, or a void of the row if another lot was used",
        "正确的使用或收货时间；若实际使用了其他批次，则作废该行",
    ),
    (
        "a corrected quantity, or a void of the rows in which another lot was used",
        "更正数量，或作废实际使用其他批次的各行",
    ),
    # What was not in order behind an item.
    ("of step {step} only the order is recorded", "工序 {step} 仅记录到订单"),
    ("{item} was {status} when it was used", "{item} 使用时为{status}"),
    (
        "{item} was {status} when its use may have begun, and released only since",
        "{item} 在可能开始使用时为{status}，其后才放行",
    ),
    (
        "{equipment} was used until {time}, its calibration ended {until}",
        "{equipment} 使用至 {time}，其校准于 {until} 到期",
    ),
    (
        "version {version} of {document} was followed, in force was {list}",
        "遵循的是 {document} 的 {version} 版，当时有效的是 {list}",
    ),
    ("{parameter} was {value}, limits {limits}, at {time}", "{parameter} 为 {value}，限值 {limits}，时间 {time}"),
    ("{test} of {lot} was {value}", "{lot} 的 {test} 为 {value}"),
    # What shares assume.
    (
        "All that a step made holds its inputs in the same proportion, by quantity; so does every unit of a lot.",
        "同一工序的全部产出按数量以相同比例含有其投料；同一批次的各单件亦然。",
    ),
    (
        "At {count} steps or items an input has no quantity that converts, or all are zero: what is missing is taken as large as "
        "the others are on average; low and high hold whatever it was.",
        "有 {count} 个工序或项目的某投料数量无法换算或均为零：缺失部分按其余平均值计；上下限对任何实际值均成立。",
    ),
    (
        "{count} lots with units were used under the number of the lot: what was drawn is taken to be an even mixture of all its "
        "units and of what has no serial. In truth a unit was drawn whole or not at all.",
        "有 {count} 个含单件的批次按批号使用：取用部分视为其全部单件与无序列号部分的均匀混合。实际上单件只能整件取用。",
    ),
    (
        "At {count} steps the quantities of the inputs cannot be added (pieces, ratios, or units that nothing converts): behind "
        "these the share is of the start's own material alone.",
        "有 {count} 个工序的投料数量无法相加（件数、比率或无法换算的单位）：其后的占比仅就起点自身物料而言。",
    ),
    (
        "At {count} steps nobody knows how much of that material each input carries: all that carry it are taken to be equally "
        "strong.",
        "有 {count} 个工序不知各投料含该物料多少：凡含有者视为等量。",
    ),
    # What narrowing leaves out, and what it assumes.
    (
        "beyond the lots that are named: nobody proved that these are free of it",
        "超出指明的批次：没有任何证明表明其不含问题物料",
    ),
    ("only from steps after the equipment was cleaned", "仅来自设备清洁之后的工序"),
    ("only by way of rows of another line number than {line}", "仅经由行号不是 {line} 的行"),
    ("only by way of steps {list}", "仅经由工序 {list}"),
    ("on no way through equipment {equipment}", "没有任何路径经过设备 {equipment}"),
    ("on no way through a step with {reading}", "没有任何路径经过有下列读数的工序：{reading}"),
    ("made outside the interval", "在该时段之外制成"),
    (
        "Only the named lots themselves (and what the named steps made) are affected; nothing that was made of them is.",
        "假设仅指明的批次本身（及指明工序的产出）受影响，由其制成的均不受影响。",
    ),
    (
        "A cleaning step (kind clean) on the same equipment ends the trouble that began before it.",
        "假设同一设备上的清洁工序（clean）终止此前的问题。",
    ),
    (
        "Only line number {line} of what is named is bad; rows without one count as it.",
        "假设所指项目仅行号 {line} 有问题；无行号的行视为该行号。",
    ),
    ("Nothing bad passes through a step {list}.", "假设问题不会通过工序 {list}。"),
    (
        "The trouble arose on equipment {equipment} alone. A step without recorded equipment counts as run on it where it is of "
        "an operation that ran on it.",
        "假设问题仅产生于设备 {equipment}。未记录设备的工序，若其操作曾在该设备上进行，则视为在其上进行。",
    ),
    (
        "The trouble arose only where {reading} was recorded. A step without such a reading counts as outside where it is of an "
        "operation in which it is read, or ran when a reading that names no step was outside.",
        "假设问题仅产生于有下列读数之处：{reading}。无此读数的工序，若其操作通常读取该参数，或在未指明工序的超限读数期间进行，"
        "则视为超限。",
    ),
    (
        "Only what was made within the interval is affected; what has no recorded time stays.",
        "假设仅该时段内制成的受影响；无时间记录的保留。",
    ),
)
"""English sentence with its gaps, and the same in Chinese. ``{list}`` may end in "and N more", ``{sharing}`` may be empty,
``{status}`` is one of our own words."""
_RECEIPT = re.compile(r"(?:(?<=^)|(?<=, ))(from|their lot|received) ")
_MORE = re.compile(r"(?s)(.*) and ([\d,]+) more")


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", text)
    made = re.escape(parts[0])
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        gap = f"(?:{re.escape(_SHARING[0])})?" if name == "sharing" else ".+?"
        made += f"(?P<{name}>{gap}){re.escape(rest)}"
    return re.compile(made, re.DOTALL)


_COMPILED = tuple(
    (_pattern(text), chinese)
    for text, chinese in sorted(PHRASES, key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
)
"""Those with most words of their own first: where two patterns know a sentence, the one that says more of it is meant."""


def _receipt(found: re.Match[str]) -> str:
    return {"from": "来自 ", "their lot": "供应商批号 ", "received": "收货于 "}[found[1]]


@lru_cache(maxsize=4096)
def phrase(text: str) -> str:
    """A sentence of the program in Chinese, with what it cites as it was recorded; as it is where no pattern knows it.

    >>> phrase("behind it stands lot A, B and 3 more of the material of the start, and not the start")
    '其上游为起点物料的批次 A, B 等（另 3 个），而非起点本身'
    """
    for pattern, chinese in _COMPILED:
        found = pattern.fullmatch(text)
        if found is not None:
            gaps = found.groupdict()
            more = _MORE.fullmatch(gaps["list"]) if gaps.get("list") else None
            if more is not None:
                gaps["list"] = f"{more[1]} 等（另 {more[2]} 个）"
            if gaps.get("list") == _NONE[0]:
                gaps["list"] = _NONE[1]
            if gaps.get("sharing"):
                gaps["sharing"] = _SHARING[1]
            if "receipt" in gaps:
                gaps["receipt"] = _RECEIPT.sub(_receipt, gaps["receipt"] or "")
            if "status" in gaps:
                gaps["status"] = value(gaps["status"], 1)
            # Gap by gap in one pass: what is recorded may hold braces.
            parts = re.split(r"\{(\w+)\}", chinese)
            return "".join(part if place % 2 == 0 else gaps[part] or "" for place, part in enumerate(parts))
    return text


def known(text: str) -> bool:
    """Whether a sentence has its Chinese words."""
    return any(pattern.fullmatch(text) for pattern, _ in _COMPILED)
