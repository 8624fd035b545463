"""One dossier from three files to the decision, the order and the certificate.

Against the parts that nothing can spare: the same files read, and one certificate drawn and sealed.
What is above 1 is the house: matching, law with its trace, sealed facts, audit log, commits, locks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from flask import Flask
from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy import select

from bonus.accounts.models import Person
from bonus.accounts.service import actor_of
from bonus.adapters.einvoice import read_invoice
from bonus.adapters.pdf import certificate_pdf
from bonus.audit.service import Actor
from bonus.certificates.content import CertificateContent
from bonus.certificates.models import TaxCertificate
from bonus.certificates.service import request_certificate
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.claims.filing import file_claim
from bonus.claims.intake import add_files, new_draft
from bonus.companies.models import Company
from bonus.demo.invoices import make_invoices
from bonus.extensions import db
from bonus.parts import document_store, sealer, service_contact
from bonus.payments.service import order_for_decision

from .conftest import NOW
from .ratio import interleaved_ratio

LIMIT = 4.0
DOSSIERS = 14
CLOSED = datetime(NOW.year + 1, 1, 4, 9, tzinfo=UTC)
"""Certificates are issued once the fiscal year is closed (art. 15)."""
COMPANY = Actor("bench", roles=frozenset({"company"}))
Files = list[tuple[str, bytes]]


def officer(role: str) -> Actor:
    return next(actor_of(person) for person in db.session.scalars(select(Person)) if role in person.roles)


def one_dossier(files: Files) -> TaxCertificate:
    company = db.session.scalars(select(Company)).one()
    claim = new_draft(company, COMPANY, NOW)
    add_files(claim.id, files, document_store(), COMPANY, NOW)
    file_claim(claim.id, service_contact(), COMPANY, NOW)
    propose(claim.id, "apply", "", officer("reviewer"), NOW)
    decide(claim.id, "apply", "", officer("authorising_officer"), NOW)
    assert claim.decision is not None
    assert claim.decision.outcome == "granted"
    order_for_decision(claim.decision.id, NOW)
    return request_certificate(company.id, date(NOW.year, 12, 31), COMPANY, CLOSED)


def bare_parts(files: Files, content: CertificateContent) -> bytes:
    for _, data in files:
        read_invoice(data)
    pdf = certificate_pdf(content, public_url="http://localhost", demo=False)
    return sealer().seal(pdf, signed_at=NOW, reason="essai", location="Paris")


def test_one_dossier_end_to_end(benchmark: BenchmarkFixture, seeded: Flask) -> None:
    made = [make_invoices(NOW.date() - timedelta(days=back)) for back in range(DOSSIERS)]
    waiting: Iterator[Files] = iter(made)
    with seeded.app_context():
        content = CertificateContent.from_dict(one_dossier(next(waiting)).content)
        ratio = interleaved_ratio(
            lambda: one_dossier(next(waiting)), lambda: bare_parts(made[0], content), rounds=7
        )
        benchmark.extra_info["ratio to reading and sealing alone"] = round(ratio, 2)
        benchmark.pedantic(lambda: one_dossier(next(waiting)), rounds=4)
    assert ratio < LIMIT
