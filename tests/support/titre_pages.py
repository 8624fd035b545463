"""Titres de perception in each of their states, and the pages where they are read."""

from __future__ import annotations

from typing import Any

from bonus.extensions import db
from bonus.recoveries.bars import interrupt
from bonus.recoveries.ending import cancel
from bonus.recoveries.plans import ask_plan, set_plan
from bonus.recoveries.repayments import repay

from .requests import at
from .settlements import ISSUED, REASONS, titre
from .undue_pages import small
from .world import World

WHY = "Notre trésorerie ne permet pas de tout payer en une fois."


def titre_addresses(world: World) -> dict[str, dict[str, Any]]:
    """Where the pages about titres are: one with a plan asked for, and a payment that was too much; a context is
    pushed."""
    paid, open_one = titre(world, small(world)), titre(world, small(world))
    too_much = repay(
        paid.number, 5_000_00, "VIR TROP", ISSUED, world.accounting_officer, at(ISSUED)
    ).overpayment
    assert too_much is not None
    plan = ask_plan(open_one.number, 2, ISSUED, WHY, world.owner, at(ISSUED))
    one, of_company = {"number": open_one.number}, {"number": open_one.recovery.number}
    addresses: dict[str, dict[str, Any]] = {
        **dict.fromkeys(
            (
                f"agent.{name}"
                for name in (
                    *("titre", "titre_repayment", "titre_offset", "titre_plan", "titre_interruption"),
                    *("titre_waiver", "titre_cancelling"),
                )
            ),
            one,
        ),
        "agent.titre_table": one | {"kind": "csv"},
        "agent.titre_overpayment": {"number": paid.number, "overpayment_id": too_much.id},
        "agent.titre_plan_answer": one | {"plan_id": plan.id},
        "company.undue_plan": of_company,
        "company.undue_settlements": of_company | {"kind": "csv"},
    }
    db.session.rollback()
    return addresses


def titre_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of titres, in each of their states."""
    with world.app.app_context():
        asked, running, paid, cancelled = (titre(world, small(world)) for _ in range(4))
        officer = world.accounting_officer
        interrupt(asked.number, "acknowledged", "Courrier 12", ISSUED, officer, at(ISSUED))
        ask_plan(asked.number, 2, ISSUED, WHY, world.owner, at(ISSUED))
        set_plan(running.number, 3, ISSUED, officer, at(ISSUED))
        repay(paid.number, 5_000_00, "VIR 1", ISSUED, officer, at(ISSUED))
        repay(cancelled.number, 10_00, "VIR 2", ISSUED, officer, at(ISSUED))
        cancel(cancelled.number, REASONS, world.other_officer, at(ISSUED))
        titres = {"asked": asked, "running": running, "paid": paid, "cancelled": cancelled}
        numbers = {name: (one.number, one.recovery.number) for name, one in titres.items()}
        db.session.rollback()
    pages: dict[str, tuple[str | None, str]] = {}
    for name, (number, recovery) in numbers.items():
        pages[f"titre, {name}"] = (world.accounting_officer.email, f"/agent/titres/{number}")
        pages[f"titre of a company, {name}"] = (world.owner.email, f"/entreprise/indus/{recovery}")
    first = numbers["running"][0]
    pages["titre, to an officer"] = (world.officer.email, f"/agent/titres/{first}")
    return pages
