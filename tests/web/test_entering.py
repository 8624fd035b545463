"""What a company types of its invoices, by the pages: nothing typed is lost, and all is checked again."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from bonus.claims.models import Claim, Invoice
from bonus.extensions import db
from tests.claims.test_entering import CREDIT, FILE
from tests.support.bills import Item, bill
from tests.support.papers import plain_pdf, scan
from tests.support.world import NEIGHBOUR, Dossier, World, draft, filed
from tests.web.company_pages import DECLARED, address, filled
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

NEW = "/entreprise/dossiers/nouveau"
LINES_FORM = '//form[@aria-label="Lignes de la facture"]'
HAND_FORM = '//form[@aria-label="Facture saisie à la main"]'
TYPED = {
    "kind": "invoice",
    "supplier": "900 100 207",
    "supplier_name": "Nuage Fictif SAS",
    "number": "FP-118",
    "issued_on": "2026-10-12",
    "corrects": "",
    "buyer_siren": "900 300 401",
    "net": "10 500",
    "vat": "2100,00",
    "gross": "12 600,00",
    "lines-0-name": "Hébergement cloud qualifié",
    "lines-0-reference": "",
    "lines-0-net": "10500",
    "lines-0-vat": "2100",
    "lines-0-service_start": "",
    "lines-0-service_end": "",
}


def lines_page(world: World, dossier: Dossier) -> str:
    with world.app.app_context():
        return f"{address(dossier)}/factures/{first(dossier).id}/lignes"


def paper_page(world: World, dossier: Dossier) -> str:
    with world.app.app_context():
        [paper] = [one for one in db.session.get_one(Claim, dossier.id).documents if one.page_count]
        return f"{address(dossier)}/documents/{paper.reference}"


def first(dossier: Dossier) -> Invoice:
    return db.session.get_one(Claim, dossier.id).invoices[0]


def invoices_of(world: World, dossier: Dossier) -> int:
    with world.app.app_context():
        return len(db.session.get_one(Claim, dossier.id).invoices)


def legends(page: TestResponse) -> list[str]:
    return [
        spaced(one.text_content()) for one in document(page).xpath('//fieldset[@class="bs-typed"]/legend')
    ]


# ---------------------------------------------------------------- lines that the file does not detail


def test_from_the_card_to_the_lines_and_back(world: World, owner: Visitor) -> None:
    response = owner.upload(NEW, [FILE])
    card = owner.follow(response)
    assert response.headers["Location"].endswith("/factures"), "the lines are asked for before anything else"
    assert "Pour un seul produit, gardez la ligne unique." in words(card)
    (link,) = document(card).xpath('//a[normalize-space()="Saisir les lignes"]/@href')
    page = owner.get(link)
    sent = filled(page, LINES_FORM)
    assert (sent["lines-0-name"], sent["lines-0-net"], sent["lines-0-vat"]) == ("", "10000,00", "2000,00")
    assert "À retrouver au centime" in words(page)
    sent |= {"lines-0-name": "Hébergement cloud qualifié", "lines-0-net": "6 000", "lines-0-vat": "1 200"}
    more = owner.post(link, sent | {"add": "1"})
    assert more.status_code == 200
    assert legends(more) == ["Ligne 1", "Ligne 2"]
    (focus,) = document(more).xpath("//*[@autofocus]/@name")
    assert focus == "lines-1-name"
    sent = filled(more, LINES_FORM)
    assert (sent["lines-0-net"], sent["lines-1-net"]) == ("6 000", "")
    sent |= {
        "lines-1-name": "Audit de cybersécurité",
        "lines-1-net": "4 000,00",
        "lines-1-vat": "800",
        "lines-1-service_start": "2026-10-01",
        "lines-1-service_end": "30/09/2027",
    }
    card = owner.follow(owner.post(link, sent))
    text = words(card)
    assert "Les lignes de la facture sont enregistrées." in text
    assert "2. Audit de cybersécurité" in text
    assert "Service du 01/10/2026 au 30/09/2027" in text
    assert "Lignes saisies à la main" in text
    assert "gardez la ligne unique" not in text
    again = filled(owner.get(link), LINES_FORM)
    assert (again["lines-1-name"], again["lines-1-net"]) == ("Audit de cybersécurité", "4000,00")
    assert again["lines-1-service_end"] == "2027-09-30"
    (back,) = document(owner.get(link)).xpath('//form[@aria-label="Revenir à une seule ligne"]/@action')
    card = owner.follow(owner.post(back))
    assert "La facture a de nouveau une seule ligne, celle de son total." in words(card)
    assert "Pour un seul produit, gardez la ligne unique." in words(card)
    assert "Revenir à une seule ligne" not in words(owner.get(link))


def test_a_sum_that_does_not_agree_says_by_how_much_and_keeps_all(world: World, owner: Visitor) -> None:
    page = lines_page(world, draft(world, [FILE]))
    sent = filled(owner.get(page), LINES_FORM) | {"lines-0-name": "Cloud", "lines-0-net": "9 999,90"}
    response = owner.post(page, sent)
    assert response.status_code == 422
    assert errors(response) == [
        "Vos lignes font 9 999,90 € hors taxes, la facture 10 000,00 € : il manque 0,10 €."
    ]
    assert filled(response, LINES_FORM) == sent


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"lines-0-net": "mille"}, "Écrivez un montant en euros, par exemple 1 250,50."),
        ({"lines-0-vat": ""}, "Écrivez un montant, 0 s’il n’y en a pas."),
        ({"lines-0-name": ""}, "Écrivez ce qui a été acheté."),
        ({"lines-0-name": "x" * 501}, "500 caractères au plus."),
        ({"lines-0-service_start": "2026-01-01"}, "Donnez aussi la fin du service (art. 5.2)."),
        ({"lines-0-service_end": "2026-01-01"}, "Donnez aussi le début du service (art. 5.2)."),
        ({"lines-0-service_end": "demain"}, "Écrivez une date, par exemple 22/11/2026."),
        (
            {"lines-0-service_start": "2026-01-02", "lines-0-service_end": "2026-01-01"},
            "Le service finit avant de commencer.",
        ),
    ],
)
def test_each_mistake_is_said_at_its_field_and_all_is_kept(
    world: World, owner: Visitor, typed: dict[str, str], sentence: str
) -> None:
    page = lines_page(world, draft(world, [FILE]))
    sent = filled(owner.get(page), LINES_FORM) | {"lines-0-name": "Cloud"} | typed
    response = owner.post(page, sent)
    assert response.status_code == 422
    assert errors(response) == [sentence]
    (link,) = document(response).xpath('//*[@id="erreurs"]//a/@href')
    assert document(response).xpath(f'//*[@id="{link[1:]}"]/@aria-invalid') == ["true"]
    assert filled(response, LINES_FORM) == sent


def test_a_line_is_taken_away_and_what_is_wrong_elsewhere_stays_as_typed(
    world: World, owner: Visitor
) -> None:
    page = lines_page(world, draft(world, [FILE]))
    sent = filled(owner.post(page, filled(owner.get(page), LINES_FORM) | {"add": "1"}), LINES_FORM)
    sent |= {"lines-0-name": "Premier", "lines-1-name": "Second", "lines-1-net": "douze"}
    response = owner.post(page, sent | {"remove": "1"})
    assert response.status_code == 200
    assert legends(response) == ["Ligne 1"]
    left = filled(response, LINES_FORM)
    assert [left[name] for name in left if name.endswith(("-name", "-net"))] == ["Second", "douze"]


@pytest.mark.parametrize("asked", ["1", "0", "-1", "99", "x", "9" * 5_000, ""])
def test_the_last_line_stays_whatever_is_asked(world: World, owner: Visitor, asked: str) -> None:
    page = lines_page(world, draft(world, [FILE]))
    response = owner.post(page, filled(owner.get(page), LINES_FORM) | {"remove": asked})
    assert response.status_code == 200
    assert legends(response) == ["Ligne 1"]


def test_the_enter_key_saves(world: World, owner: Visitor) -> None:
    """A browser sends the first button of the form: it must not be the one that takes a line away."""
    page = owner.get(lines_page(world, draft(world, [FILE])))
    more = owner.post(lines_page(world, draft(world, [FILE])), filled(page, LINES_FORM) | {"add": "1"})
    (button,) = document(more).xpath(f'({LINES_FORM}//button[@type="submit"])[1]')
    assert button.get("name") is None


def test_a_credit_note_is_typed_without_sign(world: World, owner: Visitor) -> None:
    page = owner.get(lines_page(world, draft(world, [CREDIT])))
    assert filled(page, LINES_FORM)["lines-0-net"] == "10000,00"
    assert "écrivez ses montants sans signe" in words(page)


def test_an_invoice_with_lines_has_no_such_page(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    assert owner.get(lines_page(world, dossier)).headers["Location"] == f"{address(dossier)}/factures"
    assert owner.get(f"{address(dossier)}/factures/4000/lignes").status_code == 404


# ---------------------------------------------------------------- a plain document


def test_from_a_scan_to_a_filed_dossier(world: World, owner: Visitor) -> None:
    response = owner.upload(NEW, [("scan.pdf", plain_pdf(2))])
    card = owner.follow(response)
    text = words(card)
    assert "À saisir" in text
    assert "PDF · 2 pages" in text
    (link,) = document(card).xpath('//a[normalize-space()="Saisir cette facture"]/@href')
    page = owner.get(link)
    pictures = document(page).xpath("//main//img")
    assert [one.get("alt") for one in pictures] == ["Page 1 sur 2 de scan.pdf", "Page 2 sur 2 de scan.pdf"]
    for picture in pictures:
        drawn = owner.get(picture.get("src"))
        assert (drawn.status_code, drawn.mimetype) == (200, "image/png")
        assert drawn.data.startswith(b"\x89PNG")
        assert drawn.headers["Cache-Control"] == "private, no-store"
    card = owner.follow(owner.post(link, filled(page, HAND_FORM) | TYPED))
    text = words(card)
    assert "La facture est enregistrée." in text
    assert "Facture FP-118 Saisie à la main" in text
    assert "10 500,00 €" in text
    assert "Saisir cette facture" not in text
    (again,) = document(card).xpath('//a[starts-with(normalize-space(), "Corriger la saisie")]/@href')
    assert again == link
    assert filled(owner.get(link), HAND_FORM)["gross"] == "12600,00"
    review = card.request.path.replace("/factures", "/depot")
    dossier = owner.follow(owner.post(review, DECLARED))
    assert "ce dossier est examiné par un instructeur (art. 12)" in words(dossier)
    reviewer = signed_in(world.app, world.reviewer.email)
    agent = reviewer.get("/agent/dossiers/BS-2026-000001")
    assert "L’entreprise a saisi cette facture à la main : comparez chaque montant au document." in words(
        agent
    )
    beside = document(agent).xpath("//main//img/@src")
    assert len(beside) == 2
    for picture in beside:
        assert reviewer.get(picture).data.startswith(b"\x89PNG")
    assert reviewer.get(beside[0].replace("/1.png", "/3.png")).status_code == 404


def test_what_is_typed_is_kept_on_any_mistake(world: World, owner: Visitor) -> None:
    page = f"{paper_page(world, draft(world, [scan()]))}/saisie"
    for typed, sentence in (
        ({"supplier": "123"}, "Ce numéro n’est ni un SIREN, ni un SIRET, ni un numéro de TVA valide"),
        ({"gross": "12 600,01"}, "l’un des trois est à corriger"),
        ({"issued_on": "2026-11-23"}, "un jour à venir"),
        ({"issued_on": "hier"}, "Écrivez une date"),
        ({"net": ""}, "Écrivez un montant"),
        ({"number": "F" * 101}, "100 caractères au plus."),
        ({"buyer_siren": "900300402"}, "Ce SIREN n’est pas valide"),
        ({"lines-0-net": "10 499"}, "il manque 1,00 €"),
        ({"kind": "autre"}, "choi"),
    ):
        sent = TYPED | typed
        response = owner.post(page, sent)
        assert response.status_code == 422, typed
        (said,) = errors(response)
        assert sentence in said or "kind" in typed
        kept = filled(response, HAND_FORM)
        assert {name: kept.get(name, "") for name in sent if name not in {"kind", "buyer_siren"}} == {
            name: value for name, value in sent.items() if name not in {"kind", "buyer_siren"}
        }


def test_filing_waits_for_what_is_not_typed_and_says_where(world: World, owner: Visitor) -> None:
    dossier = draft(world, [bill(), scan()])
    for send in (owner.get, owner.post):
        response = send(f"{address(dossier)}/depot")
        assert response.headers["Location"] == f"{address(dossier)}/factures#a-saisir"
        page = owner.follow(response)
        assert "Il reste une facture à saisir avant de déposer le dossier." in words(page)
        assert document(page).xpath('//*[@id="a-saisir"]')


def test_a_document_is_taken_out(world: World, owner: Visitor) -> None:
    dossier = draft(world, [scan()])
    response = owner.post(f"{paper_page(world, dossier)}/retrait")
    page = owner.follow(response)
    assert "Le document est retiré du dossier." in words(page)
    assert "Quelles factures déposer" in words(page)


def test_pages_that_do_not_exist(world: World, owner: Visitor) -> None:
    dossier = draft(world, [bill(), scan()])
    papers = f"{paper_page(world, dossier)}/pages"
    assert owner.get(f"{papers}/1.png").status_code == 200
    for number in ("0", "2", "99999999999", "-1"):
        assert owner.get(f"{papers}/{number}.png").status_code == 404, number
    with world.app.app_context():
        structured = first(dossier).document.reference
    for end in ("saisie", "pages/1.png"):
        assert owner.get(f"{address(dossier)}/documents/{structured}/{end}").status_code == 404


def test_a_pdf_that_acts_is_refused_on_the_page(world: World, owner: Visitor) -> None:
    hostile = plain_pdf().replace(
        b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (1) >>"
    )
    response = owner.upload(NEW, [("piege.pdf", hostile)])
    assert response.status_code == 422
    assert "Ce PDF contient un programme ou une action automatique" in words(response)


def test_what_another_company_types_does_not_exist(world: World) -> None:
    theirs, own = draft(world, [FILE, scan()]), draft(world, company_id=world.neighbour_id)
    lines, paper = lines_page(world, theirs), paper_page(world, theirs)
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    for there in (address(theirs), address(own)):
        typed, page = (one.replace(address(theirs), there) for one in (lines, paper))
        for read in (typed, f"{page}/saisie", f"{page}/pages/1.png"):
            response = neighbour.get(read)
            assert response.status_code == 404, read
            assert "Atelier Fictif" not in response.text
        for sent in (typed, f"{page}/saisie", f"{page}/retrait"):
            assert neighbour.post(sent, TYPED).status_code == 404, sent
    with world.app.app_context():
        claim = db.session.get_one(Claim, theirs.id)
        assert (len(claim.documents), [one.lines_entered for one in claim.invoices]) == (2, [False])


# ---------------------------------------------------------------- what the cards and the agent's page say


def test_the_cards_tell_the_same_invoice_elsewhere(world: World, owner: Visitor) -> None:
    held = filed(world, draft(world, [bill(number="F-1")]))
    theirs = filed(world, draft(world, [bill(number="Z-9")], company_id=world.neighbour_id))
    dossier = draft(world, [bill(number="F-1"), bill(number="Z-9"), bill(number="F/1")])
    page = owner.get(f"{address(dossier)}/factures")
    text = words(page)
    assert (
        f"Cette facture est aussi dans {held.number} : elle ne peut être payée qu’une fois (art. 5.3)."
        in text
    )
    assert (
        document(page).xpath(f'//main//a[text()="{held.number}"]/@href')
        == [f"/entreprise/dossiers/{held.reference}"] * 2
    )
    assert "Une autre entreprise a déjà déposé cette facture" in text
    assert "a le même numéro à la ponctuation près" in text
    for secret in (theirs.number, theirs.reference, "Voisin"):
        assert secret is not None
        assert secret not in page.text


def test_what_was_paid_before_is_said(world: World, owner: Visitor) -> None:
    page = owner.get(f"{address(draft(world, [FILE]))}/factures")
    assert "Déjà payé (acompte) 11 910,00 € · Reste à payer 90,00 €" in words(page)


def test_the_agent_sees_the_buyer_as_a_difference(world: World) -> None:
    dossier = filed(world, draft(world, [bill(Item(10_000_00), buyer=NEIGHBOUR), bill()]))
    page = signed_in(world.app, world.reviewer.email).get(f"/agent/dossiers/{dossier.number}")
    text = words(page)
    assert text.count("N’est pas l’entreprise du dossier") == 1
    assert "Voisin Fictif SARL · 900 400 508 N’est pas l’entreprise du dossier" in text
    assert "l’instructeur demandera pourquoi" in text
