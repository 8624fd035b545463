"""JSON: the same keys as the titles, values of JSON's own, and what a careless or hostile writer may send."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from bonus.errors import InvalidInput
from bonus.registry.files import Fault, FileContent, json_file

from .samples import AUDITED, NBSP, PLAIN, as_json, read

ENGLISH: dict[str, Any] = {
    "reference": "NFG-1",
    "label": "NFG",
    "supplier_id": 900100207,
    "supplier_name": "Nuage Souverain",
    "solution": "Bureau Clair",
    "axis": "cloud",
    "valid_from": "2026-03-01",
    "valid_until": "2028-02-29",
    "audited_on": "2026-02-10",
    "evidence": None,
    "criteria": [True, True, True],
    "aliases": ["Clair | Net", " ", "Bureau C"],
    "retroactive": False,
}
GOOD = ENGLISH | {"evidence": 14}


def written(**values: Any) -> bytes:
    return as_json([GOOD | values])


def fault(data: bytes) -> Fault:
    content = read(data)
    assert content.rows == []
    (found,) = content.faults
    return found


def refused(data: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read(data)
    return caught.value


def test_english_keys_and_the_values_of_json() -> None:
    content = read(as_json([GOOD]))
    assert (content.format, content.faults, content.ignored_columns) == ("json", [], ())
    (row,) = content.rows
    assert (row.line, row.supplier_id, row.evidence) == (1, "900100207", "14")
    assert row.criteria == (True, True, True)
    assert row.aliases == ("Clair | Net", "Bureau C")
    assert row.valid_from == date(2026, 3, 1)


def test_french_keys_and_texts_only() -> None:
    content = read(json.dumps({"certifications": [PLAIN, AUDITED]}).encode("utf-8-sig"))
    assert content.faults == []
    assert [(row.line, row.reference) for row in content.rows] == [(1, "SFG-1"), (2, "NFG-1")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    data = "\n " + json.dumps([PLAIN | {"solution": "Été"}], ensure_ascii=False)
    assert read(data.encode(encoding)).rows[0].solution == "Été"


def test_unknown_keys_are_ignored_and_listed() -> None:
    data = {
        "version": 1,
        "certifications": [
            PLAIN | {"note": {"a": []}},
            PLAIN | {"certification": "B", "Note\u0007": 1, "note": 2},
        ],
    }
    assert read(json.dumps(data).encode()).ignored_columns == ("version", "note", "Note\ufffd")
    many = {f"k{rank}": rank for rank in range(300)}
    assert len(read(as_json([PLAIN | many])).ignored_columns) == 100


@pytest.mark.parametrize(
    ("number", "identifier"),
    [("900100207", "900100207"), ("900100207.0", "900100207"), ("5520135", "005520135")],
)
def test_a_siren_typed_as_a_number(number: str, identifier: str) -> None:
    data = written().replace(b'"supplier_id": 900100207', f'"supplier_id": {number}'.encode())
    assert read(data).rows[0].supplier_id == identifier


def test_a_number_and_the_text_of_its_digits_are_not_read_alike() -> None:
    table = [
        GOOD | {"reference": str(rank), "supplier_id": one}
        for rank, one in enumerate([5520135, "5520135"] * 2)
    ]
    for rows in (table, table[1:]):
        content = read(as_json(rows))
        assert {row.supplier_id for row in content.rows} == {"005520135"}
        assert [found.code for found in content.faults] == ["supplier"] * 2


@pytest.mark.parametrize(
    ("number", "text"),
    [("12345678901234567890", "12345678901234567890"), ("1.50", "1.50"), ("7.0", "7"), ("1e3", "1e3")],
)
def test_other_numbers_are_the_text_they_are(number: str, text: str) -> None:
    data = written(evidence="?").replace(b'"?"', number.encode())
    assert read(data).rows[0].evidence == text


@pytest.mark.parametrize("number", ["9" * 5000, "1e999", "-900100207", "90010020.7", "9001002070e-1"])
def test_enormous_numbers_harm_nothing(number: str) -> None:
    data = written(supplier_id="?").replace(b'"?"', number.encode())
    assert fault(data).code == "supplier"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("solution", True, "type"),
        ("solution", ["a"], "type"),
        ("solution", {"a": 1}, "type"),
        ("label", [], "type"),
        ("label", True, "label.unknown"),
        ("axis", {}, "type"),
        ("axis", False, "axis.unknown"),
        ("supplier_id", True, "supplier"),
        ("supplier_id", [900100207], "type"),
        ("valid_from", 20260301, "date.unreadable"),
        ("valid_from", True, "date.unreadable"),
        ("valid_from", {"year": 2026}, "type"),
        ("retroactive", [], "type"),
        ("retroactive", 2, "flag"),
        ("event", [], "type"),
        ("aliases", [1, ["a"]], "type"),
        ("aliases", True, "type"),
        ("aliases", {"a": 1}, "type"),
        ("aliases", ["a", "b" * 201], "too_long"),
        ("aliases", ["a\u0007"], "control"),
        ("solution", "\ud800", "control"),
        ("solution", "a\u0000b", "control"),
        ("solution", None, "required"),
        ("solution", "  ", "required"),
    ],
)
def test_values_that_a_column_cannot_take(field: str, value: Any, code: str) -> None:
    found = read(written(**{field: value})).faults[0]
    titles = {"solution": "solution"}
    assert (found.line, found.column, found.code) == (1, titles.get(field, field), code)


def test_an_empty_list_of_aliases() -> None:
    assert read(written(aliases=[])).rows[0].aliases == ()


# ---------------------------------------------------------------- criteria


@pytest.mark.parametrize("criteria", [["oui", 1, True], ["vrai", "true", "1"]])
def test_criteria_in_words(criteria: list[Any]) -> None:
    assert read(written(criteria=criteria)).rows[0].criteria == (True, True, True)


def test_criteria_one_by_one() -> None:
    one_by_one = {f"criterion_{rank}": True for rank in (1, 2, 3)}
    values = {key: value for key, value in GOOD.items() if key != "criteria"}
    assert read(as_json([values | one_by_one])).rows[0].criteria == (True, True, True)
    assert fault(as_json([GOOD | one_by_one])).code == "type"
    assert read(as_json([values | one_by_one | {"criteria": []}])).faults == []


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        ([True, False, True], "criteria.unmet"),
        ([True, True], "criteria.missing"),
        ([True, None, True], "criteria.missing"),
        ([True, True, True, True], "criteria.unexpected"),
        ([True, True, "peut-être"], "flag"),
        ([True, True, []], "type"),
        ([True] * 10, "type"),
        (True, "type"),
        ({"1": True}, "type"),
        ("oui", "type"),
    ],
)
def test_criteria_that_will_not_do(criteria: Any, code: str) -> None:
    found = fault(written(criteria=criteria))
    assert (found.column, found.code) == ("criteria", code)


# ---------------------------------------------------------------- form


@pytest.mark.parametrize(
    "data",
    [b"{}", b'{"certifications": {}}', b'{"rows": []}', b'{"certifications": [], "Certifications": []}'],
)
def test_another_form(data: bytes) -> None:
    error = refused(data)
    assert error.code == "import.json_form"
    assert f"«{NBSP}certifications{NBSP}»" in error.sentence


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[{]", "ligne 1, colonne 3"),
        (b'[{"label": "SFG"}\n', "ligne 2, colonne 1"),
        (b"[1,]", "ligne 1"),
        (b'["\x01"]', "ligne 1"),
        (
            b'{"certifications": [], "certifications": []}',
            f"la clé «{NBSP}certifications{NBSP}» est écrite deux fois",
        ),
        (b"[" * 100_000, "imbriqués trop profondément"),
        (b'{"a":' * 100_000, "imbriqués trop profondément"),
    ],
)
def test_what_is_no_json(data: bytes, said: str) -> None:
    error = refused(data)
    assert error.code == "import.json"
    assert said in error.sentence


@pytest.mark.parametrize("entry", ["null", "1", '"texte"', "[]", "true", "[[[]]]", "NaN"])
def test_an_entry_that_is_no_object(entry: str) -> None:
    content = read(f"[{entry}, {json.dumps(GOOD)}]".encode())
    assert [row.line for row in content.rows] == [2]
    assert [(found.line, found.column, found.code) for found in content.faults] == [(1, None, "entry")]


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_are_no_values(name: str) -> None:
    for field in ("solution", "supplier_id", "valid_from", "retroactive", "label", "aliases"):
        found = fault(written(**{field: "?"}).replace(b'"?"', name.encode()))
        assert (found.column, found.code) == (field, "type")
        assert f"«{NBSP}{name}{NBSP}»" in found.reason


def test_a_key_written_twice() -> None:
    twice = json.dumps(GOOD).replace('"label": "NFG"', '"label": "NFG", "label": "SFG"')
    content: FileContent = read(f"[{twice}, {json.dumps(GOOD)}]".encode())
    assert [row.line for row in content.rows] == [2]
    (found,) = content.faults
    assert (found.line, found.column, found.code) == (1, "label", "key.twice")
    assert fault(written(Label="SFG")).code == "key.twice"
    assert fault(written(libellé=1, Axe="ai")).column == "Axe"


def test_what_would_build_too_much_is_refused_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "_MAX_OBJECTS", 10)
    assert refused(b"[" + b"{}," * 10 + b"{}]").code == "import.too_many_rows"
    monkeypatch.setattr(json_file, "_MAX_VALUES", 20)
    assert refused(b"[[" + b"1," * 21 + b"1]]").code == "import.too_many_rows"
    monkeypatch.setattr(json_file, "MAX_ROWS", 2)
    assert refused(b"[1,1,1]").code == "import.too_many_rows"


def test_deep_junk_inside_an_entry() -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = {"a": [deep]}
    assert fault(written(solution=deep)).code == "type"
    assert read(written(note=deep)).faults == []
