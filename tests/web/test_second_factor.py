"""An agent's second factor: at each sign-in, put in place at the first, asked again before a grave act."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bonus.accounts.factor_models import SecondFactor
from bonus.accounts.second_factor import forget
from bonus.adapters.codes import read_codes
from bonus.adapters.second_factor import code_at, step_of
from bonus.claims.appeal_models import Appeal
from bonus.claims.models import Claim
from bonus.companies.models import BankAccount
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from bonus.payments.models import PaymentBatch
from tests.conftest import AppMaker
from tests.support.appeals import appealed, examined, refused_in_part
from tests.support.world import NOW, World, build_world, decided, proposed, settled
from tests.web.visitor import Visitor, document, errors, signed_in, telephone_code, words

FRESH = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)


def half_signed(world: World, email: str) -> Visitor:
    """Someone who gave the right password, and nothing else."""
    visitor = Visitor(world.app)
    response = visitor.post("/connexion", {"email": email, "password": PASSWORD})
    assert response.headers["Location"] == "/connexion/code"
    return visitor


def at(world: World, moment: datetime) -> None:
    world.app.config["CLOCK"] = lambda: moment


def unenrol(world: World, person_id: int | None) -> None:
    with world.app.app_context():
        forget(person_id or 0)
        db.session.commit()


# ---------------------------------------------------------------- signing in


def test_a_password_alone_opens_nothing(world: World) -> None:
    visitor = half_signed(world, world.reviewer.email)
    for page in ("/agent/dossiers", "/agent/alertes", "/agent/controles"):
        assert visitor.get(page).headers["Location"] == f"/connexion/code?suite={page}"
    assert visitor.get("/connexion").headers["Location"] == "/agent/dossiers"
    assert "Dossiers" not in words(visitor.get("/connexion/code"))
    dossier = proposed(world)
    assert (
        visitor.post(f"/agent/dossiers/{dossier.number}/decision", {"outcome": "apply"}).headers["Location"]
        == "/connexion/code"
    )
    assert visitor.get("/agent/journal").status_code == 302  # not even that it is another's


def test_the_code_leads_to_the_page_asked_for(world: World) -> None:
    visitor = half_signed(world, world.reviewer.email)
    response = visitor.post(
        "/connexion/code?suite=/agent/alertes",
        {"factor_code": telephone_code(world.app, world.reviewer.email)},
    )
    assert response.headers["Location"] == "/agent/alertes"
    assert visitor.get("/agent/alertes").status_code == 200
    assert visitor.get("/connexion/code").headers["Location"] == "/agent/dossiers"


@pytest.mark.parametrize("code", ["", "000000", "x" * 41, "‎", "<b>"])
def test_a_wrong_code(world: World, code: str) -> None:
    visitor = half_signed(world, world.reviewer.email)
    response = visitor.post("/connexion/code", {"factor_code": code})
    assert response.status_code == 422
    assert len(errors(response)) == 1
    assert visitor.get("/agent/dossiers").status_code == 302


def test_a_code_that_served_does_not_serve_again(world: World) -> None:
    code = telephone_code(world.app, world.reviewer.email)
    assert (
        half_signed(world, world.reviewer.email).post("/connexion/code", {"factor_code": code}).status_code
        == 302
    )
    response = half_signed(world, world.reviewer.email).post("/connexion/code", {"factor_code": code})
    assert "a déjà servi" in errors(response)[0]


def test_of_another_session_it_is_not_kept(world: World) -> None:
    """Signing in again asks again, and a company's people are asked nothing."""
    visitor = signed_in(world.app, world.reviewer.email)
    visitor.post("/deconnexion")
    assert visitor.get("/agent/dossiers").headers["Location"].startswith("/connexion?")
    visitor.post("/connexion", {"email": world.reviewer.email, "password": PASSWORD})
    assert visitor.get("/agent/dossiers").headers["Location"].startswith("/connexion/code")
    assert signed_in(world.app, world.owner.email).get("/connexion/code").headers["Location"] == "/entreprise"


