"""A sealed certificate, against reportlab and pyhanko alone with the key loaded once.

Ours adds: the layout of a certificate with its tables and code, the archive format and its check, the
fonts of the State. Bare: one page of the same words drawn by ReportLab, sealed by pyhanko's own signer.
"""

from __future__ import annotations

import io
import secrets
from datetime import UTC, date, datetime
from pathlib import Path

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pytest_benchmark.fixture import BenchmarkFixture
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bonus.adapters.pdf import certificate_pdf
from bonus.adapters.seal import Sealer, make_demo_key
from bonus.certificates.content import (
    CertificateContent,
    CertifiedCompany,
    CertifiedPurchase,
    build_certificate,
)
from bonus.certificates.numbering import KEY_BYTES, RANDOM_BYTES, make_key, make_number
from bonus.claims.acknowledgement import ServiceContact

from .ratio import interleaved_ratio

LIMIT = 8.0
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def content() -> CertificateContent:
    purchase = CertifiedPurchase(
        solution="Hébergement cloud qualifié",
        supplier_name="Nuage Fictif SAS",
        supplier_id="900100207",
        invoice_number="FA-1",
        invoice_date=date(2026, 10, 1),
        claim_number="BS-2026-000001",
        decision_date=date(2026, 11, 22),
        eligible_base_cents=10_000_00,
        bonus_cents=4_000_00,
        incentive_base_cents=6_000_00,
    )
    return build_certificate(
        number=make_number(2026, 1, secrets.token_bytes(RANDOM_BYTES)),
        key=make_key(secrets.token_bytes(KEY_BYTES)),
        issued_on=NOW.date(),
        issuer=ServiceContact("Service", ("1 rue du Test", "75001 Paris"), "a@b.example", "01"),
        company=CertifiedCompany("Atelier Fictif SAS", "900300401", ("12 rue", "69003 Lyon")),
        fiscal_year_start=date(2026, 1, 1),
        fiscal_year_end=date(2026, 12, 31),
        fiscal_year_closed=False,
        regime="reduction",
        purchases=[purchase] * 4,
    )


def test_certificate_against_bare_reportlab_and_pyhanko(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    path = tmp_path / "key.p12"
    make_demo_key(path, "passphrase", valid_from=datetime(2026, 1, 1, tzinfo=UTC), name="Essai")
    sealer = Sealer.from_pkcs12(path, "passphrase")
    signer = SimpleSigner.load_pkcs12(str(path), passphrase=b"passphrase")
    certificate = content()

    def ours() -> bytes:
        pdf = certificate_pdf(certificate, public_url="http://localhost", demo=True)
        return sealer.seal(pdf, signed_at=NOW, reason="essai", location="Paris")

    def bare() -> bytes:
        page = io.BytesIO()
        canvas = Canvas(page, pagesize=A4)
        for row in range(40):
            canvas.drawString(50, 800 - 18 * row, f"{certificate.company.name} {certificate.number}")
        canvas.save()
        metadata = PdfSignatureMetadata(field_name="Cachet")
        sealed = io.BytesIO()
        PdfSigner(metadata, signer).sign_pdf(IncrementalPdfFileWriter(page), output=sealed)
        return sealed.getvalue()

    ratio = interleaved_ratio(ours, bare, rounds=7)
    benchmark.extra_info["ratio to bare reportlab + pyhanko"] = round(ratio, 2)
    benchmark(ours)
    assert ratio < LIMIT
