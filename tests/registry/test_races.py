"""Several who write in the registry at once, on real processes: one wins, the others are told, nothing is torn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bonus.audit.service import first_fault
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.registry.labels import certifier_named, enter_certifier
from bonus.registry.models import (
    Certification,
    CertificationFact,
    RegistryChange,
    RegistryHead,
    Solution,
    SolutionAlias,
    Supplier,
)
from bonus.registry.recording import record_certification, record_correction, record_event
from bonus.registry.service import add_alias, enter_certification, enter_solution, enter_supplier
from bonus.registry.writing import Grant
from tests.support.crew import Crew, Refused
from tests.support.registry import (
    AUDIT,
    END,
    KEEPER,
    LEARNED,
    START,
    certified,
    learn,
    offer,
    require_reading,
)
from tests.support.world import NOW

from .lives import DAY

MAY_1, JUNE_1, JULY_1 = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def granting(solution_id: int, reference: str, start: date, end: date) -> str:
    solution = db.session.get_one(Solution, solution_id)
    granted = Grant("NFG", reference, start, end, AUDIT)
    return record_certification(solution, certifier_named("bureau-veritas"), granted, LEARNED, NOW).reference


def telling(certification_id: int, kind: str, on: date, seconds: int = 0) -> str:
    found = db.session.get_one(Certification, certification_id)
    return record_event(found, kind, on, LEARNED, NOW + timedelta(seconds=seconds)).kind


def mending(fact_id: int, on: date | None) -> str:
    fact = db.session.get_one(CertificationFact, fact_id)
    values = None if on is None else {"happened_on": on}
    record_correction(fact, values, LEARNED, NOW)
    return "annulled" if on is None else on.isoformat()


def telling_or_mending(certification_id: int, fact_id: int, kind: str | None, on: date | None) -> str:
    if kind is not None and on is not None:
        return telling(certification_id, kind, on)
    return mending(fact_id, on)


SIRENS = ("900100207", "732829320")


def entering(name: str, siren: str) -> int:
    """A supplier, its offer and its label in one transaction, as the service's own parts do."""
    supplier = enter_supplier(siren, "Nuage Fictif SAS", KEEPER, NOW)
    solution = enter_solution(supplier, "Coffre-fort", "cloud", KEEPER, NOW)
    enter_certification(solution, "NFG", name, START, END, KEEPER, NOW, audit=AUDIT)
    db.session.commit()
    return supplier.id


def granting_or_entering(solution_id: int, name: str) -> str:
    """The log is locked after the registry, whichever way one comes."""
    if name.startswith("R"):
        return granting(solution_id, name, *DAYS[name])
    return str(entering(name, SIRENS[0]))


DAYS = {"R-1": (START, MAY_1), "R-2": (JUNE_1, JULY_1)}


def noting(solution_id: int, text: str) -> bool:
    solution = db.session.get_one(Solution, solution_id)
    assert not [one for one in solution.aliases if one.text == text]  # looked at before the other's is there
    noted = add_alias(solution, "name", text, "confirmed", NOW)
    db.session.commit()
    return noted


def naming(slug: str) -> str:
    return enter_certifier(slug, "Certificateur", None, KEEPER, NOW).slug


def by_hand(solution_id: int, reference: str, start: date, end: date) -> str:
    """Without the service, so without its lock: the database alone is left to refuse."""
    bv = certifier_named("bureau-veritas")
    days = {"valid_from": start, "valid_until": end, "covers_until": end}
    db.session.add(
        Certification(
            solution_id=solution_id,
            label="NFG",
            certifier_id=bv.id,
            reference=reference,
            recorded_at=NOW,
            **days,
        )
    )
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return "refused"
    return "taken"


@dataclass(frozen=True)
class Ids:
    """A solution, its certification, and a suspension of 1 May."""

    solution: int
    certification: int
    fact: int


@pytest.fixture
def ids(any_app: Flask) -> Ids:
    with any_app.app_context():
        solution = offer()
        found = certified(solution)
        fact = learn(found, "suspended", MAY_1, NOW - DAY)
        return Ids(solution.id, found.id, fact.id)


def split(results: list[object]) -> tuple[list[object], list[str]]:
    """What was done, and the codes of what was refused."""
    codes = [one.code for one in results if isinstance(one, Refused)]
    return [one for one in results if not isinstance(one, Refused)], codes


def whole(app: Flask, changes: int) -> None:
    """As many changes as acts that were done, each with its message; what is kept is what the facts say."""
    with app.app_context():
        assert db.session.query(RegistryChange).count() == changes
        assert db.session.query(OutboxMessage).count() == changes
        assert first_fault() is None
        for number in db.session.scalars(select(Certification.id)).all():
            require_reading(number)


def test_four_keepers_grant_overlapping_certifications(any_app: Flask, crew: Crew) -> None:
    with any_app.app_context():
        solution = offer().id
        db.session.commit()
    acts = [(solution, f"R-{n}", START + n * DAY, END - n * DAY) for n in range(4)]
    done, codes = split(crew.race(any_app, granting, acts))
    assert (len(done), codes) == (1, ["registry.overlap"] * 3)
    whole(any_app, 1)


def test_two_push_one_reference(any_app: Flask, crew: Crew) -> None:
    with any_app.app_context():
        solution = offer().id
        db.session.commit()
    acts = [(solution, "R-1", START, MAY_1), (solution, "R-1", JUNE_1, END)]
    done, codes = split(crew.race(any_app, granting, acts))
    assert (len(done), codes) == (1, ["registry.reference_taken"])
    whole(any_app, 1)


