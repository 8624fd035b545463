"""Rows written in any format are read back as they were; whatever a file holds, nothing is lost and nothing breaks."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from stdnum import luhn

from bonus.errors import InvalidInput
from bonus.registry.files import COLUMNS, CertificationRow, FileContent
from bonus.tables.encodings import _UTF8_INSIDE

from .samples import CRITERIA, PLAIN, TODAY, as_csv, as_json, as_xlsx, read

ENGLISH = {column.header: column.field for column in COLUMNS}
EVENT_WORDS = {None: "", "suspended": "suspension", "reinstated": "rétablissement", "withdrawn": "retrait"}
UNREADABLE = re.compile(
    r"[\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|_x00|x005F_|^#|[\n\r\t]"
)

characters = st.characters(blacklist_categories=["Cc", "Cs"])


def texts(limit: int, alphabet: Any = characters) -> st.SearchStrategy[str]:
    """Texts as the registry keeps them: stripped, composed, of one line."""
    return (
        st.text(alphabet, min_size=1, max_size=limit)
        .map(lambda text: unicodedata.normalize("NFC", text).strip(" \u00a0\u202f"))
        .filter(lambda text: 0 < len(text) <= limit and not UNREADABLE.search(text))
    )


sirens = st.integers(1_000_000, 99_999_999).map(
    lambda body: f"{body:08d}{luhn.calc_check_digit(f'{body:08d}')}"
)


@st.composite
def rows(draw: st.DrawFn, alphabet: Any = characters) -> CertificationRow:
    audited = draw(st.booleans())
    start = draw(st.dates(date(2000, 1, 1), date(2027, 11, 22)))
    end = draw(st.dates(start, date(2100, 12, 31)))
    last = min(end, TODAY)
    event = (
        draw(st.sampled_from(["suspended", "reinstated", "withdrawn"]))
        if start <= last and draw(st.booleans())
        else None
    )
    names = draw(st.lists(texts(30, alphabet).filter(lambda name: "|" not in name), max_size=4, unique=True))
    return CertificationRow(
        line=0,
        reference=draw(texts(80, alphabet)),
        label="NFG" if audited else "SFG",
        supplier_id=draw(sirens | st.sampled_from(["DE136695976", "NO995525828MVA", "LI12345"])),
        supplier_name=draw(texts(200, alphabet)),
        solution=draw(texts(200, alphabet)),
        product_reference=draw(st.none() | texts(80, alphabet)),
        axis=draw(st.sampled_from(["cloud", "ai", "low_code"])),
        valid_from=start,
        valid_until=end,
        criteria=(True,) * len(CRITERIA) if audited else (),
        audited_on=draw(st.dates(date(2000, 1, 1), TODAY)) if audited else None,
        evidence=draw(texts(200, alphabet)) if audited else None,
        event=event,
        event_on=draw(st.dates(start, last)) if event else None,
        retroactive=event == "withdrawn" and draw(st.booleans()),
        aliases=tuple(names),
    )


def tables(alphabet: Any = characters) -> st.SearchStrategy[list[CertificationRow]]:
    return st.lists(rows(alphabet), min_size=1, max_size=5, unique_by=lambda row: row.reference)


def cells_of(row: CertificationRow) -> dict[str, Any]:
    """The cells a person would write, in French; dates are left as dates."""
    found = {
        "certification": row.reference,
        "label": row.label,
        "fournisseur": row.supplier_id,
        "nom_fournisseur": row.supplier_name,
        "solution": row.solution,
        "reference_offre": row.product_reference,
        "axe": row.axis,
        "valable_du": row.valid_from,
        "valable_au": row.valid_until,
        "audit_le": row.audited_on,
        "preuve": row.evidence,
        "evenement": EVENT_WORDS[row.event],
        "evenement_le": row.event_on,
        "retroactif": "oui" if row.retroactive else "",
        "alias": "|".join(row.aliases),
    }
    return found | {f"critere_{rank}": "oui" for rank, _ in enumerate(row.criteria, 1)}


def as_text(cells: Mapping[str, Any], day: str = "%Y-%m-%d") -> dict[str, str]:
    return {
        title: value.strftime(day) if isinstance(value, date) else value
        for title, value in cells.items()
        if value is not None
    }


def numbered(table: list[CertificationRow], first: int) -> list[CertificationRow]:
    return [replace(row, line=line) for line, row in enumerate(table, first)]


@given(
    tables(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["%Y-%m-%d", "%d/%m/%Y"]),
)
def test_csv(
    table: list[CertificationRow], encoding: str, delimiter: str, end: str, quoting: int, day: str
) -> None:
    written = [as_text(cells_of(row), day) for row in table]
    content = read(as_csv(written, encoding, delimiter=delimiter, lineterminator=end, quoting=quoting))
    assert (content.rows, content.faults) == (numbered(table, 2), [])


@given(tables(st.characters(codec="cp1252", blacklist_categories=["Cc"])), st.sampled_from([";", ",", "\t"]))
def test_csv_of_windows(table: list[CertificationRow], delimiter: str) -> None:
    data = as_csv([as_text(cells_of(row)) for row in table], "cp1252", delimiter=delimiter)
    assume(not _UTF8_INSIDE.search(data))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        assume(data.isascii())  # else it is as good in UTF-8, with other letters
    content = read(data)
    assert (content.rows, content.faults) == (numbered(table, 2), [])


@settings(max_examples=40)
@given(tables(), st.booleans(), st.booleans(), st.booleans())
def test_xlsx(table: list[CertificationRow], numbers: bool, dates: bool, inline: bool) -> None:
    written: list[dict[str, Any]] = [cells_of(row) if dates else {**as_text(cells_of(row))} for row in table]
    for cells in written:
        if numbers and cells["fournisseur"].isdigit():
            cells["fournisseur"] = int(cells["fournisseur"])
    content = read(as_xlsx(written, constant_memory=inline))
    assert (content.rows, content.faults) == (numbered(table, 2), [])


@given(tables(), st.booleans(), st.booleans())
def test_json(table: list[CertificationRow], english: bool, lists: bool) -> None:
    written = []
    for row in table:
        cells: dict[str, Any] = as_text(cells_of(row))
        if lists:
            cells = {title: value for title, value in cells.items() if not title.startswith("critere")}
            cells |= {
                "critères": list(row.criteria),
                "alias": list(row.aliases),
                "retroactif": row.retroactive,
            }
        written.append(
            {ENGLISH.get(title, title): value for title, value in cells.items()} if english else cells
        )
    content = read(json.dumps({"certifications": written}, ensure_ascii=lists).encode())
    assert (content.rows, content.faults) == (numbered(table, 1), [])


# ---------------------------------------------------------------- anything

TITLES = [column.header for column in COLUMNS]
anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([*PLAIN.values(), "oui", "non", "retrait", "01/01/2026"])
)
entries = st.dictionaries(st.sampled_from([*TITLES, "x"]), anything, max_size=len(TITLES))


@given(st.lists(entries, min_size=1, max_size=6))
def test_every_row_is_good_or_says_why(table: list[dict[str, Any]]) -> None:
    good = PLAIN | {"certification": "bonne"}
    content = read(as_json([PLAIN | entry for entry in table] + [good]))
    taken, refused = [row.line for row in content.rows], {fault.line for fault in content.faults}
    assert sorted([*taken, *refused]) == list(range(1, len(table) + 2))
    assert taken == sorted(taken)
    for fault in content.faults:
        assert fault.reason[0].isupper() or fault.reason[0] == "«" or fault.reason[0].isdigit()
        assert fault.reason.endswith(".")


@given(st.lists(st.lists(st.text(max_size=15), min_size=1, max_size=len(TITLES)), min_size=1, max_size=6))
@example([["\0"]])
def test_any_cells_in_a_csv(table: list[list[str]]) -> None:
    written = [dict(zip(TITLES, cells, strict=False)) for cells in table]
    data = as_csv([dict.fromkeys(TITLES, "a"), *written, PLAIN])
    found = outcome_of(data)
    if isinstance(found, InvalidInput):
        assert found.code == "import.not_a_table"  # zero bytes near the top
        assert b"\0" in data
    else:
        lines = {row.line for row in found.rows} | {fault.line for fault in found.faults}
        blank = sum(not any(cell.strip(" \t\r\n\u00a0\u202f") for cell in cells) for cells in table)
        assert len(lines) == len(table) + 2 - blank


STARTS = [
    b"",
    b"PK\x03\x04",
    b"[",
    b"{",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"a;b\n",
    f"{';'.join(TITLES)}\n".encode(),
]


@given(st.binary(max_size=300), st.sampled_from(STARTS))
def test_any_bytes(data: bytes, start: bytes) -> None:
    found = outcome_of(start + data)
    if isinstance(found, InvalidInput):
        assert found.code.startswith("import.")
        assert found.sentence.endswith(".")
    else:
        assert found.rows == []
        assert found.faults


def outcome_of(data: bytes) -> FileContent | InvalidInput:
    try:
        return read(data)
    except InvalidInput as refused:
        return refused
