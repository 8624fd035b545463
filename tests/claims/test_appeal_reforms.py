"""What an appeal changes: counted, committed and paid once, never worse (arts. 10 and 11)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.accounts.models import Person
from bonus.audit.service import Actor, first_fault
from bonus.budget.models import Commitment, Envelope
from bonus.calendar import silence_day, start_of_day
from bonus.certificates.service import request_certificate
from bonus.claims.appeal_examining import answer_appeal, propose_answer, take_appeal
from bonus.claims.assessing import assess
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.claims.line_proposals import LineProposal
from bonus.claims.models import Decision
from bonus.claims.outcomes import outcomes_of
from bonus.claims.party_facts import prior_facts
from bonus.claims.replay import replay
from bonus.claims.silence import record_silences
from bonus.companies.models import Company
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.money import parse_amount
from bonus.payments.models import PaymentOrder
from tests.claims.reading import claim_of, status_of
from tests.support.appeals import (
    DAY,
    REASONS,
    SUITE,
    WRONG,
    answered,
    appealed,
    examined,
    get,
    lines_of,
    refused_by_officer,
    refused_in_part,
)
from tests.support.bills import Item, bill
from tests.support.crew import Crew
from tests.support.world import (
    NOW,
    ON,
    YEAR_CLOSED,
    YEAR_END,
    Dossier,
    World,
    confirmed,
    decided,
    draft,
    filed,
    run_jobs,
    set_envelope,
)


def sums(dossier: Dossier) -> dict[str, int]:
    """What a dossier's money comes to, seen from each side."""
    claim = claim_of(dossier)
    last = {line.line_id: line.bonus_cents for decision in claim.decisions for line in decision.lines}
    ids = [decision.id for decision in claim.decisions]
    orders = select(func.sum(PaymentOrder.amount_cents)).where(PaymentOrder.decision_id.in_(ids))
    commitments = select(func.sum(Commitment.amount_cents)).where(Commitment.decision_id.in_(ids))
    prior = prior_facts(claim.company, [])["grants"]
    certificate = request_certificate(claim.company_id, YEAR_END, Actor("essai"), YEAR_CLOSED)
    stated = [row for row in certificate.content["purchases"] if row["claim_number"] == claim.number]
    shown = outcomes_of(claim, None)
    return {
        "lines": sum(last.values()),
        "granted": claim.granted_cents,
        "ordered": int(db.session.scalar(orders) or 0),
        "committed": int(db.session.scalar(commitments) or 0),
        "envelope": db.session.get_one(Envelope, ON.year).committed_cents,
        "ceilings": sum(parse_amount(grant["amount"]) for grant in prior),
        "certified": sum(row["bonus_cents"] for row in stated),
        "shown": sum(parse_amount(shown.figures_of(line)["bonus"]) for line in shown.statuses),  # type: ignore[index, misc]
    }


def test_a_solution_matched_anew_adds_its_own_line(any_world: World, any_session: Session) -> None:
    dossier = refused_in_part(any_world)
    run_jobs(any_world)
    _, wrong = lines_of(dossier)
    reference = appealed(any_world, dossier)
    with pytest.raises(InvalidInput, match="rien de plus"):
        examined(any_world, reference, "reform", {str(wrong): None})
    db.session.rollback()
    propose_answer(reference, "reform", REASONS, {str(wrong): SUITE}, any_world.other_reviewer, NOW)
    answer_appeal(reference, any_world.other_officer, NOW + DAY)
    run_jobs(any_world, NOW + DAY)
    appeal, claim = get(reference), claim_of(dossier)
    assert (appeal.status, claim.status) == ("reformed", "granted")
    second = claim.decisions[1]
    assert appeal.result_id == second.id
    assert (second.kind, second.bonus_cents, [line.line_id for line in second.lines]) == (
        "appeal",
        3_500_00,
        [wrong],
    )
    assert set(sums(dossier).values()) == {8_000_00}
    assert [one.differences for one in replay()] == [(), ()]
    with pytest.raises(Refusal):
        answer_appeal(reference, any_world.other_officer, NOW + DAY)
    db.session.rollback()
    assert first_fault() is None


