"""What is corrected after an undue sum (arts. 8, 14 and 15): base and bonus are then those that should have been."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from bonus.certificates.held import certificates_of_company
from bonus.certificates.service import correct_after_recovery
from bonus.claims.models import Claim
from bonus.extensions import db
from bonus.recoveries.ending import cancel
from tests.support.recoveries import FOUND, granted
from tests.support.requests import at
from tests.support.settlements import ISSUED, REASONS, titre
from tests.support.world import World, certified, close_year, run_jobs

CLOSED = FOUND - timedelta(days=1)


def test_a_service_that_ended_early_is_certified_for_its_days(any_world: World, any_session: Session) -> None:
    """181 days of 365: base 4 958.90 €, bonus 2 231.51 €; the former certificate is named and revoked. Run again, it
    issues nothing; the titre cancelled, the first figures are certified again."""
    dossier = granted(any_world)
    close_year(any_world, CLOSED)
    first = certified(any_world, end=CLOSED, now=at(FOUND))
    one = titre(any_world, dossier)
    run_jobs(any_world, at(ISSUED))
    for _ in range(2):
        correct_after_recovery(one.recovery_id, at(ISSUED))
    second, former = certificates_of_company(any_world.company_id)
    assert (former.number, former.replaced_by, second.cause) == (first, second, "recovery")
    [row] = second.content["purchases"]
    assert (row["eligible_base_cents"], row["bonus_cents"]) == (4_958_90, 2_231_51)
    assert second.content["working"]["own_base_cents"] == 4_958_90 - 2_231_51
    cancel(one.number, REASONS, any_world.other_officer, at(ISSUED))
    run_jobs(any_world, at(ISSUED))
    third = certificates_of_company(any_world.company_id)[0]
    assert (third.replaces, third.content["total_bonus_cents"]) == (second, 4_500_00)
    assert db.session.get_one(Claim, dossier.id).company_id == third.company_id
