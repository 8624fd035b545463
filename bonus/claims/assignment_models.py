"""Who is given which dossiers to examine: the administrator's rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Cents, Model


class AssignmentRule(Model):
    """Conditions → reviewers. Rules are tried in the order of their rank; the first that fits a dossier gives it.

    An empty condition asks nothing. ``regions`` and ``axes`` are codes, of which the dossier has one; its purchases
    before tax are of ``from_cents`` at least and of less than ``below_cents``. Without reviewers of its own, a rule
    gives to those who cover the dossier's region (``ReviewerRegion``).
    """

    __tablename__ = "assignment_rules"
    __table_args__ = (
        CheckConstraint("length(name) > 0", name="name"),
        CheckConstraint(
            "from_cents IS NULL OR below_cents IS NULL OR from_cents < below_cents", name="amounts"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rank: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    regions: Mapped[list[Any]]
    axes: Mapped[list[Any]]
    from_cents: Mapped[int | None] = mapped_column(Cents)
    below_cents: Mapped[int | None] = mapped_column(Cents)
    changed_at: Mapped[datetime]

    reviewers: Mapped[list[Person]] = relationship(
        secondary="assignment_rule_reviewers", order_by="Person.name"
    )


class RuleReviewer(Model):
    """A reviewer to whom a rule gives dossiers."""

    __tablename__ = "assignment_rule_reviewers"

    rule_id: Mapped[int] = mapped_column(ForeignKey("assignment_rules.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True, index=True)


class ReviewerRegion(Model):
    """A region that a reviewer covers."""

    __tablename__ = "reviewer_regions"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    region: Mapped[str] = mapped_column(String(10), primary_key=True)
