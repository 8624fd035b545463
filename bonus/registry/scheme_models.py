"""Who certifies, under which label scheme, and what certifiers send: keys of the API, files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model

IMPORT_STATUSES = ("queued", "reading", "previewed", "applying", "done", "refused", "abandoned")


class Certifier(Model):
    """A body that grants labels, known by its ``slug``: the keeper's list, the API and files name it so."""

    __tablename__ = "certifiers"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    created_at: Mapped[datetime]


class LabelCertifier(Model):
    """That a certifier grants a label, by one version of its scheme."""

    __tablename__ = "label_certifiers"

    scheme_id: Mapped[int] = mapped_column(ForeignKey("label_schemes.id"), primary_key=True)
    certifier_id: Mapped[int] = mapped_column(ForeignKey("certifiers.id"), primary_key=True)


class LabelScheme(Model):
    """A label from a day on: the latest ``valid_from`` not after a day counts, then the latest entered.

    ``axes`` are those the label covers (empty: every one); which of them the bonus recognises is the
    regulation's. ``criteria`` are sentences, in order. ``equivalences`` are labels of other EEA states held
    equivalent: ``{"country", "name", "decision"}``.
    """

    __tablename__ = "label_schemes"
    __table_args__ = (
        UniqueConstraint("code", "valid_from", "recorded_at"),
        CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), index=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    criteria: Mapped[list[Any]]
    axes: Mapped[list[Any]]
    equivalences: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))

    certifiers: Mapped[list[Certifier]] = relationship(secondary="label_certifiers", order_by=Certifier.id)


class CertifierKey(Model):
    """A key of the certifiers' API. The secret is shown once; its SHA-256 alone is kept."""

    __tablename__ = "certifier_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    certifier_id: Mapped[int] = mapped_column(ForeignKey("certifiers.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(12), unique=True)
    secret_sha256: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[Any]]
    expires_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    certifier: Mapped[Certifier] = relationship(lazy="joined")


class RegistryImport(Model):
    """A certifier's file on its way into the registry: read and previewed, then applied.

    ``progress_done`` of ``progress_total`` rows are read in the step under way (the total is an estimate until
    then). ``report_stored_as`` names the kept preview, then what was done: every row, every fault. ``added`` to
    ``unchanged``, and ``faults``, count rows: together, all of them. ``decided_by`` asked for it to be applied;
    nobody is behind what comes by the command line.
    """

    __tablename__ = "registry_imports"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(map(repr, IMPORT_STATUSES))})", name="status"),
        CheckConstraint("progress_done >= 0 AND progress_done <= progress_total", name="progress"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    certifier_id: Mapped[int] = mapped_column(ForeignKey("certifiers.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    stored_as: Mapped[str] = mapped_column(String(64))
    report_stored_as: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(10), default="queued")
    keep_good: Mapped[bool] = mapped_column(default=False)
    rows: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    ended: Mapped[int] = mapped_column(default=0)
    reinstated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int] = mapped_column(default=0)
    refusal: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    finished_at: Mapped[datetime | None]

    certifier: Mapped[Certifier] = relationship(lazy="joined")
    created_by: Mapped[Person | None] = relationship(foreign_keys=[created_by_id], lazy="joined")
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id], lazy="joined")
