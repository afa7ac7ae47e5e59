"""An admin changes a flow's path in the chat, and sees who would sign before publishing (AP02)."""

import pytest
import yaml

from crm_core.audit.service import act_as
from crm_core.kit.errors import DomainError
from crm_core.org import queries
from crm_core.org.models import Role
from crm_core.playbook import service as playbook
from tests.handlers.requests import firm, requests, travel
from tests.support.chat import TOKEN, House, Person

YAML = "application/x-yaml"


def document(person: Person) -> tuple[str, str]:
    """The last document that the bot sent: its name and text."""
    told = next(one for one in reversed(person.answers()) if "document" in one)["document"]
    kept = person.house.sandbox.world.bot(TOKEN).files.get(told["file_id"])
    return told["file_name"], kept.data.decode()


async def sent(person: Person, text: str | bytes, name: str = "playbook.yaml") -> str:
    """Send a playbook; answers the card when it is checked."""
    body = text if isinstance(text, bytes) else text.encode()
    await person.send_file("document", body, name, YAML)
    await person.house.exchanged()
    return person.screen()


def with_finance(text: str, over: int = 5000) -> str:
    """The text with 财务 signing travel over so much, after the manager."""
    book = yaml.safe_load(text)
    flow = next(one for one in book["flows"] if one["key"] == "travel")
    when = {"all": [{"field": "amount", "op": ">", "value": over}]}
    step = {"id": "money", "title": {"zh": "财务", "en": "Finance"}, "approvers": [{"role": "finance"}], "when": when}
    flow["steps"].insert(1, step)
    return yaml.safe_dump(book, allow_unicode=True, sort_keys=False)


def others(text: str, **flows: str) -> str:
    """The text with other English titles."""
    book = yaml.safe_load(text)
    for flow in book["flows"]:
        flow["title"]["en"] = flows.get(flow["key"], flow["title"]["en"])
    return yaml.safe_dump(book, allow_unicode=True, sort_keys=False)


async def publish(house: House, text: str, by: Person) -> None:
    async with house.db.unit() as session:
        act_as(session, by.employee_id)
        await playbook.apply(session, by.employee_id, text)


async def in_force(house: House) -> int:
    async with house.db.unit() as session:
        return (await playbook.current(session))[0]


@pytest.mark.feature("AP02")
async def test_an_admin_sees_who_would_sign_before_publishing(house: House):
    rep, boss, director, finance = await firm(house)
    admin = house.people["蒋涛"]
    await travel(rep, "6000")
    await admin.say("/menu")
    await admin.tap("我的知识")
    await admin.tap("⚙ 修改业务手册")
    name, text = document(admin)
    assert name == "playbook-0.yaml"
    assert text.startswith("# Rounds playbook, version 0\n")
    shown = await sent(admin, with_finance(text))
    assert "有变化的流程 1 个：出差申请" in shown
    assert "出差申请：新增步骤 财务" in shown
    assert "👤 李娜 · ¥5,001" in shown
    assert "改前：直接主管 王海燕 → 部门经理 赵立" in shown
    assert "改后：直接主管 王海燕 → 财务 赵敏 → 部门经理 赵立" in shown
    assert admin.buttons() == ["👤 换申请人", "📢 发布", "✖ 取消"]
    assert await in_force(house) == 0, "nothing changes before that"

    await admin.tap("👤 换申请人")
    shown = await admin.tap("王海燕")
    assert "👤 王海燕 · ¥5,001" in shown
    assert "改后：直接主管 赵立 → 财务 赵敏 → 部门经理 赵立" in shown
    await admin.tap("👤 换申请人")
    assert "👤 陈晓东" in await admin.say("陈晓东")

    shown = await admin.tap("📢 发布")
    assert "第 1 版已生效" in shown
    assert await in_force(house) == 1
    await boss.tap("✅ 同意")
    assert "6000" not in finance.screen(), "what runs keeps its way"
    await director.tap("✅ 同意")
    assert (await requests(house))[0].status == "approved"
    await travel(rep, "7000", week=1)
    await boss.tap("✅ 同意")
    assert "¥7,000" in finance.screen()
    assert "✅ 同意" in finance.buttons()


@pytest.mark.feature("AP02")
async def test_in_english_flow_by_flow_with_what_else_differs(house: House):
    await firm(house)
    admin = await house.hire("Grace Nord", Role.ADMIN, language="en")
    await admin.say("/language")
    await admin.tap("English")
    await admin.say("/playbook")
    _, text = document(admin)
    text = others(with_finance(text), overtime="Late work", leave="Days off").replace("radius_m: 500", "radius_m: 800")
    shown = await sent(admin, text)
    assert "against version 0" in shown
    assert "Besides: check-in" in shown
    one = "new step Finance"
    assert one in shown or one in await admin.tap("Next flow ›") or one in await admin.tap("Next flow ›")
    assert "After: " in admin.screen()
    await admin.tap("📢 Publish")
    assert "Version 1 is in force" in admin.screen()
    await admin.tap("📄 The one in force")
    name, text = document(admin)
    assert name == "playbook-1.yaml"
    assert text.startswith("# Rounds playbook, version 1\n")
    assert "Nothing differs" in await sent(admin, text)
    assert "📢 Publish" not in admin.buttons()


