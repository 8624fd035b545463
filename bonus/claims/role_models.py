"""In which of the State's roles each person acted on a dossier (art. 12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bonus.extensions import Model

REVIEWER, OFFICER, ACCOUNTANT = "reviewer", "authorising_officer", "accounting_officer"
ROLES = (REVIEWER, OFFICER, ACCOUNTANT)
"""Those that no one person holds two of on one dossier."""

_ROLE_LIST = ", ".join(repr(role) for role in ROLES)


class ClaimRole(Model):
    """The one role in which a person acts on a dossier: the key lets nobody have a second one, whatever the code
    does. A step of a dossier taken in a role refers to its row here."""

    __tablename__ = "claim_roles"
    __table_args__ = (
        UniqueConstraint("claim_id", "person_id", "role"),  # what the steps refer to
        CheckConstraint(f"role IN ({_ROLE_LIST})", name="role"),
    )

    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]  # the first act
