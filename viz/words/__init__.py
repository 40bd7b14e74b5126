"""Every word that a report says of its own accord, in English and in Chinese, in one place.

What the records say is never translated. A key without its words is an error, not an empty heading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genealogy.errors import InputError
from viz.words import forms as words_forms
from viz.words import tables as words_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genealogy.report.content import Cell, Column, Fact, Sentence

LANGUAGES = ("en", "zh")

PAGE: dict[str, tuple[str, str]] = {
    "title": ("Genealogy report", "批次追溯报告"),
    "question": ("Asked for", "查询对象"),
    "as_of": ("As of entry", "截至账本条目"),
    "recorded_at": ("Entry recorded at", "条目记录时间"),
    "entry_hash": ("Hash of that entry", "条目哈希"),
    "digest": ("Digest of the answer", "答案摘要"),
    "complete": ("Complete", "是否完整"),
    "complete_yes": ("yes: both roads agree over every accepted record", "是：两条独立路径对所有已接受记录的结果一致"),
    "complete_no": ("NO: THIS REPORT IS INCOMPLETE, treat it as a lower bound", "否：本报告不完整，只能视为下限"),
    "assumptions": ("What every number rests on", "所有数字的前提"),
    "summary": ("In short", "摘要"),
    "facts": ("This report", "本报告"),
    "rows": ("rows", "行"),
    "none": ("none", "无"),
    "filter": ("Filter", "筛选"),
    "contents": ("Contents", "目录"),
    "field": ("required", "必填项"),
    "clause": ("clause", "条款"),
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
    "node_customer": ("consignee", "收货方"),
    "node_units_count": ("{count} finished units", "{count} 件成品"),
    "node_items_count": ("{count} items", "{count} 个项目"),
    "node_members_count": ("{count} records", "{count} 条记录"),
    "node_tier": ("proven for: {tier}", "证明程度：{tier}"),
    "edge_records": ("{count} records", "{count} 条记录"),
    "edge_possible": ("{count} records, possible only", "{count} 条记录，仅为可能"),
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
        "Reasons and details are in English.",
        "理由和明细以英文给出。",
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

    def field(self, key: str) -> str:
        """What a form requires."""
        return words_forms.FIELDS[key][self._number]

    def who(self, key: str) -> str:
        """Who could supply it."""
        return words_forms.WHO[key][self._number]

    def sentence(self, sentence: Sentence) -> str:
        """A sentence with its values."""
        values = {name: self.count(v) if isinstance(v, int) else v for name, v in sentence.values.items()}
        return self._filled(SENTENCES[sentence.key], values)

    def cell(self, cell: Cell, sort: str) -> str:
        """A cell as text: our own words translated, what is recorded as it is."""
        if cell is None:
            return ""
        return words_tables.value(cell, self._number) if sort == "word" and isinstance(cell, str) else str(cell)

    @staticmethod
    def count(number: int) -> str:
        """A whole number for reading."""
        return f"{number:,}"

    def _filled(self, words: tuple[str, str], values: Mapping[str, str | int]) -> str:
        # Values are put in as they are: braces in them are no placeholders.
        return words[self._number].format(**values) if values else words[self._number]
