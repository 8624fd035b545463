"""Deciding by rule (art. 12): what enters the lane, what is looked at again, what leaves it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from unittest import mock

import pytest
from sqlalchemy import select, update

from bonus.audit.models import AuditEntry
from bonus.audit.service import first_fault
from bonus.claims import lane_decisions
from bonus.claims.assessing import assess
from bonus.claims.examination import propose, start_review
from bonus.claims.filing import abandon
from bonus.claims.lane import lane_entry_of, state_of, take_out
from bonus.claims.lane_contest import contest
from bonus.claims.lane_decisions import decide_by_rule
from bonus.claims.models import Claim, Decision
from bonus.claims.sealing import seal_decision
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.outbox import OutboxMessage
from bonus.registry.models import Supplier
from tests.support.bills import Item, bill
from tests.support.crew import Crew
from tests.support.lane import (
    DUE,
    LAST,
    at,
    day_of_lane,
    decide,
    entry,
    in_lane,
    known,
    link,
    opened,
    ready,
    status,
    unmet_of,
)
from tests.support.registry import certification_of, learn
from tests.support.world import CLOUD, NOW, ON, World, draft, filed, run_jobs, set_envelope

A_QUARTER = 8_333_33
"""45 % of it is 3 750.00, a quarter of what a company may have by rule in a year."""
WHY = "Le montant ne ressemble pas aux précédents."


def by_rule(world: World) -> list[Decision]:
    with world.app.app_context():
        found = list(db.session.scalars(select(Decision).where(Decision.kind == "rule")))
        db.session.expunge_all()
        db.session.rollback()
        return found


def said_in_log(world: World, action: str) -> list[dict[str, object]]:
    with world.app.app_context():
        found = list(db.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == action)))
        assert first_fault() is None
        db.session.rollback()
        return found


# ---------------------------------------------------------------- decided


def test_decided_by_rule_once_the_days_are_over(any_world: World) -> None:
    opened(any_world)
    known(any_world)
    dossier = in_lane(any_world)
    found = entry(any_world, dossier)
    assert (found.state, found.due_on, found.drawn) == ("waiting", DUE, False)
    day_of_lane(any_world, LAST)
    assert status(any_world, dossier) == "filed"
    day_of_lane(any_world, DUE)
    found = entry(any_world, dossier)
    assert (found.state, status(any_world, dossier)) == ("decided", "granted")
    assert [one["code"] for one in found.looked_at if one["met"]] == [one["code"] for one in found.looked_at]
    (decision,) = by_rule(any_world)
    assert (decision.bonus_cents, decision.decided_by_id, decision.proposed_by_id) == (450_00, None, None)
    assert decision.decided_on == DUE
    assert decision.reasons.startswith("Décision prise par règle")
    with any_world.app.app_context():
        kinds = set(
            db.session.scalars(select(OutboxMessage.kind).where(OutboxMessage.subject_id == decision.id))
        )
        assert {"pay", "certify"} <= kinds


def test_a_second_run_changes_nothing(any_world: World) -> None:
    opened(any_world)
    known(any_world)
    dossier = in_lane(any_world)
    for _ in range(2):
        day_of_lane(any_world, DUE)
        decide(any_world, dossier)
    assert len(by_rule(any_world)) == 1
    assert len(said_in_log(any_world, "claim.decided")) == 1


def test_killed_in_the_middle_it_repeats_nothing(world: World) -> None:
    """Killed before its commit: nothing is written, and the next run decides; after: the next run finds it done."""
    opened(world)
    known(world)
    dossier = in_lane(world)
    real = seal_decision

    def killed(*arguments: object, **more: object) -> None:
        real(*arguments, **more)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with (
        mock.patch.object(lane_decisions, "seal_decision", killed),
        world.app.app_context(),
        pytest.raises(KeyboardInterrupt),
    ):
        decide_by_rule(dossier.id, at(DUE))
    assert (status(world, dossier), by_rule(world)) == ("filed", [])
    decide(world, dossier)
    decide(world, dossier)
    assert (status(world, dossier), len(by_rule(world))) == ("granted", 1)


def test_short_of_credits_it_waits_in_the_list_like_any_other(world: World) -> None:
    opened(world)
    known(world)
    dossier = in_lane(world)
    set_envelope(world, 449_99)
    day_of_lane(world)
    assert (status(world, dossier), entry(world, dossier).state) == ("waiting_list", "listed")
    assert by_rule(world) == []


def test_what_fails_holds_up_no_other_and_is_tried_the_next_day(world: World) -> None:
    opened(world)
    known(world)
    broken, sound = in_lane(world), in_lane(world, 1_100_00)
    real = assess

    def failing(claim: Claim, now: datetime) -> object:
        if claim.id == broken.id:
            raise ArithmeticError("no such figure")
        return real(claim, now)

    with mock.patch.object(lane_decisions, "assess", failing):
        day_of_lane(world)
    assert (status(world, sound), status(world, broken)) == ("granted", "filed")
    run_jobs(world, at(DUE))
    assert (status(world, sound), status(world, broken)) == ("granted", "granted")

    other = in_lane(world, 1_200_00)
    with world.app.app_context():
        lane_decisions.ask_for_decisions(at(DUE))
        db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.kind == "lane_decide", OutboxMessage.subject_id == other.id)
            .values(attempts=5, last_error="ArithmeticError: no such figure")
        )
        db.session.commit()
        lane_decisions.ask_for_decisions(at(DUE + timedelta(days=1)))
    assert entry(world, other).trouble == "ArithmeticError: no such figure"
    assert [facts["error"] for facts in said_in_log(world, "lane.failed")] == [
        "ArithmeticError: no such figure"
    ]
    run_jobs(world, at(DUE + timedelta(days=1)))
    found = entry(world, other)
    assert (found.state, found.trouble) == ("decided", None)


# ---------------------------------------------------------------- not in the lane


def test_no_draw_announced_no_lane(world: World) -> None:
    known(world)
    dossier = filed(world, ready(world))
    assert entry(world, dossier).state == "outside"
    assert {"announced", "told"} == set(unmet_of(world, dossier))


def test_first_dossier_of_the_company(world: World) -> None:
    opened(world)
    dossier = filed(world, ready(world))
    assert unmet_of(world, dossier) == ["known_company", "known_suppliers"]
    assert entry(world, dossier).notices == []


def test_one_given_up_is_no_dossier_of_before(world: World) -> None:
    opened(world)
    first = known(world)
    dossier = in_lane(world)
    with world.app.app_context():
        abandon(first.id, world.owner, NOW)
    decide(world, dossier)
    assert unmet_of(world, dossier) == ["known_company", "known_suppliers"]
    assert (entry(world, dossier).state, status(world, dossier)) == ("left", "filed")


@pytest.mark.parametrize(
    ("cents", "unmet"), [(11_111_11, []), (11_111_12, ["bonus"])], ids=["5 000.00", "the cent above"]
)
def test_the_limit_of_one_dossier(world: World, cents: int, unmet: list[str]) -> None:
    """45 % of 11 111.11 is 5 000.00 (half up), of 11 111.12 it is 5 000.004: a line less at 5 000.01."""
    opened(world)
    known(world)
    cents += 2 if unmet else 0  # 45 % of 11 111.14 = 5 000.01
    dossier = filed(world, ready(world, cents))
    assert unmet_of(world, dossier) == unmet


def test_a_line_that_is_not_eligible(world: World) -> None:
    opened(world)
    known(world)
    files = [bill(Item(1_000_00), Item(50_00, "Chaise", "CH-1"))]
    dossier = filed(world, draft(world, files))
    assert unmet_of(world, dossier) == ["lines_eligible", "complete"]


def test_a_supplier_nobody_can_write_to(world: World) -> None:
    opened(world)
    known(world)
    with world.app.app_context():
        db.session.execute(update(Supplier).values(email=None))
        db.session.commit()
    dossier = filed(world, ready(world))
    assert unmet_of(world, dossier) == ["told"]
    assert "Nuage Fictif SAS" in entry(world, dossier).why


# ---------------------------------------------------------------- looked at again


def test_a_label_withdrawn_meanwhile(world: World) -> None:
    opened(world)
    known(world)
    dossier = in_lane(world)
    with world.app.app_context():
        for label in ("NFG", "SECNUMCLOUD"):
            learn(certification_of(CLOUD, label), "suspended", date(2026, 10, 1), at(ON))
    decide(world, dossier)
    assert unmet_of(world, dossier) == ["lines_eligible", "bonus"]
    assert (entry(world, dossier).state, by_rule(world)) == ("left", [])
    assert "éligible" in str(said_in_log(world, "lane.left")[0]["reasons"])


def test_the_year_of_the_company(world: World) -> None:
    """15 000.00 by rule exactly, then not a cent more; and it is said."""
    opened(world)
    known(world)
    *four, more = [in_lane(world, A_QUARTER) for _ in range(5)]
    for dossier in four:
        decide(world, dossier)
    assert [entry(world, one).state for one in four] == ["decided"] * 4
    decide(world, more)
    assert unmet_of(world, more) == ["yearly"]
    assert sum(decision.bonus_cents for decision in by_rule(world)) == 15_000_00


def test_a_mail_refused_or_still_to_leave(world: World) -> None:
    opened(world)
    known(world)
    refused, late = in_lane(world), in_lane(world, 1_100_00, told=False)
    mail_id = entry(world, refused).notices[0].mail_id
    with world.app.app_context():
        db.session.execute(
            update(MailMessage)
            .where(MailMessage.id == mail_id)
            .values(sent_at=None, refusal="Adresse inconnue.")
        )
        db.session.commit()
    decide(world, refused)
    assert unmet_of(world, refused) == ["told"]
    decide(world, late)
    assert entry(world, late).due_on == DUE + timedelta(days=1)  # looked at again each day
    run_jobs(world, at(DUE + timedelta(days=1)))  # it leaves: five days run from there
    decide(world, late, DUE + timedelta(days=1))
    found = entry(world, late)
    assert (found.state, found.due_on) == ("waiting", DUE + timedelta(days=7))


def test_a_contested_one_is_not_decided(world: World) -> None:
    opened(world)
    known(world)
    dossier = in_lane(world, told=False)
    secret = link(world)
    run_jobs(world, NOW)
    with world.app.app_context():
        contest(secret, "Nous n’avons jamais émis cette facture.", "192.0.2.1", at(LAST, 22))
    decide(world, dossier)
    found = entry(world, dossier)
    assert (found.state, status(world, dossier)) == ("contested", "filed")
    assert "Nuage Fictif SAS a contesté" in found.why


# ---------------------------------------------------------------- agents


def test_a_reviewer_takes_it_out_and_examines_it(any_world: World) -> None:
    opened(any_world)
    known(any_world)
    dossier = in_lane(any_world)
    with any_world.app.app_context():
        with pytest.raises(InvalidInput):
            take_out(dossier.id, "  non ", any_world.reviewer, NOW)
        db.session.rollback()
        take_out(dossier.id, WHY, any_world.reviewer, NOW)
        with pytest.raises(Refusal) as refused:
            take_out(dossier.id, WHY, any_world.other_reviewer, NOW)
        db.session.rollback()
    assert refused.value.code == "lane.not_in"
    decide(any_world, dossier)
    found = entry(any_world, dossier)
    assert (found.state, found.why, status(any_world, dossier)) == ("taken_out", WHY, "under_review")
    assert said_in_log(any_world, "lane.taken_out") == [{"reasons": WHY}]


def test_nobody_else_takes_it_out(world: World) -> None:
    opened(world)
    known(world)
    dossier = in_lane(world)
    for actor in (world.officer, world.owner, world.administrator):
        with world.app.app_context(), pytest.raises(Forbidden):
            take_out(dossier.id, WHY, actor, NOW)
    assert entry(world, dossier).state == "waiting"


@pytest.mark.parametrize("act", ["review", "propose", "abandon"])
def test_touched_by_a_person_it_leaves_the_lane(world: World, act: str) -> None:
    opened(world)
    known(world)
    dossier = in_lane(world)
    with world.app.app_context():
        if act == "review":
            start_review(dossier.id, world.reviewer, NOW)
        elif act == "propose":
            propose(dossier.id, "apply", "", world.reviewer, NOW)
        else:
            abandon(dossier.id, world.owner, NOW)
        found = lane_entry_of(dossier.id)
        assert found is not None
        assert (found.state, state_of(found, found.claim)) == ("waiting", "left")
        db.session.rollback()
    day_of_lane(world)
    assert (entry(world, dossier).state, by_rule(world)) == ("left", [])


# ---------------------------------------------------------------- at once


def deciding(claim_id: int) -> None:
    decide_by_rule(claim_id, at(DUE))


@pytest.mark.slow
def test_two_of_one_company_at_once_share_the_year(any_world: World, crew: Crew) -> None:
    """Each of 3 750 €, 11 250 € given already: there is room for one."""
    opened(any_world)
    known(any_world)
    *before, one, other = [in_lane(any_world, A_QUARTER) for _ in range(5)]
    for dossier in before:
        decide(any_world, dossier)
    crew.race(any_world.app, deciding, [(one.id,), (other.id,)])
    assert sorted(entry(any_world, dossier).state for dossier in (one, other)) == ["decided", "left"]
    assert sum(decision.bonus_cents for decision in by_rule(any_world)) == 15_000_00


@pytest.mark.slow
def test_one_dossier_in_four_processes_is_decided_once(any_world: World, crew: Crew) -> None:
    opened(any_world)
    known(any_world)
    dossier = in_lane(any_world)
    crew.race(any_world.app, deciding, [(dossier.id,)] * 4)
    assert len(by_rule(any_world)) == 1
