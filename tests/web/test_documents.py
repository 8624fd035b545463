"""A company joins the documents its dossier asks for, and finds them again."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest
from flask import Flask

from bonus.claims.models import Claim
from bonus.extensions import db
from bonus.money import parse_amount
from tests.support.bills import bill
from tests.support.papers import PLAIN
from tests.support.world import Dossier, World, draft, settled
from tests.web.company_pages import DECLARED, address
from tests.web.visitor import Visitor, document, errors, signed_in, words

PDF = PLAIN
NAME = "relevé <b>mars.pdf"


def join(owner: Visitor, dossier: Dossier, name: str = NAME, data: bytes = PDF) -> None:
    response = owner.post_files(
        f"{address(dossier)}/pieces/payment_proof/ajout", "payment_proof-files", [(name, data)]
    )
    assert response.headers["Location"] == f"{address(dossier)}/pieces"


def joined_link(owner: Visitor, dossier: Dossier) -> str:
    page = owner.get(f"{address(dossier)}/pieces")
    (link,) = document(page).xpath('//article[@id="piece-payment_proof"]//a/@href')
    return str(link)


def test_a_document_is_joined_read_again_and_taken_out(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    assert "Une pièce manque encore." in words(owner.get(f"{address(dossier)}/pieces"))
    join(owner, dossier)
    page = owner.get(f"{address(dossier)}/pieces")
    assert "Toutes les pièces demandées sont jointes." in words(page)
    assert "<b>mars" not in page.text
    kept = owner.get(joined_link(owner, dossier))
    assert (kept.data, kept.mimetype) == (PDF, "application/pdf")
    assert "attachment" in kept.headers["Content-Disposition"]
    owner.post(f"{joined_link(owner, dossier)}/retrait")
    assert "Une pièce manque encore." in words(owner.get(f"{address(dossier)}/pieces"))


def test_it_is_there_once_filed_for_the_company_and_the_reviewer(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    join(owner, dossier)
    link = joined_link(owner, dossier)
    filed = owner.post(f"{address(dossier)}/depot", DECLARED).headers["Location"]
    assert "relevé <b>mars.pdf" in words(owner.get(filed))
    assert owner.get(link).data == PDF
    number = filed.rsplit("/", 1)[1]
    reviewer = signed_in(world.app, world.reviewer.email)
    page = reviewer.get(f"/agent/dossiers/{number}")
    assert "Ces achats ont été payés par notre entreprise" in words(page)
    (link,) = document(page).xpath('//a[contains(., "Preuve de paiement")]/@href')
    # What came from outside is looked at in pictures; the file itself is a download.
    view = document(reviewer.get(link))
    (picture,) = view.xpath("//main//img/@src")
    assert reviewer.get(picture).mimetype == "image/png"
    (original,) = view.xpath("//main//a[@download]/@href")
    assert reviewer.get(original).data == PDF


def test_what_misses_is_said_before_filing_and_to_the_reviewer(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    review = words(owner.get(f"{address(dossier)}/depot"))
    assert "Il manque preuve de paiement" in review
    number = owner.post(f"{address(dossier)}/depot", DECLARED).headers["Location"].rsplit("/", 1)[1]
    page = signed_in(world.app, world.reviewer.email).get(f"/agent/dossiers/{number}")
    assert "Preuve de paiement Manquante" in words(page)


def test_a_file_that_cannot_be_taken_is_named(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    place = f"{address(dossier)}/pieces/payment_proof/ajout"
    page = owner.post_files(place, "payment_proof-files", [("note.txt", b"bonjour")])
    assert page.status_code == 422
    assert "note.txt : Ce fichier n’est ni un PDF, ni une image PNG ou JPEG lisible" in words(page)
    nothing = owner.post(place)
    assert (nothing.status_code, errors(nothing)) == (422, ["Choisissez au moins un fichier."])


@pytest.mark.parametrize("code", ["invoice", "contract", "inventee"])
def test_what_is_not_asked_is_unknown(world: World, owner: Visitor, code: str) -> None:
    place = f"{address(draft(world))}/pieces/{code}/ajout"
    assert owner.post_files(place, f"{code}-files", [("a.pdf", PDF)]).status_code == 404


def test_a_document_of_another_company_is_unknown(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    join(owner, dossier)
    link = joined_link(owner, dossier)
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    assert neighbour.get(link).status_code == 404
    own = draft(world, company_id=world.neighbour_id)
    assert neighbour.get(f"{address(own)}/pieces/{link.rsplit('/', 1)[1]}").status_code == 404


def test_a_dossier_without_invoice_goes_back_to_the_first_step(
    app: Flask, world: World, owner: Visitor
) -> None:
    dossier = draft(world)
    with app.app_context():
        invoice = db.session.get_one(Claim, dossier.id).invoices[0].id
        db.session.rollback()
    owner.post(f"{address(dossier)}/factures/{invoice}/retrait")
    assert owner.get(f"{address(dossier)}/pieces").headers["Location"] == f"{address(dossier)}/factures"


def test_a_filed_dossier_takes_no_more(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    number = owner.post(f"{address(dossier)}/depot", DECLARED).headers["Location"].rsplit("/", 1)[1]
    place = f"/entreprise/dossiers/{number}/pieces"
    assert owner.get(place).headers["Location"] == f"/entreprise/dossiers/{number}"
    response = owner.post_files(f"{place}/payment_proof/ajout", "payment_proof-files", [(NAME, PDF)])
    assert response.status_code in (403, 404, 409)


# ---------------------------------------------------------------- the whole dossier, to keep


def archive(owner: Visitor, place: str) -> zipfile.ZipFile:
    response = owner.get(f"{place}/dossier.zip")
    assert (response.status_code, response.mimetype) == (200, "application/zip")
    found = zipfile.ZipFile(BytesIO(response.data))
    assert found.testzip() is None
    return found


def test_the_whole_dossier_in_one_file(world: World, owner: Visitor) -> None:
    file = bill()
    dossier = draft(world, [file])
    join(owner, dossier, "../../relevé.pdf")
    place = owner.post(f"{address(dossier)}/depot", DECLARED).headers["Location"]
    kept = archive(owner, place)
    number = place.rsplit("/", 1)[1]
    names = kept.namelist()
    assert names[:2] == ["dossier.json", f"accuse-de-reception-{number}.pdf"]
    assert names[3] == "pieces/02-relevé.pdf"
    assert (kept.read(names[2]), kept.read(names[3])) == (file[1], PDF)
    data = json.loads(kept.read("dossier.json"))
    assert (data["number"], data["status"]) == (number, "filed")
    assert [one["file"] for one in data["documents"]] == names[2:]
    assert data["invoices"][0]["lines"][0]["net_cents"] == 10_000_00
    assert [one["code"] for one in data["declarations"]] == list(DECLARED)
    assert [step["to"] for step in data["history"]] == ["filed"]


def test_what_was_decided_is_in_it_and_nobody_of_the_state(world: World, owner: Visitor) -> None:
    dossier = settled(world)
    text = archive(owner, f"/entreprise/dossiers/{dossier.number}").read("dossier.json").decode()
    data = json.loads(text)
    assert data["decisions"][0]["outcome"] == "granted"
    assert data["decisions"][0]["bonus_cents"] == sum(
        parse_amount(line["bonus"]) for line in data["decisions"][0]["result"]["lines"]
    )
    assert world.officer.name not in text
    assert world.reviewer.name not in text


def test_a_draft_too(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    data = json.loads(archive(owner, address(dossier)).read("dossier.json"))
    assert (data["number"], data["status"]) == (None, "draft")
