"""HTML to text and entities: Telegram's own examples, and properties that hold for any text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import overlaps
from sandbox.autolinks import find_entities
from sandbox.entities import html_escape, parse_html, utf16_length
from sandbox.errors import ApiError, Json
from sandbox.formatting import read, typed


def parsed(source: str) -> tuple[str, list[tuple[Any, ...]]]:
    """Text and entities as (type, offset, length, argument)."""
    text, entities = parse_html(source)
    arguments = ("url", "language", "user", "custom_emoji_id", "date_time_format")
    return text, [
        (e["type"], e["offset"], e["length"], *(e[name] for name in arguments if name in e))
        for e in overlaps.resolve(entities)
    ]


def html(source: str) -> Any:
    return read(source, "HTML", None, {5: {"id": 5, "is_bot": False, "first_name": "E"}}.get, limit=4096)


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("➡️ ➡️<i>➡️ ➡️</i>", "➡️ ➡️➡️ ➡️", [("italic", 5, 5)]),
        ("➡️ ➡️<strong>➡️ ➡️</strong>", "➡️ ➡️➡️ ➡️", [("bold", 5, 5)]),
        ("➡️ ➡️<ins>➡️ ➡️</ins>", "➡️ ➡️➡️ ➡️", [("underline", 5, 5)]),
        ("➡️ ➡️<del>➡️ ➡️</del>", "➡️ ➡️➡️ ➡️", [("strikethrough", 5, 5)]),
        ("🏟 🏟<i>🏟 &lt🏟</i>", "🏟 🏟🏟 <🏟", [("italic", 5, 6)]),
        ("🏟 🏟&lt;<i    aba  =  '&lt;&gt;&quot;'>a</>", "🏟 🏟<a", [("italic", 6, 1)]),
        ("🏟 🏟&lt;<i>a</i   >", "🏟 🏟<a", [("italic", 6, 1)]),
        ("🏟 🏟&lt;<b></b>", "🏟 🏟<", []),
        ("&ge;&lt;&gt;&amp;&quot;&laquo;&#12345678;&nbsp;", '&ge;<>&"&laquo;&#12345678;&nbsp;', []),
        ("&#8364;&#x20AC;&#0;", "€€&#0;", []),
        ('🏟 🏟<span class="tg-spoiler">🏟 &lt🏟</span>', "🏟 🏟🏟 <🏟", [("spoiler", 5, 6)]),
        ("<tg-spoiler>x</tg-spoiler>", "x", [("spoiler", 0, 1)]),
        ("<a href=telegram.org>x</a>", "x", [("text_link", 0, 1, "http://telegram.org/")]),
        ("<a   href=  'telegram.org?&lt;'   >x</a>", "x", [("text_link", 0, 1, "http://telegram.org/?<")]),
        ("<a>telegram.org</a>", "telegram.org", [("text_link", 0, 12, "http://telegram.org/")]),
        ("<a>telegram.org </a>", "telegram.org ", []),
        ('<a href="http://nodot/">x</a>', "x", []),
        ("<a href='tg://user?id=5'>x</a>", "x", [("text_mention", 0, 1, 5)]),
        ("<pre><code class='language-fift'>a</></>", "a", [("pre", 0, 1, "fift")]),
        ("<code class='language-fift'><pre>a</></>", "a", [("pre", 0, 1, "fift")]),
        ("<pre><code class='language-fift'>a</> </>", "a ", [("pre", 0, 2)]),
        ("<code class='language-x'>a</code>", "a", [("code", 0, 1)]),
        ("<tg-emoji emoji-id='12345'>👍</tg-emoji>", "👍", [("custom_emoji", 0, 2, "12345")]),
        ("<tg-time unix='12345' format='wDT'>x</tg-time>", "x", [("date_time", 0, 1, "wDT")]),
        ("<blockquote expandable>a</blockquote>b", "ab", [("expandable_blockquote", 0, 1)]),
        ("<BLOCKQUOTE>a<B>b</B></BLOCKQUOTE>", "ab", [("blockquote", 0, 2), ("bold", 1, 1)]),
    ],
)
def test_markup_is_read_as_telegram_reads_it(source: str, text: str, entities: list[Any]) -> None:
    assert parsed(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;<abac aba>", 'Unsupported start tag "abac" at byte offset 13'),
        ("🏟 🏟&lt;<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 13'),
        ("🏟 🏟&lt;<i    aba>", 'Can\'t find end tag corresponding to start tag "i"'),
        ("🏟 🏟&lt;<i    aba  =  ", 'Unclosed start tag "i" at byte offset 13'),
        ("🏟 🏟&lt;<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"),
        ('🏟 🏟&lt;<i    aba  =  "&lt;&gt;&quot;>', "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;</", "Unexpected end tag at byte offset 13"),
        ("🏟 🏟&lt;<b></b></", "Unexpected end tag at byte offset 20"),
        ("🏟 🏟&lt;<i>a</i   ", "Unclosed end tag at byte offset 17"),
        ("🏟 🏟&lt;<i>a</em   >", 'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"'),
        ("<tg-emoji emoji-id='x'>a</tg-emoji>", "Invalid custom emoji identifier specified"),
        ("<tg-time unix='1' format='rt'>a</tg-time>", "Invalid date format used"),
        (
            "&#xDFDF;",
            (
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate "
                "code units"
            ),
        ),
    ],
)
def test_broken_markup_is_refused_in_telegrams_words(source: str, why: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_html(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {why}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>a<i>b</i>c</b>", "abc", [("bold", 0, 1), ("bold", 1, 2), ("italic", 1, 1)]),
        ("<b>a</b><b>b</b>", "ab", [("bold", 0, 2)]),
        ("<b>a<b>b</b></b>", "ab", [("bold", 0, 2)]),
        ("<pre>a <b>b</b></pre>", "a b", [("pre", 0, 3)]),
        ("<blockquote>a <b>b</b></blockquote>", "a b", [("blockquote", 0, 3), ("bold", 2, 1)]),
        ("  hi <b>x </b>\n\n", "hi x", [("bold", 3, 1)]),
        ("<b> x</b>", " x", [("bold", 0, 2)]),
        ("a\r\n<b>b\tc</b>", "a\nb c", [("bold", 2, 3)]),
        ("<b>http://a.example.com</b> b", "http://a.example.com b", [("url", 0, 20), ("bold", 0, 20)]),
        ("<code>/visit</code> /visit", "/visit /visit", [("code", 0, 6), ("bot_command", 7, 6)]),
        ("<a href='https://t.me/x'>see <b>it</b></a>", "see it", [("text_link", 0, 6), ("bold", 4, 2)]),
        ("😀<b>\u202e😀</b>", "😀😀", [("bold", 2, 2)]),
        ("<a href='tg://user?id=5'>E</a> <a href='tg://user?id=6'>F</a>", "E F", [("text_mention", 0, 1)]),
    ],
)
def test_text_is_cleaned_trimmed_and_its_entities_fit(source: str, text: str, entities: list[Any]) -> None:
    made = html(source)
    assert made.text == text
    assert [(e["type"], e["offset"], e["length"]) for e in made.entities] == entities


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/visit@my_bot 华宁", [("bot_command", "/visit@my_bot")]),
        ("客户/visit 1/2 a/b", []),
        ("问 @wang_wei 或 a@b.com", [("mention", "@wang_wei"), ("email", "a@b.com")]),
        ("看 https://example.com/路径?a=1。然后", [("url", "https://example.com/路径?a=1")]),
        ("example.com, x.y 3.5万 v1.2.3", [("url", "example.com")]),
        ("#年框 #2026 $CNY $cny", [("hashtag", "#年框"), ("cashtag", "$CNY")]),
        (
            "13800138000 +86 138-0013-8000 20261121",
            [("phone_number", "13800138000"), ("phone_number", "+86 138-0013-8000")],
        ),
        ("¥12,800 没有实体", []),
    ],
)
def test_entities_are_found_by_reading(text: str, found: list[tuple[str, str]]) -> None:
    entities = find_entities("😀" + text)
    units = ("😀" + text).encode("utf-16-le")
    words = [units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le") for e in entities]
    assert list(zip([e["type"] for e in entities], words, strict=True)) == found


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TAGS = st.sampled_from(["b", "i", "u", "s", "tg-spoiler", "code", "pre", "blockquote", "em", "del"])
TREES = st.recursive(
    TEXTS.map(html_escape),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4)).map(lambda t: f"<{t[0]}>{''.join(t[1])}</{t[0]}>"),
    max_leaves=12,
)


@given(TEXTS)
def test_escaped_text_comes_back_whole(text: str) -> None:
    assert parse_html(html_escape(text)) == (text, [])


@given(TEXTS, TEXTS)
def test_offsets_count_utf16_units(before: str, inside: str) -> None:
    text, entities = parse_html(f"{html_escape(before)}<b>{html_escape(inside)}</b>")
    assert text == before + inside
    expected = [{"type": "bold", "offset": utf16_length(before), "length": utf16_length(inside)}] if inside else []
    assert entities == expected


@given(st.lists(TREES, max_size=4).map("".join))
def test_any_nesting_leaves_entities_in_order_and_in_the_text(source: str) -> None:
    made = read(source, "HTML", None, lambda _: None, limit=4096, may_be_empty=True)
    length = utf16_length(made.text)
    open_ends: list[int] = []
    last: Json = {"offset": 0, "length": 1 << 20}
    for entity in made.entities:
        begin, end = entity["offset"], entity["offset"] + entity["length"]
        assert 0 <= begin < end <= length
        assert (last["offset"], -last["length"]) <= (begin, -entity["length"])
        open_ends = [other for other in open_ends if other > begin]
        assert all(end <= other for other in open_ends), "entities nest and never cross"
        open_ends.append(end)
        last = entity
    assert made.text == made.text.rstrip(" \n")


@given(TEXTS)
def test_what_a_person_types_is_never_refused(text: str) -> None:
    made = typed(text)
    assert utf16_length(made.text) <= utf16_length(text)
    for entity in made.entities:
        assert entity["offset"] + entity["length"] <= utf16_length(made.text)
