"""The catalogue as open data: the whole of it, read and written by parts, so that its size does not matter.

What is public of the registry and no more: nobody's name, no reason, no address of a person.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import func, select

from bonus.calendar import PARIS
from bonus.extensions import db
from bonus.regulation import load_parameters
from bonus.spreadsheet import safe_text

from .catalogue import last_change
from .history import Fact, Life, life
from .labels import label_names
from .models import Certification, CertificationFact, Solution, Supplier
from .open_data_schema import COLUMNS, EVENTS, LICENCE, LICENCE_URL, STATES, TITLE, VERSION
from .scheme_models import Certifier

PART = 500
"""How many solutions are read at a time: each part is a transaction of its own, so that nobody waits for the end."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Edition:
    """What a copy was made from: as long as it is the same, so is the copy."""

    on: date
    writes: int
    last_id: int
    changed_at: datetime | None

    @property
    def tag(self) -> str:
        """What tells one edition from another."""
        return f"{VERSION}-{self.on.isoformat()}-{self.writes}-{self.last_id}"

    @property
    def modified_at(self) -> datetime:
        """When it last changed: at the last write, or this morning, as states follow the days."""
        morning = datetime.combine(self.on, time(), PARIS)
        return max(self.changed_at, morning) if self.changed_at else morning


def edition(on: date) -> Edition:
    """The edition of a day, as known now."""
    writes, changed_at = last_change()
    # A solution may be entered some time before its first certification is.
    last_id = db.session.scalar(select(func.max(Solution.id))) or 0
    return Edition(on, writes, last_id, changed_at)


