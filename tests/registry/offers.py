"""A few offers for the tests of the catalogue: names that differ by little, and by much."""

from __future__ import annotations

from datetime import date, timedelta

from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.registry.models import Certification, Solution
from bonus.registry.rules import Audit
from bonus.registry.service import add_alias, enter_certification, enter_solution, enter_supplier
from tests.support.world import ENTERED, ON

KEEPER = Actor("Gardienne du registre")
NUAGE, CERVEAU, BEISPIEL = "900100207", "900600602", "DE136695976"
SUPPLIERS = {
    NUAGE: "Nuage Fictif SAS",
    CERVEAU: "Cerveau Cloud SAS",
    BEISPIEL: "Beispiel Sicherheit GmbH",
}
OFFERS: tuple[tuple[str, str, str, str | None], ...] = (
    ("Hébergement", NUAGE, "cloud", None),
    ("Hébergement cloud qualifié", NUAGE, "cloud", "CLOUD-24"),
    ("Hébergements régionaux", NUAGE, "cloud", None),
    ("Cloud", BEISPIEL, "cloud", None),
    ("Suite bureautique collaborative", CERVEAU, "workplace", "SUITE-1AN"),
    ("Messagerie sécurisée", CERVEAU, "workplace", "M365X"),
    ("Cybersécurité managée", BEISPIEL, "cybersecurity", None),
    ("Œuvres & Archives de l’État", NUAGE, "data", None),
    ("Coffre-fort numérique", NUAGE, "data", "COFFRE_10%"),
    ("Assistant d’IA", CERVEAU, "ai", None),
    ("Calculateur quantique", CERVEAU, "quantum", None),
    ("R", CERVEAU, "data", None),
)
"""Name, supplier, usage, reference."""
YEAR = timedelta(days=365)


def enter_offers() -> dict[str, Solution]:
    """Every offer, by name; committed. None is certified."""
    found = {}
    for name, identifier, axis, reference in OFFERS:
        supplier = enter_supplier(identifier, SUPPLIERS[identifier], KEEPER, ENTERED)
        found[name] = enter_solution(supplier, name, axis, KEEPER, ENTERED, reference=reference)
    add_alias(found["Coffre-fort numérique"], "name", "Digiposte Pro", "keeper", ENTERED)
    db.session.commit()
    return found


def certify(
    solution: Solution,
    label: str = "NFG",
    start: date = ON - YEAR,
    end: date = ON + YEAR,
    reference: str | None = None,
) -> Certification:
    """A label granted to an offer, as the registry knew it long ago; committed."""
    audit = Audit((True,) * 3, start - timedelta(days=30), "RA-1") if label == "NFG" else Audit()
    named = reference or f"{label}-{solution.id}"
    certification = enter_certification(solution, label, named, start, end, KEEPER, ENTERED, audit=audit)
    db.session.commit()
    return certification