@pytest.mark.feature("AP02")
async def test_what_is_wrong_is_told_by_file_and_line_and_how_to_mend_it(house: House):
    await firm(house)
    admin = house.people["蒋涛"]
    await admin.say("/playbook")
    _, text = document(admin)
    line = next(at for at, one in enumerate(text.splitlines(), 1) if "kind: administration" in one)
    wrong = text.replace("kind: administration", "kind: administrative")
    shown = await sent(admin, wrong)
    count = text.count("kind: administration")
    assert f"playbook.yaml › {count} 处要改" in shown
    assert f"⚠ playbook.yaml:{line} flows." in shown
    assert "→ 是不是 administration？" in shown
    assert f"还有 {count - 3} 处。" in shown
    await admin.tap("下一页 ›")
    assert "还有" not in admin.screen() or count > 6
    assert await in_force(house) == 0
    shown = await sent(
        admin, text.replace("- role: finance", "- user: 不在的人").replace("{role: finance}", "{user: 不在的人}")
    )
    assert "不在的人" in shown


@pytest.mark.feature("AP02")
async def test_another_version_published_meanwhile_is_compared_with_first(house: House):
    await firm(house)
    admin, other = house.people["蒋涛"], await house.hire("沈岚", Role.ADMIN)
    await admin.say("/playbook")
    _, text = document(admin)
    await sent(admin, with_finance(text))
    await publish(house, others(text, travel="Business trip"), other)
    await admin.tap("📢 发布")
    assert "期间已发布第 1 版" in admin.toast
    assert "沈岚 刚发布了第 1 版" in admin.screen()
    assert await in_force(house) == 1
    await admin.tap("🔄 与它对比")
    await house.exchanged()
    assert "对比第 1 版" in admin.screen()
    assert "这份文件基于第 0 版，之后的修改会被盖掉" in admin.screen() or "新增步骤 财务" in admin.screen()
    await admin.tap("📢 发布")
    assert await in_force(house) == 2
    old = admin.answers()[-1]["message_id"]
    await admin.tap_on(old, data="proposal.publish:1:0")
    assert "这份文件已经处理过了" in admin.toast
    await admin.tap_on(old, data="proposal.publish:99:0")
    assert "没有这条记录" in admin.toast


@pytest.mark.feature("AP02")
async def test_only_admins_and_nothing_typed_is_lost(house: House):
    rep, *_ = await firm(house)
    admin = house.people["蒋涛"]
    await admin.say("/playbook")
    _, text = document(admin)
    await rep.say("/playbook")
    assert "只有管理员能改业务手册" in rep.screen()
    await rep.send_file("document", text.encode(), "playbook.yaml", YAML)
    assert "只有管理员能改业务手册" in rep.screen()
    await sent(admin, with_finance(text))
    await admin.tap("✖ 取消")
    assert "已取消，现行业务手册不变" in admin.screen()
    async with house.db.unit() as session:
        actor = await queries.actor(session, rep.employee_id)
        with pytest.raises(DomainError, match="not_admin"):
            await playbook.publish(session, actor, text, 0)


BOMB = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [{','.join(['*' + chr(97 + at)] * 9)}]\n" for at in range(9)
)
HOSTILE = {
    "aliases": (BOMB, "引用展开后超过"),
    "circle": ("a: &a [*a]\n", "名称引用了自己"),
    "tags": ("categories: !!python/object/apply:os.system ['true']\n", "这里不能用 ! 开头的标签"),
    "zero": ('categories: "\\0"\n', "有不能保存的字符"),
    "tabs": ("flows:\n\t- key: travel\n", "缩进用空格"),
    "prose": ("出差超过五千要财务签\n", "业务手册要有"),
    "deep": ("[" * 4000, "嵌套太深"),
    "gbk": ("类别：客户".encode("gb18030"), "这不是 UTF-8 文本"),
    "utf-16": ("flows: []".encode("utf-16"), "这不是 UTF-8 文本"),
    "program": (b"MZ\x90\x00\x03", "这不是 UTF-8 文本"),
    "spaces": (b"  \n\n", "这个文件是空的"),
    "large": (b"# " + b"x" * (300 << 10), "业务手册最多 256 KB"),
    "huge": (b"# " + b"x" * (5 << 20), "业务手册最多 256 KB"),
}


@pytest.mark.feature("AP02")
async def test_hostile_files_are_answered_by_a_clear_line(house: House):
    await firm(house)
    admin = house.people["蒋涛"]
    for name, (body, words) in HOSTILE.items():
        shown = await sent(admin, body, f"{name}.yaml")
        assert words in shown, (name, shown)
    assert await in_force(house) == 0
