"""What the tests of the registry's pages share: addresses, and acts of the keeper sent as the forms send them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.extensions import db
from bonus.registry.models import Certification, CertificationFact, Solution
from tests.support.world import AUDIT, World
from tests.web.visitor import Visitor, document, errors, spaced

WHY = "Courrier du certificateur, reçu le 20 novembre 2026"
NO_REASON = "Dites pourquoi : la pièce ou la décision sur laquelle vous vous fondez."
READERS = {"registry_keeper", "reviewer", "authorising_officer"}
KEEPER = {"registry_keeper"}
REGISTRY = "/agent/registre"
PAGE = f"{REGISTRY}/solutions/{AUDIT}"
"""The solution most tests are about: one certification, in force, of a label without criteria."""


EVENT = {"on": "2026-03-01", "reason": WHY}


def certification(world: World, slug: str = AUDIT) -> int:
    """The id of the last certification of a solution."""
    with world.app.app_context():
        query = select(Certification.id).join(Solution).where(Solution.slug == slug)
        found = db.session.scalars(query.order_by(Certification.id)).all()[-1]
        db.session.rollback()
        return found


def path(world: World, slug: str = AUDIT) -> str:
    """The address of a solution's last certification."""
    return f"{REGISTRY}/solutions/{slug}/certifications/{certification(world, slug)}"


def facts(world: World, certification_id: int) -> list[int]:
    """The ids of the facts of a certification, in order."""
    with world.app.app_context():
        query = select(CertificationFact.id).where(CertificationFact.certification_id == certification_id)
        found = list(db.session.scalars(query.order_by(CertificationFact.id)))
        db.session.rollback()
        return found


def states(response: TestResponse) -> list[str]:
    """The badge of each certification of a solution's page."""
    return [
        spaced(badge.text_content())
        for badge in document(response).xpath('//article//p[contains(@class, "bs-card__badge")]')
    ]


def story(response: TestResponse) -> list[str]:
    """The facts of a solution's page, each as its words."""
    return [
        spaced(item.text_content())
        for item in document(response).xpath('//li[contains(@class, "bs-timeline__item")]')
    ]


def refused(response: TestResponse, *sentences: str) -> None:
    """The form is shown again with these sentences."""
    assert response.status_code == 422, response.status_code
    assert errors(response) == list(sentences)


def typed(response: TestResponse, name: str) -> str:
    """What a control of the page's forms holds."""
    found = document(response).xpath(f'//main//form[@method="post"]//*[@name="{name}"]')
    text: str = (
        found[0].text_content().lstrip("\r\n") if found[0].tag == "textarea" else found[0].get("value", "")
    )
    return text


def require_audience(
    visitors: dict[str, Visitor], address: str, readers: set[str], *, posts: bool, reads: bool = True
) -> None:
    """An address lets in ``readers`` alone, by reading and by sending; nothing comes in from another site."""
    for who, visitor in visitors.items():
        if reads:
            response = visitor.get(address)
            if who in readers:
                assert response.status_code == 200, (address, who, response.status_code)
            else:
                _kept_out(who, address, response)
        if posts:
            assert visitor.post_without_token(address).status_code == 400, (address, who)
            response = visitor.post(address)
            if who in readers:
                assert response.status_code == 422, (address, who, response.status_code)
            else:
                _kept_out(who, address, response)


def _kept_out(who: str, address: str, response: Any) -> None:
    if who == "nobody":
        assert response.status_code == 302, (address, who)
        assert response.headers["Location"].startswith("/connexion"), address
    else:
        assert response.status_code == 403, (address, who, response.status_code)


def everyone(world: World) -> dict[str, Visitor]:
    """One of each role, signed in; and nobody."""
    people = {
        "registry_keeper": world.registry_keeper,
        "reviewer": world.reviewer,
        "authorising_officer": world.officer,
        "accounting_officer": world.accounting_officer,
        "administrator": world.administrator,
        "company": world.owner,
        "accountant": world.accountant,
    }
    visitors = {}
    for who, person in people.items():
        visitors[who] = Visitor(world.app)
        assert visitors[who].sign_in(person.email).status_code == 302
    return visitors | {"nobody": Visitor(world.app)}
