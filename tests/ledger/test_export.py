"""The entries of a period, to keep: every one, once, safe in a spreadsheet; and the lines of a FEC, which balance."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.bulk import insert_rows
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.ledger.accounts import ACCOUNTS, KINDS
from bonus.ledger.export import FORMS, rows_of
from bonus.ledger.fec import ACCOUNTS as NUMBERS
from bonus.ledger.fec import COLUMNS, JOURNALS, Written, fec_lines, journal_of
from bonus.ledger.models import LedgerEntry
from bonus.ledger.reading import balances, entries_about
from bonus.ledger.service import Entry, enter
from tests.claims.reading import decision_of
from tests.support.ledger import by_hand
from tests.support.world import NOW, ON, World, decided, settled

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["ledger", *arguments])


def table(result: Result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    return list(csv.reader(io.StringIO(result.stdout.removeprefix("\ufeff"), newline=""), delimiter=";"))


def test_the_period_is_of_whole_days(any_world: World, any_session: Session) -> None:
    decided(any_world)
    found = [row[-1] for row in rows_of("grand-livre", ON, ON)]
    assert found == ["committed:decision:1", "granted:decision:1"]
    assert list(rows_of("grand-livre", ON + timedelta(days=1), YEAR[1])) == []
    assert list(rows_of("grand-livre", date(2026, 1, 3), ON - timedelta(days=1))) == []
    assert len(list(rows_of("grand-livre", *YEAR))) == 4
    with pytest.raises(InvalidInput):
        rows_of("grand-livre", ON, ON - timedelta(days=1))


def test_each_entry_is_two_lines_that_balance(any_world: World, any_session: Session) -> None:
    decided(any_world)
    lines = [dict(zip(COLUMNS, row, strict=True)) for row in rows_of("fec", ON, ON)]
    assert [(line["CompteNum"], line["Debit"], line["Credit"]) for line in lines] == [
        ("8012000", "4500,00", "0,00"),
        ("8011000", "0,00", "4500,00"),
        ("6572000", "4500,00", "0,00"),
        ("4670000", "0,00", "4500,00"),
    ]
    assert {line["EcritureDate"] for line in lines} == {"20261122"}
    assert [line["JournalCode"] for line in lines] == ["BUD", "BUD", "DEP", "DEP"]
    assert {line["PieceRef"] for line in lines} == {"decision:1"}
    assert len({line["EcritureNum"] for line in lines}) == 2


def test_every_account_and_kind_has_its_place_in_the_french_chart() -> None:
    assert NUMBERS.keys() == ACCOUNTS.keys()
    assert len(set(NUMBERS.values())) == len(NUMBERS)
    assert all(number.isdecimal() and number[0] in "4568" for number in NUMBERS.values())
    kinds = [kind for _, kinds in JOURNALS.values() for kind in kinds]
    assert set(KINDS) <= set(kinds)
    assert len(set(kinds)) == len(kinds)


def test_what_no_table_knows_is_written_all_the_same() -> None:
    lines = list(fec_lines(Written(7, ON, 2026, "new", "here", "there", 1, "p", None, "k")))
    assert journal_of("new") == "OD"
    assert [(line[0], line[4], line[11], line[12]) for line in lines] == [
        ("OD", "here", "0,01", "0,00"),
        ("OD", "there", "0,00", "0,01"),
    ]


def test_the_commands_write_what_a_spreadsheet_cannot_run(world: World) -> None:
    with world.app.app_context():
        enter([Entry("sent", "=cmd|' /C calc'!A0", 1_234_56, 2026)], NOW)
        db.session.commit()
    for form in FORMS:
        rows = table(run(world.app, "export", "--from", "2026-11-01", "--to", "2026-11-30", "--form", form))
        assert rows[0] == list(FORMS[form].titles)
        cells = [cell for row in rows[1:] for cell in row]
        assert "'=cmd|' /C calc'!A0" in cells
        assert "1234,56" in cells
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_period_written_badly(world: World) -> None:
    for first, last in (("2026-13-01", "2026-12-01"), ("2026-12-02", "2026-12-01"), ("hier", "2026-12-01")):
        assert run(world.app, "export", "--from", first, "--to", last).exit_code != 0


def many(count: int) -> Iterator[dict[str, object]]:
    for rank in range(count):
        yield {
            "key": f"sent:order:{rank}",
            "kind": "sent",
            "on": ON,
            "at": NOW,
            "year": 2026,
            "debit": "payable",
            "credit": "in_transit",
            "amount_cents": 1,
            "piece": f"order:{rank}",
            "decision_id": None,
        }


def test_an_export_takes_no_more_memory_for_more_entries(world: World, session: Session) -> None:
    insert_rows(LedgerEntry, many(40_000))
    db.session.flush()
    tracemalloc.start()
    count = sum(1 for _ in rows_of("fec", ON, ON))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 80_000
    assert peak < 12_000_000


def test_balances_are_those_of_the_entries(any_world: World, any_session: Session) -> None:
    settled(any_world)
    found = {one.account: one for one in balances()}
    assert list(found) == list(ACCOUNTS)
    assert found["payable"].cents == -4_500_00
    assert found["expense"].cents == 4_500_00
    assert found["open"].cents == 100_000_000_00 - 4_500_00
    assert found["bank"].cents == 0
    assert sum(one.cents for one in found.values()) == 0
    whole = db.session.scalar(select(func.sum(LedgerEntry.amount_cents)))
    assert sum(one.debit_cents for one in found.values()) == whole


def test_entries_are_found_by_what_people_call_them(any_world: World, any_session: Session) -> None:
    dossier = settled(any_world)
    settled(any_world)
    decision = decision_of(dossier).id
    enter([Entry("sent", "order:OP-2026-000001", 4_500_00, 2026, decision)], NOW)
    whole = ["committed", "granted", "sent"]
    for asked in (
        f"decision:{decision}",
        " op-2026-000001 ",
        str(dossier.number),
        str(dossier.number).lower(),
    ):
        assert [entry.kind for entry in entries_about(asked)] == whole, asked
    assert [entry.kind for entry in entries_about("order:OP-2026-000001")] == ["sent"]
    assert [entry.kind for entry in entries_about("envelope:2026")] == ["authorised"]
    for nothing in (
        "",
        "  ",
        "%",
        "decision:99999999999999999999",
        "decision:x",
        "OP-2026-999999",
        "x" * 500,
    ):
        assert list(entries_about(nothing)) == [], nothing


def test_check_says_both_sums_and_leaves_with_1(world: World) -> None:
    settled(world)
    good = run(world.app, "check")
    assert good.exit_code == 0, good.output
    assert "toutes tiennent" in good.output
    assert good.output.count("[tient]") == good.output.count("[") > 12
    assert "4\u202f500,00\xa0€" in good.output
    with world.app.app_context():
        by_hand("UPDATE payment_orders SET amount_cents = amount_cents + 1")
        db.session.commit()
    bad = run(world.app, "check")
    assert bad.exit_code == 1
    assert "[NE TIENT PAS] payable" in bad.output
    assert "decision:1" in bad.output
    assert "écart -0,01\xa0€" in bad.output
    assert "2 ne tiennent pas" in bad.output


def test_a_month_is_closed_by_someone(world: World) -> None:
    officer = world.accounting_officer.email
    assert run(world.app, "close", "2026-01").exit_code == 2
    for month, by in (
        ("2026-01", "nobody@demo.example"),
        ("2026-01", world.reviewer.email),
        ("2026-02", officer),
        ("janvier", officer),
    ):
        refused = run(world.app, "close", month, "--by", by)
        assert (refused.exit_code, refused.output.startswith("Error: ")) == (1, True), refused.output
    done = run(world.app, "close", "2026-01", "--by", officer.upper())
    assert done.exit_code == 0, done.output
    assert "Janvier 2026 est clos" in done.output
