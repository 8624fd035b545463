"""The people of a company: their roles, and their leaving. A company always keeps one owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import contains_eager

from bonus.audit.service import Actor, record
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP

from .acting import locked_as_owner
from .models import COMPANY_ROLES, CompanyMember, Invitation, Person

ROLE_WORDS = {
    "owner": "Prépare et dépose les dossiers, gère l’équipe, les chiffres et le compte bancaire.",
    "filer": "Prépare et dépose les dossiers.",
    "reader": "Consulte les dossiers et les attestations.",
}
"""What each role may do."""


def team_of(company_id: int) -> Sequence[CompanyMember]:
    """The people of a company, by name."""
    return db.session.scalars(
        select(CompanyMember)
        .join(CompanyMember.person)
        .where(CompanyMember.company_id == company_id)
        .options(contains_eager(CompanyMember.person))
        .order_by(Person.name, CompanyMember.id)
    ).all()


def member_of(company_id: int, member_id: int) -> CompanyMember:
    """One of the people of a company. Raises NotFound."""
    member = db.session.scalars(
        select(CompanyMember).where(CompanyMember.id == member_id, CompanyMember.company_id == company_id)
    ).one_or_none()
    if member is None:
        raise NotFound("team.unknown", "Cette personne n’est pas dans l’équipe.")
    return member


def check_role(role: str) -> None:
    """Raises InvalidInput unless it is one of COMPANY_ROLES."""
    if role not in COMPANY_ROLES:
        raise InvalidInput("team.unknown_role", "Choisissez un rôle.", field="role")


def change_role(company_id: int, member_id: int, role: str, actor: Actor, now: datetime) -> CompanyMember:
    """Give someone of the team another role, from the next request on.

    Raises InvalidInput, NotFound, Forbidden, Refusal (the last owner stays one).
    """
    check_role(role)
    company = locked_as_owner(company_id, actor)
    member = member_of(company_id, member_id)
    before = member.role
    if before == role:
        db.session.rollback()
        return member_of(company_id, member_id)
    if before == "owner":
        _require_another_owner(member)
        _cancel_invitations_of(member, now)
    member.role = role
    record(
        "team.role_changed",
        f"company:{company.siren}",
        actor,
        now,
        person=member.person_id,
        before=before,
        after=role,
    )
    db.session.commit()
    return member


def remove_member(company_id: int, member_id: int, actor: Actor, now: datetime) -> None:
    """Take someone off the team: the next request of theirs is refused, and so are the invitations they sent.

    Raises NotFound, Forbidden, Refusal (the last owner stays).
    """
    company = locked_as_owner(company_id, actor)
    member = member_of(company_id, member_id)
    if member.role == "owner":
        _require_another_owner(member)
    _cancel_invitations_of(member, now)
    db.session.delete(member)
    record("team.removed", f"company:{company.siren}", actor, now, person=member.person_id, role=member.role)
    db.session.commit()


def _require_another_owner(member: CompanyMember) -> None:
    """The company is locked: of two owners who leave at once, one stays. A closed account answers for nothing."""
    another = db.session.scalars(
        select(CompanyMember.id)
        .join(CompanyMember.person)
        .where(
            CompanyMember.company_id == member.company_id,
            CompanyMember.id != member.id,
            CompanyMember.role == "owner",
            Person.active.is_(True),
        )
        .limit(1)
    ).first()
    if another is None:
        raise Refusal(
            "team.last_owner",
            f"Une entreprise garde toujours un responsable{NBSP}: donnez d’abord ce rôle à une autre personne.",
            field="role",
        )


def _cancel_invitations_of(member: CompanyMember, now: datetime) -> None:
    """Who may invite no more has invited nobody: else they could come back by a link of their own."""
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.company_id == member.company_id,
            Invitation.invited_by_id == member.person_id,
            Invitation.accepted_at.is_(None),
            Invitation.cancelled_at.is_(None),
        )
        .values(cancelled_at=now)
        .execution_options(synchronize_session="fetch")
    )
