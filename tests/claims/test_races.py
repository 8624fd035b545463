"""Several people at once on real processes: credits, ceilings, numbers and dossiers stay right."""

from __future__ import annotations

from bonus.audit.service import Actor
from bonus.budget.models import Commitment, Envelope
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.claims.filing import abandon, file_claim
from bonus.claims.models import Claim, Decision
from bonus.extensions import db
from bonus.mail import MAIL
from bonus.outbox import OutboxMessage
from bonus.parts import service_contact
from tests.support.bills import Item, bill
from tests.support.crew import Crew, Refused
from tests.support.words import plain
from tests.support.world import NOW, Dossier, World, another_company, draft, filed, proposed, set_envelope

SIRENS = ("901101105", "901201202", "901301309", "901401406")
WRONG_STATUS = "claim.wrong_status"


def deciding(claim_id: int, officer: Actor) -> str:
    return decide(claim_id, "apply", "", officer, NOW).status


def proposing(claim_id: int, reviewer: Actor) -> str:
    return propose(claim_id, "apply", "", reviewer, NOW).outcome


def filing(claim_id: int, owner: Actor) -> str:
    return str(file_claim(claim_id, service_contact(), owner, NOW).number)


def giving_up_or_deciding(claim_id: int, actor: Actor) -> str:
    if "company" in actor.roles:
        abandon(claim_id, actor, NOW)
        return "abandoned"
    return deciding(claim_id, actor)


def of_four_companies(world: World) -> list[Dossier]:
    """Proposed dossiers of 4 500 € each, of companies that have nothing in common."""
    dossiers = []
    for siren in SIRENS:
        company_id = another_company(world, siren)
        dossiers.append(draft(world, company_id=company_id))
    return [proposed(world, dossier) for dossier in dossiers]


def split(results: list[object]) -> tuple[list[object], list[Refused]]:
    """What was done, and what was refused."""
    refused = [one for one in results if isinstance(one, Refused)]
    return [one for one in results if not isinstance(one, Refused)], refused


def test_a_nearly_empty_envelope(any_world: World, crew: Crew) -> None:
    """Credits for two of the four, and some left over that is not enough for a third."""
    dossiers = of_four_companies(any_world)
    set_envelope(any_world, 13_499_99)
    results = crew.race(any_world.app, deciding, [(dossier.id, any_world.officer) for dossier in dossiers])
    assert sorted(results) == ["granted", "granted", "waiting_list", "waiting_list"]
    with any_world.app.app_context():
        found = db.session.get_one(Envelope, 2026)
        commitments = db.session.query(Commitment).count()
        messages = db.session.query(OutboxMessage).count()
        assert (found.committed_cents, found.committed_sme_cents) == (9_000_00, 9_000_00)
        # Each of the four has its letter; those granted, an order, a register entry and a certificate.
        assert (commitments, messages) == (2, 10)


def test_four_officers_on_one_dossier(any_world: World, crew: Crew) -> None:
    dossier = proposed(any_world)
    officers = [any_world.officer, any_world.other_officer] * 2
    done, refused = split(crew.race(any_world.app, deciding, [(dossier.id, who) for who in officers]))
    assert done == ["granted"]
    assert [one.code for one in refused] == [WRONG_STATUS] * 3
    assert all("« accordé »" in plain(one.sentence) for one in refused)
    with any_world.app.app_context():
        assert db.session.query(Decision).count() == 1
        assert db.session.get_one(Envelope, 2026).committed_cents == 4_500_00


def test_four_decisions_of_one_company_on_one_solution(any_world: World, crew: Crew) -> None:
    dossiers = [
        proposed(any_world, draft(any_world, [bill(Item(60_000_00))])) for _ in range(4)
    ]  # 27 000 € each
    crew.race(any_world.app, deciding, [(dossier.id, any_world.officer) for dossier in dossiers])
    with any_world.app.app_context():
        amounts = [one.bonus_cents for one in db.session.query(Decision)]
    assert sorted(amounts) == [0, 6_000_00, 27_000_00, 27_000_00]


def test_four_filings_of_two_drafts(any_world: World, crew: Crew) -> None:
    drafts = [draft(any_world), draft(any_world)]
    results = crew.race(any_world.app, filing, [(one.id, any_world.owner) for one in drafts * 2])
    done, refused = split(results)
    assert sorted(map(str, done)) == ["BS-2026-000001", "BS-2026-000002"]
    assert [one.code for one in refused] == ["claim.not_a_draft"] * 2


def test_two_reviewers_propose(any_world: World, crew: Crew) -> None:
    dossier = filed(any_world)
    reviewers = (any_world.reviewer, any_world.other_reviewer)
    done, refused = split(crew.race(any_world.app, proposing, [(dossier.id, who) for who in reviewers]))
    assert (done, [one.code for one in refused]) == (["apply"], [WRONG_STATUS])


def test_the_company_gives_up_while_the_officer_decides(any_world: World, crew: Crew) -> None:
    dossier = proposed(any_world)
    actors = (any_world.owner, any_world.officer)
    done, refused = split(
        crew.race(any_world.app, giving_up_or_deciding, [(dossier.id, who) for who in actors])
    )
    assert (len(done), [one.code for one in refused]) == (1, [WRONG_STATUS])
    with any_world.app.app_context():
        claim = db.session.get_one(Claim, dossier.id)
        assert [claim.status] == done
        assert (claim.decision is None) == (claim.status == "abandoned")
        asked = db.session.query(OutboxMessage).where(OutboxMessage.kind != MAIL).count()
        # Decided: an order, a register entry, a certificate, a letter.
        assert asked == (0 if claim.status == "abandoned" else 4)
