"""Contents to lay out, and the tools of poppler, which nobody here wrote, to look at the result."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bonus.calendar import PARIS
from bonus.certificates.content import (
    CertificateContent,
    CertifiedCompany,
    CertifiedPurchase,
    build_certificate,
)
from bonus.certificates.numbering import make_key, make_number
from bonus.certificates.working import Working, Year, workings
from bonus.claims.acknowledgement import (
    AcknowledgedInvoice,
    AcknowledgementContent,
    ServiceContact,
    build_acknowledgement,
)
from bonus.regulation import load_parameters

PUBLIC_URL = "https://bonus.example"
NUMBER = make_number(2026, 1, b"\x12\x34\x56\x78")
FORMER = make_number(2026, 7, b"\x9a\xbc\xde\xf0")
KEY = make_key(bytes(range(10)))
FILED_AT = datetime(2026, 11, 22, 9, 5, tzinfo=PARIS)
SERVICE = ServiceContact(
    "Service du Bonus Souveraineté",
    ("139 rue de Bercy", "75012 Paris"),
    "contact@bonus.example",
    "01 02 03 04 05",
)
COMPANY = CertifiedCompany("L’Œuvre & Fils", "732829320", ("12 rue des Forges", "69003 Lyon"))


def purchase(rank: int = 0, **changes: Any) -> CertifiedPurchase:
    values: dict[str, Any] = {
        "solution": "Athéna",
        "supplier_name": "Nuage Souverain SAS",
        "supplier_id": "552100554",
        "invoice_number": f"FA-{rank:05d}",
        "invoice_date": date(2026, 10, 15),
        "claim_number": "BS-2026-000123",
        "decision_date": date(2026, 11, 20),
        "eligible_base_cents": 1_234_567 + rank,
        "bonus_cents": 345_678,
        "incentive_base_cents": 888_889 + rank,
        **changes,
    }
    return CertifiedPurchase(**values)


def certificate(purchases: Iterable[CertifiedPurchase] = (purchase(),), **changes: Any) -> CertificateContent:
    values: dict[str, Any] = {
        "number": NUMBER,
        "key": KEY,
        "issued_on": date(2026, 11, 22),
        "issuer": SERVICE,
        "company": COMPANY,
        "fiscal_year_start": date(2026, 1, 1),
        "fiscal_year_end": date(2026, 12, 31),
        "fiscal_year_closed": False,
        "regime": "reduction",
        "purchases": purchases,
        **changes,
    }
    return build_certificate(**values)


def worked(*purchases: CertifiedPurchase, turnover_cents: int = 0) -> Working:
    """Art. 8 for the purchases of 2026."""
    year = Year(
        date(2026, 1, 1),
        date(2026, 12, 31),
        turnover_cents,
        spend_cents=sum(row.eligible_base_cents for row in purchases),
        bonus_cents=sum(row.bonus_cents for row in purchases),
    )
    [working] = workings([year], load_parameters())
    return working


def acknowledgement(count: int = 1, **changes: Any) -> AcknowledgementContent:
    values: dict[str, Any] = {
        "claim_number": "BS-2026-000123",
        "company_name": COMPANY.name,
        "siren": COMPANY.siren,
        "company_address": COMPANY.address,
        "filed_at": FILED_AT,
        "decision_due": date(2027, 1, 22),
        "service": SERVICE,
        "invoices": [
            AcknowledgedInvoice(
                "Nuage Souverain SAS", "552100554", f"FA-{rank}", date(2026, 10, 1), 100_000 + rank
            )
            for rank in range(count)
        ],
        **changes,
    }
    return build_acknowledgement(**values)


def poppler(tool: str, pdf: bytes, folder: Path, *options: str) -> str:
    """What a poppler tool prints about a document; ``{out}`` in an option is a path beside it."""
    path = shutil.which(tool)
    if path is None:
        reason = f"{tool} (poppler-utils) is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    (folder / "document.pdf").write_bytes(pdf)
    command = [path, *(option.replace("{out}", str(folder / "out")) for option in options)]
    arguments = ["document.pdf"] if tool != "pdftoppm" else ["document.pdf", "out"]
    arguments += ["-"] if tool == "pdftotext" else []
    environment = {**os.environ, "HOME": str(folder)}  # pdfsig looks there for a browser's certificates
    done = subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def page_image(pdf: bytes, folder: Path, dpi: int, page: int = 1) -> bytes:
    """A page as a PNG, as poppler draws it."""
    poppler("pdftoppm", pdf, folder, "-png", "-r", str(dpi), "-f", str(page), "-l", str(page), "-singlefile")
    return (folder / "out.png").read_bytes()
