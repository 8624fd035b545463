"""Taking back a decision that grants an aid (retrait, art. 11): proposed, the company heard, then decided."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model

from .models import Claim, Document

GROUNDS = {
    "unlawful": "La décision était illégale",
    "conditions": "Les conditions de l’aide ne sont pas remplies",
    "fraud": "La décision a été obtenue par fraude",
}
"""Why a decision is taken back: code → what people read."""
ARTICLES = {"unlawful": "L242-1", "conditions": "L242-2", "fraud": "L241-2"}
"""The article of the CRPA each ground is of."""
STATUSES = {
    "hearing": "Entreprise entendue",
    "revoked": "Décision retirée",
    "dropped": "Sans suite",
    "annulled": "Retrait annulé sur recours",
}
MOST_FACTS = MOST_OBSERVATIONS = 5000


class Revocation(Model):
    """A decision to be taken back. ``opened_by`` proposes it, another person decides it (art. 12); between the two the
    company is heard (CRPA L121-1, L122-1). One is open at a time on a dossier."""

    __tablename__ = "revocations"
    __table_args__ = (
        CheckConstraint(f"ground IN ({', '.join(map(repr, GROUNDS))})", name="ground"),
        CheckConstraint(f"status IN ({', '.join(map(repr, STATUSES))})", name="status"),
        CheckConstraint("decided_by_id <> opened_by_id", name="two_persons"),
        CheckConstraint(
            "(status = 'hearing') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by_id IS NULL) "
            "AND (decided_at IS NULL) = (reasons IS NULL)",
            name="decided",
        ),
        CheckConstraint("(observed_at IS NULL) = (observations IS NULL)", name="observed"),
        Index(
            "ix_revocations_one_open",
            "claim_id",
            unique=True,
            sqlite_where=text("status = 'hearing'"),
            postgresql_where=text("status = 'hearing'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    ground: Mapped[str] = mapped_column(String(10))
    facts: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(10), default="hearing", index=True)
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    observations: Mapped[str | None] = mapped_column(Text)
    observed_at: Mapped[datetime | None]
    observed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    reasons: Mapped[str | None] = mapped_column(Text)

    claim: Mapped[Claim] = relationship()
    opened_by: Mapped[Person] = relationship(foreign_keys=[opened_by_id])
    observed_by: Mapped[Person | None] = relationship(foreign_keys=[observed_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    files: Mapped[list[RevocationFile]] = relationship(order_by="RevocationFile.document_id", lazy="selectin")

    @property
    def documents(self) -> list[Document]:
        """What the company joined to its observations."""
        return [file.document for file in self.files]

    @property
    def ground_words(self) -> str:
        """The ground and its article, in French."""
        return f"{GROUNDS[self.ground]} (CRPA, art. {ARTICLES[self.ground]})".replace("art. ", "art.\u00a0")


class RevocationFile(Model):
    """A document of the dossier that the company joined to its observations."""

    __tablename__ = "revocation_files"

    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    revocation_id: Mapped[int] = mapped_column(ForeignKey("revocations.id"), index=True)

    document: Mapped[Document] = relationship(lazy="joined")
