"""An appeal against a decision (art. 11; CRPA L411-1 and following): examined by someone else, then answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.calendar import civil_date
from bonus.extensions import Model

from .appeal_status import OPEN, OUTCOMES, STATUSES
from .models import Claim, Decision, Document
from .revocation_models import Revocation

LEAST_GROUNDS, MOST_GROUNDS = 20, 10_000
WITHDRAWAL = "Retrait de la décision"
_ENDED_BY_A_PERSON = "'confirmed', 'reformed', 'annulled', 'rejected_late'"


class Appeal(Model):
    """A company's appeal against one decision, or against the withdrawal (retrait) of what its dossier was granted
    (``revocation``, the decision then being the last that granted something), with its ``grounds`` in its own words.

    ``appeal_until`` is the last day of the time limit as known when it was filed, None while none ran; ``due_on`` the
    last day to answer. Whoever proposed and took the decision appealed is kept with it (``first_…``): the database
    refuses that they examine or answer the appeal, and its triggers refuse whoever else acted on the dossier.
    """

    __tablename__ = "appeals"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(map(repr, STATUSES))})", name="status"),
        CheckConstraint(f"length(grounds) BETWEEN {LEAST_GROUNDS} AND {MOST_GROUNDS}", name="grounds"),
        CheckConstraint("examiner_id <> decided_by_id", name="two_persons"),
        CheckConstraint(
            "examiner_id <> first_proposer_id AND examiner_id <> first_officer_id",
            name="someone_else_examines",
        ),
        CheckConstraint(
            "decided_by_id <> first_proposer_id AND decided_by_id <> first_officer_id",
            name="someone_else_decides",
        ),
        CheckConstraint(f"proposed_outcome IN ({', '.join(map(repr, OUTCOMES))})", name="outcome"),
        CheckConstraint(
            "status = 'filed' OR examiner_id IS NOT NULL OR status IN ('lapsed', 'withdrawn')",
            name="examined",
        ),
        CheckConstraint(
            "status <> 'proposed' OR (proposed_outcome IS NOT NULL AND length(proposed_reasons) > 0)",
            name="proposal_has_reasons",
        ),
        CheckConstraint(
            f"(status IN ({_ENDED_BY_A_PERSON})) = (decided_by_id IS NOT NULL AND length(answer) > 0)",
            name="answered",
        ),
        CheckConstraint("result_id IS NULL OR status = 'reformed'", name="reformed_by"),
        CheckConstraint(
            "concurred_by_id <> examiner_id AND concurred_by_id <> decided_by_id", name="third_person"
        ),
        CheckConstraint(
            "concurred_by_id <> first_proposer_id AND concurred_by_id <> first_officer_id",
            name="someone_else_concurs",
        ),
        CheckConstraint("(concurred_by_id IS NULL) = (concurred_at IS NULL)", name="concurred"),
        CheckConstraint("revocation_id IS NULL OR status <> 'reformed'", name="withdrawal_is_whole"),
        # Of one decision there is one appeal, unless it was given up; of one withdrawal too.
        Index(
            "uq_appeals_decision_id",
            "decision_id",
            unique=True,
            sqlite_where=text("status <> 'withdrawn' AND revocation_id IS NULL"),
            postgresql_where=text("status <> 'withdrawn' AND revocation_id IS NULL"),
        ),
        Index(
            "uq_appeals_revocation_id",
            "revocation_id",
            unique=True,
            sqlite_where=text("status <> 'withdrawn'"),
            postgresql_where=text("status <> 'withdrawn'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    revocation_id: Mapped[int | None] = mapped_column(ForeignKey("revocations.id"))
    status: Mapped[str] = mapped_column(String(20), default="filed", index=True)
    grounds: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    appeal_until: Mapped[date | None]
    due_on: Mapped[date] = mapped_column(index=True)
    first_proposer_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    first_officer_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    examiner_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    proposed_outcome: Mapped[str | None] = mapped_column(String(20))
    proposed_reasons: Mapped[str | None] = mapped_column(Text)
    # Lines to decide anew: line id, as text → slug of its solution, None to leave it.
    proposed_lines: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # The second reviewer, where a reform adds more than the threshold; another proposal wants another.
    concurred_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    concurred_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(Text)
    result_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))

    claim: Mapped[Claim] = relationship()
    decision: Mapped[Decision] = relationship(foreign_keys=[decision_id])
    revocation: Mapped[Revocation | None] = relationship()
    result: Mapped[Decision | None] = relationship(foreign_keys=[result_id])
    filed_by: Mapped[Person] = relationship(foreign_keys=[filed_by_id])
    examiner: Mapped[Person | None] = relationship(foreign_keys=[examiner_id])
    concurred_by: Mapped[Person | None] = relationship(foreign_keys=[concurred_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    files: Mapped[list[AppealDocument]] = relationship(
        back_populates="appeal", order_by="AppealDocument.document_id"
    )
    changes: Mapped[list[AppealChange]] = relationship(back_populates="appeal", order_by="AppealChange.id")

    @property
    def is_open(self) -> bool:
        """Whether an answer is still awaited."""
        return self.status in OPEN

    @property
    def contested(self) -> tuple[str, date, str]:
        """What is contested: its name in French, its civil day, and the reasons it gave."""
        if self.revocation is None:
            return self.decision.kind_name, self.decision.decided_on, self.decision.reasons
        assert self.revocation.decided_at is not None
        return WITHDRAWAL, civil_date(self.revocation.decided_at), self.revocation.reasons or ""

    @property
    def status_name(self) -> str:
        """Its status, in French; that of an answer names what was contested."""
        name = STATUSES[self.status]
        return (
            name
            if self.revocation is None
            else name.replace("Décision", "Retrait").replace("annulée", "annulé")
        )


class AppealDocument(Model):
    """A document of the dossier that was joined to its appeal."""

    __tablename__ = "appeal_documents"

    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)

    appeal: Mapped[Appeal] = relationship(back_populates="files")
    document: Mapped[Document] = relationship(lazy="joined")


class AppealChange(Model):
    """One step of an appeal: who, what, when, why, from which address."""

    __tablename__ = "appeal_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(20))
    old_status: Mapped[str] = mapped_column(String(20))
    new_status: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(String(45))

    appeal: Mapped[Appeal] = relationship(back_populates="changes")
    person: Mapped[Person | None] = relationship()
