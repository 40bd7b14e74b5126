"""Chinese of the page of people and keys, and of one's own password; part of the words of the console."""

from __future__ import annotations

from api.access.rules import DUTIES, Role

_ROLES = {
    Role.VIEWER: ("查看者", "查看批次、单件和范围；看不到任何保密字段"),
    Role.COORDINATOR: ("协调员", "执行召回：可提出所有查询，载入和更正记录，知道应通知谁"),
    Role.MANAGER: ("经理", "对召回及其费用负责：协调员的全部权限，并可看价格"),
    Role.AUDITOR: ("审计员", "核查答案直至文件和行，以及账本；不作任何更改"),
    Role.OPERATIONS: ("运维", "维持服务运行：载入、任务、指标、核验；不查询工厂数据"),
    Role.ADMINISTRATOR: ("管理员", "决定谁可以做什么；看不到工厂的任何记录"),
}
ZH = {
    "created": "建立账本",
    "load": "载入",
    "person added": "添加人员",
    "person removed": "删除人员",
    "person disabled": "停用人员",
    "person enabled": "启用人员",
    "role granted": "授予角色",
    "role revoked": "收回角色",
    "password changed": "更改密码",
    "key added": "创建密钥",
    "key revoked": "收回密钥",
    "sign-ins failed": "登录失败",
    "failed": "失败次数",
    "not_looked_at": "因次数过多未受理",
    "unknown_names": "不存在的名称",
    "came_from": "来自",
    "since": "自",
    "until": "至",
    "tokens trusted": "信任令牌",
    "person": "人员",
    "key": "密钥",
    "role": "角色",
    "roles": "角色",
    "name": "名称",
    "expires": "有效期至",
    **{role.value: name for role, (name, _) in _ROLES.items()},
    **{DUTIES[role]: duty for role, (_, duty) in _ROLES.items()},
    "People": "人员",
    "People and keys": "人员与密钥",
    "Roles": "角色",
    "New key of": "新密钥:",
    "New password of": "新密码:",
    "It is shown this once. Write it down or hand it over now; nobody can look it up later.": (
        "仅显示这一次。请立即记下或交给本人;以后无人能再查到。"
    ),
    "Whoever gets it should change it after signing in: by the name at the top.": "本人登录后应点击页首的姓名更改密码。",
    "A system sends it as": "系统以此方式发送:",
    "This demo is open to everybody on this machine until the first administrator is added on the command line:": (
        "此演示对本机所有人开放,直到在命令行添加第一位管理员:"
    ),
    "you": "您",
    "no role: may sign in, and do nothing": "没有角色:可登录,但不能做任何事",
    "disabled since": "停用于",
    "added": "添加于",
    "roles last changed": "角色最近变更于",
    "Change": "更改",
    "Save the roles": "保存角色",
    "Taking a role signs the person out.": "收回角色会使本人退出登录。",
    "New password": "新密码",
    "empty: one is made up": "留空则自动生成",
    "Set a new password": "设置新密码",
    "Enable": "启用",
    "Disable: may sign in no more": "停用:不能再登录",
    "Remove": "删除",
    "The ledger keeps what the person did.": "账本保留本人所做的一切。",
    "Nobody was added yet. The first administrator is added on the command line, where the home is:": (
        "尚未添加任何人员。第一位管理员在数据所在机器的命令行添加:"
    ),
    "Add a person": "添加人员",
    "First password": "初始密码",
    "Add": "添加",
    "Keys of other systems": "其他系统的密钥",
    "Made on": "创建于",
    "Good until": "有效期至",
    "withdrawn": "已收回",
    "withdrawn by hand": "手动收回为止",
    "Withdraw": "收回",
    "No key was made yet. Make one for each system that asks this service: MES, ERP, a script.": (
        "尚未创建密钥。请为每个访问本服务的系统(MES、ERP、脚本)各创建一个。"
    ),
    "Make a key": "创建密钥",
    "What it is for": "用途",
    "empty: until it is withdrawn": "留空:直到收回",
    "Make the key": "创建密钥",
    "Every change is an entry of the ledger, never with the password or key itself.": (
        "每次更改都是账本中的一条记录,但不含密码或密钥本身。"
    ),
    "Change the password": "更改密码",
    "The password is changed. Wherever else you were signed in, you are signed out now.": (
        "密码已更改。您在其他地方的登录已全部退出。"
    ),
    "Password until now": "当前密码",
    "New password, once more": "再次输入新密码",
    "At least 12 characters; several words in a row are a good one.": "至少 12 个字符;用几个词连在一起就很好。",
    "You did not sign in with a password, so there is none to change here.": "您不是用密码登录的,因此这里没有可更改的密码。",
}  # fmt: skip
