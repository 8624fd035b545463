"""Dossiers of which something is proposed line by line, in each of the states that a page shows."""

from __future__ import annotations

from sqlalchemy import select

from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.claims.line_proposals import LineProposal
from bonus.claims.models import PurchaseLine
from bonus.extensions import db

from .bills import Item, bill
from .world import NEIGHBOUR, NOW, Dossier, World, confirmed, draft, filed

FACTS = "Le bon de commande du 2 octobre montre douze postes de travail, qui ne sont pas un hébergement."
PART = "L’annexe 2 du contrat répartit le prix : 60 % pour l’hébergement, 40 % pour de la formation."


def cut_dossier(world: World, net_cents: int = 10_000_00, *, neighbour: bool = False) -> Dossier:
    """A dossier of four lines, one of which is reduced and one refused, proposed by the reviewer."""
    items = (
        Item(net_cents),
        Item(4_000_00),
        Item(1_500_00, "Poste fixe"),
        Item(90_00, "Chaise", "X"),
    )
    if neighbour:
        dossier = filed(world, draft(world, [bill(*items, buyer=NEIGHBOUR)], company_id=world.neighbour_id))
    else:
        dossier = filed(world, draft(world, [bill(*items)]))
    with world.app.app_context():
        query = select(PurchaseLine.id).where(PurchaseLine.invoice.has(claim_id=dossier.id))
        _, reduced, refused, _ = db.session.scalars(query.order_by(PurchaseLine.id))
        lines = [
            LineProposal(reduced, "reduce", "part_not_eligible", PART, 2_400_00),
            LineProposal(refused, "refuse", "not_a_solution", FACTS),
        ]
        propose(dossier.id, "apply", "Contrat lu avec l’entreprise.", world.reviewer, NOW, lines=lines)
        db.session.rollback()
    return dossier


def proposal_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of proposals line by line, each under a name: who opens it, and its address."""
    blank = filed(world, draft(world, [bill(Item(10_000_00), Item(90_00, "Chaise", "X"))]))
    cut, large, signed = (
        cut_dossier(world),
        cut_dossier(world, 200_000_00, neighbour=True),
        cut_dossier(world),
    )
    with world.app.app_context():
        confirmed(world, signed)
        decide(signed.id, "apply", "", world.officer, NOW)
        db.session.rollback()
    place = "/agent/dossiers"
    return {
        "line by line": (world.reviewer.email, f"{place}/{blank.number}/proposition/lignes"),
        "cut, by its reviewer": (world.reviewer.email, f"{place}/{cut.number}"),
        "cut, to decide": (world.officer.email, f"{place}/{cut.number}"),
        "cut, decided": (world.officer.email, f"{place}/{signed.number}"),
        "cut, for its company": (world.owner.email, f"/entreprise/dossiers/{signed.number}"),
        "to read again": (world.other_reviewer.email, f"{place}/{large.number}"),
        "read again by another": (world.officer.email, f"{place}/{large.number}"),
    }
