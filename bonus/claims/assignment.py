"""Who is in charge of a dossier: by the administrator's rules, or by hand; never someone who may not examine it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import lazyload

from bonus.accounts.models import AgentRole, CompanyMember, Person
from bonus.audit.service import SERVICE, Actor, record
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db

from .assignment_models import AssignmentRule, ReviewerRegion
from .card_models import NOBODY, CardCount, CardKey, ClaimCard
from .card_queues import OPEN, QUEUE_OF
from .cards import axis_key
from .change_models import StatusChange
from .changes import locked_claim
from .models import Claim

ASSIGNERS = frozenset({"reviewer", "authorising_officer"})
"""Who may say who is in charge."""
ACTS_OF_OTHERS = frozenset({"send_back", "decide", "revoke", "reform", "annul", "reopen", "restore"})
"""Whoever did one of these on a dossier does not examine it (art. 12)."""


def reviewers() -> list[Person]:
    """Those who may be in charge of dossiers, by name: their account is open, and the role theirs."""
    query = (
        select(Person)
        .where(Person.active, exists().where(AgentRole.person_id == Person.id, AgentRole.role == "reviewer"))
        .order_by(Person.name, Person.id)
        .options(lazyload("*"))  # their names: not all that they may do
    )
    return list(db.session.scalars(query))


def kept_out(claim: Claim) -> frozenset[int]:
    """Those who may not examine a dossier (art. 12): they act for its company, or acted on it in another role."""
    members = select(CompanyMember.person_id).where(CompanyMember.company_id == claim.company_id)
    acted = select(StatusChange.person_id).where(
        StatusChange.claim_id == claim.id,
        StatusChange.action.in_(ACTS_OF_OTHERS),
        StatusChange.person_id.is_not(None),
    )
    return frozenset(db.session.scalars(members.union(acted)))


def choices(claim: Claim) -> list[Person]:
    """Those who may be put in charge of a dossier, by name."""
    out = kept_out(claim)
    return [person for person in reviewers() if person.id not in out]


def loads() -> Counter[int]:
    """How many dossiers under way each reviewer is in charge of."""
    query = (
        select(CardCount.reviewer, func.sum(CardCount.dossiers))
        .where(CardCount.queue.in_(OPEN), CardCount.reviewer != NOBODY)
        .group_by(CardCount.reviewer)
    )
    return Counter({reviewer: int(dossiers) for reviewer, dossiers in db.session.execute(query)})


def assign(claim_id: int, person_id: int | None, actor: Actor, now: datetime) -> Claim:
    """Put someone in charge of a dossier, or nobody (None).

    Raises Forbidden for the wrong role or someone kept out (art. 12), InvalidInput when it is no reviewer, NotFound for
    a draft, Refusal when nothing is left to examine.
    """
    if not actor.roles & ASSIGNERS:
        raise Forbidden("assignment.wrong_role", "Votre rôle ne permet pas d’attribuer un dossier.")
    claim = locked_claim(claim_id)
    if claim.number is None:
        raise NotFound("claim.unknown", "Ce dossier n’existe pas.")
    if person_id is not None:
        _require_under_way(claim)
        _require_reviewer(claim, person_id)
    if claim.assigned_to_id != person_id:
        _give(claim, person_id, actor, now, rule=None)
    db.session.commit()
    return claim


def _require_under_way(claim: Claim) -> None:
    if QUEUE_OF[claim.status] not in OPEN:
        raise Refusal(
            "assignment.over",
            "Ce dossier n’est plus à instruire : il n’est attribué à personne de plus. Rechargez la page pour voir "
            "où il en est.",
        )


def _require_reviewer(claim: Claim, person_id: int) -> None:
    if person_id not in {person.id for person in reviewers()}:
        raise InvalidInput("assignment.unknown", "Choisissez un instructeur de la liste.", field="person")
    if person_id in kept_out(claim):
        raise Forbidden(
            "assignment.kept_out",
            "Cette personne est intervenue sur ce dossier à un autre titre, ou agit pour l’entreprise : elle ne peut "
            "pas l’instruire (art. 12). Choisissez-en une autre.",
        )


def _give(claim: Claim, person_id: int | None, actor: Actor, now: datetime, *, rule: str | None) -> None:
    former, claim.assigned_to_id = claim.assigned_to_id, person_id
    db.session.flush()
    facts = {"rule": rule} if rule else {}
    record("claim.assigned", f"claim:{claim.number}", actor, now, person=person_id, former=former, **facts)


# ---------------------------------------------------------------- by rule


def rules() -> list[AssignmentRule]:
    """The administrator's rules, in the order they are tried."""
    return list(db.session.scalars(select(AssignmentRule).order_by(AssignmentRule.rank, AssignmentRule.id)))


