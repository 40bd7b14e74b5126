"""The console's sentences in Chinese. English is the text itself; a sentence that is not here is shown in English."""

from __future__ import annotations

LANGUAGES = {"en": "English", "zh": "中文"}

ZH = {
    "Genealogy": "批次谱系",
    "Skip to the content": "跳到正文",
    "Search": "查找",
    "Ledger": "账本",
    "Home": "首页",
    "What is bad, or what is asked about?": "哪个批次有问题,或者要查什么?",
    "An id, a lot number, a supplier's lot number or a serial": "编号、批号、供应商批号或序列号",
    "Press / to search from any page.": "在任何页面按 / 键即可查找。",
    "Needs attention": "需要处理",
    "Nothing needs attention.": "没有需要处理的事项。",
    "rows in quarantine: loaded, not accepted, not yet corrected": "行在隔离区:已载入、未接受、尚未更正",
    "codes that are used and that nobody described": "个代码被使用但无人说明",
    "Last entries": "最近的记录",
    "Entry": "记录",
    "Time": "时间",
    "Who": "操作人",
    "What": "内容",
    "Files": "文件",
    "Hash": "哈希",
    "As of entry": "截至记录",
    "now": "现在",
    "Show": "显示",
    "Nothing was ever loaded into this home.": "此处尚未载入任何数据。",
    "Which of these?": "是哪一个?",
    "names several things. Choose one, or take all of them.": "对应多个对象。请选择一个,或全部选取。",
    "All of them": "全部",
    "Kind": "类型",
    "Stage": "阶段",
    "Material": "物料",
    "Number": "号码",
    "Id": "编号",
    "Lot": "批次",
    "Depth": "深度",
    "Tier": "证据等级",
    "Quantity": "数量",
    "Unit": "单位",
    "Recall scope": "召回范围",
    "What may hold it": "可能含有它的对象",
    "What may be in it": "可能含在其中的对象",
    "Recorded": "已有记录",
    "Nothing is recorded.": "没有记录。",
    "until entry": "直到记录",
    "since entry": "自记录",
    "row": "行",
    "Summary": "结论",
    "Finished units": "成品单件",
    "Lots": "批次",
    "Customers": "客户",
    "Unsure": "不确定",
    "Everything": "全部",
    "This answer is incomplete": "此答案不完整",
    "Both roads agree.": "两条途径结果一致。",
    "Party": "单位",
    "Name": "名称",
    "Role": "角色",
    "Country": "国家",
    "Certainty": "确定性",
    "not recorded": "未记录",
    "unknown": "未知",
    "Gap in the records": "记录缺口",
    "How often": "次数",
    "More finished units": "可能多出的成品单件",
    "Where": "位置",
    "Finished units by what the records prove": "按证据等级统计的成品单件",
    "this unit": "单件",
    "this lot": "批次",
    "this order": "订单",
    "Download": "下载",
    "CSV": "CSV",
    "JSON": "JSON",
    "Link to this answer": "此答案的固定链接",
    "of": "/",
    "Page": "页",
    "Next": "下一页",
    "Previous": "上一页",
    "The ledger": "账本",
    "Verify": "核验",
    "Checks the chain, every document, and the graph against them. It may take a while.": (
        "核验链条、所有文件,以及图与它们是否一致。可能需要一些时间。"
    ),
    "Everything is as it was recorded.": "一切与记录相符。",
    "Something is not as it was recorded.": "有内容与记录不符。",
    "Digest": "摘要",
    "What happened": "发生了什么",
    "Back to the search": "返回查找",
    "are not shown here; download the whole list": "未在此显示;请下载完整列表",
    "possible": "可能",
    "proven": "已证实",
    "lot": "批次",
    "unit": "单件",
    "order": "订单",
    "finished": "成品",
    "intermediate": "中间品",
    "supplied": "来料",
    "Action": "操作",
    "All": "全部",
    "Interface": "接口",
    "At best and at worst": "最好与最坏的情况",
    "At least": "至少",
    "As recorded": "按记录",
    "At most": "至多",
    "Finished lots": "成品批次",
    "Items": "对象",
    "May add": "可能增加",
    "May remove": "可能减少",
    "Settled by": "需要的记录",
    "quarantined rows name no step and item: no bound can hold what they would have said.": (
        "行被隔离且无法辨认步骤和对象:任何界限都无法包含其内容。"
    ),
    "suspected": "隔离行中的疑似关联",
    "unresolved": "无人说明的代码",
    "no_output": "没有产出记录的步骤",
    "no_input": "没有投入记录的步骤",
    "used_too_early": "到货前已被使用的批次",
    "used_above_what_there_was": "使用量超过存量的批次",
    "Every answer of this program over HTTP. Errors are problems as RFC 9457 describes them.": (
        "本程序通过 HTTP 提供的全部答案。错误按 RFC 9457 的问题格式返回。"
    ),
    "Parameter": "参数",
    "Place": "所在",
    "Required": "必需",
    "Answers": "返回状态",
    "yes": "是",
    "no": "否",
}  # fmt: skip


def translator(language: str) -> Translate:
    """The function that pages call for each of their sentences."""
    return Translate(language)


class Translate:
    """Says a sentence in the language of the reader."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def __call__(self, text: object) -> str:
        """The sentence in that language; in English where nobody translated it."""
        return ZH.get(str(text), str(text)) if self.language == "zh" else str(text)
