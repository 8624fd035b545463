"""Lines typed for an invoice whose file has none: its totals to the cent, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.adapters.einvoice import NO_LINES
from bonus.adapters.einvoice.build import TOTAL_LINE
from bonus.audit.models import AuditEntry
from bonus.claims.entering import MAX_ENTERED_LINES, enter_lines, give_up_lines
from bonus.claims.invoice_rows import EnteredLine
from bonus.claims.lines import LineChoice, correct_lines
from bonus.claims.models import Claim, Invoice
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from tests.adapters.einvoice_samples import MINIMUM
from tests.claims.reading import expected
from tests.support.bills import bill
from tests.support.words import plain
from tests.support.world import AUDIT, CLOUD, NOW, SUITE, Dossier, World, draft, filed

CLOUD_LINE = EnteredLine("Hébergement cloud qualifié", "CLOUD-24", 6_000_00, 1_200_00)
AUDIT_LINE = EnteredLine("Audit de cybersécurité", None, 4_000_00, 800_00)
# The invoice of the samples, of 10 000 € without VAT.
FILE = (
    "minimum.xml",
    MINIMUM.replace(b"100.00", b"10000.00").replace(b"20.00", b"2000.00").replace(b"120.00", b"12000.00"),
)
CREDIT = ("credit.xml", FILE[1].replace(b"<ram:TypeCode>380", b"<ram:TypeCode>381").replace(b"M-1", b"A-1"))


def invoice(dossier: Dossier) -> Invoice:
    return db.session.get_one(Claim, dossier.id).invoices[0]


def enter(world: World, dossier: Dossier, *lines: EnteredLine) -> None:
    enter_lines(dossier.id, invoice(dossier).id, lines, world.owner, NOW)


@pytest.fixture
def bare(world: World, session: Session) -> Dossier:
    """A draft with an invoice of the MINIMUM profile."""
    return draft(world, [FILE])


def test_the_lines_take_the_place_of_the_one_made_of_the_total(
    any_world: World, any_session: Session
) -> None:
    dossier = draft(any_world, [FILE])
    assert (len(invoice(dossier).lines), invoice(dossier).warnings) == (1, [NO_LINES])
    enter(any_world, dossier, CLOUD_LINE, AUDIT_LINE)
    any_session.expire_all()
    kept = invoice(dossier)
    assert [(line.position, line.name, line.net_cents, line.vat_cents) for line in kept.lines] == [
        (1, CLOUD_LINE.name, 6_000_00, 1_200_00),
        (2, AUDIT_LINE.name, 4_000_00, 800_00),
    ]
    assert [line.solution and line.solution.slug for line in kept.lines] == [CLOUD, AUDIT]
    assert (kept.lines_from_totals, kept.lines_entered, kept.warnings, kept.source) == (
        True,
        True,
        [],
        "structured",
    )
    assert [row[2] for row in expected(dossier)] == ["2700.00", "1800.00"]
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-1] == "claim.lines_entered"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            [CLOUD_LINE],
            "Vos lignes font 6 000,00 € hors taxes, la facture 10 000,00 € : il manque 4 000,00 €.",
        ),
        (
            [CLOUD_LINE, replace(AUDIT_LINE, net_cents=4_000_01)],
            "Vos lignes font 10 000,01 € hors taxes, la facture 10 000,00 € : il y a 0,01 € de trop.",
        ),
        (
            [CLOUD_LINE, replace(AUDIT_LINE, vat_cents=799_99)],
            "Vos lignes font 1 999,99 € de TVA, la facture 2 000,00 € : il manque 0,01 €.",
        ),
        ([], "Saisissez au moins une ligne."),
        ([CLOUD_LINE, replace(AUDIT_LINE, name=" ")], "Ligne 2 : écrivez ce qui a été acheté."),
        ([replace(CLOUD_LINE, net_cents=10**12 + 1)], "Ligne 1 : ce montant n’est pas vraisemblable."),
        (
            [replace(CLOUD_LINE, service_start=date(2026, 1, 1))],
            "Ligne 1 : donnez le début et la fin du service, ou aucun des deux (art. 5.2).",
        ),
        (
            [replace(CLOUD_LINE, service_start=date(2026, 1, 2), service_end=date(2026, 1, 1))],
            "Ligne 1 : le service finit avant de commencer.",
        ),
        ([CLOUD_LINE] * (MAX_ENTERED_LINES + 1), "Une facture saisie a 100 lignes au plus."),
    ],
    ids=["net missing", "a cent over", "VAT", "none", "no name", "absurd", "half", "backwards", "many"],
)
def test_what_does_not_agree_is_refused_and_nothing_changes(
    world: World, bare: Dossier, lines: list[EnteredLine], sentence: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        enter(world, bare, *lines)
    assert plain(caught.value.sentence) == sentence
    db.session.rollback()
    assert [line.net_cents for line in invoice(bare).lines] == [10_000_00]
    assert not invoice(bare).lines_entered


def test_a_discount_is_a_negative_line_and_a_service_of_one_day_has_a_period(
    world: World, bare: Dossier
) -> None:
    day = date(2026, 10, 15)
    enter(
        world,
        bare,
        EnteredLine("Hébergement cloud qualifié", None, 12_000_00, 2_400_00, day, day),
        EnteredLine("Remise", None, -2_000_00, -400_00),
    )
    first, discount = invoice(bare).lines
    assert (first.service_start, first.service_end) == (day, day)
    assert (discount.net_cents, discount.solution) == (-2_000_00, None)


def test_on_a_credit_note_amounts_are_typed_as_printed(world: World, session: Session) -> None:
    dossier = draft(world, [CREDIT])
    assert invoice(dossier).net_cents == -10_000_00
    enter(world, dossier, CLOUD_LINE, AUDIT_LINE)
    assert [line.net_cents for line in invoice(dossier).lines] == [-6_000_00, -4_000_00]


def test_a_line_that_stays_keeps_what_was_said_of_it(world: World, bare: Dossier) -> None:
    enter(world, bare, CLOUD_LINE, AUDIT_LINE)
    first, second = invoice(bare).lines
    choices = [LineChoice(line.id, SUITE, True, 100_00) for line in (first, second)]
    correct_lines(bare.id, choices, world.owner, NOW)
    enter(
        world,
        bare,
        replace(CLOUD_LINE, net_cents=5_000_00),
        replace(AUDIT_LINE, name="X", net_cents=5_000_00),
    )
    stays, changed = invoice(bare).lines
    assert stays.solution is not None
    assert (stays.solution.slug, stays.replaces_foreign, stays.other_public_aid_cents) == (
        SUITE,
        True,
        100_00,
    )
    assert (changed.solution, changed.replaces_foreign, changed.other_public_aid_cents) == (None, False, 0)
    assert (stays.matched_by_person, changed.matched_by_person) == (True, False)
    assert (stays.changed_by, changed.changed_by) == (world.owner.name, None)
    assert (stays.changed_at is None, changed.changed_at is None) == (False, True)


def test_fewer_lines_than_before(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world, [FILE])
    enter(any_world, dossier, CLOUD_LINE, AUDIT_LINE)
    enter(any_world, dossier, replace(CLOUD_LINE, net_cents=10_000_00, vat_cents=2_000_00))
    any_session.expire_all()
    assert [line.net_cents for line in invoice(dossier).lines] == [10_000_00]


def test_an_invoice_that_details_its_lines_is_left_alone(world: World, session: Session) -> None:
    dossier = draft(world, [bill()])
    with pytest.raises(Refusal) as caught:
        enter(world, dossier, CLOUD_LINE, AUDIT_LINE)
    assert caught.value.code == "invoice.has_lines"


def test_neither_anothers_invoice_nor_a_filed_dossier(world: World, bare: Dossier) -> None:
    other = draft(world, [CREDIT])
    with pytest.raises(NotFound):
        enter_lines(other.id, invoice(bare).id, [CLOUD_LINE, AUDIT_LINE], world.owner, NOW)
    db.session.rollback()
    filed(world, bare)
    with pytest.raises(Refusal) as caught:
        enter(world, bare, CLOUD_LINE, AUDIT_LINE)
    assert caught.value.code == "claim.not_a_draft"


def give_up(world: World, dossier: Dossier) -> None:
    give_up_lines(dossier.id, invoice(dossier).id, world.owner, NOW)


@pytest.mark.parametrize("file", [FILE, CREDIT])
def test_back_to_the_one_line_of_the_total(
    any_world: World, any_session: Session, file: tuple[str, bytes]
) -> None:
    dossier = draft(any_world, [file])
    [before] = invoice(dossier).lines
    kept = (before.name, before.reference, before.net_cents, before.vat_cents, before.solution_id)
    warnings = list(invoice(dossier).warnings)
    enter(any_world, dossier, CLOUD_LINE, AUDIT_LINE)
    give_up(any_world, dossier)
    any_session.expire_all()
    [line] = invoice(dossier).lines
    assert (line.name, line.reference, line.net_cents, line.vat_cents, line.solution_id) == kept
    assert (line.name, line.position) == (TOTAL_LINE, 1)
    assert not invoice(dossier).lines_entered
    assert sorted(invoice(dossier).warnings) == sorted(warnings)
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-1] == "claim.lines_given_up"
    enter(any_world, dossier, CLOUD_LINE, AUDIT_LINE)
    assert len(invoice(dossier).lines) == 2, "they may be typed again"


def test_the_one_line_has_the_invoice_s_period_again(world: World, session: Session) -> None:
    mark = b"<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
    ends = ((b"Start", b"20260101"), (b"End", b"20261231"))
    dates = b"".join(
        b'<ram:%sDateTime><udt:DateTimeString format="102">%s</udt:DateTimeString></ram:%sDateTime>'
        % (end, day, end)
        for end, day in ends
    )
    period = b"<ram:BillingSpecifiedPeriod>" + dates + b"</ram:BillingSpecifiedPeriod>" + mark
    yearly = (
        FILE[1].replace(b"urn:factur-x.eu:1p0:minimum", b"urn:factur-x.eu:1p0:basicwl").replace(mark, period)
    )
    dossier = draft(world, [("basicwl.xml", yearly)])
    service = (date(2026, 1, 1), date(2026, 12, 31))
    assert [(line.service_start, line.service_end) for line in invoice(dossier).lines] == [service]
    enter(world, dossier, CLOUD_LINE, AUDIT_LINE)
    assert {line.service_start for line in invoice(dossier).lines} == {None}
    give_up(world, dossier)
    assert [(line.service_start, line.service_end) for line in invoice(dossier).lines] == [service]


def test_lines_that_nobody_typed_are_not_given_up(world: World, bare: Dossier) -> None:
    with pytest.raises(Refusal) as caught:
        give_up(world, bare)
    assert caught.value.code == "invoice.lines_not_entered"
    db.session.rollback()
    enter(world, bare, CLOUD_LINE, AUDIT_LINE)
    with pytest.raises(NotFound):
        give_up_lines(draft(world, [CREDIT]).id, invoice(bare).id, world.owner, NOW)
    db.session.rollback()
    filed(world, bare)
    with pytest.raises(Refusal) as caught:
        give_up(world, bare)
    assert caught.value.code == "claim.not_a_draft"
