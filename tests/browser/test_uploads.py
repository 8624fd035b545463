"""Many files dropped at once: each says where it is, and what was refused is said beside what was read."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from bonus.calendar import civil_date
from tests.adapters.einvoice_samples import MINIMUM
from tests.support.bills import File, bill
from tests.support.papers import scan

from .conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NEW = "/entreprise/dossiers/nouveau"


def written(folder: Path, *files: File) -> list[Path]:
    paths = []
    for name, content in files:
        path = folder / name
        path.write_bytes(content)
        paths.append(path)
    return paths


def today() -> date:
    return civil_date(datetime.now(UTC))


def slowly(route: Route) -> None:
    """As over a poor line: each state of the list stays in sight."""
    time.sleep(0.5)
    route.continue_()


def as_if_signed_out(route: Route) -> None:
    """What a fetch is given once the session is over: the page to sign in."""
    if route.request.resource_type == "fetch":
        route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>Connexion</title>")
    else:
        route.continue_()


def test_each_file_says_where_it_is(visit: Visit, tmp_path: Path) -> None:
    visitor = visit()
    page = visitor.page
    visitor.sign_in("entreprise@demo.example")
    visitor.open(NEW)
    files = written(
        tmp_path,
        bill(number="UP-1", issued_on=today()),
        ("notes.txt", b"Bonjour"),
        scan("scan.pdf"),
        ("minimum.xml", MINIMUM.replace(b"M-1", b"UP-M")),
    )
    page.get_by_label("Déposez vos factures").set_input_files(files)
    page.route(re.compile("/(nouveau|factures)$"), slowly)
    page.get_by_role("button", name="Lire ces factures").click()
    lines = page.locator(".bs-drop__list li")
    expect(lines.nth(0)).to_contain_text("lecture en cours")
    expect(lines.nth(3)).to_contain_text("en attente")
    expect(lines.nth(0)).to_contain_text("lue")
    expect(lines.nth(1)).to_contain_text("n’est ni un PDF ni un fichier XML")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Un fichier n’a pas pu être pris")
    expect(alert).to_contain_text("notes.txt : Ce fichier n’est ni un PDF ni un fichier XML.")
    expect(alert).to_contain_text("Les autres sont bien dans le dossier.")
    expect(page).to_have_url(re.compile(r"/dossiers/[\w-]{22}/factures$"))
    for words in ("Facture UP-1", "Facture UP-M", "scan.pdf"):
        expect(page.get_by_role("heading", name=words)).to_be_visible()
    visitor.look()
    page.reload()
    expect(page.get_by_role("heading", name="Facture UP-1")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_on_an_answer_that_is_not_understood_the_form_is_sent_as_it_stands(
    visit: Visit, tmp_path: Path
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.sign_in("entreprise@demo.example")
    visitor.open(NEW)
    page.get_by_label("Déposez vos factures").set_input_files(written(tmp_path, bill(issued_on=today())))
    page.route(re.compile("/nouveau$"), as_if_signed_out)
    page.get_by_role("button", name="Lire ces factures").click()
    expect(page).to_have_url(re.compile(r"/dossiers/[\w-]{22}/lignes$"))
