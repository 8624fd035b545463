"""What follows a change of the registry: who is told, which dossier is controlled (art. 14)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Cents, Model
from bonus.registry.models import RegistryChange

from .models import Claim

ALERT_KINDS = {
    "recomputed": "Calcul modifié",
    "woken": "Lignes réveillées",
    "control": "Contrôle ouvert",
    "favourable": "Plus favorable",
}
GROUNDS = {
    "withdrawn_retroactively": "Certification retirée rétroactivement",
    "corrected": "Certification corrigée au registre",
    "learned_late": "Suspension ou retrait appris après la décision",
    "campaign": "Campagne de contrôles",
}


class ClaimAlert(Model):
    """One dossier that one change of the registry concerns: the words, and the bonus before and after, in cents.

    ``person_id`` is the reviewer who is told; nobody when none has taken the dossier up: whoever opens it reads it.
    """

    __tablename__ = "claim_alerts"
    __table_args__ = (
        UniqueConstraint("claim_id", "change_id"),  # the job may run twice
        CheckConstraint(f"kind IN ({', '.join(map(repr, ALERT_KINDS))})", name="kind"),
        CheckConstraint("before_cents >= 0 AND after_cents >= 0", name="amounts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    change_id: Mapped[int] = mapped_column(ForeignKey("registry_changes.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    sentence: Mapped[str] = mapped_column(Text)
    before_cents: Mapped[int] = mapped_column(Cents)
    after_cents: Mapped[int] = mapped_column(Cents)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))

    claim: Mapped[Claim] = relationship(lazy="joined")
    change: Mapped[RegistryChange] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])


class Control(Model):
    """A control opened on a decided dossier (art. 14): a task for a person, which changes nothing by itself.

    ``undue_cents`` is the change's own part: what the sealed facts gave before it, and give no more. One drawn by a
    campaign follows no change, and supposes nothing undue.
    """

    __tablename__ = "controls"
    __table_args__ = (
        UniqueConstraint("claim_id", "change_id"),
        CheckConstraint(f"ground IN ({', '.join(map(repr, GROUNDS))})", name="ground"),
        CheckConstraint("status IN ('open', 'closed')", name="status"),
        UniqueConstraint("claim_id", "campaign_id"),
        CheckConstraint("undue_cents > 0 OR (undue_cents = 0 AND ground = 'campaign')", name="undue"),
        CheckConstraint(
            "(ground = 'campaign') = (campaign_id IS NOT NULL AND change_id IS NULL)"
            " AND (change_id IS NULL) = (campaign_id IS NOT NULL)",
            name="origin",
        ),
        CheckConstraint("status = 'open' OR closed_at IS NOT NULL", name="closed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("registry_changes.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("control_campaigns.id"), index=True)
    ground: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(Text)
    undue_cents: Mapped[int] = mapped_column(Cents)
    status: Mapped[str] = mapped_column(String(10), default="open", index=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    claim: Mapped[Claim] = relationship(lazy="joined")
    change: Mapped[RegistryChange | None] = relationship()
