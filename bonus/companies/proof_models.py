"""Sign-ups: an address to prove, then the right to act for a company, by a letter to its registered address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.extensions import Model

from .models import IDENTITY_SOURCES, Company

MOST_TRIES = 5
"""How often the code of one letter may be typed wrong."""
OUTCOMES = {"proven": "A prouvé", "overtaken": "Une autre personne a prouvé"}
_RUNNING = text("used_at IS NULL AND ended_at IS NULL")


class SignUp(Model):
    """Someone who asked to sign a company up and has yet to show that the e-mail address is theirs.

    No account exists before: the password is chosen by who opens the link. ``taken`` says that the address had an
    account already: that link opens nothing, and the page said the same.
    """

    __tablename__ = "sign_ups"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower_case"),
        CheckConstraint("length(siren) = 9", name="siren_length"),
        CheckConstraint(
            f"identity_source IN ({', '.join(map(repr, IDENTITY_SOURCES))})", name="identity_source"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    name: Mapped[str] = mapped_column(String(120))
    siren: Mapped[str] = mapped_column(String(9))
    identity: Mapped[dict[str, Any]]
    identity_source: Mapped[str] = mapped_column(String(10))
    next_page: Mapped[str | None] = mapped_column(String(2000))
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    taken: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Application(Model):
    """Someone who says that they act for a company, until they show it or another does."""

    __tablename__ = "applications"
    __table_args__ = (
        UniqueConstraint("company_id", "person_id"),
        CheckConstraint(f"outcome IN ({', '.join(map(repr, OUTCOMES))})", name="outcome"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))

    company: Mapped[Company] = relationship(lazy="joined")
    person: Mapped[Person] = relationship()
    letters: Mapped[list[ProofLetter]] = relationship(back_populates="application", order_by="ProofLetter.id")


class ProofLetter(Model):
    """A code sent by post to a company's registered address, for one person alone.

    The code itself is nowhere: it is drawn from ``nonce`` with a key of the service, again when it is printed and
    when it is checked. ``address`` is what was printed; ``expires_at`` counts from the sending.
    """

    __tablename__ = "proof_letters"
    __table_args__ = (
        # One letter that may still serve, a person and company: the database holds it, whatever runs at once.
        Index(
            "uq_proof_letters_running",
            "application_id",
            unique=True,
            sqlite_where=_RUNNING,
            postgresql_where=_RUNNING,
        ),
        CheckConstraint("tries >= 0", name="tries"),
        CheckConstraint("(sent_at IS NULL) = (expires_at IS NULL)", name="sent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    nonce: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    address: Mapped[list[Any]]
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="letters")

    @property
    def is_exhausted(self) -> bool:
        """Whether its code was typed wrong too often to serve."""
        return self.tries >= MOST_TRIES
