"""Rows of the agents' lists, each of another dossier, company and person: what is read row by row shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from bonus.accounts.models import AgentRole, Person
from bonus.calendar import civil_date
from bonus.claims.appeal_models import Appeal
from bonus.claims.bulk_models import BulkAct, BulkItem
from bonus.claims.campaign_models import ControlCampaign
from bonus.claims.follow_models import ClaimAlert, Control
from bonus.claims.lane_models import LaneEntry
from bonus.claims.letter_models import Letter, ReasonsRequest
from bonus.claims.models import Claim, Decision
from bonus.claims.revocation_models import Revocation
from bonus.extensions import db
from bonus.registry.models import RegistryChange

BULK = "actes-groupes-du-test"


def list_rows(first: int, last: int, reader: int, now: datetime) -> None:
    """The rows numbered ``first`` to ``last`` (not included) of every list, for the person who reads; committed. The
    database holds the demonstration, filled with thousands of dossiers: each list has at most fifty rows."""
    waiting = select(Claim.id).where(Claim.status == "filed").order_by(Claim.id)
    decided = select(Decision.id, Decision.claim_id).order_by(Decision.id)
    of_reviewers = select(AgentRole.person_id).where(
        AgentRole.role == "reviewer", AgentRole.person_id != reader
    )
    people = db.session.scalars(of_reviewers.order_by(AgentRole.person_id)).all()
    free = db.session.scalars(waiting.limit(100)).all()
    done = db.session.execute(decided.limit(200)).all()
    change = db.session.scalars(select(RegistryChange.id).limit(1)).one()
    act = db.session.scalars(select(BulkAct).where(BulkAct.reference == BULK)).one_or_none()
    if act is None:
        act = _act(BULK, reader, now)
    for rank in range(first, last):
        person = people[rank % len(people)]
        campaign = _campaign(rank, person, now)
        db.session.add_all([campaign, _act(f"acte-{rank}", reader, now)])
        db.session.flush()
        day = civil_date(now)
        decision, claim = done[rank]
        other_decision, other = done[50 + rank]
        db.session.add_all(
            [
                BulkItem(act_id=act.id, claim_id=free[rank], state="ready"),
                Control(claim_id=claim, campaign_id=campaign.id, ground="campaign", reason="Tirage", undue_cents=0,
                        opened_at=now),
                ClaimAlert(claim_id=free[rank], change_id=change, kind="recomputed", sentence="Le calcul a changé.",
                           before_cents=1, after_cents=2, person_id=reader, created_at=now),
                LaneEntry(claim_id=free[rank], filed_on=day, state="waiting", conditions=[], drawn=False,
                          due_on=day, changed_at=now),
                LaneEntry(claim_id=free[50 + rank], filed_on=day, state="taken_out", conditions=[], drawn=False,
                          changed_at=now, why="À vérifier", out_by_id=person),
                Appeal(reference=f"recours-{rank}", claim_id=claim, decision_id=decision, status="filed",
                       grounds="Cette solution est bien labellisée." * 2, filed_at=now, filed_by_id=person,
                       due_on=day + timedelta(days=rank)),
                Appeal(reference=f"sans-suite-{rank}", claim_id=other, decision_id=other_decision, status="withdrawn",
                       grounds="Cette solution est bien labellisée." * 2, filed_at=now, filed_by_id=person,
                       due_on=day + timedelta(days=rank)),
                ReasonsRequest(decision_id=done[100 + rank].id, asked_at=now, asked_by_id=person, due_on=day),
            ]
        )  # fmt: skip
        _revocation(done[150 + rank].claim_id, person, now)
    db.session.commit()


def reader_of(email: str) -> int:
    """Who reads the lists."""
    return db.session.scalars(select(Person.id).where(Person.email == email)).one()


def _act(reference: str, reader: int, now: datetime) -> BulkAct:
    made = BulkAct(
        reference=reference, action="assign", status="chosen", total=60, created_at=now, created_by_id=reader
    )
    db.session.add(made)
    db.session.flush()
    return made


def _revocation(claim_id: int, person: int, now: datetime) -> None:
    made = Revocation(
        claim_id=claim_id,
        ground="unlawful",
        facts="La facture est fausse.",
        opened_at=now,
        opened_by_id=person,
    )
    db.session.add(made)
    db.session.flush()
    about = f"hearing:{made.id}"
    db.session.add(
        Letter(reference=about, claim_id=claim_id, kind="hearing", about=about, facts={}, asked_at=now)
    )


def _campaign(rank: int, person: int, now: datetime) -> ControlCampaign:
    day = civil_date(now)
    return ControlCampaign(
        name=f"Campagne {rank}",
        paid_from=day,
        paid_until=day,
        seed="graine",
        layers=[],
        population=[],
        population_count=0,
        population_sha256="0" * 64,
        drawn=[],
        opened_at=now,
        opened_by_id=person,
    )
