"""What a certificate says: consistent, frozen, the same after a trip through the database."""

import json
from datetime import date
from typing import Any

import pytest

from bonus.certificates.content import CertificateContent, content_digest
from tests.adapters.document_samples import FORMER, KEY, NUMBER, certificate, purchase, worked


def words(content: CertificateContent) -> str:
    return " ".join(paragraph for section in content.sections for paragraph in section.paragraphs)


def test_the_totals_are_those_of_the_purchases() -> None:
    content = certificate([purchase(0), purchase(1), purchase(2)])
    assert content.total_eligible_base_cents == 3 * 1_234_567 + 3
    assert content.total_bonus_cents == 3 * 345_678
    assert content.total_incentive_base_cents == 3 * 888_889 + 3
    assert certificate([]).total_incentive_base_cents == 0


def test_it_survives_json_to_the_cent_and_the_hash() -> None:
    content = certificate(
        [purchase(0), purchase(1)],
        replaces=FORMER,
        working=worked(purchase(0), purchase(1)),
        open_claims=["BS-2026-000200"],
    )
    stored = json.loads(json.dumps(content.to_dict()))
    again = CertificateContent.from_dict(stored)
    assert again == content
    assert again.digest() == content.digest() == content_digest(stored)
    assert content_digest(dict(reversed(stored.items()))) == content.digest()


def test_one_cent_more_is_another_hash() -> None:
    one = certificate([purchase()])
    other = certificate([purchase(eligible_base_cents=1_234_568, incentive_base_cents=888_890)])
    assert one.digest() != other.digest()


def test_a_stored_content_of_another_shape_is_refused() -> None:
    stored = certificate().to_dict()
    with pytest.raises(ValueError, match="unknown"):
        CertificateContent.from_dict({**stored, "extra": 1})
    with pytest.raises(KeyError):
        CertificateContent.from_dict({name: stored[name] for name in stored if name != "purchases"})


def test_during_the_year_it_says_it_is_provisional() -> None:
    assert "provisoire" in words(certificate())
    closed = certificate(fiscal_year_closed=True, issued_on=date(2027, 1, 1))
    assert "provisoire" not in words(closed)


def test_a_correction_names_what_it_revokes() -> None:
    assert FORMER in words(certificate(replaces=FORMER))
    assert "annule et remplace" in words(certificate(replaces=FORMER))
    assert "annule et remplace" not in words(certificate())


def test_open_dossiers_are_named() -> None:
    said = words(certificate(open_claims=["BS-2026-000200", "BS-2026-000201"]))
    assert "BS-2026-000200, BS-2026-000201" in said
    assert "en cours d’examen" not in words(certificate())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"number": NUMBER.replace("AF", "AG")}, "number"),
        ({"key": KEY.lower()}, "key"),
        ({"fiscal_year_start": date(2027, 1, 1)}, "ends before"),
        ({"fiscal_year_closed": True, "issued_on": date(2026, 12, 31)}, "not closed"),
        ({"regime": "credit"}, "regime"),
        ({"replaces": NUMBER}, "former"),
        ({"replaces": "AF-1"}, "former"),
        ({"purchases": [purchase(incentive_base_cents=888_890)]}, "art. 8"),
        ({"purchases": [purchase(invoice_date=date(2027, 1, 1))]}, "another fiscal year"),
        ({"purchases": [purchase(invoice_date=date(2025, 12, 31))]}, "another fiscal year"),
    ],
)
def test_contradictory_parts_are_never_certified(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        certificate(**changes)


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 12, 31)])
def test_both_ends_of_the_fiscal_year_belong_to_it(day: date) -> None:
    assert certificate([purchase(invoice_date=day)]).purchases[0].invoice_date == day
