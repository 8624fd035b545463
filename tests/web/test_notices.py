"""A company's notices on its pages: a count in the menu, the latest on its home, a list, and opening one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bonus.accounts.service import add_person
from bonus.claims.models import Claim
from bonus.claims.notice_models import Notice
from bonus.claims.notices import News, tell_all
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.support.world import NOW, World, draft, filed, settled
from tests.web.visitor import Visitor, document, signed_in, spaced, words

PAGE = "/entreprise/avis"


def menu(visitor: Visitor) -> list[str]:
    page = document(visitor.get("/aide"))
    return [spaced(one.text_content()) for one in page.xpath('//nav[@id="navigation"]//a')]


def ids(world: World) -> list[int]:
    with world.app.app_context():
        found = list(db.session.scalars(select(Notice.id).order_by(Notice.id)))
        db.session.rollback()
        return found


def test_none_yet_says_what_will_be_there(owner: Visitor) -> None:
    text = words(owner.get(PAGE))
    assert "Vous n’avez pas encore d’avis" in text
    assert menu(owner)[-1] == "Avis"
    assert "À lire" not in words(owner.get("/entreprise"))


def test_counted_listed_opened_and_read(world: World, owner: Visitor) -> None:
    dossier = settled(world)
    assert menu(owner)[-1] == "Avis (2)"
    home = owner.get("/entreprise")
    assert "À lire Décision rendue Non lu Une décision est rendue sur votre dossier" in words(home)
    page = owner.get(PAGE)
    links = document(page).xpath('//main//li//a[starts-with(@href, "/entreprise/avis/")]')
    assert [(link.text_content(), link.get("href")) for link in links] == [
        ("Décision rendue", f"{PAGE}/2"),
        ("Dossier reçu", f"{PAGE}/1"),
    ]
    opened = owner.get(f"{PAGE}/2")
    assert opened.headers["Location"] == f"/entreprise/dossiers/{dossier.number}"
    assert owner.follow(opened).status_code == 200
    assert menu(owner)[-1] == "Avis (1)"
    text = words(owner.get(PAGE))
    assert text.index("Dossier reçu") < text.index("Décision rendue"), "what is unread comes first"
    assert text.count("Non lu") == 1
    assert "lu par Camille Laurent le 22 novembre 2026" in text
    assert "Décision rendue" not in words(owner.get("/entreprise"))


def test_a_reader_reads_it_and_leaves_it_to_those_who_act(world: World) -> None:
    filed(world)
    with world.app.app_context():
        add_person(
            "lecteur@demo.example",
            "Lise Lecteur",
            PASSWORD,
            NOW,
            company_id=world.company_id,
            company_role="reader",
        )
        db.session.commit()
    reader = signed_in(world.app, "lecteur@demo.example")
    assert "Un avis que vous ouvrez reste « non lu » pour eux." in words(reader.get(PAGE))
    assert reader.get(f"{PAGE}/1").status_code == 302
    assert menu(reader)[-1] == "Avis (1)"


def test_a_notice_of_a_draft_leads_to_it_and_one_of_several_to_the_home_page(
    world: World, owner: Visitor
) -> None:
    dossier = draft(world)
    with world.app.app_context():
        claim = db.session.get_one(Claim, dossier.id)
        tell_all(
            [
                News(world.company_id, "filing_deadline", "1", "Phrase.", claim),
                News(world.company_id, "label_ends", "1", "Phrase."),
            ],
            NOW,
        )
        db.session.commit()
    first, second = ids(world)
    assert owner.get(f"{PAGE}/{first}").headers["Location"] == f"/entreprise/dossiers/{dossier.reference}"
    assert owner.get(f"{PAGE}/{second}").headers["Location"] == "/entreprise"


@pytest.mark.parametrize("wrong", ["99", "0", "-1", "2147483647", "2147483648", "9" * 40, "abc", "%00"])
def test_what_is_no_notice_is_not_found(world: World, owner: Visitor, wrong: str) -> None:
    filed(world)
    assert owner.get(f"{PAGE}/{wrong}").status_code in (400, 404)


def test_many_have_pages(world: World, owner: Visitor) -> None:
    with world.app.app_context():
        news = [News(world.company_id, "label_ends", str(n), f"Phrase {n}.", mailed=False) for n in range(21)]
        tell_all(news, NOW)
        db.session.commit()
    assert "Phrase 0." not in words(owner.get(PAGE))
    assert "Phrase 0." in words(owner.get(f"{PAGE}?page=2"))
    for strange in ("0", "-3", "99", "abc", "9" * 40):
        assert owner.get(f"{PAGE}?page={strange}").status_code == 200
    assert "Non lu" not in words(owner.get("/entreprise")), "a label's end is said on its draft"


def test_the_home_page_has_the_latest_three(world: World, owner: Visitor) -> None:
    with world.app.app_context():
        news = [
            News(world.company_id, "filing_deadline", str(n), f"Phrase {n}.", mailed=False) for n in range(5)
        ]
        tell_all(news, NOW)
        db.session.commit()
    text = words(owner.get("/entreprise"))
    assert [n for n in range(5) if f"Phrase {n}." in text] == [2, 3, 4]
    assert text.index("Phrase 4.") < text.index("Phrase 2.")


def test_the_link_of_the_mail_goes_through_sign_in(world: World) -> None:
    filed(world)
    visitor = Visitor(world.app)
    asked = visitor.get(f"{PAGE}/1")
    assert asked.headers["Location"] == f"/connexion?suite={PAGE}/1"
    back = visitor.sign_in(world.owner.email, url=asked.headers["Location"])
    assert back.headers["Location"] == f"{PAGE}/1"
