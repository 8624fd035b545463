"""Registries of any size, of offers that do not exist but could: for the benches of the catalogue."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, func, insert, select, text

from bonus.extensions import db
from bonus.registry.models import Certification, CertificationFact, InForcePeriod, RegistryChange
from bonus.registry.models import Solution as SolutionModel
from bonus.registry.models import Supplier as SupplierModel
from bonus.registry.scheme_models import Certifier
from bonus.registry.service import fold, slugify


def _listed(text: str) -> list[str]:
    return text.split("|")


KINDS = _listed(
    "Hébergement cloud|Messagerie|Suite bureautique|Plateforme de données|Assistant d’IA|"
    "Coffre-fort numérique|Pare-feu|Antivirus|Gestion de la paie|Gestion des identités|"
    "Visioconférence|Signature électronique|Sauvegarde|Stockage objet|Base de données managée|"
    "Supervision réseau|Détection d’intrusion|Archivage électronique|Logiciel de facturation|"
    "Gestion documentaire|Atelier d’applications|Portail citoyen|Téléphonie IP|Annuaire d’entreprise|"
    "Transcription|Traduction automatique|Agenda partagé|Formulaires en ligne|Cartographie|"
    "Gestion de projet|Comptabilité|Audit de sécurité|Chiffrement de courriels|Calculateur quantique|"
    "Entrepôt de données|Analyse prédictive|Moteur de recherche|Intranet collaboratif|"
    "Gestion de flotte|Relation client"
)
QUALITIES = _listed(
    "souverain|qualifié|collaboratif|sécurisé|managé|haute disponibilité|pour collectivités|"
    "pour hôpitaux|pour PME|mutualisé|dédié|hybride|régional|certifié|sans code|temps réel|"
    "multi-sites|éducation|industrie|santé"
)
SYLLABLES = _listed(
    "ba|be|bi|bo|bra|bri|ca|ce|co|cra|da|de|di|dra|el|en|fa|fe|fi|flo|ga|ge|gra|"
    "gui|ha|he|ja|jo|ka|ke|la|le|li|lo|lu|ma|me|mi|mo|na|ne|ni|no|nu|pa|pe|pi|"
    "plu|po|qua|ra|re|ri|ro|sa|se|si|so|ta|te|ti|to|tri|va|ve|vi|vo|xa|ya|ze"
)
FORMS = _listed("SAS|SARL|SA|SCOP|& Fils|Technologies|Services|Numérique")
AXES = {"ai": 18, "data": 17, "cloud": 20, "workplace": 22, "low_code": 10, "cybersecurity": 11, "quantum": 2}
LABELS = {
    ("NFG",): 60,
    ("SECNUMCLOUD",): 10,
    ("NFG", "SECNUMCLOUD"): 8,
    ("SFG",): 14,
    ("EEA_EQUIVALENT",): 1,
    (): 7,
}
NOW = datetime.fromisoformat("2026-01-05T09:00:00+00:00")
RARE = "Zephyrion"
"""The one word that a single offer bears, the last one entered."""


def enter_registry(offers: int) -> None:
    """Enter a registry of that many offers, always the same; committed, and known to the planner."""
    draw = random.Random(20_261_122)
    suppliers = [
        {
            "id": key,
            "identifier": f"9{key:08d}",
            "name": f"{_brand(draw)} {draw.choice(FORMS)}",
            "created_at": NOW,
        }
        for key in range(1, max(2, offers // 5))
    ]
    _insert(SupplierModel.__table__, suppliers)
    _insert(SolutionModel.__table__, list(_solutions(draw, offers, suppliers)))
    certifier_id = db.session.scalars(select(func.min(Certifier.id))).one()
    change_id = db.session.execute(
        insert(RegistryChange)
        .values(source="service", recorded_at=NOW, recorded_by="service:bench", done_at=NOW)
        .returning(RegistryChange.id)
    ).scalar_one()
    certifications = list(_certifications(draw, offers, certifier_id))
    _insert(Certification.__table__, certifications)
    _insert(CertificationFact.__table__, [_fact(row, change_id) for row in certifications])
    _insert(InForcePeriod.__table__, [_period(row) for row in certifications])
    db.session.commit()
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _insert(table: Any, rows: Sequence[dict[str, Any]]) -> None:
    """By hundreds a statement, as an import does: each statement that meets a trigger has its price."""
    assert isinstance(table, Table)
    for start in range(0, len(rows), 500):
        db.session.execute(insert(table).values(list(rows[start : start + 500])))


def _brand(draw: random.Random) -> str:
    return "".join(draw.choice(SYLLABLES) for _ in range(draw.randint(2, 4))).capitalize()


def _solutions(
    draw: random.Random, offers: int, suppliers: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    slugs: set[str] = set()
    for key in range(1, offers + 1):
        words = [draw.choice(KINDS), RARE if key == offers else _brand(draw)]
        words += [draw.choice(QUALITIES)] if draw.random() < 0.7 else []
        name, supplier = " ".join(words), draw.choice(suppliers)
        slug = base = slugify(name)
        rank = 1
        while slug in slugs:
            rank += 1
            slug = f"{base}-{rank}"
        slugs.add(slug)
        yield {
            "id": key,
            "slug": slug,
            "name": name,
            "axis": draw.choices(list(AXES), list(AXES.values()))[0],
            "supplier_id": supplier["id"],
            "created_at": NOW,
            "search_text": fold(f"{name} {supplier['name']} {supplier['identifier']}"),
        }


def _certifications(draw: random.Random, offers: int, certifier_id: int) -> Iterator[dict[str, Any]]:
    key = 0
    for solution_id in range(1, offers + 1):
        for label in draw.choices(list(LABELS), list(LABELS.values()))[0]:
            key += 1
            start = date(draw.randint(2024, 2026), draw.randint(1, 12), 1)
            end = date(start.year + draw.randint(1, 3), start.month, 28)
            yield {
                "id": key,
                "solution_id": solution_id,
                "label": label,
                "certifier_id": certifier_id,
                "reference": f"R-{key}",
                "valid_from": start,
                "valid_until": end,
                "covers_until": end,
                "recorded_at": NOW,
            }


def _fact(row: dict[str, Any], change_id: int) -> dict[str, Any]:
    return {
        "certification_id": row["id"],
        "change_id": change_id,
        "kind": "granted",
        "valid_from": row["valid_from"],
        "valid_until": row["valid_until"],
        "retroactive": False,
        "void": False,
        "recorded_at": NOW,
    }


def _period(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("solution_id", "label")}
    return kept | {
        "certification_id": row["id"],
        "starts_on": row["valid_from"],
        "ends_on": row["valid_until"],
    }
