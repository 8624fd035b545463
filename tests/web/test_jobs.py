"""The page of failed jobs: each role sees its own, in French; tried again, put aside, logged, exported."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bonus.audit.models import AuditEntry
from bonus.extensions import db
from bonus.jobs.policy import MAX_ATTEMPTS
from bonus.jobs.tasks import HANDLERS, perform
from bonus.jobs.words import KIND_WORDS, MONEY_KINDS, why
from bonus.outbox import CAUSES, OutboxDismissal, OutboxMessage
from bonus.payments.models import PaymentOrder
from tests.support.jobs import PAGE, fail, failed
from tests.support.rows import message
from tests.support.world import NOW, World, decided
from tests.web.visitor import Visitor, document, signed_in, words


@pytest.fixture
def admin(world: World) -> Visitor:
    return signed_in(world.app, world.administrator.email)


@pytest.fixture
def accounting(world: World) -> Visitor:
    return signed_in(world.app, world.accounting_officer.email)


def logged(world: World, action: str) -> list[dict[str, Any]]:
    with world.app.app_context():
        found = list(db.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == action)))
        db.session.rollback()
        return found


def due_payment(world: World) -> tuple[int, str]:
    """The id of a payment's message that failed, and its dossier's number."""
    dossier = decided(world)
    with world.app.app_context():
        found = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "pay")).one()
        fail(found, "refused")
        db.session.commit()
        return found.id, str(dossier.number)


# ---------------------------------------------------------------- words


def test_each_kind_has_words() -> None:
    assert HANDLERS.keys() <= KIND_WORDS.keys()
    assert KIND_WORDS.keys() >= MONEY_KINDS


@pytest.mark.parametrize(
    ("cause", "error", "said"),
    [
        ("refused", "payment.no_account: Aucun compte vérifié.", "Aucun compte vérifié."),
        ("away", "RegisterAway: <html>502", "Le registre central des aides de minimis ne répond pas."),
        ("away", "ConnectionError: Error 111 connecting to 10.0.0.3", "Une partie du service"),
        ("away", "OperationalError: FATAL: password", "La base de données ne répondait pas"),
        ("bug", "KeyError: 'iban'", "Une erreur du logiciel"),
        ("bug", "JobTimeoutException: Task exceeded", "prenait trop de temps"),
        (None, None, "Une erreur du logiciel"),
    ],
)
def test_why_is_said_in_french_and_nothing_of_the_inside(cause: str, error: str, said: str) -> None:
    found = why(cause, error)
    assert said in found
    assert not any(inside in found for inside in ("Error", "<html", "10.0.0", "FATAL", "Exception", "'iban'"))


# ---------------------------------------------------------------- the list


def test_nothing_failed(admin: Visitor) -> None:
    page = admin.get(PAGE)
    assert "Aucun travail en échec" in words(page)
    assert not document(page).xpath("//main//table")


def test_what_failed_says_what_why_since_when_and_how_often(world: World, admin: Visitor) -> None:
    _, number = due_payment(world)
    said = words(admin.get(PAGE))
    for one in (
        "1 travail en échec",
        "Ordre de paiement",
        f"dossier {number}, 4 500,00 €",
        "Aucun compte vérifié.",
        "22 novembre 2026 à 9",
        "À regarder",
    ):
        assert one in said
    menu = document(admin.get(PAGE)).xpath("//header")[0].text_content()
    assert "Travaux (1)" in menu, "the menu counts what waits for a person"


def test_it_is_narrowed_by_cause_and_by_kind(world: World, admin: Visitor) -> None:
    for rank, cause in enumerate(CAUSES):
        failed(world.app, "pay", 900_000 + rank, cause)
        failed(world.app, "letter", 900_000 + rank, cause)
    assert len(document(admin.get(PAGE)).xpath("//main//tbody/tr")) == 6
    assert len(document(admin.get(f"{PAGE}?suivi=away")).xpath("//main//tbody/tr")) == 2
    assert len(document(admin.get(f"{PAGE}?suivi=away&voir=pay")).xpath("//main//tbody/tr")) == 1
    assert len(document(admin.get(f"{PAGE}?suivi=nonsense")).xpath("//main//tbody/tr")) == 6
    rows = list(
        csv.reader(io.StringIO(admin.get(f"{PAGE}.csv?suivi=bug").data.decode("utf-8-sig")), delimiter=";")
    )
    assert [row[8] for row in rows[1:]] == ["pay:900002", "letter:900002"]
    assert not any("NoResultFound" in cell for row in rows for cell in row)


def test_the_accounting_officer_sees_money_alone(world: World, accounting: Visitor) -> None:
    failed(world.app, "pay", 900_001, "bug")
    letter = failed(world.app, "letter", 900_001, "bug")
    page = accounting.get(PAGE)
    assert "Ordre de paiement" in words(page)
    assert "Courrier à sceller" not in words(page)
    assert accounting.get(f"{PAGE}/{letter}").status_code == 404
    for act in ("relance", "classement"):
        assert accounting.post(f"{PAGE}/{letter}/{act}", {"words": "Non."}).status_code == 404
    assert message(world.app, letter).attempts == MAX_ATTEMPTS


@pytest.mark.parametrize("subject", ["999999", "1" * 30])
def test_a_job_that_did_not_fail_is_not_there(admin: Visitor, subject: str) -> None:
    assert admin.get(f"{PAGE}/{subject}").status_code == 404


# ---------------------------------------------------------------- tried again


def test_tried_again_it_is_done_and_logged(world: World, admin: Visitor) -> None:
    message_id, _ = due_payment(world)
    assert admin.post(f"{PAGE}/{message_id}/relance").status_code == 302
    after = message(world.app, message_id)
    assert (after.attempts, after.next_try_at, after.queued_at, after.cause) == (0, None, None, "refused")
    assert "Relancé" in words(admin.get(PAGE))
    assert [facts["cause"] for facts in logged(world, "job.retried")] == ["refused"]
    with world.app.app_context():
        perform(message_id, NOW)
        assert db.session.scalars(select(PaymentOrder.number)).all() != []
        db.session.rollback()
    assert "Aucun travail en échec" in words(admin.get(PAGE))


def test_money_asks_for_the_second_factor(world: World, accounting: Visitor) -> None:
    message_id, _ = due_payment(world)
    world.app.config["CLOCK"] = lambda: NOW + timedelta(minutes=6)
    for act in ("relance", "classement"):
        assert accounting.post(f"{PAGE}/{message_id}/{act}", {"words": "Non."}).status_code == 401
    assert accounting.post(f"{PAGE}/relance?suivi=refused").status_code == 401
    assert message(world.app, message_id).attempts == MAX_ATTEMPTS


def test_what_moves_no_money_does_not(world: World, admin: Visitor) -> None:
    letter = failed(world.app, "letter", 900_001, "bug")
    world.app.config["CLOCK"] = lambda: NOW + timedelta(minutes=6)
    assert admin.post(f"{PAGE}/{letter}/relance").status_code == 302
    assert message(world.app, letter).attempts == 0


def test_all_of_one_cause_are_confirmed_then_tried_again(world: World, admin: Visitor) -> None:
    ids = [failed(world.app, "letter", 900_000 + rank, "bug") for rank in range(3)]
    other = failed(world.app, "letter", 900_009, "refused")
    address = f"{PAGE}/relance?suivi=bug"
    page = admin.get(address)
    assert "3 travaux en échec" in words(page)
    assert "Courrier à sceller : 3" in words(page)
    assert message(world.app, ids[0]).attempts == MAX_ATTEMPTS, "nothing is done yet"
    assert admin.post(address).status_code == 302
    assert [message(world.app, one).attempts for one in (*ids, other)] == [0, 0, 0, MAX_ATTEMPTS]
    [facts] = logged(world, "jobs.retried")
    assert (facts["count"], facts["jobs"][0]) == (3, "letter:900000")


def test_without_a_cause_nothing_is_tried_again(world: World, admin: Visitor) -> None:
    letter = failed(world.app, "letter", 900_001, "bug")
    assert "Choisissez d’abord une cause" in words(admin.get(f"{PAGE}/relance"))
    admin.post(f"{PAGE}/relance")
    assert message(world.app, letter).attempts == MAX_ATTEMPTS


def test_the_accounting_officer_tries_again_money_alone(world: World, accounting: Visitor) -> None:
    pay, letter = (failed(world.app, kind, 900_001, "bug") for kind in ("pay", "letter"))
    accounting.post(f"{PAGE}/relance?suivi=bug")
    assert [message(world.app, one).attempts for one in (pay, letter)] == [0, MAX_ATTEMPTS]


# ---------------------------------------------------------------- put aside


def test_put_aside_with_a_word(world: World, admin: Visitor) -> None:
    letter = failed(world.app, "letter", 900_001, "bug")
    assert admin.post(f"{PAGE}/{letter}/classement", {"words": "Essai de recette."}).status_code == 302
    assert message(world.app, letter).done_at == NOW
    with world.app.app_context():
        kept = db.session.scalars(select(OutboxDismissal)).one()
        assert (kept.words, kept.dismissed_by_id) == ("Essai de recette.", world.administrator.person_id)
        db.session.rollback()
    assert [facts["reasons"] for facts in logged(world, "job.dismissed")] == ["Essai de recette."]
    assert "Aucun travail en échec" in words(admin.get(PAGE))
    assert admin.get(f"{PAGE}/{letter}").status_code == 404


@pytest.mark.parametrize("said", ["", "  ", "x" * 501])
def test_not_without_words(world: World, admin: Visitor, said: str) -> None:
    letter = failed(world.app, "letter", 900_001, "bug")
    assert admin.post(f"{PAGE}/{letter}/classement", {"words": said}).status_code == 422
    assert message(world.app, letter).done_at is None


@pytest.mark.parametrize(
    ("kind", "said"), [("pay", "elle est due"), ("register", "La loi veut cette inscription")]
)
def test_what_is_owed_is_never_put_aside(world: World, accounting: Visitor, kind: str, said: str) -> None:
    decided(world)
    with world.app.app_context():
        found = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)).one()
        fail(found, "bug")
        db.session.commit()
        message_id = found.id
    page = accounting.post(f"{PAGE}/{message_id}/classement", {"words": "On verra."})
    assert page.status_code == 422
    assert said in words(page)
    assert message(world.app, message_id).done_at is None


def test_what_was_paid_may_be(world: World, accounting: Visitor) -> None:
    """The order is there: the message only was not marked."""
    message_id, _ = due_payment(world)
    with world.app.app_context():
        HANDLERS["pay"](message(world.app, message_id).subject_id, NOW)
        db.session.rollback()
    accounting.post(f"{PAGE}/{message_id}/classement", {"words": "L’ordre existe."})
    assert message(world.app, message_id).done_at == NOW
