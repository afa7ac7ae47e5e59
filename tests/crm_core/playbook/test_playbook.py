"""The company's own words: checked with clear lines, published in versions, kept for what already uses them."""

import pytest
import yaml
from sqlalchemy import select

from crm_core.audit.models import AuditEntry
from crm_core.kit.errors import DomainError
from crm_core.playbook import service as playbook
from crm_core.playbook.models import PlaybookVersion
from crm_core.playbook.service import PlaybookError, parse
from tests.support.company import Firm


def changed(**given) -> str:
    """The default playbook with some parts replaced."""
    return yaml.safe_dump({**yaml.safe_load(playbook.default_text()), **given}, allow_unicode=True)


def wrong(text: str) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        parse(text)
    return caught.value.lines


class TestDefault:
    def test_is_complete_in_both_languages(self):
        book = playbook.default()
        for name in ("categories", "industries", "sources", "customer_types"):
            entries = book.entries(name)
            assert len(entries) >= 4
            assert all(entry.title["zh"] and entry.title["en"] for entry in entries)
        assert book.default("customer_types") == "new"
        assert book.default("sources") is None

    def test_its_names_tell_entries_apart(self):
        for name in ("categories", "industries", "sources", "customer_types"):
            for language in ("zh", "en"):
                titles = [entry.title[language].casefold() for entry in playbook.default().entries(name)]
                assert len(set(titles)) == len(titles)


class TestChecking:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("categories: [", "line 1"),
            ("- a\n- b", "a playbook is a mapping"),
            ("", "a playbook is a mapping"),
            ("42", "a playbook is a mapping"),
            ("a: !!python/object:os.system x", "line 1"),
            (changed(colour="red"), "colour: Extra inputs are not permitted"),
            (changed(categories=[]), "categories: Tuple should have at least 1 item"),
            (
                changed(categories=[{"key": "Key!", "title": {"zh": "重点", "en": "Key"}}]),
                "categories.1.key: String should",
            ),
            (changed(sources=[{"key": "web", "title": {"zh": "网络"}}]), "sources.1: 'web' needs a title in zh and en"),
            (changed(sources=[{"key": "web", "title": {"zh": "网络", "en": ""}}]), "sources.1.title.en: String should"),
            (
                changed(visit_templates=[{"title": {"zh": "回访", "en": "Routine"}, "types": ["vip"]}]),
                "visit_templates.1: 'vip' is no customer type",
            ),
            (
                changed(fields={"visit": [{"key": "mood", "title": {"zh": "态度", "en": "Mood"}, "kind": "choice"}]}),
                "fields.visit.1: 'mood' is a choice: options belong to choice and several",
            ),
            (
                changed(fields={"visit": [{"key": "mood", "title": {"zh": "态度", "en": "Mood"}, "kind": "colour"}]}),
                "fields.visit.1.kind: Input should be 'text', 'long_text'",
            ),
            (changed(sources=[{"key": "a", "title": {"zh": "一", "en": "1"}}] * 2), "sources: 'a' stands there twice"),
            (changed(working_hours={"start": "late"}), "working_hours.start:"),
            (
                changed(link_kinds=[{"key": "dealer", "title": {"zh": "终端客户", "en": "End customer"}}]),
                "link_kinds.1.back: Field required",
            ),
            (
                changed(link_kinds=[{"key": "a", "title": {"zh": "子公司", "en": "Child"}, "back": {"en": "Parent"}}]),
                "link_kinds.1: 'a' needs its back in zh and en",
            ),
            (changed(check_in={"radius_m": 10}), "check_in.radius_m: Input should be greater"),
            (changed(check_in={"typed_points": "bd09"}), "check_in.typed_points: Input should be 'wgs84' or 'gcj02'"),
            (
                changed(customer_types=[{"key": "a", "title": {"zh": "一", "en": "A"}, "stale_after_days": 0}]),
                "greater",
            ),
            (
                changed(customer_types=[{"key": "a", "title": {"zh": "一", "en": "A"}, "stale_after_days": "x"}]),
                "integer",
            ),
        ],
    )
    def test_each_mistake_is_one_clear_line(self, text: str, line: str):
        lines = wrong(text)
        assert len(lines) == 1
        assert line in lines[0]
        assert "\n" not in lines[0]

    def test_several_mistakes_are_several_lines(self):
        assert len(wrong(changed(categories=[], sources=[], colour="red"))) == 3

    def test_a_part_that_is_not_said_keeps_its_default(self):
        text = yaml.safe_load(playbook.default_text())
        del text["working_hours"]
        assert parse(yaml.safe_dump(text)).working_hours.start.hour == 8

    def test_a_playbook_of_before_links_has_the_usual_kinds(self):
        text = yaml.safe_load(playbook.default_text())
        del text["link_kinds"]
        assert parse(yaml.safe_dump(text)).link_kinds == playbook.default().link_kinds


