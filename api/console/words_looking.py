"""Chinese of the pages on which a scope or the plant is looked at; part of the words of the console."""

from __future__ import annotations

EN = {
    "fold_product": "product",
    "fold_lot": "lot",
    "fold_day": "day",
    "alert_plan_missed": "order not made as planned",
    "alert_more_used_than_made": "more used than made",
    "alert_result_outside": "result outside its limits",
    "alert_not_released": "not released",
    "alert_used_before_release": "used before its release",
    "alert_expired": "expired",
    "alert_used_after_expiry": "used after its expiry",
    "alert_out_of_balance": "balance outside its tolerance",
    "sort_id": "lot",
    "sort_material": "material",
    "sort_stage": "stage",
    "sort_status": "status",
    "sort_made": "day made",
    "sort_expires": "expiry",
    "sort_planned": "planned",
    "sort_produced": "produced",
    "sort_consumed": "used",
    "sort_shipped": "shipped",
    "sort_results": "results",
    "sort_alerts": "number of alerts",
}
ZH = {
    "Codes that nobody described": "无人说明的代码",
    "Records use these codes, and no row says what they are. Load the rows that describe them, "
    "or aliases that say which known code is meant.": (
        "记录使用了这些代码,但没有一行说明它们是什么。请载入说明它们的行,或说明所指已知代码的别名。"
    ),
    "See which, and where they are used": "查看是哪些、用在何处",
    "Code": "代码",
    "The graph lacks the last entries of the ledger.": "图中缺少账本的最后几条记录。",
    "They are recorded, and nothing has to be loaded again; but they could not be brought into the graph, "
    "and no answer knows them yet.": "这些内容已记录,无需重新载入;但未能写入图中,任何答案都还不包含它们。",
    "Whoever runs the service looks to the store: is its disk full, does its server run?": (
        "请运行服务的人检查存储:磁盘是否已满,服务器是否运行?"
    ),
    "Then load something, or start the service again: that brings the graph up to the ledger.": (
        "之后载入任意文件或重启服务,图即会补齐。"
    ),
    "Rows": "行数",
    "party": "单位",
    "place": "地点",
    "Recall report": "召回报告",
    "Suppliers are masked: what stands for them here is one or several, and so is each consignee that is masked.": (
        "供应商已遮蔽：此处的一个节点可代表一个或多个供应商；已遮蔽的收货方亦同。"
    ),
    "Make the recall report": "生成召回报告",
    "More in the report": "报告中的更多内容",
    "Narrowed scopes beside the full one, one boundary in each line": "与完整范围并列的缩小范围，每行一个边界",
    "What changed since (an entry, or a time)": "自何时起的变化（记录号或时间）",
    "These items are complaints: what they have in common": "这些对象是投诉：它们有何共同点",
    "Page, workbook, PDF, CSV files and forms by rule": "网页、工作簿、PDF、CSV 文件和法规表单",
    "what you may not see is masked in it": "您无权查看的内容在其中已遮蔽",
    "The report is being made. This page looks again by itself.": "报告正在生成，本页会自动刷新。",
    "This report was made when your roles allowed more. Have it made again from the page of the scope.": (
        "生成此报告时您的角色权限更大。请在范围页面重新生成。"
    ),
    "This report is masked for the role": "本报告已按角色遮蔽",
    "Not shown in it": "其中不显示",
    "Download the report": "下载报告",
    "One archive: page with graph, workbook, PDF, CSV files, JSON, graph and digests. It waits for a day.": (
        "一个压缩包：含关系图的网页、工作簿、PDF、CSV 文件、JSON、关系图和摘要。保留一天。"
    ),
    "Forms by rule": "法规表单",
    "Form": "表单",
    "Fields recorded": "已记录项",
    "partly missing": "部分缺失",
    "missing": "缺失",
    "Fields with something masked": "含遮蔽内容的项",
    "In full for": "可完整出具的角色",
    "Not in order": "异常",
    "Made by no step: received from outside": "非任何工序产出:外部收货",
    "Received": "收货时间",
    "Load files": "载入文件",
    "Ask whoever loads files, a coordinator or operations.": "请联系负责载入的人:协调员或运维。",
    "items that records name and nobody described. Load rows of lots or units for them, or aliases that say what they mean": (
        "个物料批或单件在记录中出现但无人说明。请载入其 lots 或 units 的行,或说明其含义的别名"
    ),
    "Nothing found": "没有找到",
    "What may help:": "可以尝试:",
    "Look for batches in which these characters occur": "在批次中查找含有这些字符的",
    "Type it as it stands on the label or the delivery note: an id, a lot number, a supplier's lot number or a serial.": (
        "按标签或送货单上的写法输入:编号、批号、供应商批号或序列号。"
    ),
    "See which files were loaded last: it may not be here yet": "查看最近载入的文件:可能尚未载入",
    "Rows that a load does not accept come here, to be corrected in place.": "载入时未被接受的行会出现在此处,可就地更正。",
    "Choose the plant's files above: they are checked first, and loaded when you say so.": (
        "请在上方选择工厂文件:先检查,经您确认后才载入。"
    ),
    "No batch fits.": "没有符合条件的批次。",
    "Show all of them": "显示全部",
    "No lot is recorded yet.": "尚未记录任何批次。",
    "No shipment of anything in this scope is recorded.": "没有此范围内任何对象的发货记录。",
    "No quantity of this scope is recorded in this unit. Try another one; the table below has the rest.": (
        "此范围没有以此单位记录的数量。请换一个单位;其余见下表。"
    ),
    "No step of this scope has a recorded time.": "此范围内没有任何工序记录了时间。",
    "No finished unit with a serial is affected. Look at the lots.": "没有带序列号的成品单件受影响。请查看批次。",
    "No gap in the records touches this answer.": "没有记录缺口涉及此答案。",
    "Nothing else is affected.": "没有其他受影响的对象。",
    "No record says what went into it.": "没有记录说明它由什么制成。",
    "No record says that it was used.": "没有记录说明它被使用过。",
    "Nothing of the same lot, order, equipment, day or material stands beside it.": (
        "旁边没有同批次、同订单、同设备、同日或同物料的对象。"
    ),
    "Newer entries": "较新的条目",
    "Older entries": "较早的条目",
    "Facts": "记录",
    "oldest first": "最早的在前",
    "Not on this page:": "不在本页:",
    "No fact names it as of this entry. Choose a later entry above, or search for another code of it.": (
        "截至此条目没有任何记录提及它。请在上方选择较晚的条目,或用它的其他代码查找。"
    ),
    "Earlier facts": "较早的记录",
    "Later facts": "较晚的记录",
    "Tables of the scope": "范围的表格",
    "Views of the scope": "范围的视图",
    "fold_product": "产品",
    "fold_lot": "批次",
    "fold_day": "日期",
    "Unfold": "展开",
    "Fold again": "重新合并",
    "Evidence": "证据",
    "Path from the start": "从起点到此的路径",
    "This could not be shown. Reload the page.": "无法显示。请重新载入页面。",
    "The path to": "到达对象的路径",
    "hidden by the filters": "处被筛选隐藏",
    "is not in this scope; no path leads to it.": "不在此范围内,没有路径到达。",
    "Hide the path": "不显示路径",
    "What had happened by": "截至此日已发生的",
    "In all": "合计",
    "without time": "个没有时间",
    "Choose a group with the mouse or the arrow keys: what leads to it and from it stays bright. Enter shows the evidence, "
    "U unfolds, F folds again, + and - zoom, Home shows the whole picture, Escape lets go.": (
        "用鼠标或方向键选择一组:与其相连的部分保持明亮。回车显示证据,U 展开,F 重新合并,+ 和 - 缩放,Home 显示全图,Esc 取消。"
    ),
    "History": "历史",
    "Each entry that changed what is recorded of it; choose one to see everything as of then.": (
        "每条改变其记录内容的账本条目;选择一条即可查看当时的全部内容。"
    ),
    "Flow": "数量流向",
    "How much went from suppliers through materials to consignees; a band is as wide as its quantity.": (
        "从供应商经物料到收货方的数量;色带宽度与数量成正比。"
    ),
    "flows cannot be converted into this unit: they are in the table, not in the picture.": (
        "条流向无法换算为此单位,仅列于表中,未绘出。"
    ),
    "records have no quantity: they are in neither.": "条记录没有数量,图与表均未包含。",
    "records of steps with several products are shared among these in equal parts.": (
        "条属于多产品工序的记录已在各产品间平均分配。"
    ),
    "From": "自",
    "To": "至",
    "Records": "记录数",
    "not in this unit": "不是此单位",
    "Time line": "时间线",
    "steps by equipment; a triangle marks readings outside their limits": "道工序按设备排列;三角形表示读数超出限值",
    "There are too many to draw one by one. Days in one mark:": "数量太多,无法逐一绘出。每个标记的天数:",
    "steps have no recorded time and are not drawn.": "道工序没有记录时间,未绘出。",
    "Readings outside their limits": "超出限值的读数",
    "unsure": "不确定",
    "Equipment": "设备",
    "Steps": "工序数",
    "Step": "工序",
    "Outside": "超限",
    "outside": "超限",
    "Countries": "国家",
    "consignees; countries:": "个收货方;国家数:",
    "Consignees": "收货方",
    "Proven and possible": "已证实与可能",
    "without quantity": "条没有数量",
    "Compare boundaries": "比较边界",
    "Another boundary": "另一个边界",
    "Compare": "比较",
    "A boundary narrows the scope by what records allow: lot, only-after TIME, shift FROM TO, only-equipment NAME, "
    "only-parameter NAME outside, kill-step KIND. The full scope always stands beside it.": (
        "边界按记录所允许的条件缩小范围:lot、only-after 时间、shift 起 止、only-equipment 设备、only-parameter 参数 outside、"
        "kill-step 工序类型。完整范围始终并列显示。"
    ),
    "Boundary": "边界",
    "Removed units": "排除的单件",
    "Removed": "已排除",
    "items stay because no time is recorded of them.": "个项目因没有记录时间而保留。",
    "Batches": "批次总览",
    "lots": "个批次",
    "Expiry is held against the day of the entry:": "有效期按该记录的日期判断:",
    "Lot or material": "批次或物料",
    "Status": "状态",
    "Alert": "警示",
    "with some alert": "有任何警示",
    "Sort by": "排序",
    "Made": "生产日期",
    "Expires": "有效期至",
    "Planned": "计划",
    "Produced": "产量",
    "Used": "已用",
    "Shipped": "已发货",
    "In stock": "库存",
    "Unaccounted": "去向不明",
    "Results": "检验结果",
    "made": "已产",
    "recorded": "按记录",
    "released": "已放行",
    "held": "已冻结",
    "quarantine": "待检",
    "rejected": "已拒收",
    "recalled": "已召回",
    "alert_plan_missed": "产量与计划不符",
    "alert_more_used_than_made": "用量超过产量",
    "alert_result_outside": "结果超出限值",
    "alert_not_released": "未放行",
    "alert_used_before_release": "放行前已使用",
    "alert_expired": "已过期",
    "alert_used_after_expiry": "过期后使用",
    "alert_out_of_balance": "平衡超出允差",
    "sort_id": "批次",
    "sort_material": "物料",
    "sort_stage": "阶段",
    "sort_status": "状态",
    "sort_made": "生产日期",
    "sort_expires": "有效期",
    "sort_planned": "计划",
    "sort_produced": "产量",
    "sort_consumed": "已用",
    "sort_shipped": "已发货",
    "sort_results": "检验结果",
    "sort_alerts": "警示数量",
    "What the scope starts from is counted in several units, and no sum holds across them: each is balanced by itself.": (
        "本范围的起点使用多种计量单位,不能跨单位相加:分别按各单位平衡。"
    ),
    "Unit unknown": "单位不明",
    "lots whose mass balance is out of tolerance": "个批次的物料平衡超出允差",
    "See which": "查看是哪些",
    "answers were incomplete: the two roads differ. Verify the ledger, and have the graph made again": (
        "个回答不完整:两条路径的结果不同。请核查账本,并重建关系图"
    ),
    "The mass balances of the lots are being checked. Look again in a moment.": "正在核对各批次的物料平衡。请稍后再看。",
    "By stage": "按阶段",
    "Steps that lost or gained": "有损失或增益的工序",
    "Went in": "投入",
    "Lost": "损失",
    "nothing is recorded to have come of it": "没有产出记录",
    "Lots that do not balance by themselves": "自身不平衡的批次",
    "some is missing": "有缺失",
    "more is accounted for than there was": "已知去向多于原有数量",
    "how much there was is not recorded": "原有数量未记录",
    "a part of it is less than nothing": "某部分为负",
    "lost_in_steps": "工序损失",
    "back_in_start": "返回起点",
    "unaccounted": "去向不明",
}
