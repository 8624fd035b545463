"""A decision that may be taken back, and one whose company is being heard."""

from __future__ import annotations

from datetime import date, timedelta

from bonus.claims.models import Claim
from bonus.claims.notification import record_opening
from bonus.claims.revocations import open_revocation
from bonus.extensions import db

from .bills import bill
from .requests import at
from .world import Dossier, World, decided, draft

DECIDED = date(2026, 3, 10)
FACTS = "Le contrôle du 2 mars montre que le service n’a pas été rendu."
WHY = "Vos observations n’établissent pas le service fait (art. 14)."


def granted(world: World, *, day: date = DECIDED) -> Dossier:
    """A dossier granted that day; its jobs are not done."""
    return decided(world, draft(world, [bill(issued_on=day - timedelta(days=18))], now=at(day)), now=at(day))


def heard(world: World, *, opened: date | None = DECIDED, day: date = DECIDED) -> Dossier:
    """One whose company is told that day that it may be taken back, and opens the letter on ``opened``, if it does."""
    dossier = granted(world, day=day)
    open_revocation(dossier.id, "conditions", FACTS, world.reviewer, at(day))
    if opened is not None:
        record_opening(db.session.get_one(Claim, dossier.id), world.owner, at(opened))
    return dossier
