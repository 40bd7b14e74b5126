"""The plain sentences above an answer, in Chinese: of balances, comparisons, complaints, reasons and who stands behind.

Answers hold them in English. Like ``viz.words.phrases``: what a sentence cites stays as it was recorded, and one that is not
known here, or a part of it, is shown as it is: whole and in English rather than guessed at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from viz.words.phrases import phrase
from viz.words.values import VALUES, value

if TYPE_CHECKING:
    from collections.abc import Callable

_PARTS = {
    "on hand": "在库可用", "on hand but held": "在库扣留", "in process": "在制", "in transit": "在途", "shipped": "已发运",
    "consumed by steps": "已投入工序", "used": "已使用", "scrapped": "已报废", "destroyed": "已销毁", "sampled": "已取样",
    "returned": "已退回", "moved and not counted since": "移动后未盘点", "recorded under the lot's name only": "仅记在批次名下",
    "lost in steps": "工序损耗", "back in what was asked for": "回到查询对象",
}  # fmt: skip
_FLAGS = {
    r"uses? of equipment whose calibration had ended": "次使用校准已过期的设备",
    r"readings? lay outside (?:its|their) limits": "个读数超出限值",
    r"steps? followed a version of (?:its|their) document that was not in force": "道工序遵循了未生效的文件版本",
    r"results? lay outside (?:its|their) limits or failed": "个检验结果超限或不合格",
    r"lots? (?:was|were) not released when (?:it was|they were) used": "个批次使用时未放行",
    r"steps? (?:is|are) known by (?:its|their) order alone": "道工序仅知订单",
}
_PROVES = {
    "each record proves single units": "每条记录均证实到单件",
    "the records prove lots: this one may hold some of it": "记录证实到批次:此项可能含有",
    "of one record only the order is known: this one possibly holds some of it": "有一条记录仅知订单:此项或许含有",
    "what such a step made is proven": "此工序的产出即已证实",
}
_KEPT_OUT = {
    r"records? without a quantity": "条记录没有数量",
    r"records? whose units? (?:does|do) not convert": "条记录的单位无法换算",
    r"records? of (?:a container|containers) with several things in (?:it|them)": "条记录所属的容器内有多种物品",
    r"units? that cannot be told in this unit": "个单件无法以此单位表示",
}
_DIFFERS = re.compile(r"production differs from the item's own record by (.+)")
_FEW = "投诉很少,排序仅供参考"
_LACKING = {
    "operator": "操作人", "site": "工厂", "line": "产线", "order_id": "订单号", "started_at": "开始时间", "ended_at": "结束时间",
    "operation": "工序名称", "equipment": "设备", "parameters": "参数", "document": "文件", "document_version": "文件版本",
    "document_in_force": "当时有效的文件版本", "calibration": "校准", "step": "工序记录", "materials": "物料",
}  # fmt: skip
_CODES = {
    r"items?": "个对象", r"materials?": "个物料", r"part(?:y|ies)": "个单位", r"places?": "个地点",
    r"pieces? of equipment": "台设备", r"steps?": "道工序", r"documents?": "份文件",
}  # fmt: skip
_Gaps = dict[str, str]


def chinese(line: str) -> str:
    """A plain sentence in Chinese; as it is where it is not known.

    >>> chinese("Of 0.782 千克 of 7: 0.046 on hand, 0.1 sampled.")
    '7 共 0.782 千克:在库可用 0.046,已取样 0.1。'
    """
    for pattern, told in _LINES:
        found = pattern.fullmatch(line)
        said = told({name: text or "" for name, text in found.groupdict().items()}) if found else None
        if said:
            return said
    return phrase(line)


def _where(gaps: _Gaps) -> str | None:
    said = []
    for part in gaps["parts"].split(", "):
        amount, _, words = part.partition(" ")
        if words not in _PARTS:
            return None
        said.append(f"{_PARTS[words]} {amount}")
    there = "数量不明" if gaps["there"] == "an unknown quantity" else f"共 {gaps['there']}"
    return f"{gaps['item']} {there}:{','.join(said)}。"


def _closing(gaps: _Gaps) -> str | None:
    percent = f"(已找到 {gaps['percent']} %)" if gaps["percent"] else ""
    if gaps["missing"]:
        text = f"缺失:{gaps['missing']} 没有任何记录{percent}"
    elif gaps["over"]:
        text = f"过多:记录比总量多 {gaps['over']}{percent}"
    else:
        text = "全部有据可查"
    if gaps["negative"]:
        parts = gaps["negative"].split(", ")
        if not all(part in _PARTS for part in parts):
            return None
        text += f";{'、'.join(_PARTS[part] for part in parts)}小于零,记录有误"
    verdict = "在允差之内" if gaps["verdict"] == "within" else "超出允差"
    return f"{text};{verdict}({gaps['tolerance']} %{',为假设值:没有记录' if gaps['assumed'] else ''})。"


def _traced(gaps: _Gaps) -> str | None:
    """Where all of a trace is."""
    items = re.fullmatch(r"(\d+) items", gaps["item"])
    named = f"{items[1]} 个对象" if items else gaps["item"]
    if not gaps["parts"]:
        return f"{named}({gaps['there']})没有任何去向记录。"
    where = _where({**gaps, "item": named})
    return where and f"{where.removesuffix('。')};其中 {gaps['finished']} 在成品中。"


def _traced_closing(gaps: _Gaps) -> str | None:
    if gaps["parts"].startswith(("MISSING", "TOO MUCH")):  # of an item, not of a trace
        return None
    said = []
    for part in gaps["parts"].split("; "):
        for pattern, told in _TRACED:
            if found := re.fullmatch(pattern, part, re.IGNORECASE):
                said.append(told.format(*found.groups()))
                break
        else:
            return None
    percent = f"(已找到 {gaps['percent']} %)" if gaps["percent"] else ""
    verdict = "在允差之内" if gaps["verdict"] == "within" else "超出允差"
    assumed = ",为假设值:没有记录" if gaps["assumed"] else ""
    return f"{';'.join(said)}{percent};{verdict}({gaps['tolerance']} %{assumed})。"


_TRACED = (
    (r"(.+) went into steps and is in nothing that they made", "{} 投入工序而不在其任何产出中"),
    (r"steps made (.+) more than went into them", "工序产出比投入多 {}"),
    (r"(.+) is in no record", "{} 没有任何记录"),
    (r"(.+) more is recorded of lots than there was of them", "批次的记录比其总量多 {}"),
    (r"all of it is accounted for", "全部有据可查"),
)


def _lots(gaps: _Gaps) -> str | None:
    """Whether the lots of a trace balance by themselves."""
    text = f"其中 {gaps['open']} 个批次自身不平衡。" if gaps["open"] else "追溯中的每个批次自身平衡。"
    if not gaps["parts"]:
        return text
    unsure = _unsure(gaps)
    return unsure and f"{text}{unsure.removesuffix('。')};其带走的部分未被追踪。"


def _flags(gaps: _Gaps) -> str | None:
    said = []
    for part in gaps["flags"].split("; "):
        number, _, words = part.partition(" ")
        told = next((chinese for english, chinese in _FLAGS.items() if re.fullmatch(english, words)), None)
        if told is None:
            return None
        said.append(f"{number} {told}")
    return f"异常:{';'.join(said)}。"


def _unsure(gaps: _Gaps) -> str | None:
    said = []
    for part in gaps["parts"].split(", "):
        number, _, words = part.partition(" ")
        told = next((chinese for english, chinese in _KEPT_OUT.items() if re.fullmatch(english, words)), None)
        if told is not None:
            said.append(f"{number} {told}")
        elif differs := _DIFFERS.fullmatch(part):
            said.append(f"产出与该对象自身的记录相差 {differs[1]}")
        else:
            return None
    return f"不确定:{','.join(said)}。"


def _codes(gaps: _Gaps) -> str | None:
    said = []
    for part in gaps["codes"].split(", "):
        number, _, words = part.partition(" ")
        told = next((chinese for english, chinese in _CODES.items() if re.fullmatch(english, words)), None)
        if told is None:
            return None
        said.append(f"{number} {told}")
    return f"记录中使用而无人说明:{'、'.join(said)}。"


def _lacking(gaps: _Gaps) -> str | None:
    said = []
    for part in gaps["gaps"].split(", "):
        found = re.fullmatch(r"(.+) \(([\d,]+)\)", part)
        name = found and found[1].replace(" ", "_")
        if found is None or name not in _LACKING:
            return None
        said.append(f"{_LACKING[name]}({found[2]})")
    return f"未记录(缺少它的工序数):{'、'.join(said)}。"


def _weakest(gaps: _Gaps) -> str | None:
    proves = _PROVES.get(gaps["proves"])
    return f"其可靠程度取决于最弱的一环,等级为{value(gaps['tier'], 1)}:{proves}。" if proves else None


def _out(gaps: _Gaps) -> str:
    named = re.sub(r" and ([\d,]+) more$", r" 等(另 \1 个)", gaps["named"])
    return f"{gaps['item']} 不在 {named} 的范围内:{phrase(gaps['reason'])}。"


def _cause(gaps: _Gaps) -> str:
    kind = VALUES.get(f"cause_{gaps['kind'].replace(' ', '_')}", ("", gaps["kind"]))[1]
    alike = f",没有记录能将其与另外 {gaps['alike']} 个区分(见排名和组)" if gaps["alike"] else ""
    healthy = f"{gaps['healthy']} 个正常项目中有 {gaps['of']} 个"
    return f"{gaps['count']} 个投诉中有 {gaps['behind']} 个、{healthy}涉及{kind} {gaps['id']}{alike}。"


def _compared(gaps: _Gaps) -> str:
    less = f";排除 {gaps['less']} 个成品单件" if gaps["less"] else ""
    named = "完整范围" if gaps["boundary"] == "full" else gaps["boundary"]
    return f"{named}:{gaps['units']} 个成品单件,{gaps['lots']} 个成品批次,{gaps['customers']} 个客户{less}。"


def _filled(text: str) -> Callable[[_Gaps], str | None]:
    # Gap by gap: what is recorded may hold braces.
    parts = re.split(r"\{(\w+)\}", text)
    return lambda gaps: "".join(part if place % 2 == 0 else gaps[part] for place, part in enumerate(parts))


_N = r"[\d,]+"
_LINES: tuple[tuple[re.Pattern[str], Callable[[_Gaps], str | None]], ...] = tuple(
    (re.compile(pattern, re.DOTALL), told)
    for pattern, told in (
        (
            r"Of (?P<there>.+?) of (?P<item>.+), (?P<finished>[\d.,]+) is in finished goods; "
            r"(?:in all: (?P<parts>[^:]+)|nothing is recorded to be anywhere)\.",
            _traced,
        ),
        (
            "Nothing that was made or received is selected, so there is nothing to balance\\.",
            _filled("没有选中任何产出或收到的对象,因此无可平衡。"),
        ),
        (
            r"(?P<parts>[^(]*(?:in nothing that they made|more than went into them|is in no record|than there was of them"
            r"|All of it is accounted for))(?: \((?P<percent>[\d.]+) % recovered\))?; (?P<verdict>within|OUTSIDE) the "
            r"tolerance of (?P<tolerance>[\d.]+) %(?P<assumed> \(assumed: none is recorded\))?\.",
            _traced_closing,
        ),
        (
            rf"(?:(?P<open>{_N}) of its lots do not balance by themselves|Every lot of the trace balances by itself)\."
            r"(?: Unsure: (?P<parts>.+); what they took along is not followed\.)?",
            _lots,
        ),
        (r"Of (?P<there>.+?) of (?P<item>.+), nothing is recorded to be anywhere\.", _filled("{item}({there})没有任何去向记录。")),
        (r"Of (?P<there>.+?) of (?P<item>.+): (?P<parts>[^:]+)\.", _where),
        (
            "How much there was is not recorded, so nothing can be said to be missing\\.",
            _filled("没有记录总量,因此无法判断是否缺失。"),
        ),
        (
            r"(?:MISSING: (?P<missing>.+?) (?:is|are) in no record|TOO MUCH: (?P<over>.+?) more is recorded than there was"
            r"|All of it is accounted for)(?: \((?P<percent>[\d.]+) % recovered\))?"
            r"(?:; (?P<negative>[^;]+) is below nothing, which is an error in the records)?"
            r"; (?P<verdict>within|OUTSIDE) the tolerance of "
            r"(?P<tolerance>[\d.]+) %(?P<assumed> \(assumed: none is recorded\))?\.",
            _closing,
        ),
        ("Every record about it was counted in\\.", _filled("有关它的每条记录均已计入。")),
        (r"Unsure: (?P<parts>.+)\.", _unsure),
        (r"Used in records and described by nobody: (?P<codes>.+)\.", _codes),
        ("Every code that records use is described\\.", _filled("记录使用的每个代码都有说明。")),
        (
            "Every (?:item|material|party|place|piece of equipment|step|document) that records use is described\\.",
            _filled("记录使用的此类代码都有说明。"),
        ),
        (rf"(?P<listed>{_N}) of them are listed; a limit of 0 lists all\.", _filled("列出其中 {listed} 个;上限为 0 时列出全部。")),
        (r"Not recorded, with how many steps lack it: (?P<gaps>.+)\.", _lacking),
        (
            r"No fact names (?P<item>.+), so nothing is recorded of who or what stands behind it\.",
            _filled("没有任何记录提及 {item},因此其背后的人与物没有记录。"),
        ),
        (
            rf"Nothing recorded stands behind more of the (?P<count>{_N}) complaints than of the (?P<healthy>{_N}) healthy "
            r"items\.",
            _filled("没有任何记录在 {count} 个投诉中比在 {healthy} 个正常项目中更常涉及。"),
        ),
        (
            "Either their cause is not in the records, or the complaints have different causes\\.",
            _filled("可能其原因不在记录中,也可能各投诉的原因不同。"),
        ),
        (
            rf"(?P<boundary>.+): (?P<units>{_N}) finished units?, (?P<lots>{_N}) finished lots?, (?P<customers>{_N}) customers?"
            rf"(?:; leaves out (?P<less>{_N}) finished units?)?\.",
            _compared,
        ),
        (
            rf"Behind (?P<behind>{_N}) of (?P<count>{_N}) complaints and (?P<of>{_N}) of (?P<healthy>{_N}) healthy items stands "
            r"(?P<kind>lot|unit|item|material|supplier|equipment|operator|document|order|step|time window) (?P<id>.+?)"
            rf"(?:, not told apart by any record from (?P<alike>{_N}) other \(rank and group say which\))?\.",
            _cause,
        ),
        (
            rf"With {_N} complaints? a ranking is a hint; its chance is (?P<chance>[\d.e-]+)\.",
            _filled(_FEW + ";偶然概率为 {chance}。"),
        ),
        (
            rf"Chance alone would do as well with a probability of (?P<chance>[\d.e-]+) \(all (?P<tests>{_N}) candidates "
            r"counted\)\.",
            _filled("偶然达到同样结果的概率为 {chance}(已计入全部 {tests} 个候选)。"),
        ),
        (
            rf"That is no proof: with (?P<tests>{_N}) candidates, chance alone would do as well with a probability of "
            r"(?P<chance>[\d.e-]+)\.",
            _filled("这不是证明:有 {tests} 个候选时,偶然达到同样结果的概率为 {chance}。"),
        ),
        (
            rf"From there it went into (?P<count>{_N}) finished (?:units|lots) that nobody has complained about yet\.",
            _filled("由此还进入了 {count} 个尚无人投诉的成品。"),
        ),
        (r"No step behind (?P<item>.+) is recorded\.", _filled("没有记录 {item} 之前的工序。")),
        (
            rf"Behind (?P<item>.+) stand (?P<steps>{_N}) steps? by (?P<people>{_N}) persons? and (?P<lots>{_N}) lots? that no "
            r"step made\.",
            _filled("{item} 之前有 {steps} 道工序,由 {people} 人执行,并有 {lots} 个非工序产出的批次。"),
        ),
        ("Nothing recorded is out of order\\.", _filled("记录中没有异常。")),
        (r"Not in order: (?P<flags>.+)\.", _flags),
        (r"(?P<item>.+) is what was asked about: the scope starts from it\.", _filled("{item} 即查询对象:范围由此开始。")),
        (
            rf"(?P<item>.+) is in the scope of (?P<start>.+): (?P<moves>{_N}) moves? of recorded facts lead to it, and no "
            r"stronger or shorter chain is recorded\.",
            _filled("{item} 在 {start} 的范围内:经 {moves} 步记录到达,没有更强或更短的关联。"),
        ),
        (
            r"It is as sure as its weakest link, tier (?P<tier>\w+) \(.+\): (?P<proves>[^()]+)\.",
            _weakest,
        ),
        (r"(?P<item>.+?) is not in the scope of (?P<named>.+?): (?P<reason>.+)\.", _out),
        (
            "No fact cuts: only the absence of a record keeps it out\\. See would_connect for what would bring it in\\.",
            _filled("没有事实切断关联:仅因缺少记录而不在范围内。何种记录会建立关联,见下文。"),
        ),
    )
)  # fmt: skip
