"""A company loads a table of lines: the form, the preview, the rows to correct, the lines a page at a time."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.claims import draft_lines
from bonus.claims.models import Invoice, PurchaseLine
from bonus.claims.table_models import PurchaseTable
from bonus.claims.tables.columns import COLUMNS
from bonus.extensions import db
from bonus.web.company import lines
from tests.claims.tables.samples import PLAIN, as_csv, read
from tests.support.bills import Item, bill
from tests.support.world import CLOUD, Dossier, World, draft, filed, run_jobs
from tests.web.company_pages import address, filled
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

FAULTY = PLAIN | {"facture": "F-2", "montant_ht": "dix"}


@pytest.fixture
def empty(world: World) -> Dossier:
    return draft(world, [])


def load(owner: Visitor, dossier: Dossier, *rows: dict[str, str], name: str = "achats.csv") -> TestResponse:
    """Send a table, and come to its page."""
    return owner.follow(
        owner.post_files(f"{address(dossier)}/tableau", "file", [(name, as_csv(rows or [PLAIN]))])
    )


def act(owner: Visitor, page: TestResponse, end: str, **data: str) -> TestResponse:
    """Send the form of a page whose address ends so, with its hidden fields."""
    (form,) = document(page).xpath(
        f'//form[substring(@action, string-length(@action) - {len(end) - 1}) = "{end}"]'
    )
    hidden = {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}
    return owner.post(form.get("action"), {**hidden, **data})


def numbers(world: World) -> list[str]:
    with world.app.app_context():
        return list(db.session.scalars(select(Invoice.number).order_by(Invoice.id)))


# ---------------------------------------------------------------- the way in


def test_from_the_first_page_to_the_form(owner: Visitor, world: World) -> None:
    first = owner.get("/entreprise/dossiers/nouveau")
    (here,) = document(first).xpath('//a[contains(., "Charger un tableau")]/@href')
    page = owner.get(here)
    assert "Charger un tableau de lignes" in words(page)
    for column in COLUMNS:
        assert column.header in words(page)
    loaded = owner.follow(owner.post_files(here, "file", [("achats.csv", as_csv([PLAIN]))]))
    assert "1 ligne sur 1 facture" in words(loaded)
    for form in ("modele.csv", "modele.xlsx"):
        got = owner.get(f"/entreprise/tableau/{form}")
        assert got.status_code == 200
        assert [fault.code for fault in read(got.data).faults] == ["example"]


def test_the_invoices_step_leads_there_and_shows_what_was_taken(owner: Visitor, empty: Dossier) -> None:
    step = f"{address(empty)}/factures"
    assert document(owner.get(step)).xpath(f'//a[@href="{address(empty)}/tableau"]')
    act(owner, load(owner, empty), "/lignes")
    page = owner.get(step)
    assert "achats.csv" in words(page)
    assert "1 ligne sur 1 facture · 1 250,50 € hors taxes" in words(page)
    assert "Retirer" not in words(page), "an invoice of a table stands in the next step"


def test_one_invoice_is_taken_out_of_a_table(owner: Visitor, empty: Dossier, world: World) -> None:
    loaded = load(owner, empty, PLAIN, PLAIN | {"facture": "F-2"})
    act(owner, loaded, "/lignes")
    _, second = numbers(world)
    page = owner.get(f"{address(empty)}/lignes")
    assert words(page).count("Retirer cette facture") == 2
    (button, _) = document(page).xpath('//button[contains(., "Retirer cette facture")]')
    (form,) = document(page).xpath(f'//form[@id="{button.get("form")}"]')
    after = owner.follow(owner.post(form.get("action")))
    assert "La facture est retirée du dossier." in words(after)
    assert numbers(world) == [second]
    table = document(owner.get(f"{address(empty)}/factures")).xpath('//a[contains(., "achats.csv")]/@href')[0]
    assert "Depuis, 1 facture en a été retirée." in words(owner.get(table))
    (last,) = document(owner.get(f"{address(empty)}/lignes")).xpath(
        '//form[starts-with(@id, "retrait-")]/@action'
    )
    assert owner.post(last).status_code == 302
    assert "Tableau retiré" in words(owner.get(table))
    assert numbers(world) == []


# ---------------------------------------------------------------- preview, choice, correction


def test_a_short_table_is_read_and_taken_at_once(owner: Visitor, empty: Dossier, world: World) -> None:
    page = load(owner, empty, PLAIN, PLAIN | {"facture": "F-2"})
    assert "2 lignes sur 2 factures" in words(page)
    assert numbers(world) == [], "nothing enters before the person says so"
    done = owner.follow(act(owner, page, "/lignes"))
    assert "Le tableau est dans le dossier" in words(done)
    assert numbers(world) == ["F-1", "F-2"]
    lines = owner.get(f"{address(empty)}/lignes")
    assert words(lines).count("Hébergement cloud qualifié") >= 2
    review = words(owner.get(f"{address(empty)}/depot"))
    assert "Tableau achats.csv" in review
    assert "2 501,00 €" in review


def test_faults_are_told_and_good_rows_kept_then_corrected_ones(
    owner: Visitor, empty: Dossier, world: World
) -> None:
    page = load(owner, empty, PLAIN, FAULTY)
    text = words(page)
    assert "n’est pas un montant en euros" in text
    assert "Garder la bonne ligne" in text
    done = owner.follow(act(owner, page, "/lignes"))
    assert "1 ligne reste à corriger." in words(done)
    here = document(done).xpath('//a[contains(@href, "a-corriger.csv")]/@href')[0]
    given = owner.get(here)
    assert given.headers["Content-Disposition"].startswith("attachment")
    corrected = given.data.decode("utf-8-sig").replace(";dix;", ";10,00;")
    assert "À corriger" in corrected
    again = owner.follow(
        owner.post_files(f"{address(empty)}/tableau", "file", [("lignes-a-corriger.csv", corrected.encode())])
    )
    assert "1 ligne sur 1 facture" in words(again)
    owner.follow(act(owner, again, "/lignes"))
    assert numbers(world) == ["F-1", "F-2"]
    xlsx = owner.get(here.replace(".csv", ".xlsx"))
    assert [fault.code for fault in read(xlsx.data).faults] == ["amount"]


def test_the_first_faults_are_shown_and_all_are_in_the_file(owner: Visitor, empty: Dossier) -> None:
    page = load(owner, empty, *(FAULTY | {"facture": f"F-{number}"} for number in range(120)))
    table = document(page).xpath('//table[contains(caption, "À corriger")]')[0]
    assert len(table.xpath(".//tbody/tr")) == 100
    assert "Les 100 premières sur 120 ; toutes sont dans la liste à télécharger." in words(page)
    (whole,) = document(page).xpath('//a[contains(@href, "fautes.csv")]/@href')
    assert owner.get(whole).text.count("amount") == 120
    assert owner.get(whole.replace("fautes", "autres")).status_code == 404
    assert "Aucune bonne ligne" not in words(page)
    assert not document(page).xpath('//form[contains(@action, "/lignes")]'), "nothing good, nothing to keep"


def test_warnings_are_said_and_do_not_hinder(owner: Visitor, empty: Dossier) -> None:
    page = load(owner, empty, PLAIN | {"date_facture": "02/02/2026"})
    assert (
        "Facture trop ancienne : elle devait être déposée au plus tard le 3 août 2026 (art. 5.5)."
        in words(page)
    )
    assert "1 ligne sur 1 facture" in words(page)


def test_a_long_table_is_read_by_a_job_and_followed(owner: Visitor, empty: Dossier, world: World) -> None:
    rows = [PLAIN | {"facture": f"F-{number}"} for number in range(501)]
    page = load(owner, empty, *rows)
    assert "Ce tableau attend son tour." in words(page)
    assert document(page).xpath("//*[@data-live]")
    assert document(page).xpath("//*[@data-state]")
    here = document(page).xpath('//a[contains(., "Actualiser")]/@href')[0]
    run_jobs(world)
    previewed = owner.get(here)
    assert "501 lignes sur 501 factures" in words(previewed)
    under_way = owner.follow(act(owner, previewed, "/lignes"))
    assert "Le tableau est relu avant d’entrer" in words(under_way)
    run_jobs(world)
    assert "Le tableau est dans le dossier" in words(owner.get(here))
    assert len(numbers(world)) == 501


def test_what_is_no_table_is_refused_on_its_page_or_at_once(owner: Visitor, empty: Dossier) -> None:
    page = owner.follow(owner.post_files(f"{address(empty)}/tableau", "file", [("x.csv", b"%PDF-1.7")]))
    assert "Ce fichier est un PDF." in words(page)
    nothing = owner.post_files(f"{address(empty)}/tableau", "file", [("x.csv", b"")])
    assert nothing.status_code == 422
    assert errors(nothing) == ["Ce fichier est vide. Vérifiez le fichier et déposez-le à nouveau."]
    assert owner.post_files(f"{address(empty)}/tableau", "file", []).status_code == 422


def test_abandon_and_removal(owner: Visitor, empty: Dossier, world: World) -> None:
    page = load(owner, empty)
    assert "abandonné" in words(owner.follow(act(owner, page, "/abandon")))
    done = owner.follow(act(owner, load(owner, empty), "/lignes"))
    assert numbers(world) == ["F-1"]
    again = act(owner, page, "/lignes")
    assert again.status_code == 422
    assert "n’attend plus de décision" in errors(again)[0]
    assert "retirés du dossier" in words(owner.follow(act(owner, done, "/retrait")))
    assert numbers(world) == []


def test_a_dossier_that_is_filed_takes_no_table(owner: Visitor, world: World) -> None:
    dossier = draft(world)
    page = load(owner, dossier)
    number = filed(world, dossier).number
    got = owner.get(f"{address(dossier)}/tableau")
    assert (got.status_code, got.headers["Location"]) == (302, f"/entreprise/dossiers/{dossier.reference}")
    late = act(owner, page, "/lignes")
    assert (late.status_code, "déjà déposé" in errors(late)[0]) == (422, True)
    sent = owner.post_files(f"{address(dossier)}/tableau", "file", [("t.csv", as_csv([PLAIN]))])
    assert sent.status_code == 302
    with world.app.app_context():
        assert [table.status for table in db.session.scalars(select(PurchaseTable))] == ["previewed"]
    assert number


# ---------------------------------------------------------------- many lines


def shown(page: TestResponse) -> list[str]:
    """The lines that a page has a card for."""
    cards = document(page).xpath('//article[starts-with(@id, "ligne-")]//h4')
    return [spaced(title.text_content()) for title in cards]


def test_lines_a_page_at_a_time(
    owner: Visitor, empty: Dossier, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_lines, "PAGE", 2)
    rows = [PLAIN | {"facture": f"F-{number // 2}", "designation": f"Objet {number}"} for number in range(4)]
    act(owner, load(owner, empty, *rows, PLAIN | {"facture": "F-9"}), "/lignes")
    here = f"{address(empty)}/lignes"
    first = owner.get(here)
    assert shown(first) == ["Objet 0", "Objet 1"]
    assert "Toutes 5" in words(first)
    assert "Sans solution 4" in words(first)
    sent = filled(first)
    sent["lines-0-solution"] = CLOUD
    second = owner.post(here, sent | {"next": "1"})
    assert second.headers["Location"] == f"{here}?page=2"
    assert shown(owner.follow(second)) == ["Objet 2", "Objet 3"]
    with world.app.app_context():
        line = db.session.scalars(select(PurchaseLine).order_by(PurchaseLine.id)).first()
        assert line is not None
        assert (line.matched_by_person, line.solution.slug if line.solution else None) == (True, CLOUD)
    last = owner.get(f"{here}?page=99")
    assert shown(last) == ["Hébergement cloud qualifié"]
    stays = owner.post(f"{here}?page=3", filled(last) | {"update": "1"})
    assert stays.headers["Location"] == f"{here}?page=3"
    on = owner.post(f"{here}?page=3", filled(last))
    assert on.headers["Location"] == f"{address(empty)}/pieces"
    without = owner.get(f"{here}?voir=sans-solution")
    assert shown(without) == ["Objet 1", "Objet 2"]
    after = owner.post(f"{here}?voir=sans-solution", filled(without) | {"next": "1"})
    assert after.headers["Location"] == f"{here}?voir=sans-solution"


def test_the_estimate_of_a_huge_dossier_is_asked_for(
    owner: Visitor, empty: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(owner, load(owner, empty, PLAIN, PLAIN | {"facture": "F-2"}), "/lignes")
    here = f"{address(empty)}/lignes"
    assert "Calculer l’estimation" not in words(owner.get(here))
    monkeypatch.setattr(lines, "ESTIMATED_AT_ONCE", 1)
    assert "Calculer l’estimation" in words(owner.get(here))
    assert "Lignes éligibles" in words(owner.get(f"{here}?estimation=1"))


def test_beside_ordinary_invoices(owner: Visitor, world: World) -> None:
    dossier = draft(world, [bill(Item(1_000_00), number="E-1")])
    page = load(owner, dossier, PLAIN, PLAIN | {"facture": "E-1"})
    assert "déposée à part" in words(page)
    act(owner, page, "/lignes")
    text = words(owner.get(f"{address(dossier)}/factures"))
    assert "Facture E-1" in text
    assert "Facture F-1" not in text
    assert "2 250,50 €" in words(owner.get(f"{address(dossier)}/depot"))


def test_a_large_dossier_is_shown_by_its_first_hundred(owner: Visitor, empty: Dossier, world: World) -> None:
    page = load(owner, empty, *(PLAIN | {"facture": f"F-{number}"} for number in range(102)))
    act(owner, page, "/lignes")
    review = owner.get(f"{address(empty)}/depot")
    assert len(document(review).xpath('//ol[contains(@class, "bs-lines")]/li')) == 100
    assert "Et 2 autres lignes." in words(review)
    assert "2 autres lignes" in document(review).xpath("string(//aside)"), "the total says how it adds up"
    number = filed(world, empty).number
    place = f"/entreprise/dossiers/{number}"
    for visitor, address_of in (
        (owner, place),
        (signed_in(world.app, world.reviewer.email), f"/agent/dossiers/{number}"),
    ):
        first, last = visitor.get(address_of), visitor.get(f"{address_of}?page=2")
        assert "F-99" in words(first)
        assert "F-101" not in words(first)
        assert "F-101" in words(last)
