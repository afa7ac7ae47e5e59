"""Signatures and contact cards taken apart. Nothing pasted is lost: what has no place of its own is the note."""

import pytest

from crm_core.contacts.signature import Signature, of_card, read_signature

SIGNATURES = {
    "王建国": Signature("王建国"),
    "Maria Lopez": Signature("Maria Lopez"),
    "王总": Signature("王总"),
    "王建国\n采购总监\n手机：138 0013 8000\n邮箱：wang.jianguo@huaning.com": Signature(
        "王建国", "采购总监", "+8613800138000", "wang.jianguo@huaning.com"
    ),
    "王建国 采购总监\n深圳市华宁电子有限公司\nTel: 0755-83216688\nMob: 13800138000\n"
    "地址：深圳市南山区科技园南路18号": Signature(
        "王建国",
        "采购总监",
        "+8613800138000",
        None,
        "深圳市华宁电子有限公司\n地址：深圳市南山区科技园南路18号\n+8675583216688",
    ),
    "深圳市华宁电子有限公司\n李建华 | 品质部经理 | 139 0013 9111": Signature(
        "李建华", "品质部经理", "+8613900139111", None, "深圳市华宁电子有限公司"
    ),
    "姓名：单小芳\n职务：主任\n电话：021-64370045转803\n传真：021-64370046": Signature(
        "单小芳", "主任", "+862164370045", None, "传真：021-64370046"
    ),
    "Anna Keller, Purchasing Manager\nNordhaus Fittings Ltd\nM: +49 151 12345678\nanna.keller@nordhaus.de": Signature(
        "Anna Keller", "Purchasing Manager", "+4915112345678", "anna.keller@nordhaus.de", "Nordhaus Fittings Ltd"
    ),
    "王建国 13800138000": Signature("王建国", None, "+8613800138000"),
    "13800138000": Signature("", None, "+8613800138000"),
}


@pytest.mark.parametrize("text", SIGNATURES)
def test_a_signature_is_taken_apart(text: str):
    assert read_signature(text) == SIGNATURES[text]


def test_a_contact_card_tells_what_its_vcard_knows():
    vcard = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:王;建国;;;\r\nFN:王建国\r\nORG:深圳市华宁电子有限公司;采购部\r\n"
        "TITLE:采购总监\r\nTEL;TYPE=CELL:13800138000\r\nEMAIL;TYPE=WORK:wang@huaning.com\r\nEND:VCARD\r\n"
    )
    assert of_card("王建国", "13800138000", vcard) == Signature(
        "王建国", "采购总监", "+8613800138000", "wang@huaning.com", "深圳市华宁电子有限公司 采购部"
    )
    assert of_card("王 建国", "+86 138 0013 8000") == Signature("王 建国", None, "+8613800138000")
    assert of_card("", "not a number", "garbage\x00:;") == Signature("")


@pytest.mark.parametrize(
    "text", ["", " ", "🤷", "<b>", "\n\n|\n", "a" * 5000, "1" * 3000, "@" * 300, "：：：", "+" * 500]
)
def test_whatever_is_pasted_is_read_somehow(text: str):
    assert isinstance(read_signature(text), Signature)
