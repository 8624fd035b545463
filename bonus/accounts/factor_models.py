"""The second factor of agents: a secret shared with their telephone, and codes for the day it is lost."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bonus.extensions import Model


class SecondFactor(Model):
    """The secret of a person's time-based codes (RFC 6238), encrypted; in use once ``confirmed_at``.

    ``last_step`` is the latest half-minute whose code was taken: none serves twice.
    """

    __tablename__ = "second_factors"
    __table_args__ = (
        CheckConstraint("last_step IS NULL OR confirmed_at IS NOT NULL", name="used_once_confirmed"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Model):
    """A code that takes the place of one from the telephone, once; kept as a keyed hash."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]
