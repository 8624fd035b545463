"""The second factor of the demonstration's agents: in place from the start, and its codes, as their telephones would
show them. Nowhere else does anything tell a code."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.adapters.second_factor import code_at, decrypt, encrypt, new_secret, step_of
from bonus.extensions import db
from bonus.parts import factor_key

from .factor_models import SecondFactor
from .models import AGENT_ROLES, AgentRole, Person


def enrol(person: Person, now: datetime) -> None:
    """Put a second factor in use for someone who does not exist, in the caller's transaction."""
    db.session.add(
        SecondFactor(
            person_id=person.id,
            secret=encrypt(factor_key("secret"), new_secret(), person.id),
            created_at=now,
            confirmed_at=now,
        )
    )


def current_code(email: str, now: datetime) -> str | None:
    """The code that signs someone in now, or the next one when it has served; None while there is no factor."""
    factor = db.session.scalars(
        select(SecondFactor)
        .join(Person, Person.id == SecondFactor.person_id)
        .where(Person.email == email, SecondFactor.confirmed_at.is_not(None))
    ).one_or_none()
    if factor is None:
        return None
    step = step_of(now)
    if factor.last_step is not None:
        step = max(step, factor.last_step + 1)
    return code_at(decrypt(factor_key("secret"), factor.secret, factor.person_id), step)


def codes_now(now: datetime) -> list[tuple[str, str, str | None]]:
    """Each agent of a demonstration: role in French, address, and the code of the moment."""
    agents = db.session.execute(
        select(AgentRole.role, Person.email).join(Person).order_by(AgentRole.id).limit(50)
    ).all()
    return [(AGENT_ROLES[role], email, current_code(email, now)) for role, email in agents]
