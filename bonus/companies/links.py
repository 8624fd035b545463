"""The set a company belongs to: the connected component of all links of one kind (art. 7)."""

from __future__ import annotations

from sqlalchemy import or_, select

from bonus.extensions import db

from .models import Company, CompanyLink


def lock_undertaking(company: Company) -> None:
    """The ceilings of art. 6 belong to the company, that of art. 7 to all of its single undertaking: their
    decisions are made one after the other, the companies locked in one order."""
    sirens = [company.siren, *linked_to(company, "single_undertaking")]
    db.session.scalars(
        select(Company)
        .where(Company.siren.in_(sirens))
        .order_by(Company.id)
        .with_for_update(of=Company)
        .execution_options(populate_existing=True)
    ).all()


def linked_to(company: Company, kind: str) -> list[str]:
    """SIRENs and VAT numbers linked to a company, near or far, whichever side lists the link; sorted.

    ``kind`` is ``group`` (size, art. 3) or ``single_undertaking`` (control, art. 7): the two sets never mix.
    Whoever has not shown that they act for a company is told of nobody's links with it.
    """
    if company.proven_at is None:
        return []
    found = reached = {company.siren}
    while reached:
        links = db.session.execute(
            select(Company.siren, CompanyLink.member)
            .join(CompanyLink, CompanyLink.company_id == Company.id)
            .where(CompanyLink.kind == kind, or_(Company.siren.in_(reached), CompanyLink.member.in_(reached)))
        )
        reached = {end for link in links for end in link} - found
        found = found | reached
    return sorted(found - {company.siren})
