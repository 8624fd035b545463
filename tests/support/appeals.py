"""Appeals as far as a test wants, and the pages of clocks and appeals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bonus.accounts.service import add_person
from bonus.audit.service import Actor
from bonus.claims.appeal_examining import answer_appeal, propose_answer, take_appeal
from bonus.claims.appeal_models import Appeal
from bonus.claims.appeals import file_appeal
from bonus.claims.models import Claim
from bonus.claims.notification import record_opening
from bonus.claims.revocations import decide_revocation, open_revocation
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from bonus.parts import document_store

from .bills import Item, bill
from .requests import at
from .revocations import FACTS, WHY
from .world import NOW, ON, Dossier, World, decided, draft

GROUNDS = "La solution de cette facture est bien labellisée\u00a0: voyez l’attestation jointe."
REASONS = "La solution facturée est la suite labellisée\u00a0: la ligne est éligible (art. 4)."
WRONG = Item(10_000_00, "Bureautique du fournisseur", "INCONNUE")  # no solution is found
LARGE = 142_857_16
"""At 35 % for the suite, a cent above the threshold of a second reading."""
SUITE = "suite-bureautique-collaborative"
DAY = timedelta(days=1)


def appealed(world: World, dossier: Dossier, rank: int = 1, *, now: datetime = NOW, files: Any = ()) -> str:
    reference = file_appeal(dossier.id, rank, GROUNDS, files, document_store(), world.owner, now).reference
    db.session.rollback()
    return reference


def refused_in_part(world: World) -> Dossier:
    """4 500 € granted for the cloud, a line refused whose solution nobody recognised."""
    return decided(world, draft(world, [bill(Item(10_000_00), WRONG)]))


def large_reform(world: World, net_cents: int = LARGE) -> tuple[Dossier, str, dict[str, str]]:
    """A reform that is proposed: its dossier, the appeal's reference, and the line that nobody recognised with the
    solution to hold it to. By default it adds 50 000.01 €."""
    wrong = Item(net_cents, WRONG.name, WRONG.reference)
    dossier = decided(world, draft(world, [bill(Item(1_000_00), wrong)]))
    lines = {str(lines_of(dossier)[1]): SUITE}
    reference = appealed(world, dossier)
    examined(world, reference, "reform", lines)
    return dossier, reference, lines


def annulled(world: World, dossier: Dossier | None = None, now: datetime = NOW) -> Dossier:
    """A dossier whose refusal is annulled: it is to be examined again."""
    dossier = dossier or refused_by_officer(world)
    answered(world, appealed(world, dossier, now=now), "annul", now=now)
    return dossier


def third_reviewer() -> Actor:
    """A reviewer who never acted on any dossier."""
    person = add_person("troisieme@demo.example", "Troisième", PASSWORD, NOW, agent_roles=("reviewer",))
    db.session.commit()
    return Actor(person.name, person.id, roles=frozenset({"reviewer"}))


def refused_by_officer(world: World) -> Dossier:
    return decided(world, outcome="refuse", reasons="La facture n’est pas acquittée (art. 9).")


def lines_of(dossier: Dossier) -> list[int]:
    return [line.id for invoice in db.session.get_one(Claim, dossier.id).invoices for line in invoice.lines]


def get(reference: str) -> Appeal:
    db.session.rollback()
    return db.session.scalars(select(Appeal).where(Appeal.reference == reference)).one()


def examined(
    world: World, reference: str, outcome: str, lines: dict[str, Any] | None = None, now: datetime = NOW
) -> None:
    take_appeal(reference, world.other_reviewer, now)
    propose_answer(reference, outcome, REASONS, lines or {}, world.other_reviewer, now)


def answered(
    world: World, reference: str, outcome: str, lines: dict[str, Any] | None = None, now: datetime = NOW
) -> Appeal:
    examined(world, reference, outcome, lines, now)
    answer_appeal(reference, world.other_officer, now)
    return get(reference)


def appeal_addresses(world: World) -> dict[str, dict[str, object]]:
    """The arguments of the pages of an appeal that someone examines, in the application context that is pushed."""
    dossier = refused_in_part(world)
    reference = appealed(world, dossier)
    take_appeal(reference, world.other_reviewer, NOW)
    owned: dict[str, object] = {"reference": dossier.number}
    acts = ("taking", "proposal", "concurrence", "objection", "return", "decision")
    return {
        "company.appeal": dict(owned),
        "company.appeal_filing": dict(owned),
        "company.appeal_withdrawal": owned | {"appeal": reference},
        "agent.one_appeal": {"reference": reference},
        **{f"agent.appeal_{act}": {"reference": reference} for act in acts},
    }


def withdrawn(world: World, number: str) -> Dossier:
    """450 € granted thirty days ago are taken back sixteen days later; the letter is opened that day."""
    decided_on = ON - 30 * DAY
    day = decided_on + 16 * DAY
    small = bill(Item(1_000_00), number=number, issued_on=decided_on - 18 * DAY)
    dossier = decided(world, draft(world, [small], now=at(decided_on)), now=at(decided_on))
    open_revocation(dossier.id, "conditions", FACTS, world.reviewer, at(decided_on))
    record_opening(db.session.get_one(Claim, dossier.id), world.owner, at(decided_on))
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(day))
    record_opening(db.session.get_one(Claim, dossier.id), world.owner, at(day))
    return dossier


def clock_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """Each under a name: who opens it, and its address."""
    with world.app.app_context():
        taken_back, disputed, given_back = (withdrawn(world, f"R-{rank}") for rank in range(3))
        bills = iter(range(1, 9))
        refused = [
            decided(world, draft(world, [bill(Item(10_000_00 + next(bills) * 100_00), WRONG)]))
            for _ in range(5)
        ]
        new, taken, waits, done, fresh = refused
        made = [appealed(world, dossier) for dossier in (new, taken, waits, done)]
        take_appeal(made[1], world.other_reviewer, NOW)
        wrong = [lines_of(dossier)[1] for dossier in (waits, done)]
        examined(world, made[2], "reform", {str(wrong[0]): SUITE})
        answered(world, made[3], "reform", {str(wrong[1]): SUITE})
        _, twice, _ = large_reform(world)
        again = annulled(world)
        open_one, annulled_one = (appealed(world, one) for one in (disputed, given_back))
        take_appeal(open_one, world.other_reviewer, NOW)
        answered(world, annulled_one, "annul")
        db.session.rollback()
    reviewer, officer, owner = world.other_reviewer.email, world.other_officer.email, world.owner.email
    mine = "/entreprise/dossiers"
    return {
        "deadlines": (reviewer, "/agent/echeances"),
        "appeals": (reviewer, "/agent/recours"),
        "appeals answered": (reviewer, "/agent/recours?file=repondus"),
        "appeal to take": (reviewer, f"/agent/recours/{made[0]}"),
        "appeal, kept out": (world.reviewer.email, f"/agent/recours/{made[0]}"),
        "appeal to propose": (reviewer, f"/agent/recours/{made[1]}"),
        "appeal to decide": (officer, f"/agent/recours/{made[2]}"),
        "appeal to read again": (world.second_reader.email, f"/agent/recours/{twice}"),
        "appeal that waits to be read again": (officer, f"/agent/recours/{twice}"),
        "annulled, to examine": (reviewer, f"/agent/dossiers/{again.number}"),
        "annulled, company": (owner, f"{mine}/{again.number}"),
        "appeal annulled, company": (owner, f"{mine}/{again.number}/recours"),
        "withdrawal to contest": (owner, f"{mine}/{taken_back.number}/recours"),
        "withdrawn, company": (owner, f"{mine}/{taken_back.number}"),
        "withdrawal contested": (reviewer, f"/agent/recours/{open_one}"),
        "withdrawal contested, company": (owner, f"{mine}/{disputed.number}/recours"),
        "withdrawal annulled": (officer, f"/agent/recours/{annulled_one}"),
        "withdrawal annulled, company": (owner, f"{mine}/{given_back.number}/recours"),
        "given back, company": (owner, f"{mine}/{given_back.number}"),
        "appeal answered": (officer, f"/agent/recours/{made[3]}"),
        "appeal to write": (owner, f"{mine}/{fresh.number}/recours"),
        "appeal, company": (owner, f"{mine}/{new.number}/recours"),
        "appeal answered, company": (owner, f"{mine}/{done.number}/recours"),
        "reformed, company": (owner, f"{mine}/{done.number}"),
    }
