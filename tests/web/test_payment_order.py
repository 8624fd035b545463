"""The page of one payment order: what an accounting officer may do of it, and what others may not."""

from __future__ import annotations

import pytest

from bonus.extensions import db
from tests.payments.test_batches import due
from tests.support.answers import orders, rejection, sent, take
from tests.support.world import World
from tests.web.visitor import Visitor, document, errors, signed_in, words

WHY = "La société conteste le compte indiqué."


def page_of(world: World) -> str:
    with world.app.app_context():
        number = orders()[0].number
        db.session.rollback()
    return f"/agent/paiements/ordres/{number}"


@pytest.fixture
def page(world: World) -> str:
    with world.app.app_context():
        due(world)
        db.session.rollback()
    return page_of(world)


@pytest.fixture
def officer(world: World) -> Visitor:
    return signed_in(world.app, world.accounting_officer.email)


def forms(visitor: Visitor, page: str) -> set[str]:
    """The acts that the page offers, by the end of their address."""
    found = document(visitor.get(page)).xpath("//main//form/@action")
    return {str(action).removeprefix(f"{page}/") for action in found}


def test_held_then_freed(officer: Visitor, page: str) -> None:
    assert forms(officer, page) == {"retenue"}
    text = words(
        officer.follow(officer.post(f"{page}/retenue", {"hold-reason": "by_hand", "hold-words": WHY}))
    )
    assert "L’ordre est retenu." in text
    assert WHY in text
    assert "Retenu" in text
    assert forms(officer, page) == {"retenue", "liberation"}
    given = {"free-reason": "by_hand", "free-words": "Le litige est levé par écrit."}
    assert "Ce motif ne retient plus l’ordre." in words(
        officer.follow(officer.post(f"{page}/liberation", given))
    )
    assert forms(officer, page) == {"retenue"}
    assert "Le litige est levé par écrit." in words(officer.get(page))


def test_what_was_typed_is_kept(officer: Visitor, page: str) -> None:
    answer = officer.post(f"{page}/retenue", {"hold-reason": "insolvency", "hold-words": "Bref"})
    assert answer.status_code == 422
    assert "Dites pourquoi cet ordre est retenu, en 10 à 500 caractères." in " ".join(errors(answer))
    assert document(answer).xpath("//textarea[@name='hold-words']")[0].text.strip() == "Bref"
    assert document(answer).xpath("//input[@name='hold-reason'][@value='insolvency']/@checked")


def test_reopened(world: World, officer: Visitor) -> None:
    with world.app.app_context():
        sent(world)
        take(rejection(orders()[0], code="MS03"), world)
        db.session.rollback()
    page = page_of(world)
    assert forms(officer, page) == {"retenue", "reouverture"}
    assert "Refusés par la banque" in words(officer.get("/agent/paiements"))
    given = {"reopen-words": "La banque a rétabli le service."}
    assert "L’ordre est rouvert." in words(officer.follow(officer.post(f"{page}/reouverture", given)))
    assert "Refusés par la banque" not in words(officer.get("/agent/paiements"))
    again = officer.post(f"{page}/reouverture", given)
    assert again.status_code == 422
    assert "n’est plus possible" in words(again)


def test_an_unknown_order_is_not_found(officer: Visitor) -> None:
    for end in ("", "/retenue", "/liberation", "/reouverture"):
        address = f"/agent/paiements/ordres/OP-2026-999999{end}"
        assert (officer.post(address, {}) if end else officer.get(address)).status_code == 404


@pytest.mark.parametrize(
    "who", ["reviewer", "officer", "administrator", "registry_keeper", "owner", "accountant"]
)
def test_it_is_the_accounting_officers_alone(world: World, page: str, who: str) -> None:
    visitor = signed_in(world.app, getattr(world, who).email)
    assert visitor.get(page).status_code in (403, 404)
    for end in ("retenue", "liberation", "reouverture"):
        assert visitor.post(f"{page}/{end}", {"hold-reason": "by_hand", "hold-words": WHY}).status_code in (
            403,
            404,
        )
    with world.app.app_context():
        assert orders()[0].status == "to_pay"
        db.session.rollback()
