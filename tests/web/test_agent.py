"""The agents' dossiers: the queue, the examination, the decision by another person, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bonus.accounts.models import AgentRole, CompanyMember
from bonus.audit.models import AuditEntry
from bonus.claims.models import Claim, Decision, Document
from bonus.extensions import db
from bonus.jobs.queue import connection, queue
from bonus.mail import MAIL
from bonus.outbox import OutboxMessage
from tests.conftest import AppMaker
from tests.support.bills import Item, bill
from tests.support.world import NOW, ON, Dossier, Someone, World, build_world, decided, draft, filed, proposed
from tests.web.visitor import Visitor, document, errors, signed_in, words

REASONS = "La facture porte sur un matériel, qui n’est pas une solution (art. 4)."
TOO_SHORT = "Un refus doit être motivé en droit et en fait (art. 11) : indiquez ce qui ne va pas et l’article appliqué."
ANOTHER_PERSON = (
    "Vous êtes déjà intervenu sur ce dossier à un autre titre : une autre personne doit le faire (art. 12)."
)


@pytest.fixture
def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


@pytest.fixture
def officer(world: World) -> Visitor:
    return signed_in(world.app, world.officer.email)


def page_of(dossier: Dossier) -> str:
    return f"/agent/dossiers/{dossier.number}"


def status(world: World, dossier: Dossier) -> str:
    with world.app.app_context():
        return db.session.get_one(Claim, dossier.id).status


def actions(visitor: Visitor, dossier: Dossier) -> set[str]:
    """The acts that the page offers, by the end of their address; anyone may add a note, or be put in charge."""
    found = document(visitor.get(page_of(dossier))).xpath("//main//form/@action")
    return {action.rsplit("/", 1)[1] for action in found} - {"notes", "attribution"}


# ---------------------------------------------------------------- the queue


def test_each_sees_first_what_awaits_them(world: World, reviewer: Visitor, officer: Visitor) -> None:
    waiting, ready = filed(world), proposed(world, filed(world, draft(world, [bill(number="F-2")])))
    assert waiting.number is not None
    assert ready.number is not None
    text = words(reviewer.get("/agent/dossiers"))
    assert "À vérifier : 1 dossier" in text
    assert waiting.number in text
    assert ready.number not in text
    text = words(officer.get("/agent/dossiers"))
    assert "À décider : 1 dossier" in text
    assert ready.number in text
    assert waiting.number not in text
    assert reviewer.get("/agent").headers["Location"] == "/agent/dossiers"


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("a-verifier", "Rien à vérifier"),
        ("a-proposer", "Rien à proposer"),
        ("pieces-attendues", "Aucune pièce attendue"),
        ("a-decider", "Rien à décider"),
        ("liste-d-attente", "La liste d’attente est vide"),
        ("decides", "Aucun dossier décidé"),
    ],
)
def test_an_empty_queue_says_so(reviewer: Visitor, key: str, sentence: str) -> None:
    assert sentence in words(reviewer.get(f"/agent/dossiers?file={key}"))


def test_an_unknown_queue_does_not_exist(reviewer: Visitor) -> None:
    assert reviewer.get("/agent/dossiers?file=tout").status_code == 404


@pytest.mark.parametrize(
    "place", ["0", "-1", "0.2026-13-01.1", "0.2026-01-01.999999999999999999999999", "deux", ""]
)
def test_a_page_that_does_not_exist_is_the_first_one(world: World, reviewer: Visitor, place: str) -> None:
    dossier = filed(world)
    response = reviewer.get(f"/agent/dossiers?apres={place}")
    assert response.status_code == 200
    assert str(dossier.number) in words(response)


def test_the_list_shows_what_is_due_and_what_is_late(world: World) -> None:
    dossier = filed(world)
    for day, said in (
        (ON, "dans 61 jours"),
        (date(2027, 1, 20), "Dans 2 jours"),
        (date(2027, 1, 25), "Retard de 3 jours"),
    ):
        world.app.config["CLOCK"] = lambda day=day: datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        text = words(signed_in(world.app, world.reviewer.email).get("/agent/dossiers"))
        assert "22/01/2027" in text
        assert said in text, (day, text)
    assert str(dossier.number) in text


# ---------------------------------------------------------------- the examination


def test_the_dossier_shows_what_was_read_declared_and_computed(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    text = words(reviewer.get(page_of(dossier)))
    for expected in (
        "Nuage Fictif SAS · 900 100 207",
        "Atelier Fictif SAS · 900 300 401",
        "15 octobre 2026",
        "10 000,00 €",
        "4 500,00 €",
        "Hébergement cloud qualifié",
        "22 janvier 2027",
        "Dossier déposé",
    ):
        assert expected in text, expected


def test_a_document_is_read_and_that_is_written(world: World, reviewer: Visitor) -> None:
    content = bill(number="F-9")
    dossier = filed(world, draft(world, [content]))
    (link,) = document(reviewer.get(page_of(dossier))).xpath(
        '//main//a[contains(@href, "/documents/")][@download]/@href'
    )
    original = reviewer.get(link)
    assert original.data == content[1]
    assert original.headers["Content-Disposition"].startswith("attachment")
    with world.app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.document_read")).one()
        assert entry.subject == f"claim:{dossier.number}"
        assert entry.facts["sha256"] == db.session.scalars(select(Document.sha256)).one()
        assert entry.actor.startswith("Sofia Benali")


def test_taking_up_then_proposing(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    assert actions(reviewer, dossier) == {"instruction", "messages", "proposition"}
    text = words(reviewer.follow(reviewer.post(f"{page_of(dossier)}/instruction")))
    assert "Vous instruisez ce dossier." in text
    assert "En instruction" in text
    assert actions(reviewer, dossier) == {"messages", "proposition"}
    text = words(reviewer.follow(reviewer.post(f"{page_of(dossier)}/proposition", {"outcome": "apply"})))
    assert "Votre proposition est transmise à l’ordonnateur." in text
    assert actions(reviewer, dossier) == {"messages"}


@pytest.mark.parametrize("typed", ["", "   ", "Non.", "x" * 19])
def test_a_refusal_is_not_proposed_without_reasons(world: World, reviewer: Visitor, typed: str) -> None:
    dossier = filed(world)
    response = reviewer.post(
        f"{page_of(dossier)}/proposition", {"outcome": "refuse", "ground": "not_paid", "reasons": typed}
    )
    assert response.status_code == 422
    assert errors(response) == [TOO_SHORT]
    page = document(response)
    assert page.xpath('//input[@value="refuse"]/@checked'), "the choice is kept"
    (area,) = page.xpath('//textarea[@name="reasons"]')
    assert area.text_content().lstrip("\r\n") == typed, "so is the text"
    (link,) = page.xpath('//*[@id="erreurs"]//a/@href')
    assert link == f"#{area.get('id')}"
    assert status(world, dossier) == "filed"


def test_a_proposal_needs_a_choice_that_exists(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    for sent, said in (({"reasons": REASONS}, "Choisissez une proposition."), ({"outcome": "perhaps"}, "")):
        response = reviewer.post(f"{page_of(dossier)}/proposition", sent)
        assert response.status_code == 422
        assert len(errors(response)) == 1
        assert said in errors(response)[0]
    assert status(world, dossier) == "filed"


def test_too_long_a_text_is_said_and_kept(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    response = reviewer.post(
        f"{page_of(dossier)}/proposition", {"outcome": "refuse", "ground": "not_paid", "reasons": "m" * 5001}
    )
    assert errors(response) == ["Ce texte dépasse 5 000 caractères : raccourcissez-le."]
    assert "m" * 5001 in response.text
    assert (
        reviewer.post(
            f"{page_of(dossier)}/proposition",
            {"outcome": "refuse", "ground": "not_paid", "reasons": "m" * 5000},
        ).status_code
        == 302
    )


# ---------------------------------------------------------------- the decision


def test_the_officer_applies_the_law(world: World, officer: Visitor) -> None:
    dossier = proposed(world)
    assert actions(officer, dossier) == {"decision", "renvoi"}
    text = words(officer.follow(officer.post(f"{page_of(dossier)}/decision", {"outcome": "apply"})))
    assert "Le dossier est décidé." in text
    assert "4 500,00 €" in text
    assert "Hugues Martin" in text
    assert "Sofia Benali" in text
    assert actions(officer, dossier) == set()
    with world.app.app_context():
        assert sorted(db.session.scalars(select(OutboxMessage.kind).where(OutboxMessage.kind != MAIL))) == [
            "certify",
            "letter",
            "pay",
            "register",
        ]


def test_the_officer_refuses_with_reasons(world: World, officer: Visitor) -> None:
    dossier = proposed(world)
    response = officer.post(
        f"{page_of(dossier)}/decision", {"outcome": "refuse", "ground": "not_paid", "reasons": "non"}
    )
    assert (response.status_code, errors(response)) == (422, [TOO_SHORT])
    assert document(response).xpath('//input[@value="refuse"]/@checked')
    assert status(world, dossier) == "proposed"
    text = words(
        officer.follow(
            officer.post(
                f"{page_of(dossier)}/decision",
                {"outcome": "refuse", "ground": "not_paid", "reasons": REASONS},
            )
        )
    )
    assert "Refusé" in text
    assert REASONS in text
    with world.app.app_context():
        decision = db.session.scalars(select(Decision)).one()
        assert (decision.outcome, decision.bonus_cents) == ("refused", 0)
        assert decision.reasons.endswith(f"(art. 9). En fait\u00a0: {REASONS}")
        asked_for = select(OutboxMessage.kind).where(OutboxMessage.kind != MAIL)
        assert db.session.scalars(asked_for).all() == ["letter"]


def test_the_officer_sends_back_saying_why(world: World, officer: Visitor, reviewer: Visitor) -> None:
    dossier = proposed(world)
    response = officer.post(f"{page_of(dossier)}/renvoi", {"reasons": ""})
    assert errors(response) == ["Dites pourquoi vous renvoyez ce dossier."]
    response = officer.post(f"{page_of(dossier)}/renvoi", {"reasons": "À revoir."})
    assert response.status_code == 422
    assert "À revoir." in document(response).xpath('string(//form[contains(@action, "/renvoi")]//textarea)')
    reasons = "Vérifiez la période de service de la ligne 1 (art. 5.2)."
    text = words(officer.follow(officer.post(f"{page_of(dossier)}/renvoi", {"reasons": reasons})))
    assert "Le dossier est renvoyé à l’instruction." in text
    text = words(reviewer.get(page_of(dossier)))
    assert reasons in text
    assert actions(reviewer, dossier) == {"messages", "proposition"}


def grant(world: World, someone: Someone, role: str) -> None:
    with world.app.app_context():
        db.session.add(AgentRole(person_id=someone.person_id, role=role))
        db.session.commit()


def test_who_proposed_does_not_decide_whatever_their_roles(world: World) -> None:
    grant(world, world.reviewer, "authorising_officer")
    dossier = proposed(world)
    both = signed_in(world.app, world.reviewer.email)
    for act, sent in (("decision", {"outcome": "apply"}), ("renvoi", {"reasons": REASONS})):
        response = both.post(f"{page_of(dossier)}/{act}", sent)
        assert response.status_code == 422
        assert errors(response) == [ANOTHER_PERSON]
    assert status(world, dossier) == "proposed"
    other = signed_in(world.app, world.officer.email)
    assert other.post(f"{page_of(dossier)}/decision", {"outcome": "apply"}).status_code == 302


def test_who_sent_back_does_not_propose(world: World, officer: Visitor) -> None:
    grant(world, world.officer, "reviewer")
    dossier = proposed(world)
    officer.post(f"{page_of(dossier)}/renvoi", {"reasons": REASONS})
    response = officer.post(f"{page_of(dossier)}/proposition", {"outcome": "apply"})
    assert errors(response) == [ANOTHER_PERSON]


def test_a_member_of_the_company_does_not_judge_it(world: World) -> None:
    with world.app.app_context():
        db.session.add(
            CompanyMember(person_id=world.reviewer.person_id, company_id=world.company_id, role="reader")
        )
        db.session.commit()
    dossier = filed(world)
    response = signed_in(world.app, world.reviewer.email).post(
        f"{page_of(dossier)}/proposition", {"outcome": "apply"}
    )
    assert errors(response) == [ANOTHER_PERSON]


@pytest.mark.parametrize(
    ("act", "sent"),
    [("decision", {"outcome": "apply"}), ("renvoi", {"reasons": REASONS})],
)
def test_what_is_decided_is_decided(world: World, officer: Visitor, act: str, sent: dict[str, str]) -> None:
    dossier = decided(world, now=NOW - timedelta(minutes=5))
    response = officer.post(f"{page_of(dossier)}/{act}", sent)
    assert response.status_code == 422
    assert "Ce dossier est « accordé » : cette action n’est plus possible." in errors(response)[0]
    with world.app.app_context():
        assert len(db.session.scalars(select(Decision)).all()) == 1


def test_a_dossier_is_not_decided_before_it_is_proposed(world: World, officer: Visitor) -> None:
    dossier = filed(world)
    assert actions(officer, dossier) == set()
    response = officer.post(f"{page_of(dossier)}/decision", {"outcome": "apply"})
    assert response.status_code == 422
    assert status(world, dossier) == "filed"


def test_an_earlier_dossier_with_the_same_invoice_is_decided_first(world: World, officer: Visitor) -> None:
    file = bill(number="F-1")
    first = filed(world, draft(world, [file]))
    second = proposed(world, filed(world, draft(world, [file]), now=NOW + timedelta(minutes=5)))
    assert f"Une facture figure aussi dans {first.number}" in words(officer.get(page_of(second)))
    response = officer.post(f"{page_of(second)}/decision", {"outcome": "apply"})
    assert response.status_code == 422
    assert str(first.number) in errors(response)[0]
    assert "(art. 5.3)" in errors(response)[0]


def test_the_decision_is_queued_at_once_when_the_queue_answers(make_app: AppMaker, redis_url: str) -> None:
    world = build_world(make_app(REDIS_URL=redis_url))
    dossier = proposed(world)
    signed_in(world.app, world.officer.email).post(f"{page_of(dossier)}/decision", {"outcome": "apply"})
    with world.app.app_context():
        queued = set(queue(connection()).job_ids)
    assert {"certify-1", "pay-1"} <= queued


def test_the_decision_is_taken_when_the_queue_is_away(make_app: AppMaker) -> None:
    world = build_world(make_app(REDIS_URL="unix:///nowhere/valkey.sock"))
    dossier = proposed(world)
    officer = signed_in(world.app, world.officer.email)
    text = words(officer.follow(officer.post(f"{page_of(dossier)}/decision", {"outcome": "apply"})))
    assert "Le dossier est décidé." in text
    with world.app.app_context():
        assert {message.queued_at for message in db.session.scalars(select(OutboxMessage))} == {None}


def test_the_line_of_an_unknown_solution_is_refused_with_its_article(world: World, reviewer: Visitor) -> None:
    dossier = filed(world, draft(world, [bill(Item(9_000_00, name="Chaise", reference="X"))]))
    text = words(reviewer.get(page_of(dossier)))
    assert "Aucune" in text
    assert "(art. 4)" in text
    assert "0,00 €" in text


# ---------------------------------------------------------------- sent twice by one double click

ALREADY = "Votre demande était déjà prise en compte : voici où en est le dossier."


def test_a_double_click_gives_what_the_first_did(world: World, reviewer: Visitor, officer: Visitor) -> None:
    dossier = filed(world)
    for visitor, act, form, after in (
        (reviewer, "instruction", {}, "under_review"),
        (reviewer, "proposition", {"outcome": "apply"}, "proposed"),
        (officer, "decision", {"outcome": "apply"}, "granted"),
    ):
        first, second = (visitor.post(f"{page_of(dossier)}/{act}", form) for _ in range(2))
        assert (first.status_code, second.status_code) == (302, 302), act
        assert ALREADY in words(visitor.follow(second))
        assert status(world, dossier) == after
    with world.app.app_context():
        assert len(db.session.get_one(Claim, dossier.id).decisions) == 1


def test_what_another_person_did_is_no_double_click(world: World) -> None:
    dossier = proposed(world)
    other = signed_in(world.app, "reviewer.2@demo.example")
    response = other.post(f"{page_of(dossier)}/proposition", {"outcome": "apply"})
    assert response.status_code == 422
    assert ALREADY not in words(response)


def test_nor_what_was_done_long_before(world: World, reviewer: Visitor) -> None:
    dossier = proposed(world, filed(world, now=NOW - timedelta(hours=1)), now=NOW - timedelta(minutes=5))
    assert reviewer.post(f"{page_of(dossier)}/proposition", {"outcome": "apply"}).status_code == 422