def csv_parts(edition: Edition, page_of: Callable[[str], str]) -> Iterator[str]:
    """The CSV, part by part: UTF-8, commas, one line a certification. ``page_of`` gives a solution's address."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in COLUMNS])
    for solutions in _parts(edition.on, page_of):
        for solution in solutions:
            for certification in solution["certifications"] or [None]:
                writer.writerow(_line(edition.on, solution, certification))
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def json_parts(edition: Edition, page_of: Callable[[str], str], schema: str) -> Iterator[str]:
    """The JSON, part by part; ``schema`` is the address of its JSON Schema."""
    changed_at = edition.changed_at.astimezone(PARIS).isoformat() if edition.changed_at else None
    header = {
        "version": VERSION,
        "titre": TITLE,
        "licence": LICENCE,
        "licence_adresse": LICENCE_URL,
        "schema": schema,
        "etat_au": edition.on.isoformat(),
        "registre_modifie_le": changed_at,
    }
    yield json.dumps(header, ensure_ascii=False)[:-1] + ', "solutions": ['
    separator = "\n"
    for solutions in _parts(edition.on, page_of):
        yield separator + ",\n".join(json.dumps(solution, ensure_ascii=False) for solution in solutions)
        separator = ",\n"
    yield "\n]}\n"


def _line(on: date, solution: Row, certification: Row | None) -> list[str]:
    values = {"etat_au": on.isoformat(), **solution}
    values |= {f"fournisseur_{name}": value for name, value in solution["fournisseur"].items()}
    if certification is not None:
        values |= {f"certification_{name}": value for name, value in certification.items()}
        values["certification_evenements"] = "|".join(map(_event_text, certification["evenements"]))
    return [_cell(values.get(column.name)) for column in COLUMNS]


def _event_text(event: Row) -> str:
    return f"{event['type']}{'_retroactif' if event['retroactif'] else ''}:{event['le']}"


def _cell(value: str | bool | None) -> str:
    if value is None:
        return ""
    return safe_text(value) if isinstance(value, str) else "oui" if value else "non"


def _parts(on: date, page_of: Callable[[str], str]) -> Iterator[list[Row]]:
    """Every solution, in the order they were entered, PART at a time."""
    names = label_names(on)
    last_id = 0
    while True:
        solutions = _solutions_after(last_id, page_of)
        if not solutions:
            return
        certifications = _certifications(last_id, max(solutions), names, on)
        db.session.rollback()  # whoever writes must not wait while this part is sent
        for key, solution in solutions.items():
            solution["certifications"] = certifications.get(key, [])
            solution["en_vigueur"] = any(one["en_vigueur"] for one in solution["certifications"])
        last_id = max(solutions)
        yield list(solutions.values())


def _solutions_after(last_id: int, page_of: Callable[[str], str]) -> dict[int, Row]:
    law = load_parameters()
    query = (
        select(
            Solution.id,
            Solution.slug,
            Solution.name,
            Solution.reference,
            Solution.axis,
            Solution.description,
            Solution.website,
            Supplier.identifier,
            Supplier.name.label("supplier"),
        )
        .join(Supplier, Solution.supplier_id == Supplier.id)
        .where(Solution.id > last_id)
        .order_by(Solution.id)
        .limit(PART)
    )
    return {
        row.id: {
            "identifiant": row.slug,
            "nom": row.name,
            "reference": row.reference,
            "usage": row.axis,
            "usage_nom": law.name_of("axis", row.axis).name,
            "description": row.description,
            "site": row.website,
            "page": page_of(row.slug),
            "en_vigueur": False,
            "fournisseur": {"identifiant": row.identifier, "nom": row.supplier},
        }
        for row in db.session.execute(query)
    }


def _certifications(after: int, last: int, names: dict[str, str], on: date) -> dict[int, list[Row]]:
    """The certifications of the solutions of a part, by solution, those entered by mistake left out."""
    asked = Certification.solution_id.between(after + 1, last)
    facts: dict[int, list[Any]] = defaultdict(list)
    query = select(*_FACT).join(Certification, Certification.id == _FACT[1]).where(asked).order_by(_FACT[0])
    for fact in db.session.execute(query):
        facts[fact.certification_id].append(fact)
    found: dict[int, list[Row]] = defaultdict(list)
    certifications = (
        select(
            Certification.id,
            Certification.solution_id,
            Certification.label,
            Certification.reference,
            Certifier.name.label("certifier"),
        )
        .join(Certifier, Certification.certifier_id == Certifier.id)
        .where(asked)
        .order_by(Certification.id)
    )
    for row in db.session.execute(certifications):
        known = life(map(_plain, facts[row.id]))
        if known is not None:
            found[row.solution_id].append(_certification(row, known, facts[row.id], names, on))
    return found


_FACT = (
    CertificationFact.id,
    CertificationFact.certification_id,
    CertificationFact.kind,
    CertificationFact.recorded_at,
    CertificationFact.valid_from,
    CertificationFact.valid_until,
    CertificationFact.happened_on,
    CertificationFact.retroactive,
    CertificationFact.corrects_id,
    CertificationFact.void,
    CertificationFact.audited_on,
    CertificationFact.evidence,
)


def _plain(row: Any) -> Fact:
    return Fact(
        id=row.id,
        kind=row.kind,
        recorded_at=row.recorded_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        happened_on=row.happened_on,
        retroactive=row.retroactive,
        corrects_id=row.corrects_id,
        void=row.void,
    )


def _certification(row: Any, known: Life, facts: Sequence[Any], names: dict[str, str], on: date) -> Row:
    state = known.state(on)
    grant = [fact for fact in facts if fact.kind == "granted" and not fact.void][-1]
    name = names.get(row.label, row.label)
    return {
        "label": row.label,
        "label_nom": name,
        "certificateur": row.certifier,
        "reference": row.reference,
        "valable_du": known.valid_from.isoformat(),
        "valable_au": known.valid_until.isoformat(),
        "etat": STATES[state.code],
        "etat_depuis": state.since.isoformat() if state.since else None,
        "en_vigueur": state.code == "in_force",
        "audit_du": grant.audited_on.isoformat() if grant.audited_on else None,
        "preuve": grant.evidence,
        "evenements": [
            {"type": EVENTS[event.type], "le": event.on.isoformat(), "retroactif": event.retroactive}
            for event in known.events
        ],
    }