@pytest.mark.parametrize("others", [(JUNE_1, JULY_1), (JUNE_1, None)], ids=["mended twice", "or annulled"])
def test_two_corrections_of_one_fact(
    any_app: Flask, ids: Ids, crew: Crew, others: tuple[date, date | None]
) -> None:
    done, codes = split(crew.race(any_app, mending, [(ids.fact, on) for on in others]))
    assert (len(done), codes) == (1, ["registry.already_corrected"])
    whole(any_app, 3)


def test_one_reinstatement_pushed_twice_at_once(any_app: Flask, ids: Ids, crew: Crew) -> None:
    acts = [(ids.certification, "reinstated", JUNE_1)] * 2
    done, codes = split(crew.race(any_app, telling, acts))
    assert (done, codes) == (["reinstated"], ["registry.not_suspended"])
    whole(any_app, 3)


def test_a_reinstatement_while_its_suspension_is_annulled(any_app: Flask, ids: Ids, crew: Crew) -> None:
    """Never a reinstatement alone: one of the two comes first, and the other cannot follow."""
    acts = [
        (ids.certification, ids.fact, "reinstated", JUNE_1),
        (ids.certification, ids.fact, None, None),
    ]
    done, codes = split(crew.race(any_app, telling_or_mending, acts))
    assert (len(done), codes) == (1, ["registry.not_suspended"])
    whole(any_app, 3)


def test_an_event_while_another_is_corrected(any_app: Flask, ids: Ids, crew: Crew) -> None:
    """Both can stand, in either order."""
    acts = [
        (ids.certification, ids.fact, "withdrawn", JULY_1),
        (ids.certification, ids.fact, None, JUNE_1),
    ]
    done, codes = split(crew.race(any_app, telling_or_mending, acts))
    assert (sorted(map(str, done)), codes) == (["2026-06-01", "withdrawn"], [])
    whole(any_app, 4)
    with any_app.app_context():
        found = db.session.get_one(Certification, ids.certification)
        assert [(one.starts_on, one.ends_on) for one in found.periods] == [(START, JUNE_1 - DAY)]
        assert found.covers_until == JULY_1 - DAY


def test_knowledge_is_in_the_order_it_was_written(any_app: Flask, ids: Ids, crew: Crew) -> None:
    """Whoever waits for the lock has an earlier moment than who had it first."""
    acts = [(ids.certification, "withdrawn", JUNE_1 + n * DAY, -n) for n in range(2)]
    crew.race(any_app, telling, acts)
    with any_app.app_context():
        moments = [fact.recorded_at for fact in db.session.get_one(Certification, ids.certification).facts]
        assert moments == sorted(moments)
    whole(any_app, 3)


def test_new_suppliers_and_acts_of_the_keeper_never_wait_for_each_other(any_app: Flask, crew: Crew) -> None:
    with any_app.app_context():
        solution = offer("Une autre").id
        db.session.commit()
    acts = [(solution, name) for name in ("R-1", "E-1", "R-2", "E-2")]
    done, codes = split(crew.race(any_app, granting_or_entering, acts))
    assert (len(done), codes) == (4, [])
    with any_app.app_context():
        slugs = sorted(db.session.scalars(select(Solution.slug)))
        assert slugs == ["coffre-fort", "coffre-fort-2", "une-autre"]
        assert db.session.query(Supplier).count() == 1
        assert first_fault() is None


def test_four_meet_one_new_supplier(any_app: Flask, crew: Crew) -> None:
    done, codes = split(crew.race(any_app, entering, [(f"E-{n}", SIRENS[n % 2]) for n in range(4)]))
    assert (len(set(done)), codes) == (2, [])
    with any_app.app_context():
        assert db.session.query(Supplier).count() == 2
        assert db.session.query(Solution).count() == 4
        assert first_fault() is None


def test_four_note_one_name(any_app: Flask, ids: Ids, crew: Crew) -> None:
    names = ["Le Coffre", "le coffre", "LE COFFRE", "Le coffre !"]
    assert sorted(crew.race(any_app, noting, [(ids.solution, name) for name in names])) == [
        False,
        False,
        False,
        True,
    ]
    assert crew.race(any_app, noting, [(ids.solution, "Un nom"), (ids.solution, "Un autre")]) == [True, True]
    with any_app.app_context():
        assert db.session.query(SolutionAlias).count() == 3
        found = db.session.get_one(Solution, ids.solution).search_text
        assert all(name in found for name in ("le coffre", "un nom", "un autre"))


def test_two_certifiers_of_one_slug(any_app: Flask, crew: Crew) -> None:
    done, codes = split(crew.race(any_app, naming, [("nouveau",)] * 2))
    assert (done, codes) == (["nouveau"], ["registry.slug_taken"])


def test_without_the_service_the_database_refuses(any_app: Flask, crew: Crew) -> None:
    with any_app.app_context():
        solution = offer().id
        db.session.commit()
    acts = [(solution, f"H-{n}", START + n * DAY, END - n * DAY) for n in range(4)]
    assert sorted(crew.race(any_app, by_hand, acts)) == ["refused"] * 3 + ["taken"]


def test_every_write_is_counted(any_app: Flask, ids: Ids, crew: Crew) -> None:
    with any_app.app_context():
        before = db.session.get_one(RegistryHead, 1).version
    crew.race(any_app, telling, [(ids.certification, "reinstated", JUNE_1)])
    with any_app.app_context():
        assert db.session.get_one(RegistryHead, 1).version == before + 1
