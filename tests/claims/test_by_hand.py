"""A plain document: kept, typed beside its pages with the same checks, and never forgotten on the way to filing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.by_hand import TypedInvoice, enter_by_hand, papers_to_enter, remove_paper
from bonus.claims.intake import add_files, remove_invoice
from bonus.claims.invoice_rows import EnteredLine
from bonus.claims.models import Claim, Document, Invoice
from bonus.demo.invoices import BUYER, SELLER
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.parts import document_store
from tests.claims.reading import expected
from tests.support.bills import Item, bill
from tests.support.papers import photo, plain_pdf, scan
from tests.support.words import plain
from tests.support.world import AUDIT, CLOUD, NEIGHBOUR, NOW, ON, Dossier, World, draft, filed

LINES = (
    EnteredLine("Hébergement cloud qualifié", "CLOUD-24", 8_000_00, 1_600_00),
    EnteredLine("Audit de cybersécurité", None, 2_500_00, 500_00),
)
TYPED = TypedInvoice(
    supplier="900 100 207",
    supplier_name=SELLER.name,
    number="FP-2026-118",
    issued_on=date(2026, 10, 12),
    is_credit_note=False,
    corrects=None,
    buyer_siren=BUYER.siren,
    net_cents=10_500_00,
    vat_cents=2_100_00,
    gross_cents=12_600_00,
    lines=LINES,
)


def claim_of(dossier: Dossier) -> Claim:
    return db.session.get_one(Claim, dossier.id)


def paper(dossier: Dossier) -> Document:
    return next(document for document in claim_of(dossier).documents if document.page_count)


def enter(world: World, dossier: Dossier, **changes: Any) -> Invoice:
    typed = replace(TYPED, **changes)
    return enter_by_hand(dossier.id, paper(dossier).reference, typed, world.owner, NOW)


@pytest.fixture
def sent(world: World, session: Session) -> Dossier:
    """A draft with a plain PDF, and nothing else."""
    return draft(world, [scan()])


@pytest.mark.parametrize(
    ("file", "media_type", "pages"),
    [
        (("scan.pdf", plain_pdf(3)), "application/pdf", 3),
        (("photo.jpg", photo()), "image/jpeg", 1),
        (("capture.png", photo(kind="PNG")), "image/png", 1),
    ],
)
def test_a_plain_document_is_kept_and_waits(
    world: World, session: Session, file: tuple[str, bytes], media_type: str, pages: int
) -> None:
    dossier = draft(world, [])
    [result] = add_files(dossier.id, [file], document_store(), world.owner, NOW)
    assert (result.invoice, result.sentence) == (None, None)
    kept = paper(dossier)
    assert result.paper is kept
    assert (kept.media_type, kept.page_count, kept.purpose) == (media_type, pages, "invoice")
    assert document_store().read(kept.stored_as) == file[1]
    assert papers_to_enter(claim_of(dossier)) == [kept]
    assert claim_of(dossier).invoices == []


def test_what_is_typed_becomes_an_invoice_like_any_other(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world, [scan()])
    enter(any_world, dossier)
    any_session.expire_all()
    [invoice] = claim_of(dossier).invoices
    assert (invoice.source, invoice.syntax, invoice.profile, invoice.terms) == ("hand", "pdf", "", {})
    assert (invoice.supplier_identifier, invoice.supplier_name) == (SELLER.siren, SELLER.name)
    assert (invoice.number, invoice.number_key, invoice.number_bare) == (
        "FP-2026-118",
        "fp-2026-118",
        "fp2026118",
    )
    assert (invoice.net_cents, invoice.vat_cents, invoice.gross_cents) == (10_500_00, 2_100_00, 12_600_00)
    assert (invoice.buyer_identifier, invoice.buyer_name, invoice.warnings) == (BUYER.siren, BUYER.name, [])
    assert [line.solution and line.solution.slug for line in invoice.lines] == [CLOUD, AUDIT]
    assert [row[2] for row in expected(dossier)] == ["3600.00", "1125.00"]
    assert papers_to_enter(claim_of(dossier)) == []
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-1] == "claim.invoice_entered"


def test_it_is_corrected_in_place(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world, [scan()])
    first = enter(any_world, dossier).id
    one = (replace(LINES[0], net_cents=10_500_00, vat_cents=2_100_00),)
    assert enter(any_world, dossier, number="FP-119", lines=one).id == first
    any_session.expire_all()
    [invoice] = claim_of(dossier).invoices
    assert (invoice.number, invoice.number_bare) == ("FP-119", "fp119")
    assert [line.net_cents for line in invoice.lines] == [10_500_00]


def test_a_credit_note_is_typed_as_printed_and_tied_to_its_invoice(world: World, session: Session) -> None:
    dossier = draft(world, [bill(Item(20_000_00), number="F-7"), scan()])
    enter(world, dossier, is_credit_note=True, corrects="F-7", number="AV-1")
    invoice = claim_of(dossier).invoices[1]
    assert (invoice.is_credit_note, invoice.corrects, invoice.net_cents) == (True, ["F-7"], -10_500_00)
    assert [line.net_cents for line in invoice.lines] == [-8_000_00, -2_500_00]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("900100207", "900100207"),
        ("900 100 207", "900100207"),
        ("90010020700019", "900100207"),
        ("FR83 900 100 207", "900100207"),
        ("fr83900100207", "900100207"),
        ("DE 811 907 980", "DE811907980"),
        ("be0403.170.701", "BE0403170701"),
    ],
)
def test_a_supplier_by_any_of_its_numbers(world: World, sent: Dossier, typed: str, kept: str) -> None:
    assert enter(world, sent, supplier=typed).supplier_identifier == kept


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"supplier": "900100208"}, "supplier", "Ce numéro n’est ni un SIREN, ni un SIRET"),
        ({"supplier": "90010020700018"}, "supplier", "Ce numéro n’est ni un SIREN, ni un SIRET"),
        ({"supplier": "FR00900100207"}, "supplier", "Ce numéro n’est ni un SIREN, ni un SIRET"),
        ({"supplier": "GB123456789"}, "supplier", "Ce numéro n’est ni un SIREN, ni un SIRET"),
        ({"supplier": "Nuage"}, "supplier", "Ce numéro n’est ni un SIREN, ni un SIRET"),
        ({"buyer_siren": "900300402"}, "buyer_siren", "Ce SIREN n’est pas valide"),
        ({"number": "  "}, "number", "Écrivez le numéro de la facture."),
        ({"issued_on": ON + timedelta(days=1)}, "issued_on", "23 novembre 2026, un jour à venir"),
        ({"issued_on": date(1999, 12, 31)}, "issued_on", "Cette date n’est pas vraisemblable."),
        ({"net_cents": 0}, "net", "tel qu’il figure sur le document"),
        ({"net_cents": -10_500_00}, "net", "sans signe, même pour un avoir"),
        ({"net_cents": 10**12 + 1}, "net", "tel qu’il figure sur le document"),
        ({"vat_cents": -1}, "vat", "La TVA est un montant positif ou nul."),
        (
            {"gross_cents": 12_600_01},
            "gross",
            "Le total hors taxes et la TVA font 12 600,00 €, le total TTC est de 12 600,01 €",
        ),
        ({"lines": LINES[:1]}, None, "la facture 10 500,00 € : il manque 2 500,00 €."),
        ({"lines": ()}, None, "Saisissez au moins une ligne."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(
    world: World, sent: Dossier, changes: dict[str, Any], field: str | None, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        enter(world, sent, **changes)
    assert caught.value.field == field
    assert sentence in plain(caught.value.sentence)
    db.session.rollback()
    assert claim_of(sent).invoices == []


def test_the_day_itself_is_not_to_come(world: World, sent: Dossier) -> None:
    assert enter(world, sent, issued_on=ON).issued_on == ON


@pytest.mark.parametrize(
    ("siren", "words"),
    [
        (None, "ne porte pas le SIREN de l’acheteur"),
        (NEIGHBOUR.siren, "l’entreprise de SIREN 900 400 508, pas à Atelier Fictif SAS (SIREN 900 300 401)"),
    ],
)
def test_another_buyer_or_none_is_questioned(
    world: World, sent: Dossier, siren: str | None, words: str
) -> None:
    [warning] = enter(world, sent, buyer_siren=siren).warnings
    assert words in plain(warning)


def test_the_same_invoice_is_not_typed_twice(world: World, session: Session) -> None:
    dossier = draft(world, [bill(number="FP-2026-118"), scan()])
    with pytest.raises(InvalidInput) as caught:
        enter(world, dossier, number="fp-2026-118")
    assert "La facture FP-2026-118 de Nuage Fictif SAS est déjà dans le dossier" in plain(
        caught.value.sentence
    )
    db.session.rollback()
    assert len(claim_of(dossier).invoices) == 1
    assert db.session.scalars(select(Invoice.source)).all() == ["structured"]


# ---------------------------------------------------------------- on the way to filing


def test_nothing_is_filed_while_a_document_waits(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world, [bill(), scan("devis & facture.pdf")])
    with pytest.raises(Refusal) as caught:
        filed(any_world, dossier)
    assert caught.value.code == "claim.to_enter"
    assert plain(caught.value.sentence) == (
        "Une facture reste à saisir : « devis & facture.pdf ». Saisissez-la ou retirez-la avant de déposer."
    )
    db.session.rollback()
    enter(any_world, dossier)
    assert filed(any_world, dossier).number


def test_several_are_named(world: World, session: Session) -> None:
    dossier = draft(world, [scan("a.pdf"), scan("b.pdf", "FACTURE FP-2")])
    with pytest.raises(Refusal) as caught:
        filed(world, dossier)
    assert "Des factures restent à saisir : « a.pdf », « b.pdf »." in plain(caught.value.sentence)


def test_a_document_that_waits_is_taken_out(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world, [bill(), scan()])
    reference = paper(dossier).reference
    remove_paper(dossier.id, reference, any_world.owner, NOW)
    assert papers_to_enter(claim_of(dossier)) == []
    with pytest.raises(NotFound):
        remove_paper(dossier.id, reference, any_world.owner, NOW)


def test_an_entered_invoice_is_taken_out_with_its_document(world: World, sent: Dossier) -> None:
    invoice = enter(world, sent)
    with pytest.raises(NotFound):
        remove_paper(sent.id, paper(sent).reference, world.owner, NOW)
    db.session.rollback()
    remove_invoice(sent.id, invoice.id, world.owner, NOW)
    assert claim_of(sent).documents == []


def test_neither_another_dossier_nor_an_e_invoice_nor_a_filed_one(world: World, sent: Dossier) -> None:
    other = draft(world, [bill()])
    structured = claim_of(other).documents[0].reference
    for reference in (paper(sent).reference, structured, "inconnue"):
        with pytest.raises(NotFound):
            enter_by_hand(other.id, reference, TYPED, world.owner, NOW)
        db.session.rollback()
    enter(world, sent)
    filed(world, sent)
    with pytest.raises(Refusal) as caught:
        enter(world, sent)
    assert caught.value.code == "claim.not_a_draft"
