"""The certification registry (art. 4): suppliers, solutions, certifications, and the facts of their life.

A certification is an identity; what is true of it is in its facts, which are only ever added (triggers of
the database refuse anything else). ``bonus.registry.history`` reads them. The dates a certification and
its periods bear are that reading, as known now, kept for searching.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.extensions import Model

from .history import Fact
from .scheme_models import Certifier


class RegistryHead(Model):
    """The single row every write to the registry locks first; ``version`` counts the writes."""

    __tablename__ = "registry_head"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    changed_at: Mapped[datetime | None]


class Supplier(Model):
    """Who sells: ``identifier`` is a SIREN, or a VAT number elsewhere in the EEA."""

    __tablename__ = "suppliers"

    id: Mapped[int] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    created_at: Mapped[datetime]

    solutions: Mapped[list[Solution]] = relationship(back_populates="supplier", order_by="Solution.name")


class Solution(Model):
    """An offer that labels certify; ``slug`` is its public identifier, ``axis`` one of the manifesto's seven.

    ``search_text`` is what the catalogue searches: name, supplier, references and other names, folded.
    """

    __tablename__ = "solutions"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str | None] = mapped_column(String(80))
    axis: Mapped[str] = mapped_column(String(20), index=True)
    description: Mapped[str | None] = mapped_column(Text)
    website: Mapped[str | None] = mapped_column(String(200))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    created_at: Mapped[datetime]
    search_text: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))

    supplier: Mapped[Supplier] = relationship(back_populates="solutions", lazy="joined")
    aliases: Mapped[list[SolutionAlias]] = relationship(order_by="SolutionAlias.id")
    certifications: Mapped[list[Certification]] = relationship(
        back_populates="solution", order_by="Certification.id", lazy="selectin"
    )


class SolutionAlias(Model):
    """Another name or reference an offer goes by on invoices; ``key`` is its folded form."""

    __tablename__ = "solution_aliases"
    __table_args__ = (
        UniqueConstraint("solution_id", "kind", "key"),
        CheckConstraint("kind IN ('name', 'reference')", name="kind"),
        CheckConstraint("source IN ('keeper', 'certifier', 'confirmed')", name="source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    solution_id: Mapped[int] = mapped_column(ForeignKey("solutions.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(10))
    recorded_at: Mapped[datetime]


class Certification(Model):
    """A label granted to an offer by a certifier, known by the certifier's own ``reference``.

    ``valid_from``, ``valid_until`` and ``covers_until`` (the eve of a withdrawal, else the end; None when it
    never counted) are what its facts say as known now: two of one label never cover the same day of one offer.
    """

    __tablename__ = "certifications"
    __table_args__ = (
        CheckConstraint("valid_from <= valid_until", name="dates"),
        CheckConstraint("covers_until BETWEEN valid_from AND valid_until", name="cover"),
        UniqueConstraint("certifier_id", "reference"),
        Index(
            "uq_certifications_cover_from",
            "solution_id",
            "label",
            "valid_from",
            unique=True,
            sqlite_where=text("covers_until IS NOT NULL"),
            postgresql_where=text("covers_until IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    solution_id: Mapped[int] = mapped_column(ForeignKey("solutions.id"), index=True)
    label: Mapped[str] = mapped_column(String(30))
    certifier_id: Mapped[int] = mapped_column(ForeignKey("certifiers.id"))
    reference: Mapped[str] = mapped_column(String(80))
    valid_from: Mapped[date]
    valid_until: Mapped[date] = mapped_column(index=True)
    covers_until: Mapped[date | None]
    recorded_at: Mapped[datetime]

    solution: Mapped[Solution] = relationship(back_populates="certifications")
    certifier: Mapped[Certifier] = relationship(lazy="joined")
    facts: Mapped[list[CertificationFact]] = relationship(
        order_by="CertificationFact.id", lazy="selectin", back_populates="certification"
    )
    periods: Mapped[list[InForcePeriod]] = relationship(
        order_by="InForcePeriod.starts_on", cascade="all, delete-orphan"
    )


class RegistryChange(Model):
    """One act that brought facts: by hand, by the API or by a file; who, when, why; and its follow-up.

    The follow-up (``touched``, ``handled``, ``cursor``, ``done_at``) is the job's that looks for the dossiers
    it concerns: ``cursor`` is the id of the last one it has dealt with.
    """

    __tablename__ = "registry_changes"
    __table_args__ = (
        CheckConstraint("source IN ('keeper', 'api', 'file', 'service')", name="source"),
        CheckConstraint("source <> 'keeper' OR length(reason) > 0", name="keeper_has_reason"),
        CheckConstraint("handled >= 0 AND handled <= touched", name="handled"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(10))
    recorded_at: Mapped[datetime] = mapped_column(index=True)
    recorded_by: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text, default="")
    import_id: Mapped[int | None] = mapped_column(ForeignKey("registry_imports.id"), unique=True)
    touched: Mapped[int] = mapped_column(default=0)
    handled: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]

    facts: Mapped[list[CertificationFact]] = relationship(
        order_by="CertificationFact.id", back_populates="change"
    )


class CertificationFact(Model):
    """What the registry learned of a certification, and when: granted, suspended, reinstated or withdrawn.

    ``corrects_id`` names the fact it takes the place of; ``void`` says that fact never was. ``criteria`` are the
    label's, met one by one, with the audit's date and the reference of its evidence.
    """

    __tablename__ = "certification_facts"
    __table_args__ = (
        CheckConstraint("kind IN ('granted', 'suspended', 'reinstated', 'withdrawn')", name="kind"),
        CheckConstraint(
            "(kind = 'granted' AND valid_from IS NOT NULL AND valid_until IS NOT NULL AND happened_on IS NULL) OR "
            "(kind <> 'granted' AND valid_from IS NULL AND valid_until IS NULL AND happened_on IS NOT NULL)",
            name="shape",
        ),
        CheckConstraint("valid_from <= valid_until", name="dates"),
        CheckConstraint("NOT retroactive OR kind = 'withdrawn'", name="retroactive_withdrawal"),
        CheckConstraint("NOT void OR corrects_id IS NOT NULL", name="void_corrects"),
        CheckConstraint("corrects_id < id", name="corrects_earlier"),
        UniqueConstraint("certification_id", "id", "kind"),
        UniqueConstraint("corrects_id"),
        UniqueConstraint("certification_id", "reference"),
        # A fact corrects one of its own certification and kind.
        ForeignKeyConstraint(
            ["certification_id", "corrects_id", "kind"],
            ["certification_facts.certification_id", "certification_facts.id", "certification_facts.kind"],
            name="fk_certification_facts_corrects",
        ),
        # A certification is granted once.
        Index(
            "uq_certification_facts_grant",
            "certification_id",
            unique=True,
            sqlite_where=text("kind = 'granted' AND corrects_id IS NULL"),
            postgresql_where=text("kind = 'granted' AND corrects_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    certification_id: Mapped[int] = mapped_column(ForeignKey("certifications.id"))
    change_id: Mapped[int] = mapped_column(ForeignKey("registry_changes.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str | None] = mapped_column(String(80))  # the certifier's own, of an event
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    happened_on: Mapped[date | None]
    retroactive: Mapped[bool] = mapped_column(default=False)
    criteria: Mapped[list[Any] | None]  # of booleans, in the order of the label's criteria
    audited_on: Mapped[date | None]
    evidence: Mapped[str | None] = mapped_column(String(200))
    corrects_id: Mapped[int | None]
    void: Mapped[bool] = mapped_column(default=False)
    recorded_at: Mapped[datetime]

    certification: Mapped[Certification] = relationship(
        back_populates="facts", foreign_keys=[certification_id]
    )
    change: Mapped[RegistryChange] = relationship(back_populates="facts")

    @property
    def plain(self) -> Fact:
        """The fact as ``history`` reads it."""
        return Fact(
            id=self.id,
            kind=self.kind,
            recorded_at=self.recorded_at,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            happened_on=self.happened_on,
            retroactive=self.retroactive,
            corrects_id=self.corrects_id,
            void=self.void,
        )


class InForcePeriod(Model):
    """Days, both included, on which a certification counts, as known now: what the catalogue filters on."""

    __tablename__ = "in_force_periods"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="dates"),
        Index("ix_in_force_periods_label_days", "label", "ends_on", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    certification_id: Mapped[int] = mapped_column(ForeignKey("certifications.id"), index=True)
    solution_id: Mapped[int] = mapped_column(ForeignKey("solutions.id"), index=True)
    label: Mapped[str] = mapped_column(String(30))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
