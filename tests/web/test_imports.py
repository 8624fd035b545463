"""The keeper's imports in the browser: a file handed in, looked at, decided; its faults, its tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from bonus.extensions import db
from bonus.jobs.policy import MAX_ATTEMPTS
from bonus.outbox import OutboxMessage
from bonus.registry.imports.report import BLOCK
from bonus.registry.models import Certification
from bonus.registry.scheme_models import RegistryImport
from tests.registry.files.samples import as_csv
from tests.registry.imports.samples import AUDITED, PLAIN, SUSPENDED
from tests.support.world import World, run_jobs
from tests.web.test_every_page import CHECKS
from tests.web.visitor import Visitor, document, errors, signed_in, words

PAGE = "/agent/registre/imports"
WRONG = PLAIN | {"certification": "S-9", "fournisseur": "123456789"}
TRICK = PLAIN | {"certification": "=S-1", "solution": '=HYPERLINK("http://x")', "alias": "@x"}


@pytest.fixture
def keeper(world: World) -> Visitor:
    return signed_in(world.app, world.registry_keeper.email)


def send(
    keeper: Visitor, *rows: Mapping[str, Any], data: bytes | None = None, certifier: str = "bureau-veritas"
) -> TestResponse:
    """Hand in a file."""
    content = as_csv(rows) if data is None else data
    return keeper.post_files(PAGE, "file", [("fichier.csv", content)], {"certifier": certifier})


def previewed(world: World, keeper: Visitor, *rows: Mapping[str, Any], **more: Any) -> str:
    """A file handed in and read; the address of its import."""
    response = send(keeper, *rows, **more)
    assert response.status_code == 302, errors(response)
    run_jobs(world)
    return str(response.headers["Location"])


def done(world: World, keeper: Visitor, *rows: Mapping[str, Any]) -> str:
    """The same, applied."""
    address = previewed(world, keeper, *rows)
    assert keeper.post(f"{address}/inscription", {"keep_good": "1"}).status_code == 302
    run_jobs(world)
    return address


def table(response: TestResponse) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def sound(*pages: TestResponse) -> None:
    """What holds of every page of the service."""
    for page in pages:
        for check in ("sound", "harmless", "kept_private", "typography"):
            CHECKS[check](page)


def test_from_the_form_to_the_registry(world: World, keeper: Visitor) -> None:
    empty = keeper.get(PAGE)
    assert "Aucun import" in words(empty)
    waiting = keeper.follow(send(keeper, PLAIN, AUDITED))
    assert "Ce fichier attend son tour." in words(waiting)
    assert document(waiting).xpath("//main//*[@data-live]//a/@href") == [f"{PAGE}/1"]
    assert document(waiting).xpath('//script[contains(@src, "progress")]')
    run_jobs(world)
    preview = keeper.get(f"{PAGE}/1")
    assert "2 lignes changent le registre, avec 1 solution nouvelle." in words(preview)
    assert [button.text for button in document(preview).xpath("//main//button[@type='submit']")] == [
        "Importer les 2 lignes", "Abandonner",
    ]  # fmt: skip
    with world.app.app_context():
        assert not db.session.scalars(select(Certification).where(Certification.reference == "SFG-1")).all()
    asked = keeper.follow(keeper.post(f"{PAGE}/1/inscription"))
    assert "Le fichier est relu avant d’être inscrit." in words(asked)
    run_jobs(world)
    end = keeper.get(f"{PAGE}/1")
    assert "2 lignes inscrites. Les dossiers concernés sont recherchés." in words(end)
    assert "Ajoutées 2" in words(end)
    listed = keeper.get(PAGE)
    assert "Import n° 1 Bureau Veritas Certification fichier.csv" in words(listed)
    sound(empty, waiting, preview, asked, end, listed)
    with world.app.app_context():
        assert db.session.scalars(select(Certification).where(Certification.reference == "SFG-1")).all()


def test_faulty_rows(world: World, keeper: Visitor) -> None:
    address = previewed(world, keeper, PLAIN, WRONG)
    page = keeper.get(address)
    text = words(page)
    assert (
        "1 ligne est fautive : faites corriger le fichier, ou importez les bonnes lignes sans elle." in text
    )
    assert "3 fournisseur Le SIREN « 123456789 » n’est pas valide" in text
    assert "Importer la bonne ligne et laisser la fautive" in text
    refused = keeper.post(f"{address}/inscription")
    assert refused.status_code == 422
    assert errors(refused)[0].startswith("Ce fichier a des lignes fautives.")
    assert keeper.post(f"{address}/inscription", {"keep_good": "1"}).status_code == 302
    run_jobs(world)
    end = keeper.get(address)
    assert "1 ligne inscrite ; 1 ligne fautive laissée de côté." in words(end)
    sound(page, refused, end)


def test_before_and_after(world: World, keeper: Visitor) -> None:
    done(world, keeper, PLAIN, AUDITED)
    address = previewed(world, keeper, AUDITED | {"preuve": "Rapport 15"}, PLAIN | SUSPENDED)
    parts = document(keeper.get(address)).xpath('//nav[@aria-label="Lignes du fichier"]//a')
    labels = [re.sub(r"\s+", " ", part.text_content()) for part in parts]
    assert labels == [
        "Fautives 0", "À ajouter 0", "À modifier 1", "À interrompre 1", "À rétablir 0", "Inchangées 0",
    ]  # fmt: skip
    pages = [keeper.get(part.get("href")) for part in parts]
    assert "Preuve : Rapport 14 → devient Rapport 15" in words(pages[2])
    assert "Événement : suspension, le 01/04/2026" in words(pages[3])
    assert "Aucune ligne fautive." in words(pages[0])
    assert "Aucune ligne." in words(pages[1])
    sound(*pages)


def test_pages_of_many_rows(world: World, keeper: Visitor) -> None:
    rows = [PLAIN | {"certification": f"S-{n:03}", "solution": f"Offre {n}"} for n in range(BLOCK + 3)]
    address = previewed(world, keeper, *rows)
    first, second = keeper.get(address), keeper.get(f"{address}?voir=ajouts&page=2")
    assert "À ajouter : 53 lignes, page 1 sur 2" in words(first)
    assert len(document(second).xpath("//main//tbody/tr")) == 3
    assert len(document(keeper.get(f"{address}?page=99")).xpath("//main//tbody/tr")) == 3
    sound(first, second)


def test_the_same_file_again(world: World, keeper: Visitor) -> None:
    done(world, keeper, PLAIN)
    again = keeper.get(previewed(world, keeper, PLAIN))
    assert "Toutes les lignes de ce fichier sont déjà au registre, telles quelles." in words(again)
    done(world, keeper, PLAIN | {"valable_au": "2029-01-01"})
    back = keeper.get(previewed(world, keeper, PLAIN))
    assert "Ce fichier a déjà été importé" in words(back)
    sound(again, back)


def test_abandon_and_begin_again(world: World, keeper: Visitor) -> None:
    address = previewed(world, keeper, PLAIN)
    listed = keeper.follow(keeper.post(f"{address}/abandon"))
    assert "L’import est abandonné : rien de ce fichier n’est inscrit." in words(listed)
    ended = keeper.get(address)
    assert "Import abandonné" in words(ended)
    too_late = keeper.post(f"{address}/abandon")
    assert errors(too_late) == [
        "Cet import ne peut plus être abandonné : rechargez la page pour voir où il en est."
    ]
    again = keeper.post(f"{address}/reprise")
    assert again.headers["Location"] == f"{PAGE}/2"
    assert errors(keeper.post(f"{PAGE}/2/reprise")) == ["Cet import n’est pas terminé."]
    run_jobs(world)
    assert "Votre décision" in words(keeper.get(f"{PAGE}/2"))
    sound(ended, too_late)


def test_no_row_to_import(world: World, keeper: Visitor) -> None:
    page = keeper.get(previewed(world, keeper, WRONG))
    assert "Aucune bonne ligne de ce fichier ne change le registre." in words(page)
    assert [button.text for button in document(page).xpath("//main//button[@type='submit']")] == [
        "Abandonner"
    ]
    sound(page)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Ce fichier est vide."),
        (b"x" * (60 * 2**20 + 1), "Ce fichier est trop volumineux : la limite est de 60 Mo."),
    ],
    ids=["empty", "over 60 MB"],
)
def test_refused_at_the_form(world: World, keeper: Visitor, data: bytes, said: str) -> None:
    response = send(keeper, data=data)
    assert response.status_code == 422
    assert errors(response)[0].startswith(said)
    sound(response)


def test_100_megabytes(world: World, keeper: Visitor) -> None:
    response = send(keeper, data=bytes(100 * 2**20))
    assert response.status_code == 413
    text = words(response)
    assert "Un envoi ne peut pas dépasser 64 Mo en tout. Rien n’a été enregistré." in text
    assert "Un tableau trop long se découpe en plusieurs fichiers." in text


def test_nothing_chosen(world: World, keeper: Visitor) -> None:
    response = keeper.post(PAGE, {"certifier": ""})
    assert (response.status_code, errors(response)) == (
        422,
        ["Choisissez le certificateur.", "Choisissez un fichier."],
    )
    assert send(keeper, PLAIN, certifier="inconnu").status_code == 422


def test_a_file_that_cannot_be_read(world: World, keeper: Visitor) -> None:
    page = keeper.get(previewed(world, keeper, data=b"%PDF-1.7"))
    assert "Rien n’est inscrit Ce fichier est un PDF." in words(page)
    assert keeper.get(f"{PAGE}/1/fautives.csv").status_code == 404
    sound(page)


def test_another_certifiers_label(world: World, keeper: Visitor) -> None:
    page = keeper.get(previewed(world, keeper, PLAIN, certifier="anssi"))
    assert "n’est pas l’un des vôtres" in words(page)
    sound(page)


def test_latin_1_with_semicolons(world: World, keeper: Visitor) -> None:
    address = previewed(world, keeper, data=as_csv([PLAIN | {"solution": "Coffre sécurisé"}], "latin-1"))
    assert "Coffre sécurisé" in words(keeper.get(address))


def test_formulas_are_shown_and_exported_as_text(world: World, keeper: Visitor) -> None:
    address = done(world, keeper, TRICK)
    assert '=HYPERLINK("http://x")' in words(keeper.get(address))
    exported = table(keeper.get(f"{address}/ajouts.csv"))
    assert exported[0][:3] == ["ligne", "certification", "label"]
    assert exported[1][1] == "'=S-1"
    offer = '\'=HYPERLINK("http://x")'
    assert exported[1][4:] == [offer, "01/03/2026 – 29/02/2028", "Nouvelle solution", "—", offer]
    assert exported[2][6:] == ["Autre nom de l’offre", "—", "'@x"]
    with world.app.app_context():
        found = db.session.scalars(select(Certification).where(Certification.reference == "=S-1")).one()
        assert found.solution.name == '=HYPERLINK("http://x")'


def test_a_job_that_was_given_up_is_said(world: World, keeper: Visitor) -> None:
    send(keeper, PLAIN)
    with world.app.app_context():
        db.session.execute(update(OutboxMessage).values(attempts=MAX_ATTEMPTS))
        db.session.commit()
    page = keeper.get(f"{PAGE}/1")
    assert "L’import est arrêté" in words(page)
    assert "Abandonner" in words(page)
    sound(page)


@pytest.mark.parametrize(
    ("status", "done_rows", "said"),
    [
        ("reading", 0, "Ouverture du fichier"),
        ("reading", 1000, "1 000 lignes lues sur environ 2 500"),
        ("reading", 2500, "Le fichier est lu : il est comparé au registre."),
        ("applying", 1, "1 ligne sur 2 500"),
        ("applying", 2500, "Inscription au registre : d’une seule pièce, tout ou rien."),
    ],
)
def test_progress_is_told(world: World, keeper: Visitor, status: str, done_rows: int, said: str) -> None:
    send(keeper, PLAIN)
    with world.app.app_context():
        db.session.execute(
            update(RegistryImport).values(status=status, progress_done=done_rows, progress_total=2500)
        )
        db.session.commit()
    page = keeper.get(f"{PAGE}/1")
    assert said in words(page).replace("\u202f", " ")
    (bar,) = document(page).xpath("//progress")
    assert (bar.get("value"), bar.get("max")) == (str(done_rows), "2500")
    sound(page)


# ---------------------------------------------------------------- who, and what there is


ADDRESSES = ("/1", "/1/ajouts.csv", "/modele.csv", "/modele.xlsx")
ACTS = ("", "/1/inscription", "/1/abandon", "/1/reprise")


def test_the_registry_keeper_alone(world: World, keeper: Visitor) -> None:
    previewed(world, keeper, PLAIN)
    people = (world.owner, world.reviewer, world.officer, world.accounting_officer, world.administrator)
    for person in (*people, world.accountant):
        visitor = signed_in(world.app, person.email)
        for address in ("", *ADDRESSES):
            assert visitor.get(PAGE + address).status_code == 403, (person.email, address)
        assert visitor.get("/agent/registre/imports.csv").status_code == 403
        for address in ACTS:
            assert visitor.post(PAGE + address).status_code == 403, (person.email, address)
        assert not document(visitor.get("/agent/registre")).xpath(f'//a[@href="{PAGE}"]')
    for address in ("", *ADDRESSES):
        assert Visitor(world.app).get(PAGE + address).status_code == 302


def test_not_from_another_site(world: World, keeper: Visitor) -> None:
    previewed(world, keeper, PLAIN)
    for address in ACTS:
        response = keeper.post_without_token(PAGE + address)
        assert response.status_code == 400, address
    with world.app.app_context():
        assert db.session.scalars(select(RegistryImport.status)).all() == ["previewed"]


@pytest.mark.parametrize("number", ["2", "0", "9" * 40])
def test_there_is_no_such_import(world: World, keeper: Visitor, number: str) -> None:
    previewed(world, keeper, PLAIN)
    for address in ("", "/ajouts.csv"):
        assert keeper.get(f"{PAGE}/{number}{address}").status_code == 404
    for act in ("inscription", "abandon", "reprise"):
        assert keeper.post(f"{PAGE}/{number}/{act}").status_code == 404


def test_there_is_no_such_part(world: World, keeper: Visitor) -> None:
    address = previewed(world, keeper, PLAIN)
    assert keeper.get(f"{address}?voir=inconnu").status_code == 404
    assert keeper.get(f"{address}/inconnu.csv").status_code == 404


def test_what_no_form_of_ours_sends(any_world: World) -> None:
    keeper = signed_in(any_world.app, any_world.registry_keeper.email)
    address = previewed(any_world, keeper, PLAIN)
    for text in ("%00", "%ED%A0%80", "9" * 40, "-1", "%FF", "%F0%9F%92%A9"):
        for url in (
            f"{PAGE}/{text}",
            f"{PAGE}?page={text}",
            f"{address}?voir={text}",
            f"{address}?page={text}",
        ):
            assert keeper.get(url).status_code in (200, 400, 404), url
        assert keeper.get(f"{address}/{text}.csv").status_code in (400, 404)
    names = ("a\x00b.csv", "\U0001f4a9.csv", "\u202evsc.exe", "x" * 400, "../../etc/passwd")
    for name in names:
        response = keeper.post_files(PAGE, "file", [(name, as_csv([PLAIN]))], {"certifier": "bureau-veritas"})
        assert response.status_code in (302, 400), name
    assert keeper.get(PAGE).status_code == 200
    run_jobs(any_world)


def test_tables_and_forms_to_keep(world: World, keeper: Visitor) -> None:
    done(world, keeper, PLAIN, WRONG)
    faults = keeper.get(f"{PAGE}/1/fautives.csv")
    assert faults.headers["Content-Disposition"] == "attachment; filename=import-1-fautives.csv"
    assert [row[:3] for row in table(faults)] == [["ligne", "colonne", "code"], ["3", "fournisseur", "siren"]]
    unchanged = table(keeper.get(f"{PAGE}/1/inchangees.csv"))
    assert len(unchanged) == 1
    listed = table(keeper.get("/agent/registre/imports.csv"))
    assert listed[1][:3] == ["1", "Bureau Veritas Certification", "fichier.csv"]
    assert listed[1][5:] == ["Fait", "2", "1", "0", "0", "0", "0", "1"]
    form = keeper.get(f"{PAGE}/modele.csv")
    assert form.data.startswith("\ufeffcertification;label;fournisseur;".encode())
    workbook = openpyxl.load_workbook(io.BytesIO(keeper.get(f"{PAGE}/modele.xlsx").data))
    assert workbook.sheetnames == ["Certifications", "Explications"]
    codes = [cell.value for cell in workbook["Explications"]["A"]]
    assert {"NFG", "SECNUMCLOUD", "EEA_EQUIVALENT"} <= set(codes)
    for response in (faults, form):
        assert response.headers["Cache-Control"] == "private, no-store"


def test_the_form_sent_as_it_is_is_refused(world: World, keeper: Visitor) -> None:
    page = keeper.get(previewed(world, keeper, data=keeper.get(f"{PAGE}/modele.csv").data))
    assert "Cette ligne est l’exemple du modèle : supprimez-la." in words(page)
