"""A table into a draft: previewed, its good rows kept, corrected and loaded again, removed in one act."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bonus.audit.models import AuditEntry
from bonus.claims.assessing import assess
from bonus.claims.filing import abandon as abandon_claim
from bonus.claims.filing import file_claim
from bonus.claims.intake import MAX_DOCUMENTS, add_files, remove_invoice
from bonus.claims.loads import steps
from bonus.claims.loads.listing import table_of, tables_of
from bonus.claims.loads.service import abandon, ask_to_take, is_short, receive, remove, remove_one
from bonus.claims.loads.steps import read_loaded, take_table
from bonus.claims.models import Document, Invoice, PurchaseLine
from bonus.claims.table_models import PurchaseTable
from bonus.claims.tables.template import corrections_csv
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.parts import document_store, service_contact
from tests.claims.tables.samples import PLAIN, as_csv, as_xlsx
from tests.support.bills import bill
from tests.support.world import CLOUD, NOW, World, draft, run_jobs

from .samples import claim_of, invoices, loaded, report, taken, told

pytestmark = pytest.mark.usefixtures("any_session")
FAULTY = PLAIN | {"facture": "F-2", "montant_ht": "dix"}


@pytest.fixture
def empty(any_world: World) -> int:
    return draft(any_world, []).id


def test_good_rows_become_invoices_with_their_lines(any_world: World, empty: int) -> None:
    rows = [
        PLAIN | {"reference": "CLOUD-24", "debut_service": "01/10/2026", "fin_service": "31/10/2026"},
        PLAIN | {"designation": "Formation", "remplace_non_europeenne": "oui", "autre_aide": "1,00"},
        PLAIN | {"facture": "F-2", "fournisseur": "DE129273398", "nom_fournisseur": "Ausland GmbH"},
    ]
    table = taken(any_world, empty, *rows)
    assert (table.status, table.rows, table.good, table.faulty, table.invoices) == ("done", 3, 3, 0, 2)
    first, second = invoices(empty)
    assert (first.source, first.number, first.net_cents, first.vat_cents, first.gross_cents) == (
        "table", "F-1", 250100, 50020, 300120,
    )  # fmt: skip
    assert (first.buyer_identifier, first.buyer_name) == (
        claim_of(empty).company.siren,
        claim_of(empty).company.name,
    )
    line, other = first.lines
    assert (line.position, line.solution.slug if line.solution else None) == (1, CLOUD)
    assert (line.service_start is not None, line.matched_by_person) == (True, False)
    assert (other.position, other.replaces_foreign, other.other_public_aid_cents) == (2, True, 100)
    assert second.lines[0].match_reason == "Ce fournisseur n’a aucune solution au registre."
    document = first.document
    assert (document.purpose, document.original_name, document.id) == (
        "table",
        "achats.csv",
        second.document_id,
    )
    assert document_store().read(document.stored_as) == as_csv(rows)
    assert assess(claim_of(empty), NOW).bonus_cents > 0


def test_a_workbook_is_taken_as_well(any_world: World, empty: int) -> None:
    taken(any_world, empty, data=as_xlsx([PLAIN]))
    (invoice,) = invoices(empty)
    assert invoice.document.media_type.endswith("spreadsheetml.sheet")


def test_all_or_the_good_rows_is_the_persons_choice(any_world: World, empty: int) -> None:
    table = loaded(any_world, empty, PLAIN, FAULTY)
    assert (table.status, table.good, table.faulty) == ("previewed", 1, 1)
    assert told(table) == [(3, "amount")]
    assert invoices(empty) == []
    with pytest.raises(InvalidInput) as caught:
        ask_to_take(table.id, any_world.owner, NOW, keep_good=False)
    assert caught.value.code == "table.faulty_rows"
    db.session.rollback()
    ask_to_take(table.id, any_world.owner, NOW, keep_good=True)
    take_table(table.id, NOW)
    assert [invoice.number for invoice in invoices(empty)] == ["F-1"]


def test_corrected_rows_are_loaded_again_and_those_taken_are_not_doubled(
    any_world: World, empty: int
) -> None:
    first = taken(any_world, empty, PLAIN, FAULTY, PLAIN | {"facture": "F-3"}, keep_good=True)
    given_back = b"".join(corrections_csv(report(first).all_left())).decode("utf-8-sig")
    corrected = given_back.replace("dix", "10,00").encode()
    second = taken(any_world, empty, data=corrected)
    assert (second.rows, second.good, second.already) == (1, 1, 0)
    assert [invoice.number for invoice in invoices(empty)] == ["F-1", "F-3", "F-2"]
    # The whole file, corrected: what is there already is said, and stays as it is.
    third = loaded(
        any_world,
        empty,
        PLAIN,
        FAULTY | {"montant_ht": "10"},
        PLAIN | {"facture": "F-3"},
        PLAIN | {"facture": "F-4"},
    )
    assert (third.good, third.already, third.faulty) == (1, 3, 0)
    ask_to_take(third.id, any_world.owner, NOW, keep_good=False)
    take_table(third.id, NOW)
    assert [invoice.number for invoice in invoices(empty)] == ["F-1", "F-3", "F-2", "F-4"]


def test_a_table_whose_rows_are_all_there_is_done(any_world: World, empty: int) -> None:
    taken(any_world, empty, PLAIN)
    table = loaded(any_world, empty, data=as_xlsx([PLAIN]))
    assert (table.status, table.already, table.good, table.document_id) == ("done", 1, 0, None)
    assert len(tables_of(empty)) == 1


def test_a_table_is_removed_in_one_act(any_world: World, empty: int) -> None:
    kept = taken(any_world, empty, PLAIN | {"facture": "K-1"})
    table = taken(any_world, empty, PLAIN, PLAIN | {"facture": "F-2"})
    remove(table.id, any_world.owner, NOW)
    assert [invoice.number for invoice in invoices(empty)] == ["K-1"]
    assert db.session.scalar(select(func.count(PurchaseLine.id))) == 1
    assert db.session.scalars(select(Document.purpose)).all() == ["table"]
    assert [one.id for one in tables_of(empty)] == [kept.id]
    with pytest.raises(Refusal, match="pas dans le dossier"):
        remove(table.id, any_world.owner, NOW)
    db.session.rollback()
    again = taken(any_world, empty, PLAIN, PLAIN | {"facture": "F-2"})
    assert (again.status, again.good) == ("done", 2)


def test_one_invoice_of_a_table_is_removed_alone(any_world: World, empty: int) -> None:
    table = taken(
        any_world, empty, PLAIN, PLAIN | {"facture": "F-2"}, PLAIN | {"facture": "F-2", "ligne": "2"}
    )
    first, second = invoices(empty)
    removed = remove_one(empty, second.id, any_world.owner, NOW)
    assert removed is not None
    assert (removed.id, removed.status) == (table.id, "done")
    assert [invoice.number for invoice in invoices(empty)] == [first.number]
    assert db.session.scalar(select(func.count(PurchaseLine.id))) == 1
    assert (removed.invoices, removed.good, removed.net_cents) == (1, 1, first.net_cents)
    assert removed.matched == sum(line.solution_id is not None for line in first.lines)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.facts["invoice"], entry.facts["rows"]) == (
        "claim.table_invoice_removed",
        "F-2",
        2,
    )


def test_the_last_invoice_takes_its_table_with_it(any_world: World, empty: int) -> None:
    taken(any_world, empty, PLAIN)
    removed = remove_one(empty, invoices(empty)[0].id, any_world.owner, NOW)
    assert removed is not None
    assert removed.status == "removed"
    assert (tables_of(empty), invoices(empty)) == ([], [])
    assert db.session.scalar(select(func.count(Document.id))) == 0
    assert taken(any_world, empty, PLAIN).good == 1, "the same file may come back"


def test_an_invoice_that_no_table_brought_is_removed_by_the_same_act(any_world: World, empty: int) -> None:
    taken(any_world, empty, PLAIN)
    add_files(empty, [bill(number="A-1")], document_store(), any_world.owner, NOW)
    [apart] = [invoice for invoice in invoices(empty) if invoice.source == "structured"]
    assert remove_one(empty, apart.id, any_world.owner, NOW) is None
    with pytest.raises(NotFound):
        remove_one(empty, apart.id, any_world.owner, NOW)
    db.session.rollback()
    assert len(invoices(empty)) == 1


def test_an_invoice_of_another_dossier_s_table_stays(any_world: World, empty: int) -> None:
    taken(any_world, empty, PLAIN)
    other = draft(any_world, [])
    with pytest.raises(NotFound):
        remove_one(other.id, invoices(empty)[0].id, any_world.owner, NOW)
    db.session.rollback()
    with pytest.raises(NotFound):
        remove_invoice(empty, invoices(empty)[0].id, any_world.owner, NOW)


def test_jobs_run_twice_do_it_once(any_world: World, empty: int) -> None:
    table = loaded(any_world, empty)
    read_loaded(table.id, NOW)
    ask_to_take(table.id, any_world.owner, NOW, keep_good=False)
    run_jobs(any_world)
    take_table(table.id, NOW)
    read_loaded(table.id, NOW)
    assert len(invoices(empty)) == 1
    assert db.session.get_one(PurchaseTable, table.id).status == "done"


def test_what_the_log_says(any_world: World, empty: int) -> None:
    table = taken(any_world, empty, PLAIN, FAULTY, keep_good=True)
    remove(table.id, any_world.owner, NOW)
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action.like("claim.table%")).order_by(AuditEntry.id)
    ).all()
    assert [entry.action.removeprefix("claim.table_") for entry in entries] == [
        "received", "accepted", "taken", "removed",
    ]  # fmt: skip
    assert {entry.actor for entry in entries} == {any_world.owner.label}
    assert (entries[2].facts["rows"], entries[2].facts["left_out"]) == (1, 1)


# ---------------------------------------------------------------- refusals


def test_what_cannot_be_read_is_refused_with_its_sentence(any_world: World, empty: int) -> None:
    table = loaded(any_world, empty, data=b"%PDF-1.7")
    assert (table.status, table.finished_at) == ("refused", NOW)
    assert "Ce fichier est un PDF" in (table.refusal or "")
    assert tables_of(empty) == []


def test_files_refused_at_once(any_world: World, empty: int) -> None:
    for data, code in ((b"", "import.empty"), (bytes(20 * 2**20 + 1), "import.too_large")):
        with pytest.raises(InvalidInput) as caught:
            receive(empty, "t.csv", data, any_world.owner, NOW)
        assert (caught.value.code, caught.value.field) == (code, "file")
    taken(any_world, empty, PLAIN)
    with pytest.raises(InvalidInput, match="déjà dans le dossier"):
        receive(empty, "t.csv", as_csv([PLAIN]), any_world.owner, NOW)


def test_one_table_at_a_time(any_world: World, empty: int) -> None:
    receive(empty, "t.csv", as_csv([PLAIN]), any_world.owner, NOW)
    with pytest.raises(Refusal) as caught:
        receive(empty, "u.csv", as_csv([FAULTY]), any_world.owner, NOW)
    assert caught.value.code == "table.under_way"


def test_only_a_draft_takes_a_table(any_world: World) -> None:
    dossier = draft(any_world)
    previewed = loaded(any_world, dossier.id)
    waiting = receive(dossier.id, "u.csv", as_csv([FAULTY]), any_world.owner, NOW).id
    asked = ask_to_take(previewed.id, any_world.owner, NOW, keep_good=False).id
    file_claim(dossier.id, service_contact(), any_world.owner, NOW)
    take_table(asked, NOW)
    table = db.session.get_one(PurchaseTable, asked)
    assert (table.status, "déjà déposé" in (table.refusal or "")) == ("refused", True)
    for act in (
        lambda: receive(dossier.id, "v.csv", b"x", any_world.owner, NOW),
        lambda: abandon(waiting, any_world.owner, NOW),
        lambda: remove(asked, any_world.owner, NOW),
        lambda: ask_to_take(asked, any_world.owner, NOW, keep_good=True),
    ):
        with pytest.raises(Refusal):
            act()
        db.session.rollback()
    assert db.session.scalar(select(func.count(Invoice.id))) == 1


def test_an_abandoned_draft_takes_nothing(any_world: World, empty: int) -> None:
    table = loaded(any_world, empty)
    ask_to_take(table.id, any_world.owner, NOW, keep_good=False)
    abandon_claim(empty, any_world.owner, NOW)
    take_table(table.id, NOW)
    assert invoices(empty) == []


def test_a_table_given_up(any_world: World, empty: int) -> None:
    table = loaded(any_world, empty)
    assert abandon(table.id, any_world.owner, NOW).status == "abandoned"
    for act in (
        lambda: abandon(table.id, any_world.owner, NOW),
        lambda: ask_to_take(table.id, any_world.owner, NOW, keep_good=True),
    ):
        with pytest.raises(Refusal):
            act()
        db.session.rollback()
    assert loaded(any_world, empty).status == "previewed", "the same file may be loaded again"


def test_nothing_good_nothing_taken(any_world: World, empty: int) -> None:
    table = loaded(any_world, empty, FAULTY)
    with pytest.raises(Refusal) as caught:
        ask_to_take(table.id, any_world.owner, NOW, keep_good=True)
    assert caught.value.code == "table.nothing"


def test_a_dossier_has_so_many_lines_and_documents(
    any_world: World, empty: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_ROWS", 3)
    assert taken(any_world, empty, PLAIN, PLAIN | {"facture": "F-2"}).status == "done"
    over = taken(any_world, empty, PLAIN | {"facture": "F-3"}, PLAIN | {"facture": "F-4"})
    assert (over.status, "lignes" in (over.refusal or "")) == ("refused", True)
    assert taken(any_world, empty, PLAIN | {"facture": "F-3"}).status == "done"
    monkeypatch.setattr(steps, "MAX_DOCUMENTS", 2)
    full = taken(any_world, empty, PLAIN | {"facture": "F-5"})
    assert (full.status, "documents" in (full.refusal or "")) == ("refused", True)
    assert MAX_DOCUMENTS == 50


def test_what_changed_since_the_preview_is_seen(any_world: World, empty: int) -> None:
    table = loaded(any_world, empty, PLAIN)
    ask_to_take(table.id, any_world.owner, NOW, keep_good=False)
    add_files(empty, [bill(number="F-1")], document_store(), any_world.owner, NOW)
    take_table(table.id, NOW)
    found = db.session.get_one(PurchaseTable, table.id)
    assert (found.status, len(invoices(empty))) == ("refused", 1)


def test_another_dossiers_table_is_unknown(any_world: World, empty: int) -> None:
    table = loaded(any_world, empty)
    assert table_of(empty, table.reference).id == table.id
    with pytest.raises(NotFound):
        table_of(draft(any_world, []).id, table.reference)


def test_which_tables_are_read_at_once(any_world: World, empty: int) -> None:
    rows = [PLAIN | {"facture": f"F-{number}"} for number in range(501)]
    short = receive(empty, "t.csv", as_csv(rows[:500]), any_world.owner, NOW)
    assert is_short(short)
    read_loaded(short.id, NOW)
    assert not is_short(receive(empty, "u.csv", as_csv(rows), any_world.owner, NOW))
