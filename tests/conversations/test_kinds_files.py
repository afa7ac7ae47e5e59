"""What is sent: voice, documents, photos, places; what is too large, a program, old or forwarded."""

from dataclasses import replace
from typing import Any

import pytest

from conversations.kinds.base import Sent, Typed
from conversations.kinds.media import Document, Photos, Place, Voice
from crm_core.attachments.service import FileRef
from crm_core.kit.errors import DomainError
from handlers import routing
from screens.catalogue import say
from screens.wording import words_of
from tests.conversations.test_kinds import en, refusal, zh

routing.load()
MB = 1 << 20
HERE = {"latitude": 22.5405, "longitude": 113.9346}


def sent(what: str, **more: Any) -> Sent:
    return Sent(what, {"bot_id": 700100200, "file_id": "AwAC", "file_unique_id": "AgAD", **more})


def words(kind: Any, given: Sent, language: str = "zh") -> str:
    with pytest.raises(DomainError) as refused:
        kind.read(given, zh)
    return say(words_of(refused.value), language)


class TestVoice:
    def test_is_kept_with_its_length(self):
        value = Voice().read(sent("voice", duration=83, size=120_000), zh)
        assert Voice().show(value, zh) == "🎤 1:23"
        assert Voice().value(value) == FileRef(700100200, "AwAC", "AgAD", "voice", duration=83)
        assert Voice().load(Voice().dump(value)) == value

    @pytest.mark.parametrize("given", [Typed("谈了年框"), sent("photo"), sent("document"), Sent("voice", {})])
    def test_is_asked_for(self, given: Any):
        assert refusal(Voice(), given) == "form.needs_voice"

    def test_may_lack_what_is_merely_nice(self):
        assert Voice().show(Voice().read(sent("voice"), zh), zh) == "🎤 0:00"


class TestDocuments:
    def test_are_kept_with_their_name(self):
        value = Document().read(sent("document", name="华宁电子年框合同.pdf", size=3 * MB), zh)
        assert Document().show(value, zh) == "📄 华宁电子年框合同.pdf"
        assert Document().value(value) == FileRef(700100200, "AwAC", "AgAD", "document")
        assert Document().load(Document().dump(value)) == value

    @pytest.mark.parametrize(
        "name",
        [
            *("setup.exe", "报价.BAT", "a.sh", "b.js", "c.apk", "d.msi", "e.scr", "f.cmd", "g.com", "h.vbs", "i.ps1"),
            *("合同.pdf.exe", "setup.exe.", "setup.exe ", "setup.ｅｘｅ", "合同\u202efdp.exe", "x.e\u200bxe", ".exe"),
        ],
    )
    def test_programs_are_refused(self, name: str):
        assert refusal(Document(), sent("document", name=name)) == "form.program_refused"

    @pytest.mark.parametrize("name", ["合同.pdf", "exe.docx", "报价单 v2.xlsx", "README", "", None, "example.com.pdf"])
    def test_others_are_taken(self, name: str | None):
        assert Document().read(sent("document", name=name), zh)

    def test_a_long_name_keeps_its_ending(self):
        value = Document().read(sent("document", name="深圳市华宁电子有限公司" * 12 + ".pdf"), zh)
        assert len(value.name) <= 80
        assert value.name.endswith("….pdf")
        assert Document().load(Document().dump(value)) == value

    def test_the_refusal_says_what_to_send(self):
        assert words(Document(), sent("document", name="a.exe")) == "“a.exe”是程序，不能收。请发文档，例如 PDF 或表格。"
        assert "such as a PDF" in words(Document(), sent("document", name="a.exe"), "en")


@pytest.mark.parametrize("kind", [Photos(), Voice(), Document()], ids=["photo", "voice", "document"])
class TestSizes:
    def test_twenty_megabytes_are_taken(self, kind: Any):
        assert kind.read(sent(_what(kind), size=20 * MB), zh)
        assert kind.read(sent(_what(kind)), zh)

    def test_a_byte_more_is_not(self, kind: Any):
        assert refusal(kind, sent(_what(kind), size=20 * MB + 1)) == "form.file_too_large"
        assert words(kind, sent(_what(kind), size=25 * MB)) == "这个文件有 25 MB，最大只能收 20 MB。请发小一点的。"


def _what(kind: Any) -> str:
    return {Photos: "photo", Voice: "voice", Document: "document"}[type(kind)]


class TestPlaces:
    def test_where_somebody_is_now_is_taken(self):
        for more in ({}, {"age_s": 0}, {"age_s": 600}, {"age_s": None}, {"forwarded": False}):
            assert Place().read(Sent("location", HERE | more), zh) == (22.5405, 113.9346)

    def test_where_somebody_was_is_not(self):
        assert refusal(Place(), Sent("location", HERE | {"age_s": 601})) == "form.old_place"
        given = Sent("location", HERE | {"age_s": 25 * 60})
        assert words(Place(), given) == "这个位置已经超过 10 分钟了。请发现在的位置：点 📎 → 位置。"

    def test_where_somebody_else_is_is_not(self):
        given = Sent("location", HERE | {"forwarded": True})
        assert refusal(Place(), given) == "form.forwarded_place"
        assert "yourself" in words(Place(), given, "en")

    def test_coordinates_may_still_be_typed_as_a_chinese_map_shows_them(self):
        copied = Typed("22.537470, 113.939468")  # the same place on a map in GCJ-02
        latitude, longitude = Place().read(copied, en)
        assert (round(latitude, 4), round(longitude, 4)) == (22.5405, 113.9346)

    def test_coordinates_of_other_maps_are_taken_as_they_are_where_the_playbook_says_so(self):
        book = en.book.model_copy(update={"check_in": en.book.check_in.model_copy(update={"typed_points": "wgs84"})})
        assert Place().read(Typed("22.5405, 113.9346"), replace(en, book=book)) == (22.5405, 113.9346)
