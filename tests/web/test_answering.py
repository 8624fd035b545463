"""A request for documents on the pages: the reviewer asks once, the company answers item by item, then sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from bonus.claims.request_ends import end_requests
from bonus.claims.requests import ask_documents
from bonus.extensions import db
from tests.support.papers import photo, plain_pdf
from tests.support.requests import ITEMS, item_ids, request_to
from tests.support.world import NOW, Dossier, World, decided, filed
from tests.web.visitor import Visitor, document, errors, signed_in, words

LAST_MINUTE = datetime(2026, 12, 22, 22, 59, tzinfo=UTC)  # 23:59 in Paris, the thirtieth day
REASON = "Nous avons commandé par téléphone."


@pytest.fixture
def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


def place(dossier: Dossier) -> str:
    return f"/entreprise/dossiers/{dossier.number}"


def page_of(dossier: Dossier) -> str:
    return f"/agent/dossiers/{dossier.number}"


def asked(world: World) -> tuple[Dossier, list[int]]:
    """A dossier whose documents are asked for today, and what is asked."""
    dossier = filed(world)
    with world.app.app_context():
        ask_documents(dossier.id, ITEMS, world.reviewer, NOW)
        ids = item_ids(dossier)
        db.session.rollback()
    return dossier, ids


def join(owner: Visitor, dossier: Dossier, item: int, name: str, data: bytes) -> TestResponse:
    return owner.post_files(f"{place(dossier)}/reponse/{item}/ajout", f"piece-{item}-files", [(name, data)])


def explain(owner: Visitor, dossier: Dossier, item: int, reason: str = REASON) -> TestResponse:
    return owner.post(f"{place(dossier)}/reponse/{item}/motif", {f"motif-{item}-reason": reason})


def send(owner: Visitor, dossier: Dossier) -> TestResponse:
    return owner.post(f"{place(dossier)}/reponse")


def later(world: World, moment: datetime) -> None:
    world.app.config["CLOCK"] = lambda: moment


# ---------------------------------------------------------------- asking


def test_the_form_has_what_misses_ticked(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    assert f"{page_of(dossier)}/demande" in document(reviewer.get(page_of(dossier))).xpath("//main//a/@href")
    page = document(reviewer.get(f"{page_of(dossier)}/demande"))
    ticked = page.xpath('//input[@type="checkbox"][@checked]/@id')
    (label,) = page.xpath(f'//label[@for="{ticked[0]}"]')
    assert label.text_content().strip() == "Preuve de paiement"
    assert len(ticked) == 1


def test_asking_once(world: World, reviewer: Visitor, owner: Visitor) -> None:
    dossier = filed(world)
    sent = {
        "known_payment_proof-asked": "y",
        "known_payment_proof-detail": "Le relevé <i>d’octobre</i>.\nAvec le titulaire.",
        "known_contract-detail": "Sans être coché, ce qui est écrit compte.",
        "other_2-title": "Bon de commande",
    }
    text = words(reviewer.follow(reviewer.post(f"{page_of(dossier)}/demande", sent)))
    assert "Votre demande est envoyée à l’entreprise." in text
    assert "Pièces attendues" in text
    assert "Délai suspendu. Réponse attendue avant la fin du 22 décembre 2026" in text
    with world.app.app_context():
        titles = [item.title for item in request_to(dossier).items]
        db.session.rollback()
    assert titles == ["Preuve de paiement", "Contrat", "Bon de commande"]
    again = reviewer.get(f"{page_of(dossier)}/demande")
    assert again.headers["Location"] == page_of(dossier)
    twice = reviewer.post(f"{page_of(dossier)}/demande", sent)
    assert twice.status_code == 422
    assert "« pièces attendues »" in errors(twice)[0].replace("\u00a0", " ")
    page = owner.get(place(dossier))
    assert "Envoyez les 3 pièces demandées." in words(page)
    assert "<i>d’octobre" not in page.text
    assert "Sofia Benali, instructeur" in words(page)
    assert dossier.number is not None
    assert dossier.number in words(reviewer.get("/agent/dossiers?file=pieces-attendues"))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Indiquez au moins une pièce à demander."),
        ({"other_0-detail": "Sans nom."}, "Dites quelle pièce vous demandez."),
        ({"other_0-title": "x" * 201}, "200 caractères au plus."),
        ({"known_payment_proof-detail": "x" * 1001}, "Ce texte dépasse 1 000 caractères : raccourcissez-le."),
        ({"known_inconnu-asked": "y", "other_9-title": "y"}, "Indiquez au moins une pièce à demander."),
    ],
)
def test_what_cannot_be_asked_is_said_and_kept(
    world: World, reviewer: Visitor, sent: dict[str, str], said: str
) -> None:
    dossier = filed(world)
    page = reviewer.post(f"{page_of(dossier)}/demande", sent)
    assert (page.status_code, errors(page)) == (422, [said])
    for typed in sent.values():
        assert typed in page.text
    assert "Déposé" in words(reviewer.get(page_of(dossier)))


def test_an_officer_does_not_ask(world: World) -> None:
    dossier = filed(world)
    officer = signed_in(world.app, world.officer.email)
    assert "/demande" not in officer.get(page_of(dossier)).text
    assert officer.get(f"{page_of(dossier)}/demande").status_code == 403
    assert officer.post(f"{page_of(dossier)}/demande", {"known_payment_proof-asked": "y"}).status_code == 403


# ---------------------------------------------------------------- answering


def test_item_by_item_then_sent(world: World, owner: Visitor, reviewer: Visitor) -> None:
    dossier, (first, second) = asked(world)
    assert "votre réponse avant la fin du 22/12/2026" in words(owner.get("/entreprise"))
    page = owner.get(place(dossier))
    assert f"{place(dossier)}/reponse" in document(page).xpath("//main//a/@href")
    answer = owner.get(f"{place(dossier)}/reponse")
    assert "avant la fin du 22 décembre 2026" in words(answer)
    assert words(answer).count("À répondre") == 2
    data = plain_pdf()
    answer = owner.follow(join(owner, dossier, first, "relevé <b>.pdf", data))
    assert "relevé <b>.pdf" in words(answer)
    assert "relevé <b>" not in answer.text
    incomplete = send(owner, dossier)
    assert incomplete.status_code == 422
    assert "Bon de commande signé" in errors(incomplete)[0]
    owner.follow(explain(owner, dossier, second))
    hidden = words(reviewer.get(page_of(dossier)))
    assert "relevé <b>.pdf" not in hidden
    assert REASON not in hidden
    text = words(owner.follow(send(owner, dossier)))
    assert "Votre réponse est envoyée." in text
    assert "Votre réponse a été reçue le 22 novembre 2026 à 10 h 00, envoyée par Camille Laurent." in text
    assert "relevé <b>.pdf" in text
    assert REASON in text
    seen = reviewer.get(page_of(dossier))
    assert REASON in words(seen)
    links = document(seen).xpath('//section//ol//a[contains(., "relevé")]/@href')
    (original,) = document(reviewer.get(links[0])).xpath("//main//a[@download]/@href")
    assert reviewer.get(original).data == data


def test_the_reviewer_does_not_open_what_is_not_sent(world: World, owner: Visitor, reviewer: Visitor) -> None:
    dossier, (first, _) = asked(world)
    answer = owner.follow(join(owner, dossier, first, "releve.pdf", plain_pdf()))
    (link,) = document(answer).xpath('//a[contains(., "releve.pdf")]/@href')
    address = f"{page_of(dossier)}/documents/{link.rpartition('/')[2]}"
    assert reviewer.get(address).status_code == 404
    explain(owner, dossier, item_id(world, dossier, 1))
    send(owner, dossier)
    assert reviewer.get(address).status_code == 200


def item_id(world: World, dossier: Dossier, rank: int) -> int:
    with world.app.app_context():
        found = item_ids(dossier)[rank]
        db.session.rollback()
    return found


def test_a_file_is_taken_out_again(world: World, owner: Visitor) -> None:
    dossier, (first, _) = asked(world)
    answer = owner.follow(join(owner, dossier, first, "releve.pdf", plain_pdf()))
    (action,) = document(answer).xpath('//form[contains(@action, "/retrait")]/@action')
    text = words(owner.follow(owner.post(action)))
    assert "Le fichier est retiré de votre réponse." in text
    assert "releve.pdf" not in text
    assert owner.post(action).status_code == 404


def test_what_cannot_be_taken_is_named(world: World, owner: Visitor) -> None:
    dossier, (first, second) = asked(world)
    page = join(owner, dossier, first, "note.txt", b"bonjour")
    assert page.status_code == 422
    assert "note.txt : Ce fichier n’est ni un PDF" in words(page)
    nothing = owner.post(f"{place(dossier)}/reponse/{first}/ajout")
    assert (nothing.status_code, errors(nothing)) == (422, ["Choisissez au moins un fichier."])
    for reason, said in (("", "Dites pourquoi"), ("Non.", "Dites en quelques mots"), ("x" * 1001, "1 000")):
        page = explain(owner, dossier, second, reason)
        assert page.status_code == 422
        assert said in errors(page)[0]
        assert reason in page.text


def test_an_item_of_another_dossier_is_unknown(world: World, owner: Visitor) -> None:
    dossier, _ = asked(world)
    _, (other, _) = asked(world)
    assert join(owner, dossier, other, "a.pdf", photo()).status_code == 404
    assert explain(owner, dossier, other).status_code == 404


def test_a_second_answer_is_refused_with_a_sentence(world: World, owner: Visitor) -> None:
    dossier, (first, second) = asked(world)
    join(owner, dossier, first, "releve.pdf", plain_pdf())
    explain(owner, dossier, second)
    send(owner, dossier)
    late = (
        lambda: send(owner, dossier),
        lambda: join(owner, dossier, first, "b.pdf", photo()),
        lambda: explain(owner, dossier, second),
    )
    for again in late:
        text = words(owner.follow(again()))
        assert "Votre réponse a déjà été envoyée le 22 novembre 2026" in text
    assert owner.get(f"{place(dossier)}/reponse").status_code == 302


def test_the_last_minute_and_the_next(world: World, owner: Visitor) -> None:
    dossier, (first, second) = asked(world)
    late, (late_first, late_second) = asked(world)
    join(owner, dossier, first, "releve.pdf", plain_pdf())
    join(owner, late, late_first, "autre.pdf", photo())
    for one, item in ((dossier, second), (late, late_second)):
        explain(owner, one, item)
    later(world, LAST_MINUTE)
    owner = signed_in(world.app, world.owner.email)
    assert "Votre réponse est envoyée." in words(owner.follow(send(owner, dossier)))
    later(world, LAST_MINUTE + timedelta(minutes=1))
    text = words(owner.follow(send(owner, late)))
    assert "Le délai pour répondre a pris fin le 22 décembre 2026." in text
    with world.app.app_context():
        assert end_requests(LAST_MINUTE + timedelta(minutes=1)) == 1
    text = words(owner.get(place(late)))
    assert "Fin du délai pour répondre" in text
    assert "autre.pdf" in text, "what was joined is in the dossier"


def test_no_request_no_answer(world: World, owner: Visitor) -> None:
    for dossier in (filed(world), decided(world)):
        for answer in (
            owner.get(f"{place(dossier)}/reponse"),
            send(owner, dossier),
            explain(owner, dossier, 1),
        ):
            assert answer.headers["Location"] == place(dossier)