class TestPublishing:
    async def apply(self, firm: Firm, text: str) -> int:
        async with firm.db.unit() as session:
            return await playbook.apply(session, firm.people["admin"].id, text)

    async def test_each_publication_is_a_new_version_in_force_at_once(self, firm: Firm):
        assert await self.apply(firm, changed(working_hours={"start": "09:00"})) == 1
        assert await self.apply(firm, changed(working_hours={"start": "10:00"})) == 2
        async with firm.db.unit() as session:
            assert (await firm.actor(session)).playbook_version == 2
            assert [(await playbook.in_force(session, one)).working_hours.start.hour for one in (0, 1, 2)] == [8, 9, 10]

    async def test_what_is_in_force_is_told_as_text_that_can_be_published_again(self, firm: Firm):
        async with firm.db.unit() as session:
            assert await playbook.current(session) == (0, playbook.default_text())
        await self.apply(firm, changed(working_hours={"start": "09:00"}))
        async with firm.db.unit() as session:
            version, text = await playbook.current(session)
        assert version == 1
        assert "老客户介绍" in text
        assert parse(text).working_hours.start.hour == 9

    async def test_a_mistake_publishes_nothing(self, firm: Firm):
        with pytest.raises(PlaybookError):
            await self.apply(firm, changed(categories=[]))
        async with firm.db.unit() as session:
            assert (await session.scalars(select(PlaybookVersion))).all() == []
            assert (await firm.actor(session)).playbook_version == 0

    async def test_publishing_is_written_to_the_audit(self, firm: Firm):
        await self.apply(firm, changed())
        async with firm.db.unit() as session:
            entry = await session.scalar(select(AuditEntry).where(AuditEntry.subject_type == "playbook_version"))
        assert (entry.verb, entry.subject_id, entry.actor_id) == ("create", 1, firm.people["admin"].id)

    async def test_new_records_take_the_new_words_and_old_ones_keep_theirs(self, firm: Firm):
        old = await firm.customer(industry="chemicals")
        industries = [{"key": "batteries", "title": {"zh": "电池", "en": "Batteries"}}]
        await self.apply(firm, changed(industries=industries))
        assert (await firm.customer(name="厦门夏商集团", industry="batteries")).industry == "batteries"
        with pytest.raises(DomainError, match="not_in_dictionary"):
            await firm.customer(name="重庆长安汽车", industry="chemicals")
        async with firm.db.unit() as session:
            book = await playbook.in_force(session, 1)
        assert book.title("industries", old.industry, "zh") == "chemicals", "shown by its key, not lost"

    async def test_a_customer_of_a_type_that_is_gone_is_treated_as_the_first_type(self, firm: Firm):
        types = [{"key": "vip", "title": {"zh": "贵宾", "en": "VIP"}, "stale_after_days": 3}]
        book = parse(changed(customer_types=types, key_accounts={}, fields={}, visit_templates=[], pools=[]))
        assert book.customer_type("a").stale_after_days == 3
