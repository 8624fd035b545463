"""Who acts for a company, checked again under the company's lock: one removed a moment ago does nothing more."""

from __future__ import annotations

from sqlalchemy import select

from bonus.audit.service import Actor
from bonus.companies.models import Company
from bonus.errors import Forbidden, NotFound
from bonus.extensions import db

from .models import CompanyMember

OWNER = ("owner",)


def locked_company(company_id: int) -> Company:
    """The company, its row locked and read again, until the transaction ends. Raises NotFound."""
    company = db.session.scalars(
        select(Company)
        .where(Company.id == company_id)
        .with_for_update(of=Company)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if company is None:
        raise NotFound("company.unknown", "Cette entreprise n’existe pas.")
    return company


def person_acting(actor: Actor) -> int:
    """The id of the person who acts. Raises Forbidden for a part of the service."""
    if actor.person_id is None:
        raise Forbidden("account.person_needed", "Seule une personne connectée peut faire cela.")
    return actor.person_id


def locked_as_owner(company_id: int, actor: Actor) -> Company:
    """The company, locked, for an act of its owners. Raises Forbidden when the actor is none any more."""
    company = locked_company(company_id)
    role = db.session.scalars(
        select(CompanyMember.role).where(
            CompanyMember.company_id == company_id, CompanyMember.person_id == actor.person_id
        )
    ).one_or_none()
    if role not in OWNER:
        raise Forbidden(
            "company.owners_only",
            "Seul un responsable de l’entreprise peut faire cela. Demandez-le à l’un d’eux.",
        )
    return company