def test_a_cut_line_is_paid_the_complement_and_counts_once(any_world: World, any_session: Session) -> None:
    """A micro company taken for a large one: the cut of its own ceiling is computed anew, and only the rest is paid."""
    company = db.session.get_one(Company, any_world.company_id)
    figures = (company.headcount, company.turnover_cents, company.balance_sheet_cents)
    company.headcount, company.turnover_cents, company.balance_sheet_cents = (
        9_000,
        9_000_000_000_00,
        9_000_000_000_00,
    )
    db.session.commit()
    # 30 + 5 − 10 = 25 % of 260 000 is 65 000, cut to 60 000 by art. 6: refused in part.
    dossier = decided(any_world, draft(any_world, [bill(Item(260_000_00)), bill(Item(10_000_00), WRONG)]))
    run_jobs(any_world)
    before = claim_of(dossier).granted_cents
    assert before == 60_000_00
    company = db.session.get_one(Company, any_world.company_id)
    company.headcount, company.turnover_cents, company.balance_sheet_cents = figures
    db.session.commit()
    cut, _, wrong = lines_of(dossier)
    reference = appealed(any_world, dossier)
    take_appeal(reference, any_world.other_reviewer, NOW)
    propose_answer(
        reference, "reform", REASONS, {str(cut): None, str(wrong): SUITE}, any_world.other_reviewer, NOW
    )
    answer_appeal(reference, any_world.other_officer, NOW + DAY)
    run_jobs(any_world, NOW + DAY)
    second = claim_of(dossier).decisions[1]
    assert second.bonus_cents == 3_500_00  # the ceiling of a solution holds: 60 000 again, and a line more
    assert [(line.bonus_cents, line.former_cents) for line in second.lines] == [
        (60_000_00, 60_000_00),
        (3_500_00, 0),
    ]
    assert set(sums(dossier).values()) == {63_500_00}
    assert [one.differences for one in replay()] == [(), ()]


def test_a_line_cut_by_the_year_gets_more_once_the_size_is_right(
    any_world: World, any_session: Session
) -> None:
    company = db.session.get_one(Company, any_world.company_id)
    figures = (company.headcount, company.turnover_cents, company.balance_sheet_cents)
    company.headcount, company.turnover_cents, company.balance_sheet_cents = 5, 1_000_000_00, 1_000_000_00
    db.session.commit()
    # micro: 60 % of 100 000 = 50 % at most: 50 000, all of its year; nothing is left for the suite.
    suite = Item(100_000_00, "Suite bureautique collaborative", "SUITE-1AN")
    dossier = decided(any_world, draft(any_world, [bill(Item(90_000_00), suite)]))
    run_jobs(any_world)
    cloud_line, suite_line = claim_of(dossier).decisions[0].lines
    assert (cloud_line.bonus_cents, suite_line.bonus_cents) == (45_000_00, 5_000_00)
    ids = {str(suite_line.line_id): None}
    company = db.session.get_one(Company, any_world.company_id)
    company.headcount, company.turnover_cents, company.balance_sheet_cents = figures
    db.session.commit()
    reference = appealed(any_world, dossier)
    answered(any_world, reference, "reform", ids, NOW + DAY)
    run_jobs(any_world, NOW + DAY)
    second = claim_of(dossier).decisions[1]
    [line] = second.lines
    # sme: 35 % of 100 000, under a ceiling of 150 000 of which 45 000 are used.
    assert (line.bonus_cents, line.former_cents, second.bonus_cents) == (35_000_00, 5_000_00, 30_000_00)
    assert set(sums(dossier).values()) == {80_000_00}
    orders = db.session.scalars(select(PaymentOrder.amount_cents).order_by(PaymentOrder.id)).all()
    assert list(orders) == [50_000_00, 30_000_00]
    assert [one.differences for one in replay()] == [(), ()]
    # The next dossier has what is left of the year: 150 000 − 80 000.
    later = filed(
        any_world, draft(any_world, [bill(Item(400_000_00, "Audit de cybersécurité", "AUDIT-JOUR"))])
    )
    assert assess(claim_of(later), NOW + DAY).bonus_cents == 60_000_00


def test_never_worse(world: World, session: Session) -> None:
    """The company has grown since: the line would get less today, so it cannot be chosen."""
    big = Item(400_000_00)
    dossier = decided(world, draft(world, [bill(big, WRONG)]))
    company = db.session.get_one(Company, world.company_id)
    company.headcount, company.turnover_cents, company.balance_sheet_cents = (
        9_000,
        9_000_000_000_00,
        9_000_000_000_00,
    )
    company.ceased_on = date(2026, 1, 1)
    db.session.commit()
    cut, _ = lines_of(dossier)
    reference = appealed(world, dossier)
    take_appeal(reference, world.other_reviewer, NOW)
    with pytest.raises(InvalidInput, match="ne peut rien retirer"):
        propose_answer(reference, "reform", REASONS, {str(cut): None}, world.other_reviewer, NOW)


def test_what_an_officer_or_silence_refused_is_decided_by_the_law(
    any_world: World, any_session: Session
) -> None:
    by_officer = refused_by_officer(any_world)
    silent = filed(any_world, draft(any_world, [bill(Item(8_000_00))]))
    born = start_of_day(silence_day(date(2027, 1, 22)))
    record_silences(born)
    for dossier, rank, cents in ((by_officer, 1, 4_500_00), (silent, 1, 3_600_00)):
        reference = appealed(any_world, dossier, rank, now=born)
        answered(any_world, reference, "reform", {str(line): None for line in lines_of(dossier)}, born)
        assert (status_of(dossier), claim_of(dossier).granted_cents) == ("granted", cents)
    assert [one.differences for one in replay()] == [()] * 4


