"""What earlier decisions granted consumes the ceilings of art. 6, to the cent."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from bonus.companies.models import Company
from bonus.extensions import db
from tests.claims.reading import claim_of, cuts_of, decision_of, expected, lines_of
from tests.support.bills import Item, bill
from tests.support.world import CLOUD, Dossier, World, another_company, decided, draft, party_of

CLOUD_ITEM = ("Hébergement cloud qualifié", "CLOUD-24")
AUDIT_ITEM = ("Audit de cybersécurité", "AUDIT-JOUR")
SUITE_ITEM = ("Suite bureautique collaborative", "SUITE-1AN")
NEXT_YEAR = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)


def bought(
    world: World,
    *items: tuple[int, tuple[str, str]],
    company_id: int | None = None,
    on: date = date(2026, 10, 15),
) -> Dossier:
    """A draft of one bill: (net in cents, item)."""
    company = db.session.get_one(Company, company_id or world.company_id)
    lines = [Item(net, name, reference) for net, (name, reference) in items]
    return draft(world, [bill(*lines, issued_on=on, buyer=party_of(company))], company_id=company.id)


@pytest.mark.parametrize(
    ("second", "granted", "cut"),
    [
        (33_333_33, 15_000_00, None),  # 45 % is 14 999.9985: exactly what is left
        (33_333_36, 15_000_00, "0.01"),  # 15 000.012: the cent above
        (33_333_31, 14_999_99, None),  # the cent below
        (100_000_00, 15_000_00, "30000.00"),
    ],
)
def test_a_second_dossier_on_one_solution_stops_at_sixty_thousand_euros(
    world: World, session: Session, second: int, granted: int, cut: str | None
) -> None:
    decided(world, bought(world, (100_000_00, CLOUD_ITEM)))  # 45 000 €
    dossier = decided(world, bought(world, (second, CLOUD_ITEM)))
    assert lines_of(dossier) == [("eligible", None, granted)]
    assert cuts_of(dossier) == [[("art6.solution", cut)] if cut else []]
    assert claim_of(dossier).status == ("partly_granted" if cut else "granted")


def test_nothing_left_is_refused_for_the_ceiling_and_the_rate_stands(
    any_world: World, any_session: Session
) -> None:
    decided(any_world, bought(any_world, (133_333_34, CLOUD_ITEM)))
    dossier = decided(any_world, bought(any_world, (10_000_00, CLOUD_ITEM)))
    decision = decision_of(dossier)
    assert (decision.outcome, decision.bonus_cents, decision.lines[0].rate_bp) == ("refused", 0, 4_500)
    assert lines_of(dossier) == [("eligible", None, 0)]
    assert "60\u202f000,00\u00a0€" in decision.reasons


def test_the_ceiling_is_per_solution_and_per_company(world: World, session: Session) -> None:
    decided(world, bought(world, (200_000_00, CLOUD_ITEM)))
    other_solution = decided(world, bought(world, (10_000_00, AUDIT_ITEM)))
    neighbour = decided(world, bought(world, (10_000_00, CLOUD_ITEM), company_id=world.neighbour_id))
    assert [decision_of(one).bonus_cents for one in (other_solution, neighbour)] == [4_500_00, 4_500_00]


def test_two_lines_of_one_dossier_share_the_ceiling(world: World, session: Session) -> None:
    dossier = decided(world, bought(world, (100_000_00, CLOUD_ITEM), (100_000_00, CLOUD_ITEM)))
    assert [bonus for _, _, bonus in lines_of(dossier)] == [45_000_00, 15_000_00]


def test_the_year_is_that_of_the_invoice(any_world: World, any_session: Session) -> None:
    decided(any_world, bought(any_world, (200_000_00, CLOUD_ITEM)))
    of_2026 = bill(Item(10_000_00), issued_on=date(2026, 12, 31))
    of_2027 = bill(Item(10_000_00), issued_on=date(2027, 1, 1))
    dossier = decided(any_world, draft(any_world, [of_2026, of_2027], now=NEXT_YEAR), now=NEXT_YEAR)
    assert [bonus for _, _, bonus in lines_of(dossier)] == [0, 4_500_00]


def micro(company: Company) -> None:
    company.headcount, company.turnover_cents = 9, 2_000_000_00


def mid_cap(company: Company) -> None:
    company.headcount, company.turnover_cents, company.balance_sheet_cents = 4_999, 1_500_000_000_00, 0


def large(company: Company) -> None:
    company.headcount = 5_000


def public(company: Company) -> None:
    company.kind = "public_body"


@pytest.mark.parametrize(
    ("change", "first", "ceiling", "rate_bp"),
    [
        (micro, [(80_000_00, CLOUD_ITEM)], 50_000_00, 5_000),
        (None, [(200_000_00, CLOUD_ITEM), (200_000_00, AUDIT_ITEM)], 150_000_00, 3_500),
    ],
)
def test_the_annual_ceiling_follows_the_size(
    world: World,
    session: Session,
    change: object,
    first: list[tuple[int, tuple[str, str]]],
    ceiling: int,
    rate_bp: int,
) -> None:
    company_id = another_company(world, "901101105", change)  # type: ignore[arg-type]
    granted = decision_of(decided(world, bought(world, *first, company_id=company_id))).bonus_cents
    second = decided(world, bought(world, (150_000_00, SUITE_ITEM), company_id=company_id))
    asked = min(150_000_00 * (4_000 if change else rate_bp) // 10_000, 60_000_00)
    assert decision_of(second).bonus_cents == ceiling - granted
    cut = asked - (ceiling - granted)
    annual = [
        amount for reductions in cuts_of(second) for article, amount in reductions if article == "art6.annual"
    ]
    assert annual == [f"{cut // 100}.{cut % 100:02d}"]


@pytest.mark.parametrize(("change", "rate_bp"), [(mid_cap, 3_500), (large, 2_500), (public, 3_500)])
def test_the_size_sets_the_rate(world: World, session: Session, change: object, rate_bp: int) -> None:
    """30 % for the cloud, 5 for two labels, and what the size adds or takes (art. 6)."""
    company_id = another_company(world, "901201202", change)  # type: ignore[arg-type]
    dossier = decided(world, bought(world, (10_000_00, CLOUD_ITEM), company_id=company_id))
    assert decision_of(dossier).lines[0].rate_bp == rate_bp


def test_what_was_refused_consumes_nothing(world: World, session: Session) -> None:
    refused = bought(world, (200_000_00, CLOUD_ITEM))
    decided(world, refused, outcome="refuse", reasons="Pièce falsifiée : art. 2 du règlement.")
    assert expected(bought(world, (10_000_00, CLOUD_ITEM))) == [("eligible", None, "4500.00")]


def test_the_grants_are_among_the_sealed_facts(any_world: World, any_session: Session) -> None:
    decided(any_world, bought(any_world, (10_000_00, CLOUD_ITEM)))
    dossier = decided(any_world, bought(any_world, (20_000_00, CLOUD_ITEM)))
    assert decision_of(dossier).facts["prior"]["grants"] == [
        {
            "beneficiary": "900300401",
            "solution": CLOUD,
            "issued_on": "2026-10-15",
            "granted_on": "2026-11-22",
            "amount": "4500.00",
        }
    ]
