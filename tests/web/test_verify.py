"""The public page that says whether a certificate is genuine: its number, its file, a photo of its code."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import undefer

from bonus.adapters.codes import read_codes
from bonus.adapters.seal import Sealer, make_demo_key
from bonus.certificates.models import TaxCertificate
from bonus.extensions import db
from tests.adapters.document_samples import certificate as other_certificate
from tests.adapters.document_samples import page_image
from tests.conftest import AppMaker
from tests.support.bills import bill
from tests.support.world import NOW, World, build_world, draft, settled
from tests.web.visitor import Visitor, document, errors, words

PAGE = "/verifier"
GENUINE = "Cette attestation est authentique"
REVOKED = "Cette attestation n’est plus valable"
ALTERED = "Ce document a été modifié"
UNKNOWN = "Nous ne connaissons pas cette attestation"


@pytest.fixture
def issued(world: World) -> TaxCertificate:
    """The certificate of a granted dossier, as the database has it."""
    settled(world)
    return certificates(world)[0]


def certificates(world: World) -> list[TaxCertificate]:
    with world.app.app_context():
        found = list(
            db.session.scalars(
                select(TaxCertificate).order_by(TaxCertificate.id).options(undefer(TaxCertificate.pdf))
            )
        )
        db.session.expunge_all()
        return found


@pytest.fixture
def anyone(world: World) -> Visitor:
    return Visitor(world.app)


def amounts(text: str) -> set[str]:
    return set(re.findall(r"\d[\d ]*,\d\d €", text))


# ---------------------------------------------------------------- number and key


def test_the_page_asks_for_what_is_printed(anyone: Visitor) -> None:
    page = anyone.get(PAGE)
    assert page.status_code == 200
    assert not errors(page)
    assert {"number", "key", "file"} <= set(document(page).xpath("//main//input/@name"))
    assert document(page).xpath('//form[.//input[@type="file"]]/@enctype') == ["multipart/form-data"]


def test_the_number_alone_tells_the_state_and_no_figure(issued: TaxCertificate, anyone: Visitor) -> None:
    page = anyone.post(PAGE, {"number": issued.number, "key": ""})
    text = words(page)
    assert page.status_code == 200
    assert GENUINE in text
    assert f"L’attestation n° {issued.number}" in text
    assert amounts(text) == set()
    assert "Atelier Fictif" not in text


def test_number_and_key_tell_what_the_certificate_says(issued: TaxCertificate, anyone: Visitor) -> None:
    text = words(anyone.post(PAGE, {"number": issued.number, "key": issued.key}))
    assert GENUINE in text
    assert "Atelier Fictif SAS (SIREN 900 300 401)" in text
    assert amounts(text) == {"10 000,00 €", "4 500,00 €", "5 500,00 €"}
    assert "31 décembre 2026" in text


def test_the_address_of_the_code_says_the_same(issued: TaxCertificate, anyone: Visitor) -> None:
    page = anyone.get(PAGE, query_string={"numero": issued.number, "cle": issued.key})
    assert GENUINE in words(page)
    assert "4 500,00 €" in words(page)


def test_typed_by_hand_it_is_understood(issued: TaxCertificate, anyone: Visitor) -> None:
    typed = {
        "number": f" {issued.number.lower().replace('-', ' ')} ",
        "key": issued.key.lower().replace("-", ""),
    }
    assert "4 500,00 €" in words(anyone.post(PAGE, typed))


@pytest.mark.parametrize("key", ["AAAA-AAAA-AAAA-AAAA", "x", "0" * 80])
def test_a_wrong_key_is_an_altered_document(issued: TaxCertificate, anyone: Visitor, key: str) -> None:
    text = words(anyone.post(PAGE, {"number": issued.number, "key": key}))
    assert ALTERED in text
    assert "Atelier Fictif" not in text
    assert amounts(text) == set()


def test_a_number_nobody_gave(issued: TaxCertificate, anyone: Visitor) -> None:
    text = words(anyone.post(PAGE, {"number": other_certificate().number, "key": issued.key}))
    assert UNKNOWN in text


@pytest.mark.parametrize("typed", ["", "   ", "AF", "bonjour", "AF-2026-000001-AAAAAA-00", "x" * 81])
def test_what_is_no_number_is_said_at_its_field_and_kept(anyone: Visitor, typed: str) -> None:
    page = anyone.post(PAGE, {"number": typed})
    assert page.status_code == 422
    assert len(errors(page)) == 1
    assert document(page).xpath('//input[@name="number"]/@value') == [typed]
    assert document(page).xpath('//input[@name="number"]/@aria-invalid') == ["true"]


def test_a_copying_error_is_told_from_an_unknown_number(issued: TaxCertificate, anyone: Visitor) -> None:
    wrong = issued.number[:-1] + str((int(issued.number[-1]) + 1) % 10)
    page = anyone.post(PAGE, {"number": wrong})
    assert errors(page) == ["Ce numéro contient une erreur de copie. Relisez-le caractère par caractère."]


def test_a_certificate_that_was_replaced_says_by_which(
    world: World, issued: TaxCertificate, anyone: Visitor
) -> None:
    settled(world, draft(world, [bill(number="F-2")]), now=NOW + timedelta(hours=1))
    latest = certificates(world)[1]
    text = words(anyone.post(PAGE, {"number": issued.number, "key": issued.key}))
    assert REVOKED in text
    assert "annulée le 4 janvier 2027" in text
    assert f"L’attestation n° {latest.number} la remplace" in text
    assert GENUINE in words(anyone.post(PAGE, {"number": latest.number}))


# ---------------------------------------------------------------- the file


def test_the_file_itself(issued: TaxCertificate, anyone: Visitor) -> None:
    text = words(anyone.post_files(PAGE, "file", [("recu.pdf", issued.pdf)]))
    assert GENUINE in text
    assert "4 500,00 €" in text


def test_a_file_changed_after_its_seal(issued: TaxCertificate, anyone: Visitor) -> None:
    (one_bit := bytearray(issued.pdf))[len(issued.pdf) // 2] ^= 1
    for altered in (issued.pdf + b"\n% more", bytes(one_bit)):
        page = anyone.post_files(PAGE, "file", [("attestation.pdf", altered)])
        assert page.status_code == 200
        assert ALTERED in words(page)
        assert amounts(words(page)) == set()


def test_a_file_written_again_by_an_editor_is_not_genuine(issued: TaxCertificate, anyone: Visitor) -> None:
    """Its seal is lost on the way; it still says of itself which certificate it is, and is not that one."""
    with pikepdf.open(BytesIO(issued.pdf)) as pdf:
        pdf.docinfo["/Title"] = "Attestation corrigée"
        pdf.save(output := BytesIO())
    assert ALTERED in words(anyone.post_files(PAGE, "file", [("attestation.pdf", output.getvalue())]))


def test_a_file_sealed_by_someone_else_is_unknown(
    issued: TaxCertificate, anyone: Visitor, tmp_path: Path
) -> None:
    make_demo_key(
        tmp_path / "other.p12", "other passphrase", valid_from=NOW - timedelta(days=1), name="Faussaire"
    )
    forger = Sealer.from_pkcs12(tmp_path / "other.p12", "other passphrase")
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        output = BytesIO()
        pdf.save(output)
    forged = forger.seal(
        output.getvalue(), signed_at=NOW, reason=f"Attestation fiscale {issued.number}", location="Paris"
    )
    text = words(anyone.post_files(PAGE, "file", [("attestation.pdf", forged)]))
    assert UNKNOWN in text


@pytest.mark.parametrize("content", [b"%PDF-1.7\nnothing", b"%PDF-", b"%PDF-1.7\n" + bytes(5000)])
def test_a_file_that_is_no_pdf_is_unknown(anyone: Visitor, content: bytes) -> None:
    assert UNKNOWN in words(anyone.post_files(PAGE, "file", [("a.pdf", content)]))


def test_too_heavy_a_file_is_said(anyone: Visitor) -> None:
    page = anyone.post_files(PAGE, "file", [("a.pdf", b"%PDF-" + bytes(10 * 1024 * 1024))])
    assert page.status_code == 422
    assert errors(page) == ["Ce fichier dépasse 10 Mo : choisissez-en un autre."]


# ---------------------------------------------------------------- a photo of the code


def as_png(image: Image.Image) -> bytes:
    output = BytesIO()
    image.save(output, "PNG")
    return output.getvalue()


def test_a_photo_of_the_page(issued: TaxCertificate, anyone: Visitor, tmp_path: Path) -> None:
    page = page_image(issued.pdf, tmp_path, 150)
    turned = Image.open(BytesIO(page)).convert("L").rotate(4, expand=True, fillcolor=230)
    for photo in (page, as_png(turned)):
        text = words(anyone.post_files(PAGE, "file", [("photo.png", photo)]))
        assert GENUINE in text
        assert "4 500,00 €" in text
    (address,) = read_codes(page)
    assert GENUINE in words(anyone.get(address.removeprefix("http://localhost")))


def test_a_photo_without_code(anyone: Visitor) -> None:
    page = anyone.post_files(PAGE, "file", [("photo.png", as_png(Image.new("L", (400, 400), 200)))])
    assert page.status_code == 422
    assert "Aucun code n’est lisible sur cette image." in errors(page)[0]


def test_a_code_that_leads_elsewhere_is_not_ours(make_app: AppMaker, tmp_path: Path) -> None:
    world = build_world(make_app(PUBLIC_URL="https://bonus.example"))
    settled(world)
    photo = page_image(certificates(world)[0].pdf, tmp_path, 150)
    world.app.config["PUBLIC_URL"] = "https://another.example"
    page = Visitor(world.app).post_files(PAGE, "file", [("photo.png", photo)])
    assert page.status_code == 422
    assert "Aucun code d’attestation ne se lit sur cette image" in errors(page)[0]


@pytest.mark.parametrize(
    "content",
    [b"bonjour", b"GIF89a" + bytes(100), b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" + bytes(100), b"<svg/>"],
)
def test_what_is_no_photo_is_said(anyone: Visitor, content: bytes) -> None:
    page = anyone.post_files(PAGE, "file", [("photo.jpg", content)])
    assert page.status_code == 422
    assert errors(page) == ["Ce fichier n’est pas une photo lisible. Envoyez une image JPEG, PNG ou WebP."]


# ---------------------------------------------------------------- how often


def test_numbers_are_not_guessed_by_the_thousand(make_app: AppMaker) -> None:
    world = build_world(make_app(RATELIMIT_ENABLED=True))
    anyone = Visitor(world.app)
    assert [anyone.get(PAGE).status_code for _ in range(61)] == [200] * 60 + [429]
