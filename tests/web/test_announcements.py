"""Certifications that end soon: what a company sees on its drafts, and the keeper's list of who was told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bonus.accounts.service import add_person
from bonus.audit.models import AuditEntry
from bonus.claims.announcements import announce
from bonus.claims.filing import abandon
from bonus.claims.models import Invoice
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.registry.models import Solution, Supplier
from tests.support.bills import Item, bill
from tests.support.ends import address, ending, mails, many_ending
from tests.support.registry import certified, learn
from tests.support.world import CLOUD, DATA, NOW, ON, SUITE, Dossier, World, draft, filed
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

LAST = ON + timedelta(days=90)
DAY = timedelta(days=1)
NOTICE = "Fin de label annoncée pour ce brouillon :"
SUITE_END = "« Suite bureautique collaborative » : Numérique France Garanti, jusqu’au 20 février 2027 inclus"
LIST = "/agent/registre/echeances"
NO_ADDRESS = "Cette adresse électronique n’en est pas une : écrivez par exemple contact@editeur.fr."


def suite_draft(world: World) -> Dossier:
    return draft(world, [bill(Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN"))])


def pages_of(dossier: Dossier) -> list[str]:
    return [f"/entreprise/dossiers/{dossier.reference}/{step}" for step in ("factures", "lignes", "depot")]


def supplier_of(world: World, slug: str) -> str:
    with world.app.app_context():
        query = select(Supplier.identifier).join(Solution).where(Solution.slug == slug)
        found = db.session.scalars(query).one()
        db.session.rollback()
        return found


def announced(world: World) -> None:
    with world.app.app_context():
        announce(NOW)


@pytest.fixture
def keeper(world: World) -> Visitor:
    return signed_in(world.app, world.registry_keeper.email)


# ---------------------------------------------------------------- the company


def test_a_company_reads_it_on_its_home_and_on_each_page_of_the_draft(any_world: World) -> None:
    dossier, other = suite_draft(any_world), draft(any_world)
    with any_world.app.app_context():
        ending(SUITE, LAST)
    owner = signed_in(any_world.app, any_world.owner.email)
    assert NOTICE not in words(owner.get("/entreprise"))  # not announced yet
    announced(any_world)
    home = document(owner.get("/entreprise"))
    [card] = home.xpath(f'//article[.//a[contains(@href, "{dossier.reference}")]]')
    assert NOTICE in spaced(card.text_content())
    assert SUITE_END in spaced(card.text_content())
    assert spaced(home.text_content()).count(NOTICE) == 1
    for page in pages_of(dossier):
        text = words(owner.get(page))
        assert NOTICE in text, page
        assert SUITE_END in text
        assert "Seule compte la date de chaque facture (art. 4)" in text
    for page in pages_of(other):
        assert NOTICE not in words(owner.get(page)), page


def test_until_the_draft_is_filed_or_given_up(world: World) -> None:
    first, second = suite_draft(world), suite_draft(world)
    with world.app.app_context():
        ending(SUITE, LAST)
    announced(world)
    owner = signed_in(world.app, world.owner.email)
    assert words(owner.get("/entreprise")).count(NOTICE) == 2
    number = filed(world, first).number
    with world.app.app_context():
        abandon(second.id, world.owner, NOW)
    assert NOTICE not in words(owner.get("/entreprise"))
    assert NOTICE not in words(owner.get(f"/entreprise/dossiers/{number}"))


@pytest.mark.parametrize("change", ["renewed", "withdrawn", "corrected"])
def test_until_the_end_announced_is_no_longer_what_is_known(any_world: World, change: str) -> None:
    suite_draft(any_world)
    with any_world.app.app_context():
        certification = ending(SUITE, LAST)
    announced(any_world)
    owner = signed_in(any_world.app, any_world.owner.email)
    assert NOTICE in words(owner.get("/entreprise"))
    with any_world.app.app_context():
        db.session.add(certification)
        if change == "renewed":
            certified(certification.solution, LAST + DAY, LAST + timedelta(days=300), now=NOW)
        elif change == "withdrawn":
            learn(certification, "withdrawn", ON, NOW)
        else:
            ending(SUITE, LAST + timedelta(days=100))
    assert NOTICE not in words(owner.get("/entreprise"))


def test_a_renewal_that_leaves_a_day_uncovered_does_not_hide_it(world: World) -> None:
    suite_draft(world)
    with world.app.app_context():
        solution = ending(SUITE, LAST).solution
        certified(solution, LAST + 2 * DAY, LAST + timedelta(days=300), now=NOW)
    announced(world)
    assert NOTICE in words(signed_in(world.app, world.owner.email).get("/entreprise"))


def test_once_ended_it_says_so(world: World) -> None:
    dossier = suite_draft(world)
    with world.app.app_context():
        ending(SUITE, ON)
    announced(world)
    owner = signed_in(world.app, world.owner.email)
    [_, lines, _] = pages_of(dossier)
    assert "jusqu’au 22 novembre 2026 inclus" in words(owner.get(lines))
    world.app.config["CLOCK"] = lambda: NOW + DAY
    owner = signed_in(world.app, world.owner.email)
    assert "terminé depuis le 22 novembre 2026" in words(owner.get(lines))
    assert "inclus" not in words(owner.get("/entreprise"))


def test_five_are_told_and_the_others_counted(world: World) -> None:
    with world.app.app_context():
        many_ending(7, LAST, suppliers=1)
        names = [f"Offre {n}" for n in range(7)]
    dossier = draft(world, [bill(*(Item(1_000_00, name, f"REF-{n}") for n, name in enumerate(names)))])
    with world.app.app_context():
        invoice = db.session.scalars(select(Invoice).where(Invoice.claim_id == dossier.id)).one()
        solutions = db.session.scalars(
            select(Solution.id).where(Solution.slug.startswith("offre-")).order_by(Solution.id)
        ).all()
        for line, solution_id in zip(invoice.lines, solutions, strict=True):
            line.solution_id = solution_id
        db.session.commit()
    announced(world)
    text = words(signed_in(world.app, world.owner.email).get("/entreprise"))
    assert NOTICE in text
    assert "« Offre 4 »" in text
    assert "« Offre 5 »" not in text
    assert "et 2 autres" in text


def test_it_is_nobody_elses(world: World) -> None:
    suite_draft(world)
    with world.app.app_context():
        ending(SUITE, LAST)
        add_person(
            "lecteur@demo.example", "Lise", PASSWORD, NOW, company_id=world.company_id, company_role="reader"
        )
        db.session.commit()
    announced(world)
    assert NOTICE not in words(signed_in(world.app, world.neighbour_owner.email).get("/entreprise"))
    assert NOTICE in words(signed_in(world.app, "lecteur@demo.example").get("/entreprise"))


# ---------------------------------------------------------------- the keeper


def rows(visitor: Visitor, address: str = LIST) -> list[list[str]]:
    response = visitor.get(address)
    assert response.status_code == 200
    return [
        [spaced(" ".join(cell.itertext())) for cell in row.xpath("./th | ./td")]
        for row in document(response).xpath("//main//tbody/tr")
    ]


def test_the_keeper_sees_what_ends_and_who_was_told(any_world: World) -> None:
    suite_draft(any_world)
    with any_world.app.app_context():
        address(SUITE, "contact@editeur.example")
        ending(SUITE, LAST)
        ending(CLOUD, ON, "NFG")
        ending(CLOUD, ON + DAY, "SECNUMCLOUD")
        ending(DATA, LAST + DAY)
    keeper = signed_in(any_world.app, any_world.registry_keeper.email)
    assert ["Au prochain passage" in row[2] for row in rows(keeper)] == [True] * 3
    announced(any_world)
    found = rows(keeper)
    assert [row[0] for row in found] == [
        "22/11/2026 aujourd’hui",
        "23/11/2026 demain",
        "20/02/2027 dans 90 jours",
    ]
    assert found[2][1].startswith("Suite bureautique collaborative Numérique France Garanti, référence NFG-")
    assert ["Envoi en cours" in row[2] for row in found] == [True] * 3
    assert [row[3] for row in found] == ["0", "0", "1"]
    with any_world.app.app_context():
        db.session.scalars(
            select(MailMessage).where(MailMessage.to == "contact@editeur.example")
        ).one().sent_at = NOW
        db.session.commit()
    assert ["Prévenu le 22/11/2026" in row[2] for row in rows(keeper)] == [True] * 3


def test_who_cannot_be_written_to_is_to_be_reached_otherwise(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        ending(SUITE, LAST)
        ending(DATA, LAST)
        address(DATA, "contact@donnees.example")
    announced(world)
    with world.app.app_context():
        mail = db.session.scalars(select(MailMessage)).one()
        mail.refusal = "Le serveur de messagerie a refusé ce message\u00a0: 550 5.1.1 No such user"
        db.session.commit()
    found = rows(keeper, f"{LIST}?suivi=a-joindre")
    assert ["À joindre autrement" in row[2] for row in found] == [True, False]
    assert "Indiquer une adresse" in found[0][2]
    assert "Courriel refusé" in found[1][2]
    assert "550 5.1.1 No such user" in found[1][2]
    with world.app.app_context():
        mail = db.session.scalars(select(MailMessage)).one()
        mail.refusal, mail.sent_at = None, NOW
        db.session.commit()
    assert len(rows(keeper, f"{LIST}?suivi=a-joindre")) == 1
    assert len(rows(keeper)) == 2


def test_the_keeper_enters_the_address_and_what_was_announced_leaves(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        ending(SUITE, LAST)
    announced(world)
    identifier = supplier_of(world, SUITE)
    url = f"{LIST}/fournisseurs/{identifier}"
    assert f'href="{url}"' in keeper.get(LIST).text
    assert "Nuage Fictif SAS" in words(keeper.get(url))
    for typed, sentence in (
        ("", "Indiquez l’adresse du fournisseur."),
        (
            "pas une adresse",
            NO_ADDRESS,
        ),
        (
            "a@b.fr\r\nBcc: c@d.fr",
            NO_ADDRESS,
        ),
        ("é@b.fr", NO_ADDRESS),
        ("a" * 300, "Cette adresse est trop longue."),
    ):
        response = keeper.post(url, {"email": typed})
        assert (response.status_code, errors(response)) == (422, [sentence]), typed
    response = keeper.follow(keeper.post(url, {"email": " contact@editeur.example "}))
    assert "L’adresse est notée. Les échéances annoncées partent à cette adresse." in words(response)
    with world.app.app_context():
        assert [to for to, _ in mails()] == ["contact@editeur.example"]
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "registry.supplier_address")
        ).one()
        assert entry.facts == {"email": "contact@editeur.example", "mails": 1}
        db.session.rollback()
    assert 'value="contact@editeur.example"' in keeper.get(url).text
    again = keeper.follow(keeper.post(url, {"email": "contact@editeur.example"}))
    assert "Rien n’est à annoncer à ce fournisseur pour le moment." in words(again)


@pytest.mark.parametrize("identifier", ["123456789", "..%2F", "x" * 300, "é"])
def test_a_supplier_that_does_not_exist(keeper: Visitor, identifier: str) -> None:
    assert keeper.get(f"{LIST}/fournisseurs/{identifier}").status_code == 404
    assert keeper.post(f"{LIST}/fournisseurs/{identifier}", {"email": "a@b.fr"}).status_code == 404


def test_nothing_ends_soon(keeper: Visitor) -> None:
    assert "Aucune échéance dans les 90 jours" in words(keeper.get(LIST))
    assert "Aucun fournisseur à joindre" in words(keeper.get(f"{LIST}?suivi=a-joindre"))


def test_fifty_a_page(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        many_ending(101, LAST, suppliers=2)
    announced(world)
    assert [len(rows(keeper, f"{LIST}?page={page}")) for page in (1, 2, 3)] == [50, 50, 1]
    assert "101 certifications" in words(keeper.get(LIST))
    assert keeper.get(f"{LIST}?page=abc").status_code == 200
    assert keeper.get(f"{LIST}?page=-1").status_code == 200
    assert rows(keeper, f"{LIST}?page=9") == []


OTHERS = (
    "owner",
    "reviewer",
    "officer",
    "accounting_officer",
    "administrator",
    "accountant",
)


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_but_the_keeper(world: World, who: str) -> None:
    visitor = signed_in(world.app, getattr(world, who).email)
    url = f"{LIST}/fournisseurs/{supplier_of(world, SUITE)}"
    assert visitor.get(LIST).status_code == 403
    assert visitor.get(url).status_code == 403
    assert visitor.post(url, {"email": "moi@ailleurs.example"}).status_code == 403
    with world.app.app_context():
        assert db.session.scalars(select(Supplier.email).where(Supplier.email.is_not(None))).all() == []


def test_nor_without_signing_in_nor_from_another_site(world: World, keeper: Visitor) -> None:
    url = f"{LIST}/fournisseurs/{supplier_of(world, SUITE)}"
    nobody = Visitor(world.app)
    for address_ in (LIST, url):
        assert nobody.get(address_).headers["Location"].startswith("/connexion")
    assert nobody.post(url, {"email": "a@b.fr"}).status_code == 302
    assert keeper.post_without_token(url, {"email": "a@b.fr"}).status_code == 400
