"""Labels of forty characters: in a dictionary, as a field's name; in both languages."""

from dataclasses import replace
from typing import Any, Final

import pytest

from conversations import form as declared
from conversations.engine import MENU, Outcome, State
from conversations.form import Field
from conversations.kinds.choices import Entry, Several
from conversations.view import Handle, chip_pages, view
from crm_core.playbook.service import default
from screens.screen import N_, Msg
from tests.conversations.fair import FAIR
from tests.conversations.test_kinds import zh

HANDLE = Handle(12, 5)
LONG: Final = {
    "zh": "深圳市南山区高新技术产业园区精密电子元器件与连接器制造及表面贴装设备行业客户甲乙",
    "en": "Precision connectors and SMT equipment A",
}


def _width(label: Any) -> int:
    return sum(2 if ord(one) > 0x2E80 else 1 for one in label)


class TestLongNames:
    @pytest.mark.parametrize("language", ["zh", "en"])
    @pytest.mark.parametrize("kind", [Entry("industries"), Several(Entry("industries"))], ids=["one", "several"])
    def test_long_names_take_rows_of_their_own_and_pages(self, language: str, kind: Any):
        book = default().model_copy(deep=True)
        for entry in book.industries:
            entry.title.update(LONG)
        known = replace(zh, language=language, book=book)
        asked = Field("industry", kind, N_("Industry"), N_("Which industry are they in?"))
        turned = chip_pages(asked, known, HANDLE, None)
        assert sum(len(row) for rows in turned for row in rows) == len(book.industries), "none is left out"
        for rows in turned:
            assert len(rows) <= 5
            assert all(len(row) == 1 for row in rows)
            assert all(_width(row[0].label) <= 36 for row in rows)

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_form_of_long_labels_keeps_its_menu_and_card_on_a_phone(self, language: str):
        fields = tuple(replace(one, label=Msg(LONG[language])) for one in FAIR.fields)
        wide = replace(FAIR, key="test.wide", fields=fields)
        declared._FORMS.pop(wide.key)
        state = State({"name": "华南电子展", "visitors": 30, "met": ["phone"], "again": True})
        known = replace(zh, language=language)
        seen = set[str]()
        for page in range(5):
            menu = view(wide, Outcome(replace(state, asking=MENU)), replace(known, page=page), HANDLE)
            seen |= {b.arg for row in menu.rows for b in row if b.arg.startswith("open.")}
            assert len(menu.rows) <= 7
        assert seen == {f"open.{one.name}" for one in fields if one.name != "why_not"}
        card = view(wide, Outcome(state), known, HANDLE)
        assert len(card.rows) <= 7
        assert all(_width(b.label) <= 36 for row in card.rows for b in row if isinstance(b.label, str))
