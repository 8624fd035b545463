"""The service's report as people see it: figures, charts with their tables, links to the dossiers, tables to keep."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time

import openpyxl
import pytest
from lxml import html

from bonus.jobs.daily import run_day
from tests.support.bills import bill
from tests.support.reporting import PAGE, counted_months, decided_on
from tests.support.requests import at, filed_on
from tests.support.world import NOW, World, draft, filed
from tests.web.test_desk_queries import counted
from tests.web.visitor import Visitor, document, signed_in, words

TABLES = ("stock", "echeances", "delais", "mouvements", "stocks")


def playing(world: World, day: date) -> None:
    world.app.config["CLOCK"] = lambda: at(day)


def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


def table(page: html.HtmlElement, caption: str) -> list[list[str]]:
    (found,) = [one for one in page.iter("table") if caption in one.findtext("caption", "")]
    rows = found.xpath(".//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def test_before_anything(world: World) -> None:
    page = words(reviewer(world).get(PAGE))
    assert "Aucun dossier en cours" in page
    assert "Aucune échéance dans les dix semaines" in page
    assert "Les mois ne sont pas encore comptés" in page
    counted_months(world)
    page = words(reviewer(world).get(PAGE))
    assert "Aucune décision sur cette période" in page


def test_one_month_and_its_figures(world: World) -> None:
    decided_on(world, date(2026, 11, 2), date(2026, 11, 20))
    counted_months(world)
    page = document(reviewer(world).get(PAGE))
    assert table(page, "Délai de la première décision") == [
        ["Novembre 2026en cours", "1", "18", "18", "118 / 18 j", "—", "—"]
    ]
    assert table(page, "Dossiers entrés") == [["Novembre 2026en cours", "1", "0", "1", "0", "0"]]
    assert [row[-1] for row in table(page, "à la fin de chaque mois, par file")] == ["0"]
    assert table(page, "à la fin de chaque mois, par ancienneté") == [
        ["Novembre 2026en cours", "0", "0", "0", "0", "0"]
    ]
    assert table(page, "Jours passés dans chaque file") == [
        ["Novembre 2026en cours", "18 / 181 sorti", "0 / 01 sorti"]
    ]
    drawn = page.xpath("//svg[@role='img']")
    assert len(drawn) == 5  # no stock and nothing due: these two say so in words
    (dot, _) = page.xpath("//circle/title")
    assert dot.text == "Novembre 2026, médiane\u00a0: 18"


def test_every_chart_is_named_and_has_no_style_of_its_own(world: World) -> None:
    filed_on(world, date(2026, 11, 2))
    decided_on(world, date(2026, 9, 2), date(2026, 10, 20))
    counted_months(world)
    response = reviewer(world).get(PAGE)
    page = document(response)
    drawn = page.xpath("//svg[@role='img']")
    assert len(drawn) == 7
    for one in drawn:
        name, text = one.get("aria-labelledby").split()
        assert page.get_element_by_id(name).text
        assert page.get_element_by_id(text).text.endswith(".")
    assert not page.xpath("//main//*[@style]")
    assert not page.xpath("//main//script")
    assert "style=" not in response.text.split("<main")[1].split("</main>")[0]


def test_one_queue_s_ages(world: World) -> None:
    filed_on(world, date(2026, 10, 5))
    counted_months(world)
    of = {file: document(reviewer(world).get(f"{PAGE}?file={file}")) for file in ("a-verifier", "a-proposer")}
    rows = {file: table(page, "à la fin de chaque mois, par ancienneté")[0] for file, page in of.items()}
    counted = {file: row[-5:] for file, row in rows.items()}
    assert counted == {"a-verifier": ["0", "0", "1", "0", "1"], "a-proposer": ["0"] * 5}
    assert of["a-verifier"].xpath("//select[@name='file']/option[@selected]/@value") == ["a-verifier"]
    links = [url for url in of["a-verifier"].xpath("//main//a/@href") if "anciennetes" in url]
    assert links
    lines = reviewer(world).get(links[0]).get_data(as_text=True)
    assert "Ancienneté" not in lines
    assert "À vérifier" in lines


def test_late_ones_are_said_and_reached(world: World) -> None:
    filed_on(world)  # due on 10 May
    playing(world, date(2026, 5, 11))
    page = reviewer(world).get(PAGE)
    assert "1 dossier en retard" in words(page)
    (url,) = {
        link.get("href") for link in document(page).xpath("//table//a") if "echeance_au" in link.get("href")
    }
    assert url == "/agent/dossiers?file=a-verifier&echeance_au=2026-05-10"
    listed = reviewer(world).get(url)
    assert "BS-2026-000001" in words(listed)
    assert "Échéance jusqu’au 10/05/2026" in words(listed)


def test_a_cell_leads_to_the_dossiers_it_counts(world: World) -> None:
    early = filed_on(world)
    late = filed(
        world,
        draft(world, [bill(issued_on=date(2026, 2, 20), number="F-2")], now=at(date(2026, 3, 20))),
        now=at(date(2026, 3, 20)),
    )
    playing(world, date(2026, 4, 29))
    page = document(reviewer(world).get(f"{PAGE}?axe=cloud&region=84"))
    urls = [link.get("href") for link in page.xpath("//table//a") if "echeance_du" in link.get("href")]
    assert urls == [
        "/agent/dossiers?file=a-verifier&axe=cloud&region=84&echeance_du=2026-05-04&echeance_au=2026-05-10",
        "/agent/dossiers?file=a-verifier&axe=cloud&region=84&echeance_du=2026-05-18&echeance_au=2026-05-24",
    ]
    found = [words(reviewer(world).get(url)) for url in urls]
    assert [str(early.number) in one for one in found] == [True, False]
    assert [str(late.number) in one for one in found] == [False, True]
    assert "1 dossier" in found[0]


@pytest.mark.parametrize("typed", ["echeance_du=hier", "echeance_au=2026-02-30", "echeance_du=2026-11-22T10"])
def test_a_day_that_is_none_asks_nothing(world: World, typed: str) -> None:
    dossier = filed(world)
    page = reviewer(world).get(f"/agent/dossiers?file=a-verifier&{typed}")
    assert str(dossier.number) in words(page)
    assert "Retirer le filtre" not in words(page)


def test_what_is_asked_stays_in_every_link(world: World) -> None:
    filed(world)
    counted_months(world)
    page = document(reviewer(world).get(f"{PAGE}?periode=2026&axe=cloud&region=84"))
    selected = page.xpath("//main//form//option[@selected]/@value")
    assert selected == ["2026", "cloud", "84"]
    exports = [url for url in page.xpath("//main//a/@href") if ".csv" in url]
    assert exports
    assert all(url.endswith("?periode=2026&axe=cloud&region=84") for url in exports)


@pytest.mark.parametrize(
    "strange", ["?periode=1999", "?periode=9999", "?periode=x&axe=autre&region=%27", "?axe=" + "a" * 3000]
)
def test_what_is_not_understood_asks_nothing(world: World, strange: str) -> None:
    filed(world)
    page = reviewer(world).get(PAGE + strange)
    assert page.status_code == 200
    assert "Ce que vous voyez" not in words(page)


@pytest.mark.parametrize("name", TABLES)
def test_each_table_to_keep(world: World, name: str) -> None:
    decided_on(world, date(2026, 9, 2), date(2026, 10, 20))
    filed(world)
    counted_months(world)
    visitor = reviewer(world)
    whole = visitor.get(f"{PAGE}/{name}.csv")
    assert whole.status_code == 200
    rows = list(csv.reader(io.StringIO(whole.data.decode("utf-8-sig"), newline=""), delimiter=";"))
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{PAGE}/{name}.xlsx").data))
    sheet = list(book.worksheets[0].values)
    assert len(rows) == len(sheet) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert list(sheet[0]) == rows[0]
    if name == "delais":
        assert rows[-2][:4] == ["01/10/2026", "1", "48", "48"]
        assert sheet[-2][:4] == (datetime.combine(date(2026, 10, 1), time()), 1, 48, 48)
        assert rows[-1][:4] == ["01/11/2026", "0", "", ""]
    if name == "stock":
        assert rows[1] == ["À vérifier", "1", "0", "0", "0", "1"]


def test_no_other_table_nor_kind(world: World) -> None:
    visitor = reviewer(world)
    for end in ("autre.csv", "stock.pdf", "stock"):
        assert visitor.get(f"{PAGE}/{end}").status_code == 404


@pytest.mark.parametrize("who", ["owner", "accountant", "accounting_officer", "registry_keeper"])
def test_not_for_who_neither_examines_nor_administers(world: World, who: str) -> None:
    visitor = signed_in(world.app, getattr(world, who).email)
    for address in (PAGE, *(f"{PAGE}/{name}.csv" for name in TABLES)):
        assert visitor.get(address).status_code == 403
    assert PAGE not in visitor.get("/agent/controles").text


def test_a_visitor_signs_in_first(world: World) -> None:
    response = Visitor(world.app).get(f"{PAGE}?axe=cloud")
    assert response.status_code == 302
    assert "/connexion" in response.location


@pytest.mark.parametrize("who", ["reviewer", "officer", "administrator"])
def test_who_reads_it(world: World, who: str) -> None:
    filed(world)
    visitor = signed_in(world.app, getattr(world, who).email)
    page = document(visitor.get(PAGE))
    assert page.xpath("//nav//a[@href='/agent/pilotage' and @aria-current]")
    # The administrator opens no dossier: the figures lead nowhere.
    assert bool(page.xpath("//main//table//a")) == (who != "administrator")


def test_as_many_queries_for_many_months_as_for_one(world: World) -> None:
    filed(world)
    counted_months(world)
    visitor = reviewer(world)
    visitor.get(PAGE)
    with counted(world) as few:
        visitor.get(PAGE)
    for month in range(4, 10):
        decided_on(world, date(2026, month, 1), date(2026, month, 20))
        filed_on(world, date(2026, month, 2))
    counted_months(world)
    for query in ("", "?axe=cloud&region=84", "?periode=2026"):
        with counted(world) as many:
            visitor.get(PAGE + query)
        assert len(many) == len(few) < 20


def test_the_night_counts_the_months(world: World) -> None:
    decided_on(world, date(2026, 9, 2), date(2026, 10, 20))
    with world.app.app_context():
        said = run_day(NOW)
    assert any("chiffres des mois" in line and "3 mois comptés" in line for line in said)
    assert "Octobre 2026" in words(reviewer(world).get(PAGE))
