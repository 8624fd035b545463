"""What owners declare of their company: kept, checked, and nobody else's to touch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.accounts.service import add_person
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.companies import service
from bonus.companies.links import linked_to
from bonus.companies.models import Company, CompanyLink, DeMinimisAid
from bonus.demo.cast import PASSWORD
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from tests.support.space import STRANGER, aid_of
from tests.support.world import NEIGHBOUR, NOW, ON, World


def company_of(world: World) -> Company:
    return db.session.get_one(Company, world.company_id)


def last_entry() -> AuditEntry:
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_figures_are_kept_with_those_before(any_world: World, any_session: Session) -> None:
    service.set_figures(any_world.company_id, 251, 1, 0, any_world.owner, NOW)
    company = company_of(any_world)
    assert (company.headcount, company.turnover_cents, company.balance_sheet_cents) == (251, 1, 0)
    assert last_entry().facts == {"before": [42, 6_000_000_00, 4_000_000_00], "after": [251, 1, 0]}


@pytest.mark.parametrize(
    ("figures", "field"),
    [
        ((-1, 0, 0), "headcount"),
        ((10_000_001, 0, 0), "headcount"),
        ((1, -1, 0), "turnover"),
        ((1, 0, 10**14 + 1), "balance_sheet"),
    ],
)
def test_figures_out_of_bounds(
    world: World, session: Session, figures: tuple[int, int, int], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        service.set_figures(world.company_id, *figures, world.owner, NOW)
    assert refusal.value.field == field
    assert company_of(world).headcount == 42


def test_the_two_sets_are_two_lists(any_world: World, any_session: Session) -> None:
    link = service.add_link(any_world.company_id, "group", "732 829 320", any_world.owner, NOW)
    service.add_link(any_world.company_id, "single_undertaking", NEIGHBOUR.siren, any_world.owner, NOW)
    company = company_of(any_world)
    assert linked_to(company, "group") == [STRANGER]
    assert linked_to(company, "single_undertaking") == [NEIGHBOUR.siren]
    service.remove_link(any_world.company_id, link.id, any_world.owner, NOW)
    assert linked_to(company_of(any_world), "group") == []


@pytest.mark.parametrize(
    ("kind", "member", "code"),
    [
        ("group", "732829321", "company.wrong_identifier"),
        ("group", "own", "company.own_identifier"),
        ("group", "FR57732829320", "company.wrong_identifier"),
        ("friends", STRANGER, "company.unknown_kind"),
    ],
)
def test_a_link_that_cannot_be(world: World, session: Session, kind: str, member: str, code: str) -> None:
    member = company_of(world).siren if member == "own" else member
    with pytest.raises(InvalidInput, match=code):
        service.add_link(world.company_id, kind, member, world.owner, NOW)
    assert db.session.query(CompanyLink).count() == 0


def test_a_link_is_listed_once(world: World, session: Session) -> None:
    service.add_link(world.company_id, "group", STRANGER, world.owner, NOW)
    with pytest.raises(InvalidInput, match=r"company\.link_known"):
        service.add_link(world.company_id, "group", f"FR44{STRANGER}", world.owner, NOW)


def test_links_are_bounded(world: World, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_LINKS", 1)
    service.add_link(world.company_id, "group", STRANGER, world.owner, NOW)
    service.add_link(world.company_id, "single_undertaking", STRANGER, world.owner, NOW)
    with pytest.raises(InvalidInput, match=r"company\.too_many_links"):
        service.add_link(world.company_id, "group", "404833048", world.owner, NOW)


# ---------------------------------------------------------------- aids


def test_an_aid_is_declared_corrected_and_removed(any_world: World, any_session: Session) -> None:
    siren = company_of(any_world).siren
    aid = service.add_aid(any_world.company_id, aid_of(siren), any_world.owner, NOW, ON)
    given = replace(aid_of(siren), amount_cents=1, granted_on=ON, authority=" Bpifrance ", instrument="loan")
    service.correct_aid(any_world.company_id, aid.id, given, any_world.owner, NOW, ON)
    found = db.session.get_one(DeMinimisAid, aid.id)
    assert (found.amount_cents, found.granted_on, found.authority, found.instrument) == (
        1,
        ON,
        "Bpifrance",
        "loan",
    )
    assert last_entry().facts["before"]["amount_cents"] == 10_000_00
    service.remove_aid(any_world.company_id, aid.id, any_world.owner, NOW)
    assert db.session.get(DeMinimisAid, aid.id) is None
    assert last_entry().facts["amount_cents"] == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_cents": 0}, "amount"),
        ({"amount_cents": -1}, "amount"),
        ({"amount_cents": 10**14 + 1}, "amount"),
        ({"granted_on": ON + timedelta(days=1)}, "granted_on"),
        ({"granted_on": date(1999, 12, 31)}, "granted_on"),
        ({"authority": "  "}, "authority"),
        ({"authority": "x" * 201}, "authority"),
        ({"instrument": "gift"}, "instrument"),
        ({"recipient": STRANGER}, "recipient"),
        ({"recipient": NEIGHBOUR.siren}, "recipient"),
    ],
)
def test_an_aid_that_cannot_be(world: World, session: Session, changes: dict[str, Any], field: str) -> None:
    siren = company_of(world).siren
    with pytest.raises(InvalidInput) as refusal:
        service.add_aid(world.company_id, replace(aid_of(siren), **changes), world.owner, NOW, ON)
    assert refusal.value.field == field
    db.session.rollback()
    aid = service.add_aid(world.company_id, aid_of(siren), world.owner, NOW, ON)
    with pytest.raises(InvalidInput) as refusal:
        service.correct_aid(world.company_id, aid.id, replace(aid_of(siren), **changes), world.owner, NOW, ON)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "changes", [{"granted_on": ON}, {"granted_on": date(2000, 1, 1)}, {"amount_cents": 1}]
)
def test_an_aid_at_its_bounds(world: World, session: Session, changes: dict[str, Any]) -> None:
    given = replace(aid_of(company_of(world).siren), **changes)
    assert service.add_aid(world.company_id, given, world.owner, NOW, ON).id


def test_for_a_member_without_a_space_here(world: World, session: Session) -> None:
    """A member that has its own space declares what it received itself, else it would count twice."""
    for member in (STRANGER, NEIGHBOUR.siren):
        service.add_link(world.company_id, "single_undertaking", member, world.owner, NOW)
    siren = company_of(world).siren
    assert service.possible_recipients(company_of(world)) == [siren, STRANGER]
    assert service.add_aid(world.company_id, aid_of(siren, recipient=STRANGER), world.owner, NOW, ON).id
    with pytest.raises(InvalidInput, match=r"aid\.recipient"):
        service.add_aid(world.company_id, aid_of(siren, recipient=NEIGHBOUR.siren), world.owner, NOW, ON)


def test_an_aid_in_a_decision_changes_no_more(world: World, session: Session) -> None:
    siren = company_of(world).siren
    aid = service.add_aid(world.company_id, aid_of(siren), world.owner, NOW, ON)
    aid.used_at = NOW
    db.session.commit()
    with pytest.raises(Refusal, match=r"aid\.used"):
        service.correct_aid(world.company_id, aid.id, aid_of(siren, 1), world.owner, NOW, ON)
    db.session.rollback()
    with pytest.raises(Refusal, match=r"aid\.used"):
        service.remove_aid(world.company_id, aid.id, world.owner, NOW)
    db.session.rollback()
    assert db.session.get_one(DeMinimisAid, aid.id).amount_cents == 10_000_00


def test_the_database_holds_amounts_by_itself(any_world: World, any_session: Session) -> None:
    for changes in ({"amount_cents": 0}, {"instrument": "gift"}):
        values = {
            "company_id": any_world.company_id,
            "recipient": STRANGER,
            "amount_cents": 1,
            "granted_on": ON,
            "authority": "x",
            "instrument": "grant",
            "created_at": NOW,
        }
        db.session.add(DeMinimisAid(**values | changes))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


# ---------------------------------------------------------------- whose


Act = Callable[[int, int, int, Actor], object]
ACTS: dict[str, Act] = {
    "figures": lambda company, _link, _aid, actor: service.set_figures(company, 1, 1, 1, actor, NOW),
    "add a link": lambda company, _link, _aid, actor: service.add_link(
        company, "group", "404833048", actor, NOW
    ),
    "remove a link": lambda company, link, _aid, actor: service.remove_link(company, link, actor, NOW),
    "add an aid": lambda company, _link, _aid, actor: service.add_aid(
        company, aid_of("900300401"), actor, NOW, ON
    ),
    "correct an aid": lambda company, _link, aid, actor: service.correct_aid(
        company, aid, aid_of("900300401", 1), actor, NOW, ON
    ),
    "remove an aid": lambda company, _link, aid, actor: service.remove_aid(company, aid, actor, NOW),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["filer", "reader", "neighbour", "agent", "service"])
def test_owners_alone_declare(world: World, session: Session, act: str, who: str) -> None:
    link = service.add_link(world.company_id, "group", STRANGER, world.owner, NOW).id
    aid = service.add_aid(world.company_id, aid_of(company_of(world).siren), world.owner, NOW, ON).id
    actors: dict[str, Actor] = {
        "neighbour": world.neighbour_owner,
        "agent": world.reviewer,
        "service": Actor("service:worker"),
    }
    if who not in actors:
        person = add_person(
            "x@demo.example", "X", PASSWORD, NOW, company_id=world.company_id, company_role=who
        )
        db.session.commit()
        actors[who] = Actor("X", person.id)
    with pytest.raises(Forbidden, match=r"company\.owners_only"):
        ACTS[act](world.company_id, link, aid, actors[who])


@pytest.mark.parametrize("act", ["remove a link", "correct an aid", "remove an aid"])
def test_what_is_another_company_s_is_not_found(world: World, session: Session, act: str) -> None:
    link = service.add_link(world.company_id, "group", STRANGER, world.owner, NOW).id
    aid = service.add_aid(world.company_id, aid_of(company_of(world).siren), world.owner, NOW, ON).id
    with pytest.raises(NotFound):
        ACTS[act](world.neighbour_id, link, aid, world.neighbour_owner)
