"""An envelope against a model of it in a few lines of arithmetic: random acts, commitments, releases, and the end of
the year; and random waiting lists against art. 10 read aloud."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bonus.audit.service import SERVICE
from bonus.budget.acts import begin_envelope, lapse_envelopes, write_act
from bonus.budget.models import Envelope, WaitingEntry
from bonus.budget.releases import recommit, release_credits
from bonus.budget.service import commit_credits, has_room, locked_envelope
from bonus.budget.serving import serve
from bonus.budget.waiting import complete_at, someone_before
from bonus.calendar import PARIS
from bonus.claims.models import Claim, Decision
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.regulation import load_parameters
from tests.support.books import check_books
from tests.support.waiting import dossier_of, figures_of, joined, statuses
from tests.support.world import World, filed, set_envelope

LAW = load_parameters()
ranks, years = count(1), count(3_000)
small, cents = st.booleans(), st.integers(1, 1_000)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("amend"), st.integers(-800, 800)),
        st.tuples(st.just("commit"), cents, small, st.booleans()),
        st.tuples(st.just("release"), st.integers(0, 9), cents),
        st.tuples(st.just("recommit"), st.integers(0, 9), cents),
        st.tuples(st.just("year ends")),
    ),
    max_size=25,
)


class Model:
    """Art. 10 in integers: E, C, S, and what each commitment holds."""

    def __init__(self, authorised: int) -> None:
        self.authorised, self.over = authorised, False
        self.held: list[list[int]] = []  # amount, left, of the small ones, released late

    @property
    def committed(self) -> int:
        return sum(left for _, left, *_ in self.held)

    @property
    def small(self) -> int:
        return sum(left for _, left, of_small, _ in self.held if of_small)

    def room(self, of_small: bool, autumn: bool) -> int:
        free = self.authorised - self.committed
        if of_small or autumn:
            return free
        reserve = (self.authorised * 4 + 5) // 10
        return max(0, free - max(0, reserve - self.small))


def new_decision(claim_id: int) -> int:
    row = {
        "claim_id": claim_id,
        "rank": next(ranks),
        "decided_at": datetime(2026, 1, 1, tzinfo=PARIS),
        "decided_on": date(2026, 1, 1),
        "kind": "rule",
        "outcome": "granted",
        "bonus_cents": 1,
        "reasons": "Essai",
        "facts": {},
        "facts_sha256": "0" * 64,
        "parameters_version": "essai",
        "result": {},
    }
    db.session.execute(insert(Decision), [row])
    return int(db.session.scalars(select(Decision.id).order_by(Decision.id.desc()).limit(1)).one())


def release(model: Model, held: list[int], number: int, amount: int, now: datetime) -> None:
    try:
        release_credits(number, amount, f"x{next(ranks)}", now)
    except Refusal:
        assert amount > held[1]
        return
    held[1] -= amount
    held[3] += amount * model.over
    model.authorised -= amount * model.over


def commit_again(model: Model, held: list[int], number: int, amount: int, now: datetime) -> None:
    may = held[3] if model.over else min(held[0] - held[1], model.authorised - model.committed)
    try:
        recommit(number, amount, f"x{next(ranks)}", now)
    except Refusal:
        assert amount > may
        return
    assert amount <= may
    held[1] += amount
    held[3] -= amount * model.over
    model.authorised += amount * model.over


def play(model: Model, year: int, ids: list[int], claim_id: int, step: tuple[Any, ...]) -> None:
    """One step on the envelope of a year and on its model."""
    now = datetime(year + model.over, 1, 2, 9, tzinfo=PARIS)
    envelope = locked_envelope(year)
    assert envelope is not None
    match step:
        case ("amend", delta) if delta and not model.over and model.authorised + delta >= model.committed:
            write_act(envelope, "amendment", delta, f"Acte {next(ranks)}", now.date(), SERVICE, now)
            model.authorised += delta
        case ("commit", amount, of_small, autumn) if not model.over:
            on = date(year, 10, 1) if autumn else date(year, 9, 30)
            fits = amount <= model.room(of_small, autumn)
            size = "sme" if of_small else "large"
            assert has_room(envelope, amount, size, on, LAW) is fits
            if fits:
                number = new_decision(claim_id)
                commit_credits(envelope, number, amount, size, now)
                ids.append(number)
                model.held.append([amount, amount, of_small, 0])
        case ("release", place, amount) if place < len(ids):
            release(model, model.held[place], ids[place], amount, now)
        case ("recommit", place, amount) if place < len(ids):
            commit_again(model, model.held[place], ids[place], amount, now)
        case ("year ends",) if not model.over:
            db.session.commit()
            lapse_envelopes(datetime(year + 1, 1, 1, 0, 0, tzinfo=PARIS))
            model.authorised, model.over = model.committed, True
    db.session.commit()


@pytest.mark.parametrize("examples", [15, pytest.param(150, marks=pytest.mark.slow)])
def test_an_envelope_is_its_model(world: World, session: Session, examples: int) -> None:
    claim_id = filed(world).id

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.integers(1, 5_000), steps)
    def played(authorised: int, acts: list[tuple[Any, ...]]) -> None:
        year = next(years)
        begin_envelope(
            year, authorised, "Ouverture", date(2026, 1, 1), SERVICE, datetime(year, 1, 1, tzinfo=PARIS)
        )
        db.session.commit()
        model, ids = Model(authorised), list[int]()
        for step in acts:
            play(model, year, ids, claim_id, step)
            assert figures_of(year) == (model.authorised, model.committed, model.small)
            assert model.committed <= model.authorised
        for envelope in db.session.scalars(select(Envelope).where(Envelope.year == year)):
            assert envelope.committed_cents <= envelope.authorised_cents
        db.session.rollback()

    played()
    check_books()


# ---------------------------------------------------------------- the order of the list

SIRENS = ("901101105", "901201202", "901301309", "901401406", "901501502", "901601609")
OTHERS = frozenset(SIRENS[3:])
SPRING, AUTUMN = datetime(2026, 9, 30, 9, tzinfo=PARIS), datetime(2026, 10, 1, 9, tzinfo=PARIS)
START = datetime(2026, 8, 3, 9, tzinfo=PARIS)


def expected(
    order: list[tuple[str, int]], opened: int, committed: tuple[int, int], autumn: bool
) -> list[str]:
    """Who is granted, art. 10 read aloud: the first of a queue while it fits, the earliest of all first; E is what is
    opened and what is committed already (C, S)."""
    total, small = committed
    authorised, granted, stuck = opened + total, list[str](), set[bool]()
    left = list(order)
    while True:
        heads = [
            next(((siren, amount) for siren, amount in left if autumn or (siren in OTHERS) is other), None)
            for other in ((False,) if autumn else (False, True))
            if other not in stuck
        ]
        ready = [head for head in heads if head is not None]
        if not ready:
            return granted
        siren, amount = min(ready, key=left.index)
        other = siren in OTHERS
        reserve = 0 if autumn or not other else max(0, (authorised * 4 + 5) // 10 - small)
        if amount > max(0, authorised - total - reserve):
            stuck.add(not autumn and other)
            continue
        total, small = total + amount, small + amount * (not other)
        granted.append(siren)
        left.remove((siren, amount))


@pytest.mark.slow
@pytest.mark.parametrize("now", [SPRING, AUTUMN])
def test_a_list_is_served_as_the_article_says(world: World, session: Session, now: datetime) -> None:
    """Six companies of both classes, amounts and credits at random, decided in any order."""
    moments, seen = count(0), Counter[str]()

    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(
        st.permutations(SIRENS),
        st.lists(st.integers(10, 20), min_size=6, max_size=6),
        st.integers(0, 6_000_00),
    )
    def served(order: list[str], thousands: list[int], opened: int) -> None:
        set_envelope(world, 0)
        dossiers = [
            dossier_of(
                world,
                siren,
                complete=START + timedelta(minutes=next(moments)),
                net_cents=thousand * 100_00,
                other=siren in OTHERS,
            )
            for siren, thousand in zip(order, thousands, strict=True)
        ]
        joined(world, sorted(dossiers, key=lambda one: one.id % 4), now=now)
        amounts = {
            entry.claim_id: entry.amount_cents
            for entry in db.session.scalars(select(WaitingEntry).where(WaitingEntry.left_at.is_(None)))
        }
        before = figures_of()[1:]
        set_envelope(world, opened)
        serve(now)
        listed = [(siren, amounts[one.id]) for siren, one in zip(order, dossiers, strict=True)]
        should = expected(listed, opened, before, now is AUTUMN)
        found = [
            siren for siren, status in zip(order, statuses(dossiers), strict=True) if status == "granted"
        ]
        assert found == [siren for siren in order if siren in should]
        seen.update(statuses(dossiers))
        check_books()
        set_envelope(world, 100_000_000_00)
        serve(now)

    served()
    assert min(seen["granted"], seen["waiting_list"]) > 5, "both happen"


def test_who_stands_before_whom(world: World, session: Session) -> None:
    """Every pair: only one complete before, of the same queue, stands in the way."""
    set_envelope(world, 0)
    dossiers = [
        dossier_of(world, siren, complete=START + timedelta(hours=place), other=siren in OTHERS)
        for place, siren in enumerate(SIRENS[1:5])
    ]
    joined(world, dossiers, now=SPRING)
    claims = [db.session.get_one(Claim, one.id) for one in dossiers]
    first = min(claims, key=complete_at)
    for claim, siren in zip(claims, SIRENS[1:5], strict=True):
        reserved = siren not in OTHERS
        earlier = [
            other
            for other, its in zip(claims, SIRENS[1:5], strict=True)
            if complete_at(other) < complete_at(claim) and (its in OTHERS) is (siren in OTHERS)
        ]
        assert someone_before(claim, reserved, SPRING.date(), LAW) is bool(earlier)
        assert someone_before(claim, reserved, AUTUMN.date(), LAW) is (claim is not first)
