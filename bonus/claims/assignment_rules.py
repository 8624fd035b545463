"""The administrator's rules of assignment, and the regions that reviewers cover: entered, changed, removed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from bonus.accounts.models import Person
from bonus.audit.service import Actor, record
from bonus.errors import InvalidInput, NotFound
from bonus.extensions import db
from bonus.regions import REGIONS
from bonus.regulation import load_parameters

from .assignment import reviewers
from .assignment_models import AssignmentRule, ReviewerRegion

MOST_RULES = 100


@dataclass(frozen=True)
class Typed:
    """What a rule says, as the administrator gives it; amounts in cents, ids of reviewers."""

    name: str
    rank: int
    regions: Collection[str] = ()
    axes: Collection[str] = ()
    from_cents: int | None = None
    below_cents: int | None = None
    reviewer_ids: Collection[int] = ()


def rule_of(rule_id: int) -> AssignmentRule:
    """A rule. Raises NotFound."""
    found = db.session.get(AssignmentRule, rule_id)
    if found is None:
        raise NotFound(
            "assignment.no_rule", "Cette règle n’existe plus : un autre administrateur l’a supprimée."
        )
    return found


def next_rank() -> int:
    """The rank of a rule that comes after the others."""
    return (db.session.scalar(select(func.max(AssignmentRule.rank))) or 0) + 1


def save_rule(rule_id: int | None, typed: Typed, actor: Actor, now: datetime) -> AssignmentRule:
    """Enter a rule (None), or change one. Dossiers already given stay where they are.

    Raises InvalidInput when it has no name, says a region, an axis or a reviewer that is none, or amounts the wrong way
    round; NotFound when it was removed.
    """
    name, people = " ".join(typed.name.split()), {person.id: person for person in reviewers()}
    _check(typed, name, people)
    if rule_id is None:
        if (db.session.scalar(select(func.count()).select_from(AssignmentRule)) or 0) >= MOST_RULES:
            raise InvalidInput(
                "assignment.too_many", f"{MOST_RULES} règles au plus : réunissez-en quelques-unes."
            )
        rule = AssignmentRule(rank=typed.rank, name=name)
        db.session.add(rule)
    else:
        rule = rule_of(rule_id)
    rule.rank, rule.name, rule.changed_at = typed.rank, name, now
    rule.regions = [code for code in REGIONS if code in typed.regions]
    rule.axes = [code for code in load_parameters().codes("axis") if code in typed.axes]
    rule.from_cents, rule.below_cents = typed.from_cents, typed.below_cents
    rule.reviewers = [people[one] for one in sorted(set(typed.reviewer_ids))]
    db.session.flush()
    record(
        "assignment.rule_saved",
        f"assignment_rule:{rule.id}",
        actor,
        now,
        name=name,
        rank=rule.rank,
        regions=rule.regions,
        axes=rule.axes,
        from_cents=rule.from_cents,
        below_cents=rule.below_cents,
        reviewers=[person.id for person in rule.reviewers],
    )
    db.session.commit()
    return rule


def _check(typed: Typed, name: str, people: Collection[int]) -> None:
    if not name:
        raise InvalidInput("assignment.name", "Nommez la règle.", field="name")
    unknown = set(typed.regions) - REGIONS.keys() or set(typed.axes) - set(load_parameters().codes("axis"))
    if unknown or set(typed.reviewer_ids) - set(people):
        raise InvalidInput("assignment.choice", "Choisissez parmi ce qui est proposé.")
    low, high = typed.from_cents, typed.below_cents
    if low is not None and high is not None and low >= high:
        raise InvalidInput(
            "assignment.amounts",
            "Ce montant doit être plus grand que le montant « à partir de ».",
            field="below",
        )


def remove_rule(rule_id: int, actor: Actor, now: datetime) -> None:
    """Remove a rule; dossiers already given stay where they are. Raises NotFound."""
    rule = rule_of(rule_id)
    name = rule.name
    rule.reviewers = []
    db.session.flush()
    db.session.delete(rule)
    record("assignment.rule_removed", f"assignment_rule:{rule_id}", actor, now, name=name)
    db.session.commit()


def reviewer_named(person_id: int) -> Person:
    """A reviewer. Raises NotFound when that person is none."""
    for person in reviewers():
        if person.id == person_id:
            return person
    raise NotFound("assignment.no_reviewer", "Cette personne n’est pas un instructeur du service.")


def cover(person_id: int, regions: Collection[str], actor: Actor, now: datetime) -> None:
    """Say which regions a reviewer covers. Raises NotFound, InvalidInput for what is no region."""
    reviewer_named(person_id)
    if set(regions) - REGIONS.keys():
        raise InvalidInput("assignment.choice", "Choisissez parmi ce qui est proposé.", field="regions")
    kept = [code for code in REGIONS if code in regions]
    db.session.execute(delete(ReviewerRegion).where(ReviewerRegion.person_id == person_id))
    db.session.add_all([ReviewerRegion(person_id=person_id, region=code) for code in kept])
    db.session.flush()
    record("assignment.covered", f"person:{person_id}", actor, now, regions=kept)
    db.session.commit()
