"""A filed dossier on its company's page: what is awaited, messages, history, another invoice, withdrawing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bonus.accounts.service import add_person
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.support.bills import bill
from tests.support.world import NOW, Dossier, World, decided, draft, filed, proposed, settled
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

TEXT = "Bonjour,\r\n\r\n<script>alert(1)</script> & « fin »"


def place(dossier: Dossier) -> str:
    return f"/entreprise/dossiers/{dossier.number}"


def page_of(dossier: Dossier) -> str:
    return f"/agent/dossiers/{dossier.number}"


@pytest.fixture
def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


@pytest.fixture
def reader(world: World) -> Visitor:
    with world.app.app_context():
        add_person(
            "lecture@demo.example",
            "Lise Lecture",
            PASSWORD,
            NOW,
            company_id=world.company_id,
            company_role="reader",
        )
        db.session.commit()
    return signed_in(world.app, "lecture@demo.example")


# ---------------------------------------------------------------- where it stands


def test_what_is_awaited_comes_first(world: World, owner: Visitor) -> None:
    page = document(owner.get(place(filed(world))))
    first = page.xpath("(//main//h2)[1]")[0]
    assert spaced(first.text_content()) == "Ce qui est attendu"
    said = spaced(first.getparent().text_content())
    assert "L’administration" in said
    assert "Au plus tard le 22 janvier 2027 (dans 61 jours)" in said
    assert "le silence vaut rejet" in said


def test_a_proposal_is_not_revealed(world: World, owner: Visitor) -> None:
    dossier = proposed(world)
    for page in (
        owner.get(place(dossier)),
        owner.get("/entreprise"),
        owner.get(f"{place(dossier)}/historique"),
    ):
        assert "ropos" not in words(page)
    assert "En instruction" in words(owner.get(place(dossier)))


def test_the_whole_history(world: World, owner: Visitor, reader: Visitor) -> None:
    dossier = settled(world)
    for visitor in (owner, reader):
        page = visitor.get(f"{place(dossier)}/historique")
        rows = [spaced(text) for text in document(page).xpath("//tbody/tr/th/text()[1]")]
        assert rows[0] == "Brouillon ouvert"
        assert rows[-1] == "Décision prise par l’ordonnateur : accordé"
        assert "Hugues Martin" not in words(page)
    assert f"{place(dossier)}/historique" in document(owner.get(place(dossier))).xpath("//main//a/@href")


def test_another_invoice_is_another_dossier(world: World, owner: Visitor, reader: Visitor) -> None:
    dossier = filed(world)
    page = owner.get(place(dossier))
    assert "Un dossier déposé ne se modifie plus." in words(page)
    assert "/entreprise/dossiers/nouveau" in document(page).xpath("//main//a/@href")
    assert "/entreprise/dossiers/nouveau" not in reader.get(place(dossier)).text


# ---------------------------------------------------------------- messages


def test_a_message_and_its_answer(world: World, owner: Visitor, reviewer: Visitor) -> None:
    dossier = filed(world)
    page = owner.follow(owner.post(f"{place(dossier)}/messages", {"text": TEXT}))
    assert "Votre message est envoyé à l’instructeur." in words(page)
    assert "<script>alert" not in page.text
    assert "pas encore lu" in words(page)
    assert "1 message" in words(reviewer.get("/agent/dossiers"))
    seen = reviewer.get(page_of(dossier))
    (text,) = document(seen).xpath('//p[contains(@class, "bs-thread__text")]')
    assert text.text == "Bonjour,\n\n<script>alert(1)</script> & « fin »"
    assert "Nouveau" in words(seen)
    assert "Nouveau" not in words(reviewer.get(page_of(dossier)))
    assert "1 message" not in words(reviewer.get("/agent/dossiers"))
    assert "lu le 22 novembre 2026" in words(owner.get(place(dossier)))
    said = words(reviewer.follow(reviewer.post(f"{page_of(dossier)}/messages", {"text": "Bien reçu."})))
    assert "Votre message est envoyé à l’entreprise." in said
    assert "1 message" in words(owner.get("/entreprise"))
    answer = words(owner.get(place(dossier)))
    assert "Sofia Benali, instructeur Nouveau Bien reçu." in answer
    assert "1 message" not in words(owner.get("/entreprise"))


def test_what_a_reader_or_an_officer_sees_stays_to_be_read(
    world: World, owner: Visitor, reviewer: Visitor, reader: Visitor
) -> None:
    dossier = filed(world)
    reviewer.post(f"{page_of(dossier)}/messages", {"text": "Bonjour."})
    owner.post(f"{place(dossier)}/messages", {"text": "Bonsoir."})
    page = reader.get(place(dossier))
    assert "Bonjour." in words(page)
    assert f"{place(dossier)}/messages" not in document(page).xpath("//form/@action")
    assert reader.post(f"{place(dossier)}/messages", {"text": "Non."}).status_code == 403
    officer = signed_in(world.app, world.officer.email)
    assert "Bonsoir." in words(officer.get(page_of(dossier)))
    assert officer.post(f"{page_of(dossier)}/messages", {"text": "Non."}).status_code == 403
    assert "1 message" in words(owner.get("/entreprise"))
    assert "1 message" in words(reviewer.get("/agent/dossiers"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Écrivez votre message."),
        ("  \r\n ", "Écrivez votre message."),
        ("x" * 5001, "Ce message dépasse 5 000 caractères : raccourcissez-le."),
    ],
)
def test_a_message_that_cannot_be_sent_is_kept(
    world: World, owner: Visitor, reviewer: Visitor, text: str, said: str
) -> None:
    dossier = filed(world)
    for visitor, address in ((owner, place(dossier)), (reviewer, page_of(dossier))):
        page = visitor.post(f"{address}/messages", {"text": text})
        assert (page.status_code, errors(page)) == (422, [said])
        assert text.strip() in page.text


def test_lines_count_once_whatever_the_browser_sends(world: World, owner: Visitor) -> None:
    dossier = filed(world)
    lines = "\r\n".join(["x" * 9] * 500)  # 4 999 characters, 5 498 as sent
    assert owner.post(f"{place(dossier)}/messages", {"text": lines}).status_code == 302


def test_a_dossier_long_closed_takes_no_message(world: World, reader: Visitor) -> None:
    dossier = decided(world)
    world.app.config["CLOCK"] = lambda: NOW + timedelta(days=122)
    owner = signed_in(world.app, world.owner.email)
    page = owner.get(place(dossier))
    assert "la messagerie a fermé le 22 mars 2027" in words(page)
    assert not document(page).xpath('//form[contains(@action, "/messages")]')
    response = owner.post(f"{place(dossier)}/messages", {"text": "Bonjour."})
    assert response.status_code == 422
    assert "clos depuis plus de 4 mois" in errors(response)[0]


def test_a_draft_has_no_page_of_messages(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    response = owner.post(f"/entreprise/dossiers/{dossier.reference}/messages", {"text": "Bonjour."})
    assert response.status_code == 404


# ---------------------------------------------------------------- withdrawing


@pytest.mark.parametrize("carried", [filed, proposed])
def test_withdrawing_says_first_what_follows(world: World, owner: Visitor, carried: object) -> None:
    bills = [bill(number="F-1")]
    dossier = carried(world, draft(world, bills))  # type: ignore[operator]
    (link,) = document(owner.get(place(dossier))).xpath('//a[contains(@href, "/desistement")]/@href')
    assert "C’est définitif" in words(owner.get(link))
    unsure = owner.post(link)
    assert (unsure.status_code, errors(unsure)) == (422, ["Cochez cette case pour vous désister."])
    home = words(owner.follow(owner.post(link, {"sure": "y"})))
    assert "Votre désistement est enregistré" in home
    assert "Désistement enregistré" in home, "a notice says it too"
    page = words(owner.get(place(dossier)))
    assert "Abandonné" in page
    assert "Me désister" not in page
    again = draft(world, bills)
    assert "Cette facture" not in words(owner.get(f"/entreprise/dossiers/{again.reference}/lignes"))


def test_a_filed_dossier_is_not_given_up_by_one_click(world: World, owner: Visitor) -> None:
    dossier = filed(world)
    assert owner.post(f"{place(dossier)}/abandon").headers["Location"] == f"{place(dossier)}/desistement"
    assert "Déposé" in words(owner.get(place(dossier)))


@pytest.mark.parametrize("sent", [{}, {"sure": "y"}])
def test_what_is_decided_is_not_withdrawn(world: World, owner: Visitor, sent: dict[str, str]) -> None:
    dossier = decided(world)
    assert "Me désister" not in words(owner.get(place(dossier)))
    assert owner.get(f"{place(dossier)}/desistement").headers["Location"] == place(dossier)
    text = words(owner.follow(owner.post(f"{place(dossier)}/desistement", sent)))
    assert "Accordé" in text
    assert "ne peut plus être abandonné" in text or "cette action n’est plus possible" in text


def test_the_reviewer_is_told_of_a_withdrawal(world: World, owner: Visitor, reviewer: Visitor) -> None:
    from sqlalchemy import select

    from bonus.mail import MailMessage

    dossier = filed(world)
    reviewer.post(f"{page_of(dossier)}/instruction")
    owner.post(f"{place(dossier)}/desistement", {"sure": "y"})
    with world.app.app_context():
        mail = db.session.scalars(select(MailMessage).where(MailMessage.to == world.reviewer.email)).one()
        assert "s’est désistée du dossier" in mail.text
        db.session.rollback()


def test_a_reader_withdraws_nothing(world: World, reader: Visitor) -> None:
    dossier = filed(world)
    assert reader.get(f"{place(dossier)}/desistement").status_code == 403
    assert reader.post(f"{place(dossier)}/desistement", {"sure": "y"}).status_code == 403
