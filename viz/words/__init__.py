"""Every word that a report says of its own accord, in English and in Chinese, in one place.

What the records say is never translated. A key without its words is an error, not an empty heading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genealogy.errors import InputError
from viz.words import forms as words_forms
from viz.words import masked as words_masked
from viz.words import tables as words_tables
from viz.words import units as words_units
from viz.words import values as words_values
from viz.words.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from genealogy.report.content import Cell, Column, Fact, Sentence

LANGUAGES = ("en", "zh")

PAGE: dict[str, tuple[str, str]] = words_masked.PAGE | {
    "title": ("Genealogy report", "批次追溯报告"),
    "question": ("Asked for", "查询对象"),
    "as_of": ("As of entry", "截至账本条目"),
    "recorded_at": ("Entry recorded at", "条目记录时间"),
    "entry_hash": ("Hash of that entry", "条目哈希"),
    "digest": ("Digest of the answer", "答案摘要"),
    "complete": ("Complete", "是否完整"),
    "complete_yes": ("yes: both roads agree over every accepted record", "是：两条独立路径对所有已接受记录的结果一致"),
    "complete_no": ("NO: THIS REPORT IS INCOMPLETE, treat it as a lower bound", "否：本报告不完整，只能视为下限"),
    "incomplete": ("INCOMPLETE: a lower bound", "不完整：仅为下限"),
    "assumptions": ("What every number rests on", "所有数字的前提"),
    "summary": ("In short", "摘要"),
    "facts": ("This report", "本报告"),
    "rows": ("rows", "行"),
    "none": ("none", "无"),
    "filter": ("Filter", "筛选"),
    "contents": ("Contents", "目录"),
    "field": ("required", "必填项"),
    "clause": ("clause", "条款"),
    "clause_read": ("number of the clause", "条款号"),
    "read": ("read in the text", "已对照原文"),
    "unread": ("clause number not verified against the text", "条款号未与原文核对"),
    "status": ("status", "状态"),
    "value": ("recorded", "记录内容"),
    "who": ("who could supply it", "可由谁提供"),
    "recorded": ("recorded", "已记录"),
    "partly": ("partly missing", "部分缺失"),
    "missing": ("MISSING", "缺失"),
    "page": ("page", "页"),
    "label": ("statement", "项目"),
    "rule": ("Rule", "依据"),
    "see_table": ("{count} rows in table “{table}”", "见表“{table}”，共 {count} 行"),
    "see_section": ("see “{name}”", "见“{name}”"),
    "lacking": ("{lacking} of {of} rows lack it: {examples}", "{of} 行中有 {lacking} 行缺失：{examples}"),
    "and_more": ("and more", "等"),
    "form_counts": (
        "{recorded} fields recorded, {partly} partly, {missing} missing",
        "已记录 {recorded} 项，部分缺失 {partly} 项，缺失 {missing} 项",
    ),
    "first_rows": (
        "The first {shown} of {count} rows. All of them are in {file}.",
        "此处为 {count} 行中的前 {shown} 行，全部内容见 {file}。",
    ),
    "csv_only": ("This table is in {file} only.", "该表仅见 {file}。"),
    "columns_left": (
        "Columns left out here for width: {columns}. All of them are in {file}.",
        "因宽度所限，此处省略以下列：{columns}，全部内容见 {file}。",
    ),
    "codes_shown": (
        "{count} different characters, of scripts that this PDF cannot set, are written as their Unicode numbers in square "
        "brackets; the page, the workbook and the CSV files have them as recorded.",
        "有 {count} 个不同字符所属文字无法在本 PDF 中排版，以方括号内的 Unicode 编号表示；网页、工作簿和 CSV 文件保留原文。",
    ),
    "graph_hint": (
        "Drag to move, turn the wheel to zoom, point at a node to read it. The tables hold the same counts.",
        "拖动可移动，滚轮可缩放，指向节点可查看说明。数量与各表一致。",
    ),
    "check_forms": (
        "Fields are filled from the records or named as missing. Check each form against the text in force before filing.",
        "各项由记录填入，或注明缺失。提交前请对照现行法规文本核对。",
    ),
    "node_supplier": ("supplier", "供应商"),
    "node_start": ("asked for", "查询对象"),
    "node_lot": ("lot", "批次"),
    "node_units": ("units", "单件"),
    "node_unknown": ("not described", "无描述"),
    "node_step": ("step", "工序"),
    "node_selected": ("selected step", "选中工序"),
    "node_customer": ("consignee", "收货方"),
    "node_units_count": ("{count} finished units", "{count} 件成品"),
    "node_items_count": ("{count} items", "{count} 个项目"),
    "node_members_count": ("{count} records", "{count} 条记录"),
    "node_tier": ("proven for: {tier}", "证明程度：{tier}"),
    "node_lots_count": ("{count} finished lots", "{count} 个成品批次"),
    "node_steps_count": ("{count} steps", "{count} 道工序"),
    "node_parties_count": ("{count} parties", "{count} 个相关方"),
    "node_no_name": ("not recorded", "没有记录"),
    "node_unfolds": ("unfolds", "可展开"),
    "node_when": ("from {since} to {until}", "自 {since} 至 {until}"),
    "node_undated": ("{count} without a recorded time", "{count} 个没有记录时间"),
    "graph_title": ("Graph of a recall scope", "召回范围关系图"),
    "graph_totals": (
        "{items} items, {units} finished units and {lots} finished lots are in {nodes} groups.",
        "共 {items} 个项目、{units} 件成品、{lots} 个成品批次，归入 {nodes} 组。",
    ),
    "graph_folded": (
        "{groups} of the groups stand for several: {items} items are folded into them.",
        "其中 {groups} 组代表多个对象：共合并 {items} 个项目。",
    ),
    "graph_left_out": (
        "Filters leave out {items} items, {units} finished units and {lots} finished lots.",
        "筛选未显示 {items} 个项目、{units} 件成品、{lots} 个成品批次。",
    ),
    "graph_undated": (
        "Of {count} items no time is recorded; they are shown at every time.",
        "有 {count} 个项目没有记录时间，任何时间均显示。",
    ),
    "graph_folded_again": (
        "Folded again, so that at most {most} groups are drawn: {count}.",
        "为使图中不超过 {most} 组，已重新合并 {count} 处。",
    ),
    "graph_until": ("As it had grown by {day}.", "截至 {day} 的状况。"),
    "graph_key": (
        "Shape and colour: ◆ supplier, ★ asked for, ■ lots, ● units, ? not described, ▶ steps, ▲ consignees. A dashed line is "
        "possible, not proven.",
        "形状与颜色：◆ 供应商，★ 查询对象，■ 批次，● 单件，? 无描述，▶ 工序，▲ 收货方。虚线表示可能，而非已证实。",
    ),
    "graph_table": ("The same as a table", "同样内容的表格"),
    "graph_group": ("Group", "组"),
    "graph_kind": ("Kind", "类型"),
    "graph_items": ("Items", "项目"),
    "graph_units": ("Finished units", "成品单件"),
    "graph_lots": ("Finished lots", "成品批次"),
    "graph_leads": ("Leads to", "通向"),
    "flow_title": ("Flow of quantities in {unit}", "数量流向，单位 {unit}"),
    "flow_others": ("{count} others", "其他 {count} 个"),
    "timeline_title": ("Steps by equipment and time", "按设备和时间排列的工序"),
    "timeline_none": ("no equipment recorded", "没有记录设备"),
    "timeline_outside": ("{count} readings outside their limits", "{count} 个读数超出限值"),
    "edge_records": ("{count} records", "{count} 条记录"),
    "edge_possible": ("{count} records, possible only", "{count} 条记录，仅为可能"),
    "paper_graph": (
        "Left to right: suppliers, what was asked for, steps and items, consignees. Long names are cut; the tables have them.",
        "自左至右：供应商、查询对象、工序与项目、收货方。过长的名称已截断，完整内容见各表。",
    ),
    "folded_units": ("Units are folded by lot.", "单件按批次合并。"),
    "folded_materials": ("Items are folded by material, steps by operation.", "项目按物料合并，工序按操作合并。"),
    "folded_countries": (
        "Items are folded by material, steps by operation, consignees by country.",
        "项目按物料合并，工序按操作合并，收货方按国家合并。",
    ),
    "folded_kinds": (
        "Items are folded by stage, steps into one, consignees into one.",
        "项目按阶段合并，工序和收货方各合并为一个节点。",
    ),
}
SENTENCES: dict[str, tuple[str, str]] = {
    "not_available": (
        "Not available: this version of the program cannot answer this question.",
        "不可用：本程序版本无法回答此问题。",
    ),
    "items_note": (
        "Finished units are not repeated here: they stand in their own table.",
        "成品单件不在此重复，见其专门的表。",
    ),
    "share_note": (
        "By quantity, mixing in proportion; the share of each item stands in the tables of items.",
        "按数量等比混合计算；每个项目的占比见各项目表。",
    ),
    "where_note": (
        "The parts are disjoint and add up to what there was; units stand inside the quantity of their lot.",
        "各部分互不重叠，合计等于总量；单件包含在其批次数量之内。",
    ),
    "balance_note": (
        "{count} lots; {open} of them do not close within the tolerance of their material.",
        "共 {count} 个批次，其中 {open} 个未在物料允差内平衡。",
    ),
    "balance_units": (
        "What was asked for is counted in several units of measure, and no sum holds across them: the trace is balanced for each "
        "by itself ({units}).",
        "查询对象使用多种计量单位，不能跨单位相加：分别按各单位做追溯平衡（{units}）。",
    ),
    "why_note": (
        "Each affected item with the last move of its best path: the strongest, then the shortest. Look up what it came "
        "from in the same table, and so on back to what was asked for.",
        "每个受影响项目列出其最佳路径的最后一步：先取最强，再取最短。在同一表中查找其来源，即可逐步追溯到查询对象。",
    ),
    "near_note": (
        "{count} items stand beside the scope without being in it; of each kind the first {listed} are listed.",
        "有 {count} 个项目邻近范围但不在其中；每类列出前 {listed} 个。",
    ),
    "bounds_note": ("{count} doubts lie between the bounds.", "上下限之间有 {count} 个存疑之处。"),
    "responsible_note": (
        "One finished item of each product, {shown} of {count} products.",
        "每种产品各取一个成品项目，共 {count} 种产品中的 {shown} 种。",
    ),
    "detail_note": (
        "Reasons and details name records as they were recorded.",
        "理由和明细中的记录名称均为原文。",
    ),
    "nothing_selected": (
        "Not available: the starts selected nothing that was made.",
        "不可用：各起点未选中任何产出。",
    ),
    "selected_note": (
        "Counted from what the selected steps made: {count} items.",
        "自选中工序的产出算起：{count} 个项目。",
    ),
    "started_note": (
        "Steps that a start selects are proven themselves; what they made is affected from depth 1 on. Several starts are a "
        "union.",
        "起点选中的工序本身即已证实，其产出自第1层起受影响。多个起点取并集。",
    ),
    "compare_note": (
        "The full scope, and {count} narrowed ones. Each is a subset of the full scope and holds only under what it assumes. What "
        "is not recorded leaves nothing out.",
        "完整范围与 {count} 个缩小的范围。每个均为完整范围的子集，且仅在其假设下成立。未记录的内容不排除任何项目。",
    ),
    "value_note": (
        "Value is the price of whole shipment lines: a line counts once and whole as soon as something on it is affected.",
        "金额为整行发货的价格：只要该行有任一受影响项目，即整行计入一次。",
    ),
    "since_note": (
        "Entry {after} against entry {before}: {added} items came, {removed} went, {changed} are told otherwise.",
        "条目 {after} 与条目 {before} 相比：新增 {added} 项，减少 {removed} 项，{changed} 项说法改变。",
    ),
    "causes_note": (
        "What stands behind more of the {count} complaints than of the {healthy} healthy items, most convincing first. Chance: "
        "how likely so many complaints fall on it blindly; corrected: with all candidates counted.",
        "在 {count} 个投诉中比在 {healthy} 个正常项目中更常出现的因素，最有说服力者在前。偶然概率为随机落在其上的可能；"
        "校正概率计入全部候选。",
    ),
    "causes_few": (
        "With so few complaints the ranking is a hint and no more.",
        "投诉数太少，排序仅供参考。",
    ),
    "causes_union": (
        "Candidates of one group are told apart by no record. The table of finished items is the union forward of the first rank.",
        "同组候选无任何记录可以区分。成品表为首位各原因向下追溯的并集。",
    ),
    "sources_note": (
        "Files as they were named when they were loaded, with the digest of their content.",
        "文件名为加载时的名称，附内容摘要。",
    ),
    "patient_data_note": (
        "No table of the plant format records patients or physicians; hospitals and final distributors do.",
        "工厂数据不记录患者或医师；由医疗机构和最终经销商记录。",
    ),
    "backward_note": ("{count} items went into what was asked for.", "共有 {count} 个项目进入查询对象。"),
    "assume_full_scope": (
        "The scope is the full one: nothing was narrowed by time, equipment or parameter.",
        "范围为完整范围，未按时间、设备或参数缩小。",
    ),
    "assume_time": (
        "Time plays no part in the trace; impossible orders of times are listed as gaps.",
        "追溯不考虑时间先后；不可能的时间顺序列为记录缺口。",
    ),
    "assume_tiers": (
        "An item is proven only as far as the weakest record on its strongest path: this unit, this lot, or this order.",
        "项目的证明程度取其最强路径上最弱的记录：单件、批次或订单。",
    ),
    "assume_possible": (
        "A shipment that names only a lot may hold any of its units: such consignees are possible, not proven.",
        "仅注明批次的发货可能包含该批任一单件：此类收货方为可能，而非已证实。",
    ),
    "assume_containers": (
        "A container stands for what was inside it when it was shipped; unknown times count as inside.",
        "容器代表发货时其中的物品；时间不明的视为在内。",
    ),
    "assume_no_cut": (
        "Nothing was left out for being diluted: there is no cut-off by share.",
        "未因稀释而排除任何项目：没有按占比截断。",
    ),
    "assume_empty": (
        "An empty cell means that nothing is recorded, never zero.",
        "空白单元格表示没有记录，并非零。",
    ),
    "assume_recorded": (
        "Quantities and times are as recorded; instants are in UTC.",
        "数量和时间以记录为准；时刻为 UTC。",
    ),
}


class Words:
    """The words of one language.

    Args:
        language: ``en`` or ``zh``.

    Raises:
        InputError: there are no words of this language.
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise InputError(f"--language {language!r} is not known. Known are: {', '.join(LANGUAGES)}.")
        self.language = language
        self._number = LANGUAGES.index(language)

    def page(self, key: str, **values: str | int) -> str:
        """Words of the page itself."""
        return self._filled(PAGE[key], values)

    def section(self, key: str) -> str:
        """Title of a section."""
        return words_tables.SECTIONS[key][self._number]

    def table(self, key: str) -> str:
        """Title of a table."""
        return words_tables.TABLES[key][self._number]

    def column(self, column: Column | Fact) -> str:
        """Heading of a column, or label of a statement."""
        return words_tables.COLUMNS[column.name][self._number]

    def form(self, key: str) -> str:
        """Title of a form."""
        return words_forms.FORMS[key][self._number]

    def rule(self, text: str) -> str:
        """A rule or clause; most are cited alike in every language."""
        return words_forms.RULES[text][self._number] if text in words_forms.RULES else text

    def form_text(self, key: str) -> str:
        """Which text was read for a form, or could not be read."""
        return words_forms.TEXTS[key][self._number]

    def field(self, key: str) -> str:
        """What a form requires."""
        return words_forms.FIELDS[key][self._number]

    def who(self, key: str) -> str:
        """Who could supply it."""
        return words_forms.WHO[key][self._number]

    def role(self, name: str) -> str:
        """A role, for whom something is masked."""
        return words_masked.ROLES[name][self._number] if name in words_masked.ROLES else name

    def sort_of_data(self, name: str) -> str:
        """A sort of data that is masked."""
        return words_masked.SORTS[name][self._number] if name in words_masked.SORTS else name

    def joined(self, texts: Iterable[str]) -> str:
        """Several words one after the other."""
        return ("、" if self._number else ", ").join(texts)

    def sentence(self, sentence: Sentence) -> str:
        """A sentence with its values."""
        values = {name: self.count(v) if isinstance(v, int) else v for name, v in sentence.values.items()}
        return self._filled(SENTENCES[sentence.key], values)

    def cell(self, cell: Cell, sort: str) -> str:
        """A cell as text: our own words translated, what is recorded as it is."""
        if cell is None:
            return ""
        if sort == "phrase" and self._number and isinstance(cell, str):
            return phrase(cell)
        return words_values.value(cell, self._number) if sort == "word" and isinstance(cell, str) else str(cell)

    def row(self, row: Sequence[Cell], columns: Sequence[Column]) -> list[str]:
        """A row for reading: as its cells, but with units in words."""
        quantity = next((cell for cell, each in zip(row, columns, strict=True) if each.name == "quantity"), None)
        told = []
        for cell, each in zip(row, columns, strict=True):
            if isinstance(cell, str) and each.name in words_units.COLUMNS:
                told.append(words_units.unit(cell, self.language, quantity))
            elif isinstance(cell, str) and each.name in words_units.AMOUNTS:
                told.append(words_units.amounts(cell, self.language))
            else:
                told.append(self.cell(cell, each.sort))
        return told

    @staticmethod
    def count(number: int) -> str:
        """A whole number for reading."""
        return f"{number:,}"

    def _filled(self, words: tuple[str, str], values: Mapping[str, str | int]) -> str:
        # Values are put in as they are: braces in them are no placeholders.
        return words[self._number].format(**values) if values else words[self._number]
