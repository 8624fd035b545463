"""What is decided without an officer: by rule, with its explanation and its draw; by silence, at midnight in Paris."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from bonus.calendar import short_date
from bonus.jobs.daily import run_day
from tests.support.bills import bill
from tests.support.lane import DUE, at, day_of_lane, in_lane, known, opened
from tests.support.world import ON, draft, filed

from .conftest import Visit
from .served import House
from .visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MINUTE = timedelta(minutes=1)


def test_decided_by_rule_and_explained(there: House, come: Visit) -> None:
    world, owner, anyone = there.world, come(), come()
    there.do(opened, world)
    there.do(known, world)
    dossier = there.do(in_lane, world)
    owner.sign_in(world.owner.email)
    owner.open(f"/entreprise/dossiers/{dossier.number}")
    content = owner.page.get_by_role("main")
    expect(content).to_contain_text("Voie rapide\u00a0: décision par règle prévue le")
    owner.look()
    announced = draw_of_the_day(anyone)
    expect(announced).to_contain_text("Graine\u00a0: publiée le lendemain de ce jour.")
    fingerprint = announced.locator(".bs-code").inner_text()
    anyone.look()

    there.do(day_of_lane, world, DUE)
    there.set_clock(at(DUE, 10))
    owner.open(f"/entreprise/dossiers/{dossier.number}")
    expect(content.get_by_role("heading", name="Décision prise par règle")).to_be_visible()
    expect(content).to_contain_text("sans intervention humaine")
    owner.look()
    owner.page.get_by_role("link", name="Comment cette décision a été calculée").click()
    for words in (
        *("R311-3-1-2", "1. La part de l’algorithme", "Toutes les conditions de la décision par règle"),
        *("2. Les données traitées", "3. Les paramètres", "4. Les opérations", "450,00 €"),
    ):
        expect(content).to_contain_text(words)
    owner.look()

    # Anyone may run the draw again: the seed is the one announced, and did not draw this dossier.
    published = draw_of_the_day(anyone).locator(".bs-code")
    seed = published.nth(1).inner_text()
    assert published.first.inner_text() == fingerprint == hashlib.sha256(seed.encode()).hexdigest()
    mark = hmac.new(seed.encode(), str(dossier.number).encode(), "sha256").digest()
    assert int.from_bytes(mark, "big") * 10_000 >= 500 * 2**256
    anyone.look()


def draw_of_the_day(anyone: Visitor) -> Locator:
    """The row of the public page about the day the dossier was filed."""
    anyone.open("/tirage")
    return anyone.page.get_by_role("row").filter(has_text=short_date(ON))


@pytest.mark.parametrize(
    ("filed_on", "midnight"),
    [
        # Due on 20 March, then 10 May: the day ends at 23:00 UTC in winter, at 22:00 in summer.
        (date(2026, 1, 20), datetime(2026, 3, 20, 23, tzinfo=UTC)),
        (date(2026, 3, 10), datetime(2026, 5, 10, 22, tzinfo=UTC)),
    ],
    ids=["winter", "summer"],
)
def test_silence_is_recorded_at_midnight_in_paris(
    there: House, come: Visit, filed_on: date, midnight: datetime
) -> None:
    world, owner, reviewer = there.world, come(), come()
    begun = datetime(filed_on.year, filed_on.month, filed_on.day, 9, tzinfo=UTC)
    files = [bill(issued_on=filed_on - timedelta(days=10))]
    dossier = there.do(lambda: filed(world, draft(world, files, now=begun), now=begun))
    before, after = midnight - MINUTE, midnight + MINUTE
    mine, theirs = f"/entreprise/dossiers/{dossier.number}", f"/agent/dossiers/{dossier.number}"

    there.set_clock(before)
    there.within(run_day, before)
    owner.sign_in(world.owner.email)
    owner.open(mine)
    expect(owner.page.get_by_role("region", name="Ce qui est attendu")).to_contain_text("L’administration")
    expect(owner.page.get_by_role("heading", name="La décision")).to_have_count(0)
    reviewer.sign_in(world.reviewer.email)
    reviewer.open("/agent/echeances")
    listed = reviewer.page.get_by_role("row").filter(has_text=str(dossier.number))
    expect(listed).to_contain_text("Aujourd’hui")
    reviewer.look()

    there.set_clock(after)
    there.within(run_day, after)
    owner.open(mine)
    content = owner.page.get_by_role("main")
    expect(content).to_contain_text("le silence gardé par l’administration vaut rejet")
    expect(content).to_contain_text("née du silence de l’administration")
    owner.look()
    reviewer.open(theirs)
    expect(reviewer.page.get_by_role("region", name="Décision")).to_contain_text("silence")
    reviewer.look()
    reviewer.open("/agent/echeances")
    expect(listed).to_have_count(0)