def test_one_who_has_none_puts_it_in_place(world: World) -> None:
    unenrol(world, world.reviewer.person_id)
    visitor = half_signed(world, world.reviewer.email)
    asked = visitor.get("/connexion/code")
    assert asked.headers["Location"] == "/connexion/double-authentification"
    page = visitor.get("/connexion/double-authentification")
    (picture,) = document(page).xpath("//main//img/@src")
    assert picture.startswith("data:image/png;base64,")
    secret = typed(page)
    assert len(secret) == 32
    assert visitor.post("/connexion/double-authentification", {"factor_code": "000000"}).status_code == 422
    assert visitor.get("/agent/dossiers").status_code == 302
    with world.app.app_context():
        assert db.session.get_one(SecondFactor, world.reviewer.person_id).confirmed_at is None
        db.session.rollback()
    done = visitor.post("/connexion/double-authentification", {"factor_code": of_typed(secret)})
    assert len(set(re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", words(done)))) == 10
    assert visitor.get("/agent/dossiers").status_code == 200
    assert visitor.get("/connexion/double-authentification").status_code == 302  # never shown again


def typed(page: TestResponse) -> str:
    """The secret as the page writes it for who cannot aim at the picture."""
    (written,) = document(page).xpath("//main//*[contains(@class, 'bs-code')]")
    return "".join(written.text_content().split())


def of_typed(secret: str) -> str:
    return code_at(base64.b32decode(secret), step_of(NOW))


def test_the_picture_says_what_one_would_type(world: World) -> None:
    unenrol(world, world.officer.person_id)
    page = half_signed(world, world.officer.email).get("/connexion/double-authentification")
    (picture,) = document(page).xpath("//main//img/@src")
    read = read_codes(base64.b64decode(picture.partition(",")[2]))
    secret = typed(page)
    assert f"secret={secret}" in str(read)


def test_tries_are_counted(make_app: AppMaker) -> None:
    world = build_world(make_app(RATELIMIT_ENABLED=True))
    visitor = half_signed(world, world.reviewer.email)
    statuses = [visitor.post("/connexion/code", {"factor_code": "000000"}).status_code for _ in range(21)]
    assert statuses == [422] * 20 + [429]


def test_the_codes_are_told_in_a_demonstration_alone(world: World) -> None:
    assert Visitor(world.app).get("/demonstration/codes").status_code == 404
    world.app.config["DEMO"] = True
    page = words(Visitor(world.app).get("/demonstration/codes"))
    assert re.search(r"instructrice@demo\.example ?\d{6}", page)


# ---------------------------------------------------------------- asked again


def acts(world: World) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Each grave act: who, where, and what is sent."""
    dossier = proposed(world)
    settled(world)
    with world.app.app_context():
        account = BankAccount(
            company_id=world.neighbour_id, holder="Voisin", iban="FR7630006000011234567890189", created_at=NOW
        )
        account.requested_by_id = world.neighbour_owner.person_id
        db.session.add(account)
        db.session.commit()
        account_id = account.id
        appeal = appealed(world, refused_in_part(world))
        examined(world, appeal, "confirm")
        db.session.rollback()
    return {
        "appeal": (world.other_officer.email, f"/agent/recours/{appeal}/decision", {}),
        "decision": (
            world.officer.email,
            f"/agent/dossiers/{dossier.number}/decision",
            {"outcome": "apply", "reasons": "<b>« Été »</b> & 'suite'"},
        ),
        "batch": (world.accounting_officer.email, "/agent/paiements/lots", {"execution_on": "2026-11-24"}),
        "account": (world.accounting_officer.email, f"/agent/comptes/{account_id}/validation", {}),
    }


def state(world: World) -> tuple[object, ...]:
    with world.app.app_context():
        found = (
            sorted(db.session.scalars(select(Claim.status))),
            sorted(db.session.scalars(select(Appeal.status))),
            db.session.scalar(select(func.count()).select_from(PaymentBatch)),
            db.session.scalar(
                select(func.count()).select_from(BankAccount).where(BankAccount.checked_at.is_(None))
            ),
        )
        db.session.rollback()
        return found


@pytest.mark.parametrize("name", ["decision", "batch", "account", "appeal"])
def test_without_a_fresh_factor_nothing_happens_then_all_goes_on(world: World, name: str) -> None:
    email, url, sent = acts(world)[name]
    visitor = signed_in(world.app, email)
    at(world, NOW + FRESH)
    before = state(world)
    asked = visitor.post(url, sent)
    assert asked.status_code == 401
    kept = kept_in(asked)
    assert kept == sent  # escaped, and whole
    (form,) = document(asked).xpath("//main//form")
    assert form.get("action") == url
    wrong = visitor.post(url, kept | {"factor_code": "000000"})
    assert wrong.status_code == 422
    assert len(errors(wrong)) == 1
    assert state(world) == before
    done = visitor.post(url, kept | {"factor_code": telephone_code(world.app, email)})
    assert done.status_code == 302, words(done)
    assert state(world) != before


def test_after_too_many_codes_what_was_typed_is_still_there(make_app: AppMaker) -> None:
    """The page says how long to wait, keeps what was typed, and does not open even to the right code until then."""
    world = build_world(make_app(RATELIMIT_ENABLED=True))
    dossier = proposed(world)
    visitor = signed_in(world.app, world.officer.email)
    at(world, NOW + FRESH)
    url = f"/agent/dossiers/{dossier.number}/decision"
    sent = {"outcome": "refuse", "reasons": "Une page entière de motifs\n\n(art. 4)"}
    statuses = [
        visitor.post(url, sent | {"factor_code": "000000"}).status_code for _ in range(19)
    ]  # the sign-in was the first of twenty
    assert set(statuses) == {422}
    last = visitor.post(url, sent | {"factor_code": telephone_code(world.app, world.officer.email)})
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) <= 15 * 60
    assert re.search(r"réessayez dans (15|14) minutes", errors(last)[0])
    assert kept_in(last) == sent
    with world.app.app_context():
        assert db.session.get_one(Claim, dossier.id).status == "proposed"
        db.session.rollback()


def kept_in(page: TestResponse) -> dict[str, str]:
    """What the page that asks keeps of the form that it stopped."""
    return {
        str(field.get("name")): str(field.get("value"))
        for field in document(page).xpath("//main//form//input[@type='hidden'][@name!='csrf_token']")
    }


def test_a_decision_is_not_taken_back_without_it(world: World) -> None:
    dossier = decided(world)
    visitor = signed_in(world.app, world.officer.email)
    at(world, NOW + FRESH)
    asked = visitor.post(f"/agent/dossiers/{dossier.number}/retrait/decision", {"outcome": "revoke"})
    assert asked.status_code == 401


@pytest.mark.parametrize(
    ("after", "asked"), [(FRESH - timedelta(seconds=1), False), (FRESH, True), (-MINUTE, True)]
)
def test_it_holds_for_five_minutes(world: World, after: timedelta, *, asked: bool) -> None:
    dossier = proposed(world)
    visitor = signed_in(world.app, world.officer.email)
    at(world, NOW + after)
    response = visitor.post(f"/agent/dossiers/{dossier.number}/decision", {"outcome": "apply", "reasons": ""})
    assert (response.status_code == 401) is asked


def test_the_code_given_holds_for_the_next_act(world: World) -> None:
    first, second = proposed(world), proposed(world)
    visitor = signed_in(world.app, world.officer.email)
    at(world, NOW + FRESH)
    sent = {"outcome": "apply", "reasons": "", "factor_code": telephone_code(world.app, world.officer.email)}
    assert visitor.post(f"/agent/dossiers/{first.number}/decision", sent).status_code == 302
    del sent["factor_code"]
    assert visitor.post(f"/agent/dossiers/{second.number}/decision", sent).status_code == 302


def test_another_site_cannot_have_it_asked_nor_given(world: World) -> None:
    dossier = proposed(world)
    visitor = signed_in(world.app, world.officer.email)
    at(world, NOW + FRESH)
    url = f"/agent/dossiers/{dossier.number}/decision"
    code = telephone_code(world.app, world.officer.email)
    response = visitor.post_without_token(url, {"outcome": "apply", "factor_code": code})
    assert response.status_code == 400
    with world.app.app_context():
        factor = db.session.get_one(SecondFactor, world.officer.person_id)
        assert factor.last_step is None  # not even the code was spent
        db.session.rollback()


def test_who_was_let_in_by_the_provider_puts_one_in_place_before_a_grave_act(world: World) -> None:
    dossier = proposed(world)
    visitor = signed_in(world.app, world.officer.email)
    unenrol(world, world.officer.person_id)
    at(world, NOW + FRESH)
    response = visitor.post(f"/agent/dossiers/{dossier.number}/decision", {"outcome": "apply"})
    assert response.headers["Location"] == "/connexion/double-authentification"
