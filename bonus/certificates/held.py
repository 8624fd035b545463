"""Certificates that were issued: whose they are, which is in force, and the trace of who took one (art. 15)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select

from bonus.audit.service import Actor, record
from bonus.companies.models import Company, Mandate
from bonus.extensions import db

from .models import TaxCertificate


def certificate_in_force(company_id: int, fiscal_year_end: date) -> TaxCertificate | None:
    """The certificate of a fiscal year that no later one replaced."""
    return db.session.scalars(
        select(TaxCertificate)
        .where(
            TaxCertificate.company_id == company_id,
            TaxCertificate.fiscal_year_end == fiscal_year_end,
            ~TaxCertificate.replaced_by.has(),
        )
        .order_by(TaxCertificate.id.desc())
    ).first()


def certificates_of_company(company_id: int) -> list[TaxCertificate]:
    """Every certificate of a company, the latest first."""
    return list(
        db.session.scalars(
            select(TaxCertificate)
            .where(TaxCertificate.company_id == company_id)
            .order_by(TaxCertificate.id.desc())
        )
    )


def mandates_of_firm(firm_ids: Iterable[int], today: date) -> list[Mandate]:
    """The mandates a firm may act on today: neither ended nor revoked."""
    return list(
        db.session.scalars(
            select(Mandate)
            .join(Company, Mandate.company_id == Company.id)
            .where(
                Mandate.firm_id.in_(list(firm_ids)),
                Mandate.valid_from <= today,
                Mandate.valid_until >= today,
                Mandate.revoked_at.is_(None),
            )
            .order_by(Company.name, Company.id)
        )
    )


def certificates_of_firm(firm_ids: Iterable[int], today: date) -> list[TaxCertificate]:
    """The certificates of the companies whose mandate the firm holds today."""
    companies = [mandate.company_id for mandate in mandates_of_firm(firm_ids, today)]
    return list(
        db.session.scalars(
            select(TaxCertificate)
            .join(Company, TaxCertificate.company_id == Company.id)
            .where(TaxCertificate.company_id.in_(companies))
            .order_by(Company.name, TaxCertificate.fiscal_year_end.desc(), TaxCertificate.id.desc())
        )
    )


def trace_download(certificate: TaxCertificate, actor: Actor, now: datetime) -> bytes:
    """The sealed PDF, with the trace that this person took it."""
    record(
        "certificate.downloaded",
        f"certificate:{certificate.number}",
        actor,
        now,
        company=certificate.company.siren,
    )
    pdf = certificate.pdf
    db.session.commit()
    return pdf
