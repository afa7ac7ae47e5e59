"""What a file is, by its bytes; and that nothing that could run is ever kept, whatever it calls itself."""

import io
import time
import zipfile

import pytest

from crm_core.attachments.content import EMPTY, NOT_AS_CLAIMED, NOT_KEPT, Refused, accept, sniff
from tests.support.desk import png

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(64)
PNG = png(4, 4, (1, 2, 3))
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(32)
GIF = b"GIF89a" + bytes(32)
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
OPUS = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(20)
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(40)
BARE_MP3 = b"\xff\xfb\x90\x64" + bytes(400)
M4A = b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"
MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2"
MOV = b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64)
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + bytes(64)
ELF = b"\x7fELF\x02\x01\x01" + bytes(64)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = "<!DOCTYPE html><html><body>报价单</body></html>".encode()


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return made.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")
PPTX = archive("[Content_Types].xml", "ppt/presentation.xml")

KEPT = [
    ("photo", None, JPEG, "image/jpeg"),
    ("photo", None, PNG, "image/png"),
    ("document", "展厅.png", PNG, "image/png"),
    ("document", "展厅.JPG", JPEG, "image/jpeg"),
    ("document", "IMG_0021.HEIC", HEIC, "image/heic"),
    ("document", "动图.gif", GIF, "image/gif"),
    ("document", "样品.webp", WEBP, "image/webp"),
    ("voice", None, OPUS, "audio/ogg"),
    ("audio", "录音.mp3", MP3, "audio/mpeg"),
    ("audio", "录音.mp3", BARE_MP3, "audio/mpeg"),
    ("audio", "会议录音.m4a", M4A, "audio/mp4"),
    ("video", "产线.mp4", MP4, "video/mp4"),
    ("video", None, MOV, "video/quicktime"),
    ("document", "年框合同.pdf", PDF, "application/pdf"),
    ("document", "报价单.docx", DOCX, None),
    ("document", "客户清单.xlsx", XLSX, None),
    ("document", "产品介绍.pptx", PPTX, None),
    ("document", "旧报价.xls", OLE, "application/x-ole-storage"),
    ("document", "旧合同.wps", OLE, "application/x-ole-storage"),
    ("document", "clients.csv", "客户,电话\n华宁电子,13800138000\n".encode(), "text/plain"),
    ("document", "客户.csv", "客户,电话\n华宁电子,13800138000\n".encode("gb18030"), "text/plain"),
    ("document", "备注.txt", "\ufeff下周三送样\n".encode(), "text/plain"),
    ("document", None, PDF, "application/pdf"),
]


@pytest.mark.parametrize(("kind", "name", "content", "mime"), KEPT)
def test_what_people_send_is_kept(kind: str, name: str | None, content: bytes, mime: str | None):
    found = accept(kind, name, content)
    assert found == mime or (mime is None and "openxmlformats" in found)


NOT_WHAT_IT_SAYS = [
    ("document", "合同.pdf", PNG),
    ("document", "合同.pdf", DOCX),
    ("document", "报价单.xlsx", DOCX),
    ("document", "展厅.jpg", PDF),
    ("document", "客户.csv", PDF),
    ("photo", None, PDF),
    ("voice", None, PNG),
    ("video", "产线.mp4", OPUS),
]


@pytest.mark.parametrize(("kind", "name", "content"), NOT_WHAT_IT_SAYS)
def test_what_is_not_what_it_says_is_refused(kind: str, name: str | None, content: bytes):
    with pytest.raises(Refused) as refused:
        accept(kind, name, content)
    assert refused.value.reason == NOT_AS_CLAIMED


HARMFUL = {
    "a program": EXE,
    "a program of Linux": ELF,
    "a script": b"#!/bin/sh\nrm -rf /\n",
    "a page": HTML,
    "a page behind blanks": b"\n\n  \t" + HTML,
    "a page behind a mark": b"\xef\xbb\xbf" + HTML,
    "a page in capitals": b"<HTML><BODY>x</BODY></HTML>",
    "a drawing that runs": SVG,
    "a drawing behind its declaration": b"<?xml version='1.0'?>" + SVG,
    "an archive": archive("合同.exe"),
    "macros": archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "half an archive": DOCX[:40],
    "nothing anybody knows": b"\x00\x01\x02\x03" * 9,
    "an unknown film": b"\x00\x00\x00\x18ftypwhat",
}


@pytest.mark.parametrize("what", HARMFUL)
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("document", None),
        ("document", "合同.pdf"),
        ("document", "合同.docx"),
        ("document", "备注.txt"),
        ("document", "展厅.jpg"),
        ("photo", None),
        ("voice", None),
        ("audio", "a.mp3"),
        ("video", "v.mp4"),
    ],
)
def test_nothing_that_could_run_is_kept_whatever_it_is_called(what: str, kind: str, name: str | None):
    assert sniff(HARMFUL[what]) is None
    with pytest.raises(Refused):
        accept(kind, name, HARMFUL[what])


@pytest.mark.parametrize("name", ["setup.exe", "page.html", "logo.svg", "run.js", "app.apk", "合同.pdf.exe", "x.docm"])
def test_some_names_are_enough(name: str):
    for content in (PDF, PNG, b"alert(1)", DOCX):
        with pytest.raises(Refused) as refused:
            accept("document", name, content)
        assert refused.value.reason == NOT_KEPT


def test_nothing_is_no_file():
    with pytest.raises(Refused) as refused:
        accept("photo", None, b"")
    assert refused.value.reason == EMPTY


def test_twenty_megabytes_are_looked_at_in_no_time():
    began = time.monotonic()
    assert sniff("客户,电话\n".encode() * 1_500_000) == "text/plain"
    assert time.monotonic() - began < 2