def coverage() -> dict[int, list[str]]:
    """The regions that each reviewer covers, by the reviewer's id."""
    found: dict[int, list[str]] = {}
    query = select(ReviewerRegion.person_id, ReviewerRegion.region).order_by(ReviewerRegion.region)
    for person_id, region in db.session.execute(query):
        found.setdefault(person_id, []).append(region)
    return found


def assign_by_rule(claim: Claim, now: datetime) -> Person | None:
    """Put in charge of a filed dossier whom the first rule that fits it names, in the caller's transaction, the dossier
    locked; None when no rule does. Writes its entry in the log: call it last."""
    known = rules()
    return _by_rule(claim, known, loads(), now) if known else None


def assign_unassigned(now: datetime) -> int:
    """The same for every dossier under way that nobody is in charge of, one transaction each; how many were given."""
    known, carried, given = rules(), loads(), 0
    if not known:
        db.session.rollback()
        return 0
    ids = db.session.scalars(
        select(ClaimCard.claim_id)
        .where(ClaimCard.queue.in_(OPEN), ClaimCard.taken.is_(False))
        .order_by(ClaimCard.claim_id)
    ).all()
    for claim_id in ids:
        claim = locked_claim(claim_id)
        under_way = QUEUE_OF.get(claim.status) in OPEN and claim.assigned_to_id is None
        person = _by_rule(claim, rules(), carried, now) if under_way else None
        db.session.commit()
        if person is not None:
            carried[person.id] += 1
            given += 1
    return given


def _by_rule(
    claim: Claim, known: Sequence[AssignmentRule], carried: Mapping[int, int], now: datetime
) -> Person | None:
    db.session.flush()
    card = db.session.get_one(ClaimCard, claim.id)
    keys = set(db.session.scalars(select(CardKey.key).where(CardKey.claim_id == claim.id)))
    able = {person.id: person for person in choices(claim)}
    for rule in known:
        if not fits(rule, card, keys):
            continue
        named = [person.id for person in rule.reviewers] if rule.reviewers else _covering(card.region)
        person_id = least_loaded((one for one in named if one in able), carried)
        if person_id is not None:
            _give(claim, person_id, SERVICE, now, rule=rule.name)
            return able[person_id]
    return None


def fits(rule: AssignmentRule, card: ClaimCard, keys: set[str]) -> bool:
    """Whether a dossier, by its card and the keys of its card, has all that a rule asks."""
    return (
        (not rule.regions or card.region in rule.regions)
        and (not rule.axes or any(axis_key(axis) in keys for axis in rule.axes))
        and (rule.from_cents is None or card.net_cents >= rule.from_cents)
        and (rule.below_cents is None or card.net_cents < rule.below_cents)
    )


def least_loaded(person_ids: Iterable[int], carried: Mapping[int, int]) -> int | None:
    """The one in charge of the fewest dossiers, the first entered among equals; None when there is nobody."""
    return min(person_ids, key=lambda one: (carried.get(one, 0), one), default=None)


def _covering(region: str) -> list[int]:
    return list(db.session.scalars(select(ReviewerRegion.person_id).where(ReviewerRegion.region == region)))
