"""The words of what is masked and for whom, each in English and in Chinese."""

from __future__ import annotations

PAGE: dict[str, tuple[str, str]] = {
    "masked": ("Masked", "已遮蔽"),
    "masked_for": (
        "MASKED REPORT, made for: {roles}. Not shown, and [masked] in its place: {fields}. Digests are those of what is said "
        "here. A form says at each field who can have it in full.",
        "已遮蔽的报告，适用角色：{roles}。以下内容不显示，以 [masked] 代替：{fields}。"
        "摘要为此处所示内容的摘要。表单在各项注明可由谁完整出具。",
    ),
    "masked_short": ("masked for: {roles}", "已按角色遮蔽：{roles}"),
    "field_masked": (
        "{value} (something is masked here; in full for: {roles})",
        "{value}（此处有遮蔽内容；可完整出具的角色：{roles}）",
    ),
    "parties_as_one": (
        "Suppliers are masked: what stands for them here is one or several, and so is each consignee that is masked.",
        "供应商已遮蔽：此处的一个节点可代表一个或多个供应商；已遮蔽的收货方亦同。",
    ),
}
"""Words of pages and files about what is masked; part of ``PAGE``."""
ROLES: dict[str, tuple[str, str]] = {
    "viewer": ("viewer", "查看者"),
    "coordinator": ("coordinator", "协调员"),
    "manager": ("manager", "经理"),
    "auditor": ("auditor", "审计员"),
    "operations": ("operations", "运维"),
    "administrator": ("administrator", "管理员"),
}
SORTS: dict[str, tuple[str, str]] = {
    "supplier": ("who supplied it", "供应商"),
    "price": ("prices", "价格"),
    "contact": ("addresses, e-mail, telephone", "地址、邮箱、电话"),
    "personal": ("names of people in the records", "记录中的人名"),
    "patient": ("at whom and when something was used", "患者使用信息"),
    "actor": ("who recorded it", "记录人"),
    "free text": ("free text and names of files", "自由文字和文件名"),
}
