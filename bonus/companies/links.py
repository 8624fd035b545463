"""The set a company belongs to: the connected component of all links of one kind (art. 7)."""

from __future__ import annotations

from sqlalchemy import or_, select

from bonus.extensions import db

from .models import Company, CompanyLink


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
