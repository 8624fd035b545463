"""A file brings what its rows would bring pushed one by one: the same suppliers, offers, facts, days, addresses."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stdnum import luhn

from bonus.audit.service import Actor
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.registry.files import CertificationRow, read_file
from bonus.registry.imports.command import Outcome, import_file
from bonus.registry.imports.running import rules_for
from bonus.registry.labels import certifier_named
from bonus.registry.pushing import PushedCertification, push_certification
from bonus.registry.recording import record_event
from bonus.registry.rules import Audit
from bonus.registry.writing import Source
from tests.registry.files.samples import as_csv
from tests.support.application import application
from tests.support.databases import sqlite_copy

from .samples import CERTIFIER, NOW, registry

DAY = timedelta(days=1)
FIRST = date(2026, 3, 1)
numbers = itertools.count(1)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Flask]]:
    """Two services with nothing in their registry."""
    one, other = (tmp_path_factory.mktemp(name) for name in ("file", "pushed"))
    with application(sqlite_copy(one), one) as first, application(sqlite_copy(other), other) as second:
        yield first, second


def siren(number: int) -> str:
    digits = f"{80_000_000 + number:08d}"
    return digits + luhn.calc_check_digit(digits)


days = st.integers(0, 20).map(lambda rank: FIRST + rank * DAY)


@st.composite
def files(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """A file, then another of the same certifications, some changed, some new."""
    number = next(numbers)
    offers = [
        {
            "fournisseur": siren(2 * number + supplier),
            "nom_fournisseur": f"Fournisseur {supplier}",
            "solution": f"Offre {offer} de {number}, {supplier}",
            "reference_offre": draw(st.sampled_from(["", f"R-{offer}"])),
            "axe": "workplace",
        }
        for supplier in (0, 1)
        for offer in (1, 2)
    ]
    first = [
        draw(certifications(f"{number}-{rank}", draw(st.sampled_from(offers))))
        for rank in range(draw(st.integers(1, 6)))
    ]
    second = [draw(st.sampled_from([rows, draw(changed(rows))])) for rows in first]
    if draw(st.booleans()):
        second.append(draw(certifications(f"{number}-new", draw(st.sampled_from(offers)))))
    return list(itertools.chain(*first)), list(itertools.chain(*second))


@st.composite
def certifications(draw: st.DrawFn, reference: str, offer: Row) -> list[Row]:
    start = FIRST + draw(st.integers(0, 6)) * DAY
    end = start + draw(st.integers(4, 14)) * DAY
    row = offer | {"certification": reference, "label": "SFG", "valable_du": start, "valable_au": end}
    if draw(st.booleans()):
        row |= {
            "label": "NFG",
            "audit_le": FIRST,
            "preuve": draw(st.sampled_from(["Rapport 1", "Rapport 2"])),
        }
        row |= dict.fromkeys(("critere_1", "critere_2", "critere_3"), "oui")
    row["alias"] = draw(st.sampled_from(["", "Autre nom", "Autre nom|Encore un"]))
    return draw(with_events(row))


@st.composite
def with_events(draw: st.DrawFn, row: Row) -> list[Row]:
    """A row for each event, in the order of their days."""
    inside = st.integers(0, (row["valable_au"] - row["valable_du"]).days)
    told = [row["valable_du"] + rank * DAY for rank in sorted(draw(st.sets(inside, max_size=3)))]
    kinds = itertools.cycle(["suspension", "rétablissement"])
    rows = [row | {"evenement": kind, "evenement_le": on} for kind, on in zip(kinds, told, strict=False)]
    if rows and draw(st.integers(0, 3)) == 0:
        rows[-1] |= {"evenement": "retrait", "retroactif": draw(st.sampled_from(["", "oui"]))}
    return rows or [row]


@st.composite
def changed(draw: st.DrawFn, rows: list[Row]) -> list[Row]:
    """The same certification with other dates, another proof, one event more."""
    row = rows[0] | {}
    for title in ("evenement", "evenement_le", "retroactif"):
        row.pop(title, None)
    what = draw(st.sampled_from(["dates", "proof", "alias", "event"]))
    if what == "dates":
        row["valable_du"], row["valable_au"] = sorted((draw(days), draw(days)))
    elif what == "proof" and row["label"] == "NFG":
        row["preuve"] = "Rapport 3"
    elif what == "alias":
        row["alias"] = "Tout autre nom"
    else:
        row |= {"evenement": draw(st.sampled_from(["suspension", "retrait"])), "evenement_le": draw(days)}
    return [row]


def pushed_one_by_one(rows: list[CertificationRow]) -> bool:
    """Push each certification in the order of the file, those that another must give way to after it; False when
    some wait for each other, which one by one they cannot."""
    waiting = [list(own) for _, own in itertools.groupby(rows, key=lambda row: row.reference)]
    while waiting:
        refused = [own for own in waiting if not _pushed(own)]
        if len(refused) == len(waiting):
            return False
        waiting = refused
    return True


def _pushed(rows: list[CertificationRow]) -> bool:
    try:
        for row in rows:
            _push(row)
    except Refusal as refusal:
        db.session.rollback()
        if refusal.code != "registry.overlap":
            raise
        return False
    return True


def _push(row: CertificationRow) -> None:
    source = Source("api", Actor("Machine du certificateur"), certifier=certifier_named(CERTIFIER))
    one = PushedCertification(
        reference=row.reference,
        label=row.label,
        supplier_id=row.supplier_id,
        supplier_name=row.supplier_name,
        solution=row.solution,
        product_reference=row.product_reference,
        axis=row.axis,
        aliases=row.aliases,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        audit=Audit(row.criteria, row.audited_on, row.evidence),
        reason="Dates ou audit corrigés",
    )
    known = push_certification(one, source, NOW).certification
    told = {(fact.kind, fact.happened_on, fact.retroactive) for fact in known.facts}
    if row.event is None or row.event_on is None or (row.event, row.event_on, row.retroactive) in told:
        return
    told_by = replace(source, reason="Événement de la certification")
    record_event(known, row.event, row.event_on, told_by, NOW, retroactive=row.retroactive)


def good_rows(data: bytes, outcome: Outcome) -> list[CertificationRow]:
    rules = rules_for(certifier_named(CERTIFIER).id, NOW.date())
    faulty = {fault.line for fault in outcome.faults}
    return [row for row in read_file(data, rules).rows if row.line not in faulty]


@pytest.mark.slow
@settings(max_examples=40)
@given(pair=files())
def test_a_file_brings_what_its_rows_bring_one_by_one(
    apps: tuple[Flask, Flask], pair: tuple[list[Row], list[Row]]
) -> None:
    suppliers = {row["fournisseur"] for rows in pair for row in rows}
    for rows in pair:
        data = as_csv(rows)
        with apps[0].app_context():
            outcome = import_file("f.csv", data, CERTIFIER, lambda: NOW, keep_good=True)
            found = registry(suppliers)
            assert import_file("f.csv", data, CERTIFIER, lambda: NOW, keep_good=True).written is False
            assert registry(suppliers) == found
        with apps[1].app_context():
            assume(pushed_one_by_one(good_rows(data, outcome)))
            assert registry(suppliers) == found
