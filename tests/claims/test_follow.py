"""What follows a change of the registry: who is told, what is controlled, what never changes by itself (art. 14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.alerts import alerts_of, open_controls, see_alert, unseen_alerts
from bonus.claims.examination import start_review
from bonus.claims.follow import follow_change
from bonus.claims.follow_models import ClaimAlert, Control
from bonus.claims.models import Claim
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.payments.models import PaymentOrder
from bonus.registry.models import RegistryChange
from tests.claims.reading import claim_of, decision_of, lines_of, status_of
from tests.support.bills import Item, bill
from tests.support.crew import Crew
from tests.support.registry import LEARNED, certification_of, disown, learn
from tests.support.words import plain
from tests.support.world import CLOUD, NOW, SUITE, Dossier, World, decided, draft, filed, run_jobs, settled

SUITE_ITEM = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")  # 35 % for an sme: 3 500 €
BILLED_ON = date(2026, 10, 15)
BEFORE_BILL, AFTER_BILL = BILLED_ON - timedelta(days=1), BILLED_ON + timedelta(days=1)
LATER = NOW + timedelta(hours=1)


def suite(world: World, **more: object) -> Dossier:
    return draft(world, [bill(SUITE_ITEM, issued_on=BILLED_ON, **more)])  # type: ignore[arg-type]


def alerts() -> Sequence[ClaimAlert]:
    return db.session.scalars(select(ClaimAlert).order_by(ClaimAlert.id)).all()


def controls() -> Sequence[Control]:
    return db.session.scalars(select(Control)).all()


def last_change() -> RegistryChange:
    return db.session.scalars(select(RegistryChange).order_by(RegistryChange.id.desc()).limit(1)).one()


def test_an_open_dossier_is_computed_again_and_its_reviewer_told(
    any_world: World, any_session: Session
) -> None:
    dossier = filed(any_world, suite(any_world))
    start_review(dossier.id, any_world.reviewer, NOW)
    learn(certification_of(SUITE), "withdrawn", BILLED_ON, LATER)
    run_jobs(any_world, LATER)
    [alert] = alerts()
    assert (alert.kind, alert.before_cents, alert.after_cents) == ("recomputed", 3_500_00, 0)
    assert alert.person_id == any_world.reviewer.person_id
    words = plain(alert.sentence)
    assert "a été retirée à compter du 15 octobre 2026" in words
    assert "Le bonus calculé passe de 3 500,00 € à 0,00 €." in words
    assert status_of(dossier) == "under_review"
    change = last_change()
    assert (change.touched, change.handled, change.done_at) == (1, 1, LATER)


def test_the_day_after_the_invoice_changes_nothing(any_world: World, any_session: Session) -> None:
    filed(any_world, suite(any_world))
    learn(certification_of(SUITE), "withdrawn", AFTER_BILL, LATER)
    run_jobs(any_world, LATER)
    assert (list(alerts()), last_change().handled) == ([], 1)


def test_nobody_took_it_up_whoever_opens_it_is_told(world: World, session: Session) -> None:
    dossier = filed(world, suite(world))
    learn(certification_of(SUITE), "suspended", BEFORE_BILL, LATER)
    run_jobs(world, LATER)
    [alert] = alerts()
    assert (alert.person_id, alert.after_cents) == (None, 0)
    for reviewer in (world.reviewer, world.other_reviewer):
        assert reviewer.person_id is not None
        assert [one.id for one in unseen_alerts(reviewer.person_id, 1)[0]] == [alert.id]
    see_alert(claim_of(dossier), alert.id, world.reviewer, LATER)
    see_alert(claim_of(dossier), alert.id, world.other_reviewer, LATER)  # already read: nothing changes
    assert alert.seen_by_id == world.reviewer.person_id
    assert list(alerts_of(claim_of(dossier))) == []
    with pytest.raises(NotFound):
        see_alert(claim_of(filed(world)), alert.id, world.reviewer, LATER)


def test_another_label_holds_but_its_premium_is_lost(world: World, session: Session) -> None:
    filed(world)  # CLOUD has two labels: 45 %; with one, 40 %
    learn(certification_of(CLOUD, "NFG"), "withdrawn", BEFORE_BILL, LATER)
    run_jobs(world, LATER)
    [alert] = alerts()
    assert (alert.before_cents, alert.after_cents) == (4_500_00, 4_000_00)


def test_one_filed_after_the_change_knew_it(world: World, session: Session) -> None:
    learn(certification_of(SUITE), "withdrawn", BILLED_ON, NOW)
    filed(world, suite(world), now=LATER)
    run_jobs(world, LATER)
    assert list(alerts()) == []
    assert last_change().touched == 1, (
        "looked at, in case it had read the registry before the change was written"
    )


def test_a_retroactive_withdrawal_opens_a_control_and_takes_nothing_back(
    any_world: World, any_session: Session
) -> None:
    dossier = settled(any_world, suite(any_world))
    before = (lines_of(dossier), status_of(dossier), decision_of(dossier).facts_sha256)
    learn(certification_of(SUITE), "withdrawn", date(2026, 11, 20), LATER, retroactive=True)
    run_jobs(any_world, LATER)
    [control] = controls()
    assert (control.ground, control.undue_cents, control.status) == (
        "withdrawn_retroactively",
        3_500_00,
        "open",
    )
    assert "Sur 3 500,00 € accordés, 3 500,00 € ne seraient plus donnés." in plain(control.reason)
    assert (lines_of(dossier), status_of(dossier), decision_of(dossier).facts_sha256) == before
    assert db.session.scalars(select(PaymentOrder)).one().amount_cents == 3_500_00
    assert [(one.kind, one.after_cents) for one in alerts()] == [("control", 0)]
    assert open_controls(1)[1] == 1
    assert control.change_id is not None
    follow_change(control.change_id, LATER)  # run again
    assert len(controls()) == 1


def test_a_withdrawal_from_a_later_day_opens_nothing(world: World, session: Session) -> None:
    settled(world, suite(world))
    learn(certification_of(SUITE), "withdrawn", AFTER_BILL, LATER)
    run_jobs(world, LATER)
    assert (list(controls()), list(alerts())) == ([], [])


def test_what_is_learnt_too_late_is_a_task_for_a_person(world: World, session: Session) -> None:
    settled(world, suite(world))
    learn(certification_of(SUITE), "suspended", BEFORE_BILL, LATER)
    run_jobs(world, LATER)
    [control] = controls()
    assert (control.ground, control.undue_cents) == ("learned_late", 3_500_00)


def test_a_grant_that_never_was(world: World, session: Session) -> None:
    settled(world, suite(world))
    disown(certification_of(SUITE).facts[0], LATER)
    run_jobs(world, LATER)
    [control] = controls()
    assert (control.ground, control.undue_cents) == ("corrected", 3_500_00)


def test_a_correction_in_favour_is_said_and_decides_nothing(world: World, session: Session) -> None:
    withdrawn = learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, NOW - timedelta(hours=1))
    dossier = decided(world, suite(world), now=NOW)
    assert status_of(dossier) == "refused"
    disown(withdrawn, LATER)
    run_jobs(world, LATER)
    [alert] = alerts()
    assert (alert.kind, alert.before_cents, alert.after_cents) == ("favourable", 0, 3_500_00)
    assert (status_of(dossier), list(controls())) == ("refused", [])


def test_a_withdrawal_that_never_was_after_its_control(world: World, session: Session) -> None:
    settled(world, suite(world))
    fraud = learn(certification_of(SUITE), "withdrawn", date(2026, 11, 20), LATER, retroactive=True)
    run_jobs(world, LATER)
    disown(fraud, LATER + timedelta(hours=1))
    run_jobs(world, LATER + timedelta(hours=1))
    [_, alert] = alerts()
    assert (alert.kind, alert.before_cents, alert.after_cents) == ("favourable", 3_500_00, 3_500_00)
    assert "un contrôle ouvert auparavant peut être sans objet" in plain(alert.sentence)
    assert [control.status for control in controls()] == ["open"], "a person closes it"


def test_what_is_known_of_another_change_is_not_laid_to_this_one(world: World, session: Session) -> None:
    """Two acts of one moment: each alert says what its own change makes of the dossier."""
    filed(world)
    learn(certification_of(CLOUD, "NFG"), "withdrawn", BEFORE_BILL, LATER)
    learn(certification_of(CLOUD, "SECNUMCLOUD"), "suspended", AFTER_BILL, LATER)
    run_jobs(world, LATER)
    assert [(one.before_cents, one.after_cents) for one in alerts()] == [(4_500_00, 4_000_00)]


def test_two_changes_before_the_job_each_have_their_part(world: World, session: Session) -> None:
    """Either alone would make the grant undue: together they do not cancel out."""
    settled(world, suite(world))
    learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER)
    learn(certification_of(SUITE), "withdrawn", date(2026, 11, 20), LATER, retroactive=True)
    run_jobs(world, LATER)
    assert [(control.ground, control.undue_cents) for control in controls()] == [("learned_late", 3_500_00)]


def test_two_labels_that_fall_sum_to_what_was_granted(world: World, session: Session) -> None:
    settled(world)  # 45 % with two labels, 40 % with one
    for label in ("NFG", "SECNUMCLOUD"):
        learn(certification_of(CLOUD, label), "withdrawn", date(2026, 11, 20), LATER, retroactive=True)
    run_jobs(world, LATER)
    assert [control.undue_cents for control in controls()] == [500_00, 4_000_00]
    assert [(one.before_cents, one.after_cents) for one in alerts()][-1] == (4_500_00, 0)


def test_two_changes_on_an_open_dossier(world: World, session: Session) -> None:
    filed(world, suite(world))
    learn(certification_of(SUITE), "suspended", BEFORE_BILL - timedelta(days=1), LATER)
    learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER)
    run_jobs(world, LATER)
    assert [(one.before_cents, one.after_cents) for one in alerts()] == [(3_500_00, 0), (0, 0)]


def test_a_decision_that_knew_the_change_is_not_told_of_it(world: World, session: Session) -> None:
    fraud = learn(certification_of(SUITE), "suspended", BEFORE_BILL, NOW - timedelta(hours=2))
    dossier = filed(world, suite(world), now=NOW - timedelta(hours=3))
    disown(fraud, NOW - timedelta(hours=1))
    decided(world, dossier)
    run_jobs(world, LATER)
    assert list(controls()) == []
    assert [one.kind for one in alerts()] == []


def test_what_an_officer_refused_stays_refused(world: World, session: Session) -> None:
    reasons = "Refus motivé : la facture est celle d’un autre exercice (art. 5)."
    decided(world, suite(world), outcome="refuse", reasons=reasons)
    learn(certification_of(SUITE), "withdrawn", date(2026, 11, 20), LATER, retroactive=True)
    run_jobs(world, LATER)
    assert (list(controls()), list(alerts())) == ([], [])


def test_what_the_change_is_not_about_is_not_looked_at(world: World, session: Session) -> None:
    filed(world)  # buys CLOUD
    learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER)
    run_jobs(world, LATER)
    assert (last_change().touched, list(alerts())) == (0, [])


def test_an_unknown_change(world: World, session: Session) -> None:
    with pytest.raises(NotFound):
        follow_change(999, NOW)


@pytest.mark.slow
def test_in_batches_with_progress_and_more_jobs_than_one(world: World, session: Session) -> None:
    for _ in range(12):
        filed(world, suite(world))
    fact = learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER)
    follow_change(fact.change_id, LATER, batch=1)  # ten batches a job
    change = db.session.get_one(RegistryChange, fact.change_id)
    assert (change.touched, change.handled, change.done_at) == (12, 10, None)
    assert run_jobs(world, LATER) >= 1
    run_jobs(world, LATER)
    db.session.expire_all()
    assert (change.handled, change.done_at) == (12, LATER)
    assert len(alerts()) == 12


def follow_slowly(change_id: int) -> None:
    for _ in range(6):
        follow_change(change_id, LATER, batch=1)


@pytest.mark.slow
@pytest.mark.postgresql
def test_killed_in_the_middle_it_ends_what_it_began(pg_world: World) -> None:
    with pg_world.app.app_context():
        for _ in range(60):
            filed(pg_world, suite(pg_world))
        change_id = learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER).change_id

    def begun() -> bool:
        with pg_world.app.app_context():
            return bool(db.session.scalar(select(func.count()).select_from(ClaimAlert)))

    with Crew(1) as mortal:
        mortal.kill_once(pg_world.app, follow_slowly, (change_id,), begun)
    with pg_world.app.app_context():
        assert 0 < len(alerts()) < 60
        follow_change(change_id, LATER)
        assert len(alerts()) == 60
        assert last_change().handled == 60
        followed = (
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "registry.followed")
        )
        assert db.session.scalar(followed) == 1


@pytest.mark.slow
@pytest.mark.postgresql
def test_two_workers_on_one_change(pg_world: World, crew: Crew) -> None:
    with pg_world.app.app_context():
        for _ in range(10):
            filed(pg_world, suite(pg_world))
        change_id = learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER).change_id
    crew.race(pg_world.app, follow_slowly, [(change_id,), (change_id,)])
    with pg_world.app.app_context():
        assert len(alerts()) == 10
        assert last_change().handled == 10


def test_the_reason_of_the_change_is_kept(world: World, session: Session) -> None:
    learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER)
    assert (last_change().reason, last_change().source) == (LEARNED.reason, "keeper")


def test_a_dossier_given_up_is_left_alone(world: World, session: Session) -> None:
    dossier = filed(world, suite(world))
    claim = db.session.get_one(Claim, dossier.id)
    claim.status = "abandoned"
    db.session.commit()
    learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER)
    run_jobs(world, LATER)
    assert list(alerts()) == []
