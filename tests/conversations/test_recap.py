"""What a form's card tells: the whole form never, what matters always, and nothing that was typed seems lost."""

import re
from dataclasses import replace
from typing import Any

import pytest

from conversations.engine import DOUBTS, MENU, SAID, Outcome, State
from conversations.form import Form, Option, forms
from conversations.view import Handle, view
from sandbox.entities import parse_html
from screens.catalogue import LANGUAGES, say
from screens.render import render_text
from tests.conversations.fair import FAIR
from tests.conversations.test_kinds import zh
from tests.screens.previews import SHANGHAI, sample

HANDLE = Handle(12, 5)
LONG = {
    "zh": "跟王总谈了年框，他要 8.5 折，账期 60 天，先送样再定；仓库要看样品的包装，产线要看焊接的良率。" * 4,
    "en": "Talked about the frame contract: he wants 15 % off and 60 days, samples first, then the price. " * 4,
}


def full(form: Form) -> State:
    return State({one.name: sample(one.kind) for one in form.fields})


def shown(form: Form, state: State, language: str = "zh", page: int = 0) -> list[str]:
    known: Any = replace(zh, language=language, page=page)
    text = parse_html(render_text(view(form, Outcome(state), known, HANDLE), language, SHANGHAI))[0]
    return [line for line in text.splitlines() if line]


def every() -> list[Form]:
    return [*forms().values(), FAIR]


@pytest.mark.parametrize("language", LANGUAGES)
class TestEveryForm:
    def test_every_answer_is_on_the_draft_card_or_counted_there(self, language: str):
        for form in every():
            if form.at_once:
                continue
            text = "\n".join(shown(form, full(form), language))
            fields = [one for one in form.fields if one.shown(full(form).answers)]
            labels = [f"{say(one.label, language)}{'：' if language == 'zh' else ': '}" for one in fields]
            folded = re.search(r"另有 (\d+) 项已填" if language == "zh" else r"(\d+) more filled", text)
            there = sum(label in text for label in labels)
            assert there + (int(folded.group(1)) if folded else 0) == len(fields), (form.key, text)

    def test_the_menu_s_pages_show_every_field_with_its_answer_and_its_button_once(self, language: str):
        for form in every():
            state = replace(full(form), asking=MENU)
            lines, opened = [], []
            for page in range(9):
                screen = view(form, Outcome(state), replace(zh, language=language, page=page), HANDLE)
                args = [one.arg for row in screen.rows for one in row]
                lines += shown(form, state, language, page)[1:]
                opened += [arg for arg in args if arg.startswith("open.")]
                if f"page.{page + 1}" not in args:
                    break
            assert opened == [f"open.{one.name}" for one in form.fields if one.shown(state.answers)]
            assert len(lines) == len(opened)

    def test_a_long_text_leaves_the_card_short(self, language: str):
        state = full(forms()["visit.log"])
        lines = shown(forms()["visit.log"], State(state.answers | {"summary": LONG[language]}), language)
        assert len(lines) <= 8
        assert len("\n".join(lines)) <= 600


class TestTheDraftCard:
    def test_few_answers_have_a_line_each(self):
        form = forms()["visit.log"]
        names = ("customer", "kind", "summary", "next_on")
        state = State({name: full(form).answers[name] for name in names})
        assert shown(form, state) == [
            "拜访 › 核对并保存",
            "客户：深圳市华宁电子有限公司",
            "方式：拜访",
            "小结：谈了年框",
            "下次跟进：2026-03-18 周三",
        ]

    def test_of_many_the_required_and_the_unsure_come_first_and_the_last_line_tells_what_else_is_filled(self):
        state = full(FAIR)
        lines = shown(FAIR, State(state.answers | {DOUBTS: ["budget"]}))
        text = "\n".join(lines)
        assert text.index("Again 再去") < text.index("⚠ Budget 预算：¥12,800") < text.index("Industry 行业")
        assert re.match(r"另有 \d+ 项已填：.+。点“✎ 修改”可以看到", lines[-1])


class TestTheQuestion:
    def test_it_stands_above_four_answers_and_tells_how_many_more_there_are(self):
        form = forms()["customer.new"]
        lines = shown(form, replace(full(form), asking="industry"))
        assert lines[0] == "新客户 › 是什么行业？"
        assert lines[1:3] == ["名称：谈了年框 · 来源：老客户介绍", "分类：重点客户 · 类型：A类·战略"]
        assert lines[3].startswith("另有 10 项已填：联系人、电话、城市")
        assert lines[4:] == ["目前：电子制造", "点一个，或直接输入。"]

    def test_what_was_typed_comes_before_what_was_proposed(self):
        form = forms()["customer.new"]
        said = {"7": {name: full(form).answers[name] for name in ("name", "contact_name", "phone", "city", "note")}}
        text = "\n".join(shown(form, State(full(form).answers | {SAID: said}, "source")))
        assert all(f"{label}：" in text for label in ("名称", "联系人", "电话", "城市", "备注"))
        assert "另有 9 项已填：行业、分类、类型" in text

    def test_search_results_that_have_no_room_are_told_of(self):
        """Five are found; with a place held, a way to make a new customer takes a row, and so does keeping the old."""
        form = forms()["visit.log"]
        found = tuple(Option(at, f"深圳市华宁电子{at}厂", "深圳") for at in range(5))
        known = replace(zh, options=found, searched="华宁")
        screen = view(form, Outcome(replace(full(form), asking="customer")), known, HANDLE)
        assert len(screen.rows) == 6
        assert sum(one.arg.startswith("v.") for row in screen.rows for one in row) == 4
        text = parse_html(render_text(screen, "zh", SHANGHAI))[0]
        assert text.startswith("“华宁”对得上的很多，点一个，或再多打几个字。")
