"""Files sent to a draft: each read, kept or named with its reason, the others done all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.adapters.einvoice import read_invoice
from bonus.audit.models import AuditEntry
from bonus.claims.intake import FileResult, add_files, new_draft
from bonus.claims.models import Claim, Document, Invoice
from bonus.claims.numbers import bare_number, number_key
from bonus.companies.models import Company
from bonus.demo.invoices import BUYER, OTHER_SELLER, SELLER, DemoParty
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.parts import document_store
from tests.support.bills import File, Item, bill, demo_files
from tests.support.words import plain
from tests.support.world import CLOUD, DATA, NEIGHBOUR, NOW, ON, SUITE, World, draft, filed


def send(world: World, claim_id: int, *files: File, now: datetime = NOW) -> list[FileResult]:
    return add_files(claim_id, files, document_store(), world.owner, now)


def sentence(world: World, claim_id: int, file: File, now: datetime = NOW) -> str:
    """Why the one file is not taken."""
    [result] = send(world, claim_id, file, now=now)
    assert result.invoice is None
    assert result.sentence is not None
    return plain(result.sentence)


@pytest.fixture
def empty(world: World, session: Session) -> int:
    """An empty draft of the company."""
    return draft(world, []).id


def test_the_three_demonstration_invoices(any_world: World, any_session: Session) -> None:
    claim = db.session.get_one(Claim, draft(any_world, demo_files(ON)).id)
    assert claim.status == "draft"
    assert [(i.syntax, i.is_credit_note, i.net_cents, len(i.lines)) for i in claim.invoices] == [
        ("factur-x", False, 18_563_00, 3),
        ("factur-x", True, -456_00, 1),
        ("ubl", False, 4_850_00, 2),
    ]
    bought, credit, _ = claim.invoices
    assert credit.corrects == [bought.number]
    matched = [line.solution.slug if line.solution else None for i in claim.invoices for line in i.lines]
    assert matched == [CLOUD, SUITE, "audit-de-cybersecurite", SUITE, DATA, DATA]
    assert (bought.lines[0].service_start, bought.lines[0].service_end) == (
        date(2026, 10, 29),
        date(2028, 10, 28),
    )
    assert bought.terms["BT-1"] == bought.number
    assert [i.warnings for i in claim.invoices] == [[], [], []]


def test_the_file_is_kept_outside_static_as_it_came(world: World, session: Session) -> None:
    name, data = bill()
    claim = db.session.get_one(Claim, draft(world, [(name, data)]).id)
    [document] = claim.documents
    assert (document.original_name, document.media_type, document.size) == (
        name,
        "application/xml",
        len(data),
    )
    assert document_store().read(document.stored_as) == data
    kept = [path for path in Path(world.app.config["DATA_FOLDER"]).rglob("*") if path.is_file()]
    assert [path.name for path in kept if path.read_bytes() == data] == [document.stored_as]
    assert name not in document.stored_as


def test_the_trace_of_a_draft_and_its_files(world: World, session: Session) -> None:
    dossier = draft(world)
    acts = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject == f"claim:{dossier.id}").order_by(AuditEntry.id)
    ).all()
    assert [entry.action for entry in acts] == ["claim.drafted", "claim.document_added"]
    assert {entry.actor for entry in acts} == {world.owner.label}
    assert {entry.address for entry in acts} == {"192.0.2.7"}


# ---------------------------------------------------------------- files that cannot be taken


def test_the_same_file_twice(world: World, session: Session, empty: int) -> None:
    file = bill()
    first, second = send(world, empty, file, ("autre-nom.xml", file[1]))
    assert first.invoice is not None
    assert (second.invoice, second.sentence) == (None, "Ce fichier est déjà dans le dossier.")
    assert sentence(world, empty, file) == "Ce fichier est déjà dans le dossier."
    assert len(db.session.get_one(Claim, empty).invoices) == 1


def test_the_same_file_may_stand_in_another_draft(world: World, session: Session) -> None:
    """Which of the two counts is for the law to say, once they are filed (art. 5.3)."""
    file = bill()
    assert draft(world, [file]).id != draft(world, [file]).id


def test_an_invoice_to_another_buyer_is_questioned(world: World, session: Session, empty: int) -> None:
    """Taken, with a question shown at once and to who examines: the examination decides."""
    [result] = send(world, empty, bill(buyer=NEIGHBOUR))
    assert result.invoice is not None
    assert [plain(warning) for warning in result.invoice.warnings] == [
        (
            "Cette facture est adressée à Voisin Fictif SARL (SIREN 900 400 508), pas à Atelier Fictif SAS "
            "(SIREN 900 300 401) : l’instructeur demandera pourquoi."
        )
    ]
    assert result.invoice.buyer_identifier == NEIGHBOUR.siren


def test_an_establishment_of_the_company_is_the_company(world: World, session: Session, empty: int) -> None:
    """A SIRET stands where the SIREN is asked: it is compared by its SIREN."""
    [result] = send(world, empty, bill(buyer=replace(BUYER, siren=BUYER.siret, vat_number="")))
    assert result.invoice is not None
    assert result.invoice.buyer_identifier == BUYER.siren
    assert result.invoice.warnings == []


@pytest.mark.parametrize("again", ["F-1", "f-1", " F -1 "])
def test_the_same_invoice_in_another_file(world: World, session: Session, empty: int, again: str) -> None:
    send(world, empty, bill(number="F-1"))
    assert sentence(world, empty, bill(number=again, in_ubl=True)) == (
        "La facture F-1 de Nuage Fictif SAS est déjà dans le dossier (fichier « F-1.xml »)."
    )
    assert len(db.session.get_one(Claim, empty).invoices) == 1


def test_what_is_not_the_same_invoice(world: World, session: Session, empty: int) -> None:
    """Another year, another seller, another punctuation, or the credit note of that number (art. 5.3)."""
    results = send(
        world,
        empty,
        bill(number="F-1"),
        ("2025.xml", bill(number="F-1", issued_on=date(2025, 12, 31))[1]),
        ("seller.xml", bill(number="F-1", seller=OTHER_SELLER)[1]),
        bill(number="F1"),
        ("credit.xml", bill(Item(-100_00), number="F-1", corrects="F-0")[1]),
    )
    assert [result.sentence for result in results] == [None] * 5


def test_a_buyer_without_siren_is_taken_with_a_warning(world: World, session: Session, empty: int) -> None:
    [result] = send(world, empty, bill(buyer=DemoParty("Atelier", "", "", "", "1 rue", "69003", "Lyon")))
    assert result.invoice is not None
    assert any("ne porte pas le SIREN de l’acheteur" in warning for warning in result.invoice.warnings)


def test_an_invoice_of_tomorrow_waits_for_its_day(world: World, session: Session, empty: int) -> None:
    """The day is that of Paris: at 23:30 UTC on the 22nd it is already the 23rd there."""
    file = bill(issued_on=date(2026, 11, 23))
    refused = sentence(world, empty, file, datetime(2026, 11, 22, 22, 59, tzinfo=UTC))
    assert "23 novembre 2026" in refused
    [result] = send(world, empty, file, now=datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    assert result.invoice is not None


def test_what_is_no_invoice_is_named_and_the_others_are_kept(any_world: World, any_session: Session) -> None:
    empty = draft(any_world, []).id
    good, last = bill(), bill()
    results = send(
        any_world,
        empty,
        good,
        ("notes.pdf", b"%PDF-1.4 not really"),
        ("vide.xml", b""),
        ("lettre.xml", b"<?xml version='1.0'?><lettre>Bonjour</lettre>"),
        ("C:\\Factures\\photo.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64),
        last,
    )
    assert [result.name for result in results] == [
        good[0],
        "notes.pdf",
        "vide.xml",
        "lettre.xml",
        "photo.png",
        last[0],
    ]
    assert [bool(result.invoice) for result in results] == [True, False, False, False, False, True]
    assert all(result.sentence for result in results if not result.invoice)
    assert len({result.sentence for result in results[1:5]}) == 4
    any_session.expire_all()
    assert [i.number for i in db.session.get_one(Claim, empty).invoices] == [
        read_invoice(data).number for _, data in (good, last)
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\f.xml", "f.xml"),
        ("dossier/", "fichier"),
        ("", "fichier"),
        ("é" * 300 + ".xml", "é" * 255),
    ],
)
def test_names_are_only_names(world: World, session: Session, empty: int, name: str, shown: str) -> None:
    [result] = send(world, empty, (name, bill()[1]))
    assert result.name == shown
    assert result.invoice is not None
    assert result.invoice.document.original_name == shown


def test_fifty_files_and_no_more(world: World, session: Session) -> None:
    files = [bill(number=f"N-{rank}") for rank in range(51)]
    claim_id = draft(world, files[:49]).id
    fiftieth, over = send(world, claim_id, *files[49:])
    assert fiftieth.invoice is not None
    assert (
        plain(over.sentence)
        == "Un dossier porte au plus 50 factures : déposez celle-ci dans un autre dossier."
    )
    assert db.session.scalar(select(func.count()).select_from(Document)) == 50


def test_a_file_that_is_not_taken_leaves_nothing_in_the_database(
    any_world: World, any_session: Session
) -> None:
    empty = draft(any_world, []).id
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    db.session.rollback()
    send(any_world, empty, bill(issued_on=date(2027, 1, 1)), ("x.pdf", b"%PDF-"))
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before
    assert db.session.scalar(select(func.count()).select_from(Document)) == 0


# ---------------------------------------------------------------- who and when


def test_a_filed_dossier_does_not_change(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world)
    with pytest.raises(Refusal) as refusal:
        send(any_world, dossier.id, bill())
    assert refusal.value.code == "claim.not_a_draft"
    assert "déjà déposé" in refusal.value.sentence
    db.session.rollback()
    assert len(db.session.get_one(Claim, dossier.id).invoices) == 1


def test_a_dossier_that_does_not_exist(world: World, session: Session) -> None:
    with pytest.raises(NotFound):
        send(world, 4_000, bill())


def test_references_cannot_be_guessed(world: World, session: Session) -> None:
    company = db.session.get_one(Company, world.company_id)
    references = {new_draft(company, world.owner, NOW).reference for _ in range(20)}
    assert len(references) == 20
    assert all(len(reference) == 22 for reference in references)


# ---------------------------------------------------------------- what is read


def test_two_numbers_that_agree_without_punctuation_are_a_risk_alone() -> None:
    assert bare_number("FA-2026/001") == bare_number("fa 2026_001") == "fa2026001"
    assert number_key("FA-2026/001") != number_key("fa 2026_001")
    assert bare_number("--/") == "--/", "there must be something to compare"


@pytest.mark.parametrize(
    ("number", "key"),
    [("FA 2026-1", "fa2026-1"), (" fa\t2026-1 ", "fa2026-1"), ("Straße 1", "strasse1"), ("FA-1", "fa-1")],
)
def test_numbers_compare_without_case_and_spaces_but_with_punctuation(number: str, key: str) -> None:
    assert number_key(number) == key


def test_a_line_nobody_sells_is_left_to_the_company(world: World, session: Session, empty: int) -> None:
    [result] = send(world, empty, bill(Item(1_000_00, "Chaise de bureau", "CH-1")))
    assert isinstance(result.invoice, Invoice)
    [line] = result.invoice.lines
    assert (line.solution, line.matched_by_person) == (None, False)
    assert line.match_reason.startswith("Aucune offre de ce fournisseur")


def test_a_seller_nobody_knows(world: World, session: Session, empty: int) -> None:
    [result] = send(world, empty, bill(seller=NEIGHBOUR))
    assert result.invoice is not None
    assert result.invoice.lines[0].match_reason == "Ce fournisseur n’a aucune solution au registre."


def test_a_seller_without_valid_identifier_is_said(world: World, session: Session, empty: int) -> None:
    seller = DemoParty("Vendeur Ambulant", "123456789", "", "", "1 rue", "69003", "Lyon")
    [result] = send(world, empty, bill(seller=seller))
    assert result.invoice is not None
    assert any("ne peut pas être identifié" in warning for warning in result.invoice.warnings)
    assert result.invoice.lines[0].solution is None


def test_ubl_and_cii_say_the_same(world: World, session: Session, empty: int) -> None:
    items = (Item(1_234_56), Item(99_99, "Audit de cybersécurité", "AUDIT-JOUR"))
    cii, ubl = send(world, empty, bill(*items, number="A"), bill(*items, number="B", in_ubl=True))
    assert cii.invoice is not None
    assert ubl.invoice is not None
    assert [(line.net_cents, line.vat_cents, line.solution_id) for line in cii.invoice.lines] == [
        (line.net_cents, line.vat_cents, line.solution_id) for line in ubl.invoice.lines
    ]
    assert cii.invoice.supplier_identifier == SELLER.siren
