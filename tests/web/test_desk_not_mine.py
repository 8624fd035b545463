"""The desk's addresses: not for who does not examine, nothing of another dossier, nothing of what is not there."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bonus.claims.desk_models import InternalNote, Presence
from bonus.extensions import db
from tests.support.desk import PAGE, documents_of
from tests.support.requests import RECEIVED, asked, at, prepared
from tests.support.world import World, decided, draft, filed
from tests.web.visitor import Visitor, signed_in

READ = (
    "explication",
    "documents/{reference}/vue",
    "documents/{reference}/pages/1.png",
    "documents/{reference}",
)
SENT = ("notes", "presence", "depart")


@pytest.fixture
def number(world: World) -> str:
    dossier = filed(world)
    assert dossier.number
    return dossier.number


def untouched(world: World) -> bool:
    with world.app.app_context():
        tables = (InternalNote, Presence)
        return not any(db.session.scalar(select(func.count()).select_from(table)) for table in tables)


@pytest.mark.parametrize(
    "who", ["owner", "accountant", "accounting_officer", "registry_keeper", "administrator"]
)
def test_only_who_examines(world: World, number: str, who: str) -> None:
    visitor = signed_in(world.app, getattr(world, who).email)
    for end in READ:
        assert visitor.get(f"/agent/dossiers/{number}/{end.format(reference='x')}").status_code == 403
    for end in SENT:
        sent = {"text": "Non.", "page": PAGE}
        assert visitor.post(f"/agent/dossiers/{number}/{end}", sent).status_code == 403
    assert untouched(world)


def test_a_visitor_signs_in_first(world: World, number: str) -> None:
    visitor = Visitor(world.app)
    for end in READ:
        assert visitor.get(f"/agent/dossiers/{number}/{end.format(reference='x')}").status_code == 302
    for end in SENT:
        assert visitor.post(f"/agent/dossiers/{number}/{end}", {"page": PAGE}).status_code == 302
    assert untouched(world)


@pytest.mark.parametrize("end", SENT)
def test_not_from_another_site(world: World, number: str, end: str) -> None:
    reviewer = signed_in(world.app, world.reviewer.email)
    sent = {"text": "Non.", "page": PAGE}
    assert reviewer.post_without_token(f"/agent/dossiers/{number}/{end}", sent).status_code == 400
    assert untouched(world)


@pytest.mark.parametrize("wrong", ["BS-2026-999999", "x", "%27"])
def test_a_dossier_that_is_not_there(world: World, number: str, wrong: str) -> None:
    reviewer = signed_in(world.app, world.reviewer.email)
    for end in READ:
        assert reviewer.get(f"/agent/dossiers/{wrong}/{end.format(reference='x')}").status_code == 404
    for end in SENT:
        assert reviewer.post(f"/agent/dossiers/{wrong}/{end}", {"text": "a", "page": PAGE}).status_code == 404


def test_a_draft_is_nobodys_but_its_companys(world: World) -> None:
    reviewer = signed_in(world.app, world.reviewer.email)
    begun = draft(world)
    for end in ("explication", "documents/x/vue"):
        assert reviewer.get(f"/agent/dossiers/{begun.reference}/{end}").status_code == 404
    assert reviewer.post(f"/agent/dossiers/{begun.reference}/notes", {"text": "a"}).status_code == 404


def test_a_document_is_that_of_its_dossier(world: World, number: str) -> None:
    reviewer = signed_in(world.app, world.reviewer.email)
    (other,) = documents_of(world, filed(world))
    for end in READ[1:]:
        assert reviewer.get(f"/agent/dossiers/{number}/{end.format(reference=other)}").status_code == 404


def test_what_a_company_prepares_is_its_own_until_it_is_sent(world: World) -> None:
    with world.app.app_context():
        dossier = asked(world)
        prepared(world, dossier, at(RECEIVED))
        db.session.rollback()
    reviewer = signed_in(world.app, world.reviewer.email)
    *_, unsent = documents_of(world, dossier)
    for end in READ[1:]:
        address = f"/agent/dossiers/{dossier.number}/{end.format(reference=unsent)}"
        assert reviewer.get(address).status_code == 404


def test_the_explanation_is_that_of_ones_own_dossier(world: World) -> None:
    done = decided(world)
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    for reference in (done.number, done.reference):
        assert neighbour.get(f"/entreprise/dossiers/{reference}/explication").status_code == 404
    reviewer = signed_in(world.app, world.reviewer.email)
    assert reviewer.get(f"/entreprise/dossiers/{done.number}/explication").status_code == 403
