"""One act on many dossiers: chosen, looked at, confirmed, done group by group; each result or refusal is listed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.accounts.models import CompanyMember
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor, first_fault
from bonus.claims.bulk.running import run_bulk_act
from bonus.claims.bulk.service import MOST, abandon, act_of, choose, confirm, items_of
from bonus.claims.bulk_models import BulkAct
from bonus.claims.examination import propose, send_back, start_review
from bonus.claims.models import Claim
from bonus.claims.proposal_models import Proposal
from bonus.claims.request_models import DocumentRequest
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from tests.claims.reading import claim_of, status_of
from tests.support.bills import bill
from tests.support.bulk import numbers, several
from tests.support.words import plain
from tests.support.world import GROUND, NOW, Dossier, World, decided, draft, filed

REASONS = "La facture n’est pas acquittée : aucune preuve de paiement (art. 9)."


def done(world: World, action: str, dossiers: list[Dossier], group: int = 100, **params: Any) -> BulkAct:
    act = choose(action, numbers(dossiers), world.reviewer, NOW)
    confirm(act.id, params, world.reviewer, NOW)
    run_bulk_act(act.id, NOW, group=group)
    return db.session.get_one(BulkAct, act.id)


def results(act: BulkAct) -> dict[str, tuple[str, str | None]]:
    rows, _ = items_of(act, None, 1, 1000)
    return {str(row.claim.number): (row.state, row.sentence and plain(row.sentence)) for row in rows}


def test_many_are_proposed_and_each_is_told(any_world: World, any_session: Session) -> None:
    good = several(any_world)
    over = decided(any_world, draft(any_world, [bill(number="B-over")]))
    act = done(any_world, "propose", [*good, over])
    assert (act.status, act.total, act.done, act.refused) == ("done", 4, 3, 1)
    assert [status_of(one) for one in good] == ["proposed"] * 3
    told = results(act)
    assert [told[number] for number in numbers(good)] == [("done", None)] * 3
    state, sentence = told[str(over.number)]
    assert state == "refused"
    assert sentence is not None
    assert "« accordé »" in sentence
    proposals = db.session.scalars(
        select(Proposal).where(Proposal.claim_id.in_([one.id for one in good]))
    ).all()
    assert {(one.outcome, one.reviewer_id) for one in proposals} == {("apply", any_world.reviewer.person_id)}
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.proposed")).all()
    assert {entry.subject for entry in entries} >= {f"claim:{number}" for number in numbers(good)}
    assert first_fault() is None


def test_nothing_is_done_before_it_is_confirmed(world: World, session: Session) -> None:
    dossiers = several(world, 2)
    act = choose("propose", numbers(dossiers), world.reviewer, NOW)
    run_bulk_act(act.id, NOW)
    assert [status_of(one) for one in dossiers] == ["filed", "filed"]
    assert act.status == "chosen"


def test_a_refusal_bears_its_reasons_or_is_not_confirmed(world: World, session: Session) -> None:
    dossiers = several(world, 2)
    act = choose("refuse", numbers(dossiers), world.reviewer, NOW)
    with pytest.raises(InvalidInput) as missing:
        confirm(act.id, {"ground": GROUND, "reasons": "non"}, world.reviewer, NOW)
    assert missing.value.field == "reasons"
    db.session.rollback()
    with pytest.raises(InvalidInput) as groundless:
        confirm(act.id, {"ground": "", "reasons": REASONS}, world.reviewer, NOW)
    assert groundless.value.field == "ground"
    db.session.rollback()
    confirm(act.id, {"ground": GROUND, "reasons": REASONS}, world.reviewer, NOW)
    run_bulk_act(act.id, NOW)
    proposals = db.session.scalars(select(Proposal)).all()
    assert [(one.outcome, one.ground, one.reasons) for one in proposals] == [("refuse", GROUND, REASONS)] * 2


def test_each_company_is_asked_for_what_misses_in_its_dossier(world: World, session: Session) -> None:
    dossiers = several(world, 2)
    code = "payment_proof"
    act = done(world, "ask", dossiers, items=[{"code": code}], only_missing=True)
    assert act.done == 2
    requests = db.session.scalars(select(DocumentRequest)).all()
    assert [[item.code for item in request.items] for request in requests] == [[code], [code]]
    assert [status_of(one) for one in dossiers] == ["awaiting_documents"] * 2
    again = choose("ask", numbers(dossiers), world.reviewer, NOW)
    assert (again.refused, again.total) == (2, 2)


def test_a_dossier_that_lacks_nothing_is_left_aside(world: World, session: Session) -> None:
    [dossier] = several(world, 1)
    act = done(world, "ask", [dossier], items=[{"code": "replacement_proof"}], only_missing=True)
    assert (act.done, act.refused) == (0, 1)
    assert results(act)[str(dossier.number)] == (
        "refused",
        "Aucune des pièces demandées ne manque à ce dossier.",
    )
    assert status_of(dossier) == "filed"


def test_dossiers_are_given_to_a_reviewer_who_may_examine_them(world: World, session: Session) -> None:
    dossiers = several(world, 2)
    other = world.other_reviewer.person_id
    assert other is not None
    db.session.add(CompanyMember(person_id=other, company_id=world.neighbour_id, role="reader"))
    neighbours = filed(world, draft(world, company_id=world.neighbour_id))
    act = done(world, "assign", [*dossiers, neighbours], person_id=other)
    assert [claim_of(one).assigned_to_id for one in dossiers] == [other, other]
    assert claim_of(neighbours).assigned_to_id is None
    assert "art. 12" in str(results(act)[str(neighbours.number)][1])
    done(world, "assign", dossiers, person_id=None)
    assert [claim_of(one).assigned_to_id for one in dossiers] == [None, None]


def test_only_a_reviewer_is_given_dossiers(world: World, session: Session) -> None:
    act = choose("assign", numbers(several(world, 1)), world.reviewer, NOW)
    with pytest.raises(InvalidInput) as wrong:
        confirm(act.id, {"person_id": world.officer.person_id}, world.reviewer, NOW)
    assert wrong.value.field == "person_id"


def test_who_acted_in_another_role_is_kept_out(world: World, session: Session) -> None:
    [dossier] = several(world, 1)
    propose(dossier.id, "apply", "", world.reviewer, NOW)
    both = Actor(
        world.other_officer.name,
        world.other_officer.person_id,
        roles=frozenset({"reviewer", "authorising_officer"}),
    )
    send_back(dossier.id, "Il manque la preuve de paiement (art. 9).", both, NOW)
    act = choose("propose", numbers([dossier]), both, NOW)
    assert (act.refused, act.total) == (1, 1)
    with pytest.raises(Refusal) as nothing:
        confirm(act.id, {}, both, NOW)
    assert nothing.value.code == "bulk.nothing"


def test_what_changed_since_it_was_chosen_is_left_aside(world: World, session: Session) -> None:
    dossiers = several(world, 3)
    act = choose("propose", numbers(dossiers), world.reviewer, NOW)
    propose(dossiers[1].id, "apply", "", world.other_reviewer, NOW)
    confirm(act.id, {}, world.reviewer, NOW)
    run_bulk_act(act.id, NOW)
    assert (act.done, act.refused) == (2, 1)
    assert results(act)[str(dossiers[1].number)][0] == "refused"


def test_run_twice_or_from_the_middle_it_does_nothing_twice(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bonus.claims.bulk import running

    dossiers = several(world, 5)
    act = choose("propose", numbers(dossiers), world.reviewer, NOW)
    confirm(act.id, {}, world.reviewer, NOW)
    assert running._run_group(act.id, NOW, 2)  # then the process dies
    assert (act.done, act.status) == (2, "running")
    run_bulk_act(act.id, NOW, group=2)
    run_bulk_act(act.id, NOW, group=2)
    assert (act.done, act.status) == (5, "done")
    assert db.session.scalar(select(func.count()).select_from(Proposal)) == 5
    ended = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "bulk.done")).all()
    assert len(ended) == 1


def test_given_up_in_the_middle_it_stops(world: World, session: Session) -> None:
    from bonus.claims.bulk import running

    dossiers = several(world, 3)
    act = choose("propose", numbers(dossiers), world.reviewer, NOW)
    confirm(act.id, {}, world.reviewer, NOW)
    running._run_group(act.id, NOW, 1)
    abandon(act.id, world.reviewer, NOW)
    run_bulk_act(act.id, NOW)
    assert [status_of(one) for one in dossiers] == ["proposed", "filed", "filed"]
    with pytest.raises(Refusal):
        abandon(act.id, world.reviewer, NOW)


def test_whoever_lost_the_role_meanwhile_does_nothing_more(world: World, session: Session) -> None:
    from bonus.accounts.models import AgentRole

    dossiers = several(world, 2)
    act = choose("propose", numbers(dossiers), world.other_reviewer, NOW)
    confirm(act.id, {}, world.other_reviewer, NOW)
    role = db.session.scalars(
        select(AgentRole).where(AgentRole.person_id == world.other_reviewer.person_id)
    ).one()
    db.session.delete(role)
    db.session.commit()
    db.session.expire_all()
    run_bulk_act(act.id, NOW)
    assert (act.done, act.refused) == (0, 2)
    assert [status_of(one) for one in dossiers] == ["filed", "filed"]


def test_it_is_confirmed_once_and_its_job_asked_for_once(world: World, session: Session) -> None:
    act = choose("propose", numbers(several(world, 1)), world.reviewer, NOW)
    confirm(act.id, {}, world.reviewer, NOW)
    with pytest.raises(Refusal) as over:
        confirm(act.id, {}, world.reviewer, NOW)
    assert over.value.code == "bulk.over"
    db.session.rollback()
    keys = db.session.scalars(select(OutboxMessage.key).where(OutboxMessage.kind == "bulk_act")).all()
    assert keys == [f"bulk_act:{act.id}"]


def test_it_is_its_author_s_alone(world: World, session: Session) -> None:
    act = choose("propose", numbers(several(world, 1)), world.reviewer, NOW)
    for attempt in (
        lambda: confirm(act.id, {}, world.other_reviewer, NOW),
        lambda: abandon(act.id, world.other_reviewer, NOW),
    ):
        with pytest.raises(Forbidden):
            attempt()
        db.session.rollback()
    with pytest.raises(NotFound):
        act_of(act.reference, world.other_reviewer.person_id or 0)


@pytest.mark.parametrize(
    ("action", "count", "code"),
    [("erase", 1, "bulk.action"), ("propose", 0, "bulk.none"), ("propose", MOST + 1, "bulk.too_many")],
)
def test_a_choice_that_is_none(world: World, session: Session, action: str, count: int, code: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        choose(action, [f"BS-2026-{n}" for n in range(count)], world.reviewer, NOW)
    assert wrong.value.code == code


def test_an_officer_chooses_nothing(world: World, session: Session) -> None:
    with pytest.raises(Forbidden):
        choose("propose", ["BS-2026-000001"], world.officer, NOW)


def test_one_named_twice_counts_once(world: World, session: Session) -> None:
    [dossier] = several(world, 1)
    start_review(dossier.id, world.reviewer, NOW)
    act = done(world, "propose", [dossier, dossier])
    assert (act.total, act.done) == (1, 1)
    assert db.session.get_one(Claim, dossier.id).status == "proposed"
