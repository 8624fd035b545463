"""People who sign in, and what they may be: an agent's roles, a company's member, a firm's accountant."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.companies.models import Company
from bonus.extensions import Model

if TYPE_CHECKING:
    from bonus.companies.proof_models import Application

AGENT_ROLES = {
    "reviewer": "Instructeur",
    "authorising_officer": "Ordonnateur",
    "accounting_officer": "Agent comptable",
    "registry_keeper": "Gardien du registre",
    "administrator": "Administrateur",
}
COMPANY_ROLES = {"owner": "Responsable", "filer": "Déposant", "reader": "Lecteur"}


def _one_of(column: str, values: dict[str, str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def new_session_stamp() -> str:
    """A word that ends every session begun with the former one, copied cookies included."""
    return secrets.token_urlsafe(32)


class Person(UserMixin, Model):
    """Someone with an e-mail address (kept in lower case) and a password kept as an argon2id hash.

    Without a hash no password opens the account: ProConnect alone does (``PersonIdentity``).
    """

    __tablename__ = "persons"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower_case"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_stamp: Mapped[str] = mapped_column(String(43), default=new_session_stamp)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    agent_roles: Mapped[list[AgentRole]] = relationship(back_populates="person", lazy="selectin")
    memberships: Mapped[list[CompanyMember]] = relationship(back_populates="person", lazy="selectin")
    firm_memberships: Mapped[list[FirmMember]] = relationship(back_populates="person", lazy="selectin")
    applications: Mapped[list[Application]] = relationship("Application", viewonly=True)

    def get_id(self) -> str:
        """What the session cookie names: the person and the stamp, which signing out renews."""
        return f"{self.id}.{self.session_stamp}"

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def roles(self) -> frozenset[str]:
        """The roles the guards know: the five of the State, ``company`` and ``accountant``."""
        roles = {role.role for role in self.agent_roles}
        # Who has asked to act for a company that another began opens the page to prove it, and nothing of the company.
        if self.memberships or self.applications:
            roles.add("company")
        if self.firm_memberships:
            roles.add("accountant")
        return frozenset(roles)


class PersonIdentity(Model):
    """Who an identity provider says a person is. One may have several: ProConnect's subject changes with the employer.

    ``siret`` and ``email`` are what it told last; the account's own address does not follow.
    """

    __tablename__ = "person_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    siret: Mapped[str | None] = mapped_column(String(14))
    email: Mapped[str] = mapped_column(String(254))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class AgentRole(Model):
    """One of the State's roles, given to one person. Separation by dossier is checked by the services."""

    __tablename__ = "agent_roles"
    __table_args__ = (
        UniqueConstraint("person_id", "role"),
        CheckConstraint(_one_of("role", AGENT_ROLES), name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    role: Mapped[str] = mapped_column(String(30))

    person: Mapped[Person] = relationship(back_populates="agent_roles")


class CompanyMember(Model):
    """A person who acts for a company: owner, filer or reader."""

    __tablename__ = "company_members"
    __table_args__ = (
        UniqueConstraint("person_id", "company_id"),
        CheckConstraint(_one_of("role", COMPANY_ROLES), name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    role: Mapped[str] = mapped_column(String(10))

    person: Mapped[Person] = relationship(back_populates="memberships")
    company: Mapped[Company] = relationship(lazy="joined")


_OPEN = text("accepted_at IS NULL AND cancelled_at IS NULL")


class Invitation(Model):
    """A person asked by e-mail to join a company. Of the link's secret only the SHA-256 is kept; it serves once."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint(_one_of("role", COMPANY_ROLES), name="role"),
        CheckConstraint("email = lower(email)", name="email_lower_case"),
        CheckConstraint("accepted_at IS NULL OR cancelled_at IS NULL", name="accepted_or_cancelled"),
        # One open invitation an address and company; one sent again takes the place of the former link.
        Index(
            "uq_invitations_open",
            "company_id",
            "email",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(10))
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    sent_at: Mapped[datetime]
    times_sent: Mapped[int] = mapped_column(default=1)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    company: Mapped[Company] = relationship(lazy="joined")
    invited_by: Mapped[Person] = relationship()


class AccountingFirm(Model):
    """A firm of accountants (cabinet d'expertise comptable)."""

    __tablename__ = "accounting_firms"

    id: Mapped[int] = mapped_column(primary_key=True)
    siren: Mapped[str] = mapped_column(String(9), unique=True)
    name: Mapped[str] = mapped_column(String(200))


class FirmMember(Model):
    """A person of an accounting firm."""

    __tablename__ = "firm_members"
    __table_args__ = (UniqueConstraint("person_id", "firm_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    firm_id: Mapped[int] = mapped_column(ForeignKey("accounting_firms.id"), index=True)

    person: Mapped[Person] = relationship(back_populates="firm_memberships")
    firm: Mapped[AccountingFirm] = relationship(lazy="joined")