def test_short_credits_leave_all_as_it_was(world: World, session: Session) -> None:
    dossier = refused_by_officer(world)
    reference = appealed(world, dossier)
    examined(world, reference, "reform", {str(line): None for line in lines_of(dossier)})
    set_envelope(world, 100_00)
    with pytest.raises(Refusal, match="Les crédits ouverts ne suffisent pas"):
        answer_appeal(reference, world.other_officer, NOW)
    db.session.rollback()
    assert (get(reference).status, status_of(dossier)) == ("proposed", "refused")
    set_envelope(world, 100_000_00)
    answer_appeal(reference, world.other_officer, NOW)
    assert status_of(dossier) == "granted"


def test_an_invoice_granted_elsewhere_since_is_not_granted_twice(world: World, session: Session) -> None:
    files = [bill(Item(10_000_00))]
    dossier = decided(
        world, draft(world, files), outcome="refuse", reasons="La facture n’est pas acquittée (art. 9)."
    )
    reference = appealed(world, dossier)
    again = decided(world, draft(world, files))
    assert claim_of(again).granted_cents == 4_500_00
    with pytest.raises(Refusal, match=str(again.number)):
        examined(world, reference, "reform", {str(line): None for line in lines_of(dossier)})


def test_lines_of_others_and_words_that_are_none(world: World, session: Session) -> None:
    dossier = refused_in_part(world)
    right, wrong = lines_of(dossier)
    reference = appealed(world, dossier)
    take_appeal(reference, world.other_reviewer, NOW)
    for lines in ({}, {str(right): None}, {"999999": None}, {str(wrong): "inconnue"}):
        with pytest.raises(InvalidInput):
            propose_answer(reference, "reform", REASONS, lines, world.other_reviewer, NOW)
        db.session.rollback()
    assert get(reference).status == "under_examination"


def try_answer(reference: str, actor: Actor) -> str:
    try:
        return answer_appeal(reference, actor, NOW).status
    except Refusal as refusal:
        db.session.rollback()
        return refusal.code


def test_two_officers_at_once_answer_once(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        dossier = refused_by_officer(any_world)
        reference = appealed(any_world, dossier)
        examined(any_world, reference, "reform", {str(line): None for line in lines_of(dossier)})
        person = Person(email="o3@demo.example", name="Troisième", password_hash="x", created_at=NOW)
        db.session.add(person)
        db.session.commit()
        third = Actor("Troisième", person.id, roles=frozenset({"authorising_officer"}))

    found = crew.race(any_world.app, try_answer, [(reference, any_world.other_officer), (reference, third)])
    assert sorted(map(str, found)) == ["appeal.wrong_status", "reformed"]
    with any_world.app.app_context():
        assert len(db.session.scalars(select(Decision).where(Decision.kind == "appeal")).all()) == 1
        assert claim_of(dossier).granted_cents == 4_500_00


def reduced_to(world: World, item: Item, kept_cents: int) -> Dossier:
    """A dossier of one line, of which the examiner keeps a part and the officer decides so."""
    dossier = filed(world, draft(world, [bill(item)]))
    (line,) = lines_of(dossier)
    facts = "Le contrat comprend du matériel, qui n’est pas une solution."
    cuts = [LineProposal(line, "reduce", "part_not_eligible", facts, kept_cents)]
    propose(dossier.id, "apply", "", world.reviewer, NOW, lines=cuts)
    confirmed(world, dossier)
    decide(dossier.id, "apply", "", world.officer, NOW)
    run_jobs(world)
    return dossier


def test_a_line_reduced_on_examination_is_contested_and_decided_whole(world: World, session: Session) -> None:
    """A reduction is a refusal in part (art. 11): lifted on appeal, the rest alone is committed and paid."""
    dossier = reduced_to(world, Item(10_000_00), 4_000_00)
    assert claim_of(dossier).granted_cents == 1_800_00
    (line,) = lines_of(dossier)
    answered(world, appealed(world, dossier), "reform", {str(line): None}, NOW + DAY)
    run_jobs(world, NOW + DAY)
    assert claim_of(dossier).decisions[1].bonus_cents == 2_700_00
    assert set(sums(dossier).values()) == {4_500_00}
    assert [one.differences for one in replay()] == [(), ()]


def test_what_the_examiner_took_away_stays_when_a_ceiling_is_contested(
    world: World, session: Session
) -> None:
    """50 % of the 120 000 kept is 60 000, cut to the 50 000 of a micro company; it is an SME: 45 % is 54 000. What was
    taken from the line is not given back by the way."""
    company = db.session.get_one(Company, world.company_id)
    figures = (company.headcount, company.turnover_cents, company.balance_sheet_cents)
    company.headcount, company.turnover_cents, company.balance_sheet_cents = 5, 1_000_000_00, 1_000_000_00
    db.session.commit()
    dossier = reduced_to(world, Item(400_000_00), 120_000_00)
    assert claim_of(dossier).granted_cents == 50_000_00
    company = db.session.get_one(Company, world.company_id)
    company.headcount, company.turnover_cents, company.balance_sheet_cents = figures
    db.session.commit()
    (line,) = lines_of(dossier)
    answered(world, appealed(world, dossier), "reform", {str(line): None}, NOW + DAY)
    assert claim_of(dossier).decisions[1].bonus_cents == 4_000_00
    assert [one.differences for one in replay()] == [(), ()]
