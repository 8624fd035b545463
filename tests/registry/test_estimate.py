"""« Bonus estimé »: the law's own answer, for a buyer of each size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bonus.calendar import civil_date
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.registry import estimate as module
from bonus.registry.estimate import MOST_CENTS, Estimate, estimate
from bonus.registry.models import Solution
from bonus.regulation import Parameters, load_parameters, size_category
from tests.support.registry import learn
from tests.support.world import NOW, ON

from .offers import certify, enter_offers

DAY = timedelta(days=1)
PRICE = 10_000_00


@pytest.fixture
def cloud(session: Session) -> Solution:
    """A solution of the cloud, without label yet."""
    return enter_offers()["Cloud"]


def rates(found: Estimate) -> dict[str, int]:
    return {size.size: size.rate_bp for size in found.sizes}


def test_each_size_has_its_rate(cloud: Solution) -> None:
    certify(cloud)
    found = estimate(cloud, PRICE, NOW)
    assert rates(found) == {"micro": 4500, "sme": 4000, "mid_cap": 3000, "large": 2000, "public": 3000}
    assert [size.name for size in found.sizes] == [
        "Microentreprise",
        "PME",
        "ETI",
        "Grande entreprise",
        "Organisme public",
    ]
    assert [(size.bonus_cents, size.left_cents) for size in found.sizes][:2] == [
        (4_500_00, 5_500_00),
        (4_000_00, 6_000_00),
    ]
    assert {size.status for size in found.sizes} == {"eligible"}
    assert found.possible
    assert found.refusal is None
    assert any("40\u00a0%" in sentence for sentence in found.sizes[1].why)


def test_nothing_is_said_of_a_buyer_who_does_not_exist(cloud: Solution) -> None:
    certify(cloud)
    for price in (PRICE, 1_00):
        said = " ".join(sentence for size in estimate(cloud, price, NOW).sizes for sentence in size.why)
        assert "90090" not in said
        assert "effectif" not in said


def test_before_the_scheme_the_law_says_so(cloud: Solution) -> None:
    refusal = estimate(cloud, PRICE, datetime(2025, 12, 31, 12, tzinfo=UTC)).refusal
    assert refusal is not None
    assert refusal.code == "purchase.before_scheme"
    assert "1er janvier 2026" in refusal.why[-1]


def test_two_labels_count(cloud: Solution) -> None:
    certify(cloud)
    certify(cloud, "SECNUMCLOUD")
    assert rates(estimate(cloud, PRICE, NOW))["sme"] == 4500


def test_a_ceiling_cuts_and_is_explained(cloud: Solution) -> None:
    certify(cloud)
    micro = estimate(cloud, 1_000_000_00, NOW).sizes[0]
    assert (micro.bonus_cents, micro.left_cents) == (50_000_00, 950_000_00)
    assert "50\u202f000,00\u00a0€" in " ".join(micro.why)


@pytest.mark.parametrize(
    ("price", "possible"), [(1, False), (499_99, False), (500_00, True), (MOST_CENTS, True)]
)
def test_a_price_below_the_minimum_is_answered_by_the_law(
    cloud: Solution, price: int, possible: bool
) -> None:
    certify(cloud)
    found = estimate(cloud, price, NOW)
    assert found.possible is possible
    if not possible:
        assert found.refusal is not None
        assert (found.refusal.code, found.refusal.status) == ("claim.below_minimum", "refused")
        assert found.refusal.article == "art. 5.4"


@pytest.mark.parametrize("price", [0, -1, MOST_CENTS + 1])
def test_what_is_no_price(cloud: Solution, price: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        estimate(cloud, price, NOW)
    assert (refused.value.code, refused.value.field) == ("estimate.price", "montant")


def test_nothing_in_force_gives_nothing_and_says_why(cloud: Solution) -> None:
    found = estimate(cloud, PRICE, NOW)
    assert found.refusal is not None
    assert (found.refusal.reason, found.refusal.article) == ("Solution sans certification", "art. 4")
    certification = certify(cloud, end=ON)
    assert estimate(cloud, PRICE, NOW).possible
    refusal = estimate(cloud, PRICE, NOW + DAY).refusal
    assert refusal is not None
    assert (refusal.status, refusal.reason) == ("refused", "Certification expirée")
    learn(certification, "suspended", ON, NOW)
    refusal = estimate(cloud, PRICE, NOW).refusal
    assert refusal is not None
    assert refusal.status == "pending"
    assert "suspendue" in refusal.why[-1]


def test_what_the_registry_learned_later_is_not_known_yet(cloud: Solution) -> None:
    certification = certify(cloud)
    learn(certification, "suspended", ON - DAY, NOW)
    assert estimate(cloud, PRICE, NOW - timedelta(seconds=1)).possible
    assert not estimate(cloud, PRICE, NOW).possible


def test_nobody_buys_from_themselves(cloud: Solution) -> None:
    certify(cloud)
    for siren in module._BUYERS:
        cloud.supplier.identifier = siren
        db.session.flush()
        assert estimate(cloud, PRICE, NOW).possible, siren


def beneficiary(size: str, law: Parameters) -> dict[str, Any]:
    return module.fictional_beneficiary(size, "900900010", law, civil_date(NOW))


def test_each_buyer_is_of_its_size() -> None:
    law = load_parameters()
    for size in law.codes("size"):
        assert size_category(beneficiary(size, law), civil_date(NOW), law) == size


def test_there_are_buyers_enough() -> None:
    assert len(set(module._BUYERS)) == len(module._BUYERS) > len(load_parameters().codes("size"))
