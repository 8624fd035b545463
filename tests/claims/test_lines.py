"""What a company changes in its draft: an invoice taken out, a line matched, another aid declared."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.assessing import assess
from bonus.claims.intake import add_files, remove_invoice
from bonus.claims.lines import LineChoice, SavedLines, correct_lines, state_of
from bonus.claims.models import Claim, Document, PurchaseLine
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.parts import document_store
from tests.support.bills import Item, bill
from tests.support.world import AUDIT, CLOUD, NOW, Dossier, World, draft, filed


def line_of(dossier: Dossier) -> PurchaseLine:
    return db.session.get_one(Claim, dossier.id).invoices[0].lines[0]


def choose(
    world: World, dossier: Dossier, solution: str | None, aid: int = 0, *, foreign: bool = False
) -> None:
    choice = LineChoice(line_of(dossier).id, solution, foreign, aid)
    correct_lines(dossier.id, [choice], world.owner, NOW)


def bonus(dossier: Dossier) -> int:
    return assess(db.session.get_one(Claim, dossier.id), NOW).bonus_cents


def test_the_company_corrects_the_match(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world, [bill(Item(1_000_00, "Prestation", "X"))])
    assert bonus(dossier) == 0
    choose(any_world, dossier, AUDIT)
    line = line_of(dossier)
    assert line.solution is not None
    assert (line.solution.slug, line.matched_by_person) == (AUDIT, True)
    assert line.match_reason == "Solution choisie par l’entreprise."
    assert bonus(dossier) == 450_00  # 35 % + 10 points for an sme
    choose(any_world, dossier, None)
    assert line_of(dossier).solution is None
    assert bonus(dossier) == 0


def test_choosing_what_was_found_is_no_correction(world: World, session: Session) -> None:
    dossier = draft(world)
    found = line_of(dossier).match_reason
    choose(world, dossier, CLOUD)
    assert (line_of(dossier).matched_by_person, line_of(dossier).match_reason) == (False, found)


def test_what_it_replaces_and_the_other_aid_change_the_bonus(world: World, session: Session) -> None:
    dossier = draft(world, [bill(Item(10_000_00, "Audit", "AUDIT-JOUR"))])
    assert bonus(dossier) == 4_500_00
    choose(world, dossier, AUDIT, foreign=True)
    assert bonus(dossier) == 5_000_00
    choose(world, dossier, AUDIT, aid=2_000_01, foreign=True)
    assert bonus(dossier) == 4_000_00  # half of 7 999.99 €: half a cent rounds up
    choose(world, dossier, AUDIT, aid=10_000_00)
    assert bonus(dossier) == 0


def test_a_negative_aid_is_refused_and_nothing_is_written(world: World, session: Session) -> None:
    dossier = draft(world)
    with pytest.raises(InvalidInput) as refusal:
        choose(world, dossier, AUDIT, aid=-1)
    assert (refusal.value.code, refusal.value.field) == ("line.negative_aid", "other_public_aid")
    db.session.rollback()
    line = line_of(dossier)
    assert line.solution is not None
    assert (line.other_public_aid_cents, line.solution.slug) == (0, CLOUD)


def test_a_solution_that_is_not_in_the_registry(world: World, session: Session) -> None:
    with pytest.raises(InvalidInput) as refusal:
        choose(world, draft(world), "solution-inventee")
    assert (refusal.value.code, refusal.value.field) == ("line.unknown_solution", "solution")


def test_a_line_of_another_dossier_does_not_exist_here(world: World, session: Session) -> None:
    mine, other = draft(world), draft(world, company_id=world.neighbour_id)
    choice = LineChoice(line_of(other).id, None, True, 0)
    with pytest.raises(NotFound) as refusal:
        correct_lines(mine.id, [choice], world.owner, NOW)
    assert refusal.value.status == 404
    db.session.rollback()
    assert not line_of(other).replaces_foreign


def test_an_invoice_taken_out_may_come_back(any_world: World, any_session: Session) -> None:
    file = bill()
    dossier = draft(any_world, [file, bill()])
    invoice = db.session.get_one(Claim, dossier.id).invoices[0]
    remove_invoice(dossier.id, invoice.id, any_world.owner, NOW)
    counts = [
        db.session.scalar(select(func.count()).select_from(table)) for table in (Document, PurchaseLine)
    ]
    assert counts == [1, 1]
    db.session.rollback()
    [again] = add_files(dossier.id, [file], document_store(), any_world.owner, NOW)
    assert again.invoice is not None


def test_an_invoice_of_another_dossier_cannot_be_taken_out(world: World, session: Session) -> None:
    mine, other = draft(world), draft(world, company_id=world.neighbour_id)
    theirs = db.session.get_one(Claim, other.id).invoices[0].id
    with pytest.raises(NotFound):
        remove_invoice(mine.id, theirs, world.owner, NOW)


def test_nothing_changes_once_it_is_filed(world: World, session: Session) -> None:
    dossier = filed(world)
    line = line_of(dossier)
    with pytest.raises(Refusal, match=r"claim\.not_a_draft"):
        correct_lines(dossier.id, [LineChoice(line.id, None, False, 0)], world.owner, NOW)
    db.session.rollback()
    with pytest.raises(Refusal, match=r"claim\.not_a_draft"):
        remove_invoice(dossier.id, line_of(dossier).invoice_id, world.owner, NOW)


# ---------------------------------------------------------------- the same draft in two places


def saved(dossier: Dossier, world: World, solution: str | None, aid: int, seen: str | None) -> SavedLines:
    return correct_lines(
        dossier.id, [LineChoice(line_of(dossier).id, solution, False, aid, seen)], world.owner, NOW
    )


def test_who_saved_later_is_shown_what_was_saved_before(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world)
    shown = state_of(line_of(dossier))
    saved(dossier, any_world, CLOUD, 100_00, shown)
    second = saved(dossier, any_world, AUDIT, 0, shown)
    line = line_of(dossier)
    assert (second.changed, second.conflicts) == ([], [line])
    assert line.solution is not None
    assert (line.solution.slug, line.other_public_aid_cents) == (CLOUD, 100_00)
    assert (line.changed_by, line.changed_at) == (any_world.owner.name, NOW)
    kept = saved(dossier, any_world, AUDIT, 0, state_of(line))
    assert (kept.changed, kept.conflicts) == ([line], [])
    assert line_of(dossier).other_public_aid_cents == 0


def test_what_was_not_typed_in_takes_what_was_saved_elsewhere(world: World, session: Session) -> None:
    dossier = draft(world)
    shown = state_of(line_of(dossier))
    saved(dossier, world, CLOUD, 100_00, shown)
    untouched = saved(dossier, world, CLOUD, 0, shown)
    assert (untouched.changed, untouched.conflicts) == ([], [])
    assert line_of(dossier).other_public_aid_cents == 100_00


def test_both_typed_the_same(world: World, session: Session) -> None:
    dossier = draft(world)
    shown = state_of(line_of(dossier))
    saved(dossier, world, CLOUD, 100_00, shown)
    again = saved(dossier, world, CLOUD, 100_00, shown)
    assert (again.changed, again.conflicts) == ([], [])


def test_a_line_that_conflicts_keeps_no_other_from_being_saved(world: World, session: Session) -> None:
    dossier = draft(world, [bill(Item(10_000_00, "Audit", "AUDIT-JOUR"), Item(5_000_00))])
    first, second = db.session.get_one(Claim, dossier.id).invoices[0].lines
    shown = [state_of(first), state_of(second)]
    correct_lines(dossier.id, [LineChoice(first.id, AUDIT, True, 0, shown[0])], world.owner, NOW)
    both = [
        LineChoice(first.id, AUDIT, False, 5_00, shown[0]),
        LineChoice(second.id, CLOUD, True, 0, shown[1]),
    ]
    result = correct_lines(dossier.id, both, world.owner, NOW)
    assert ([line.id for line in result.changed], [line.id for line in result.conflicts]) == (
        [second.id],
        [first.id],
    )
    assert (second.replaces_foreign, first.other_public_aid_cents) == (True, 0)


def test_a_line_taken_out_meanwhile_is_told(world: World, session: Session) -> None:
    dossier = draft(world, [bill(), bill(Item(5_000_00))])
    invoice = db.session.get_one(Claim, dossier.id).invoices[0]
    gone, left = invoice.lines[0].id, db.session.get_one(Claim, dossier.id).invoices[1].lines[0].id
    remove_invoice(dossier.id, invoice.id, world.owner, NOW)
    choices = [LineChoice(gone, None, True, 0), LineChoice(left, None, True, 0)]
    result = correct_lines(dossier.id, choices, world.owner, NOW)
    assert (result.gone, [line.id for line in result.changed]) == ([gone], [left])


def test_a_save_that_changes_nothing_is_not_logged(world: World, session: Session) -> None:
    dossier = draft(world)
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    saved(dossier, world, CLOUD, 0, None)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before
