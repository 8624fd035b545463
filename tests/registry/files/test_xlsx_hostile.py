"""Workbooks that are damaged, or made to harm: a clear answer, in little time and memory."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from bonus.errors import InvalidInput
from bonus.tables import xlsx_guard

from .samples import PLAIN, as_xlsx, read, rewritten

GOOD = as_xlsx([PLAIN])
SHEET, TEXTS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
OTHERS = "[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"
NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def with_sheet(content: bytes) -> bytes:
    return rewritten(GOOD, SHEET, lambda _: b"<worksheet " + NAMESPACE + b">" + content + b"</worksheet>")


def refused(data: bytes, code: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        read(data)
    assert caught.value.code == code
    return caught.value.sentence


def outcome_of(data: bytes) -> str:
    try:
        read(data)
    except InvalidInput as error:
        return error.code
    return "read"


# ---------------------------------------------------------------- bombs


def test_an_entry_larger_than_any_table(monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        largest = max(entry.file_size for entry in archive.infolist())
    monkeypatch.setattr(xlsx_guard, "MAX_ENTRY_BYTES", largest)
    assert read(GOOD).rows
    larger = rewritten(GOOD, SHEET, lambda xml: xml.ljust(largest + 1))
    assert "refusé par sécurité" in refused(larger, "import.bomb")


def test_entries_larger_than_any_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        total = sum(entry.file_size for entry in archive.infolist())
    monkeypatch.setattr(xlsx_guard, "MAX_TOTAL_BYTES", total)
    assert read(GOOD).rows
    refused(rewritten(GOOD, SHEET, lambda xml: xml + b" "), "import.bomb")


def test_a_bomb_is_refused_before_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_guard, "MAX_ENTRY_BYTES", 50 * 2**20)
    bomb = rewritten(GOOD, SHEET, lambda _: b"\0" * (xlsx_guard.MAX_ENTRY_BYTES + 1))
    tracemalloc.start()
    try:
        refused(bomb, "import.bomb")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_size_that_lies_unpacks_no_more_than_it_says() -> None:
    bomb = rewritten(GOOD, SHEET, lambda xml: xml + b" " * 50_000_000)
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        size = archive.getinfo(SHEET).file_size
    lying = bomb.replace(struct.pack("<L", size), struct.pack("<L", 100_000))
    tracemalloc.start()
    try:
        refused(lying, "import.damaged")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "content",
    [
        b'<sheetData><row r="1">' + b"<c/>" * 600_000 + b"</row></sheetData>",  # one row
        b'<sheetData><row r="1"><c t="inlineStr"><is><t>'
        + b"x" * 2_000_000
        + b"</t></is></c></row></sheetData>",
        b'<sheetData><row r="1" spans="' + b"x" * 2_000_000 + b'"/></sheetData>',
        b"<a>" * 100 + b"</a>" * 100,
    ],
    ids=["cells", "text", "attribute", "depth"],
)
def test_elements_that_would_take_memory(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_guard, "MAX_RECORD_BYTES", 2**20)
    refused(with_sheet(content), "import.bomb")


def test_a_row_hidden_in_a_row_does_not_make_two() -> None:
    nested = b'<row r="1">' + (b"<c/>" * 20_000 + b"<row/>") * 30 + b"</row>"
    refused(with_sheet(b"<sheetData>" + nested + b"</sheetData>"), "import.bomb")


def test_parts_that_are_no_sheet_may_be_as_they_are() -> None:
    stream = io.BytesIO(GOOD)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        cache = b"".join(b'<s v="BV-%d"/>' % rank for rank in range(200_000))
        archive.writestr(
            "xl/pivotCache/pivotCacheDefinition1.xml",
            b"<d><cacheFields><cacheField><sharedItems>%s</sharedItems></cacheField></cacheFields></d>"
            % cache,
        )
        archive.writestr("customXml/item1.xml", b'<a><row r="2"/><row r="1"/></a>')
        archive.writestr("xl/drawings/vmlDrawing1.vml", b"<xml><br></xml>")
        archive.writestr("xl/media/image1.png", b"\x89PNG\r\n\x1a\n" + bytes(100_000))
    assert len(read(stream.getvalue()).rows) == 1


@pytest.mark.parametrize("limit", ["MAX_RECORDS", "MAX_ELEMENTS"])
def test_too_many_elements(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_guard, limit, 2000)
    assert read(GOOD).rows
    rows = b"".join(b'<row r="%d"/>' % rank for rank in range(1, 3000))
    refused(with_sheet(b"<sheetData>" + rows + b"</sheetData>"), "import.bomb")


def test_too_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        count = len(archive.infolist())
    monkeypatch.setattr(xlsx_guard, "MAX_ENTRIES", count)
    assert read(GOOD).rows
    monkeypatch.setattr(xlsx_guard, "MAX_ENTRIES", count - 1)
    refused(GOOD, "import.bomb")


# ---------------------------------------------------------------- entities


@pytest.mark.parametrize("name", [SHEET, TEXTS, BOOK, *OTHERS])
@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE a SYSTEM "http://localhost:9/a.dtd">',
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
    ids=["file", "address", "laughs"],
)
def test_entities_are_refused_wherever_they_are_declared(name: str, doctype: bytes) -> None:
    def declare(xml: bytes) -> bytes:
        head, mark, tail = xml.partition(b"?>\n")
        assert mark
        return head + mark + doctype + tail

    refused(rewritten(GOOD, name, declare), "import.damaged")


@pytest.mark.parametrize("name", ["UTF-7", "UTF-16", "EUC-JP", "x-none"])
def test_an_encoding_that_the_guard_cannot_read(name: str) -> None:
    refused(rewritten(GOOD, BOOK, lambda xml: xml.replace(b"UTF-8", name.encode())), "import.damaged")


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize(
    "name", [SHEET, TEXTS, BOOK, "[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"]
)
@pytest.mark.parametrize(
    "change",
    [lambda _: b"", lambda xml: xml[: len(xml) // 2], lambda _: b"<a/>", lambda _: b"\0\1\2"],
    ids=["empty", "half", "other", "binary"],
)
def test_parts_that_are_not_as_they_should_be(name: str, change: Callable[[bytes], bytes]) -> None:
    outcome = outcome_of(rewritten(GOOD, name, change))
    # One can do without the styles.
    assert outcome in {"import.damaged", "import.empty", "import.missing_columns"} or name == "xl/styles.xml"


@pytest.mark.slow
def test_the_last_row_of_a_sheet() -> None:
    refused(
        with_sheet(b'<sheetData><row r="1048576"><c><v>1</v></c></row></sheetData>'), "import.missing_columns"
    )


def test_half_a_file() -> None:
    refused(GOOD[: len(GOOD) // 2], "import.damaged")


def test_a_checksum_that_is_wrong() -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        crc = archive.getinfo(SHEET).CRC
    refused(GOOD.replace(struct.pack("<L", crc), struct.pack("<L", crc ^ 1)), "import.damaged")


def test_an_encrypted_entry() -> None:
    data = bytearray(GOOD)
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "mot de passe" in refused(bytes(data), "import.password")


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="2"/><row r="1"/>',
        b'<row r="1"/><row r="1"/>',
        b'<row r="0"/>',
        b'<row r="-1"/>',
        b'<row r="x"/>',
        b'<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
        b'<row r="99999999999999999999"/>',
    ],
)
def test_rows_out_of_order_or_out_of_the_sheet(rows: bytes) -> None:
    refused(with_sheet(b"<sheetData>" + rows + b"</sheetData>"), "import.damaged")


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="A1" t="s"><v>999999</v></c>',
        b'<c r="A1" t="s"><v>x</v></c>',
        b'<c r="A1" s="999"><v>1</v></c>',
        b'<c r="A1" s="x"><v>1</v></c>',
        b'<c r="1A"><v>1</v></c>',
        b'<c r="A1"><v>abc</v></c>',
        b'<c r="A1"><v>' + b"9" * 5000 + b"</v></c>",
        b'<c r="A1" t="d"><v>hier</v></c>',
        b'<c r="A1"><f t="shared" si="0"/></c>',
        b'<c r="A1"><f t="dataTable" zz="1"/></c>',
        b'<c r="B1" t="e"><v>#N/A</v></c>',
        b'<c r="A1"><v>1e999</v></c>',
    ],
)
def test_cells_that_mean_nothing(cell: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(with_sheet(b'<sheetData><row r="1">' + cell + b"</row></sheetData>"))
    assert caught.value.code in {"import.damaged", "import.missing_columns"}


def test_a_few_broken_bytes_anywhere_never_raise_anything_else() -> None:
    chance = random.Random(4)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]

    def shaken(xml: bytes) -> bytes:
        broken = bytearray(xml)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(broken))
            broken[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        return bytes(broken)

    outcomes = set()
    for _ in range(300):
        outcomes.add(outcome_of(rewritten(GOOD, chance.choice(names), shaken)))
    assert {"import.damaged", "read"} <= outcomes
