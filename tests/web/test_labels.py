"""The label schemes: as of a day, version after version; what the keeper enters of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.audit.models import AuditEntry
from bonus.extensions import db
from bonus.registry.labels import SchemeContent, enter_scheme
from bonus.registry.scheme_models import LabelScheme
from bonus.web.agent.labels import MOST_EQUIVALENCES
from tests.support.registry import KEEPER as SOMEONE
from tests.support.world import NOW, ON, World
from tests.web.registry_pages import KEEPER, READERS, WHY, everyone, refused, require_audience, typed
from tests.web.visitor import Visitor, document, signed_in, spaced, words

LABELS = "/agent/registre/labels"
NEW: dict[str, Any] = {
    "code": "vert",
    "name": "Numérique vert",
    "description": "Une offre sobre.",
    "valid_from": "2026-12-01",
    "valid_until": "",
    "certifiers": ["dge", "anssi"],
    "axes": ["cloud"],
    "criteria": "Énergie mesurée\n\n  Matériel réparé  \n",
    "equivalences-0-country": "de",
    "equivalences-0-name": "Blauer Engel",
    "equivalences-0-decision": "Décision du 3 mars 2026",
    "reason": WHY,
}


@pytest.fixture
def keeper(world: World) -> Visitor:
    return signed_in(world.app, world.registry_keeper.email)


def rows(response: TestResponse) -> list[str]:
    """The rows of the page's last table, as words."""
    table = document(response).xpath("//main//table")[-1]
    return [spaced(row.text_content()) for row in table.xpath(".//tbody/tr")]


def versions(world: World, code: str) -> list[LabelScheme]:
    with world.app.app_context():
        found = list(
            db.session.scalars(select(LabelScheme).where(LabelScheme.code == code).order_by(LabelScheme.id))
        )
        db.session.expunge_all()
        return found


def entered(
    world: World, valid_from: date, name: str, valid_until: date | None = None, minutes: int = 0
) -> None:
    """A version of NFG."""
    with world.app.app_context():
        content = SchemeContent(name, "", valid_from, valid_until, (), (), ("bureau-veritas",))
        enter_scheme("NFG", content, "Décision du ministre", SOMEONE, NOW + timedelta(minutes=minutes))


def test_who_may_read_and_who_may_write(world: World) -> None:
    visitors = everyone(world)
    require_audience(visitors, LABELS, READERS, posts=False)
    require_audience(visitors, f"{LABELS}/NFG", READERS, posts=False)
    require_audience(visitors, f"{LABELS}/nouveau", KEEPER, posts=True)
    require_audience(visitors, f"{LABELS}/NFG/version", KEEPER, posts=True)
    for address in (LABELS, f"{LABELS}/NFG"):
        assert (
            document(visitors["reviewer"].get(address)).xpath('//main//a[contains(@href, "version")]') == []
        )
        assert "Entrer" not in words(visitors["reviewer"].get(address))


@pytest.mark.parametrize("address", ["INCONNU", "nfg", "INCONNU/version", "nouveau/version"])
def test_what_does_not_exist(keeper: Visitor, address: str) -> None:
    assert keeper.get(f"{LABELS}/{address}").status_code == 404


# ---------------------------------------------------------------- reading


def test_the_labels_of_today(keeper: Visitor) -> None:
    response = keeper.get(LABELS)
    assert "Labels au 22 novembre 2026" in words(response)
    codes = [spaced(one.text_content()) for one in document(response).xpath("//tbody//th/span")]
    assert codes == ["ANSSI_QUALIFICATION", "EEA_EQUIVALENT", "NFG", "SECNUMCLOUD", "SFG"]
    (nfg,) = [row for row in rows(response) if "NFG" in row]
    assert nfg == "Numérique France GarantiNFG Bureau Veritas Certification Tous 3 0 7 l’origine du registre"
    (cloud,) = [row for row in rows(response) if "SECNUMCLOUD" in row]
    assert "Données" in cloud


def test_a_label_as_of_a_day(world: World, keeper: Visitor) -> None:
    entered(world, date(2026, 6, 1), "NFG deux")
    entered(world, date(2026, 9, 1), "NFG trois", valid_until=date(2026, 9, 30))
    for day, name in (
        ("1999-12-31", None),
        ("2000-01-01", "Numérique France Garanti"),
        ("2026-05-31", "Numérique France Garanti"),
        ("2026-06-01", "NFG deux"),
        ("2026-08-31", "NFG deux"),
        ("2026-09-30", "NFG trois"),
        ("2026-10-01", None),
    ):
        response = keeper.get(f"{LABELS}/NFG?au={day}")
        page = document(response)
        if name is None:
            assert "Ce label n’existe pas ce jour-là." in words(response), day
            gone = "N’existe pas encore ce jour-là" if day < "2000" else "N’existe plus ce jour-là"
            assert gone in words(keeper.get(f"{LABELS}?au={day}"))
        else:
            assert spaced(page.findtext(".//h1")) == name, day
            assert name in words(keeper.get(f"{LABELS}?au={day}"))
    assert [row.split(" ")[1] for row in rows(keeper.get(f"{LABELS}/NFG?au=2026-06-01"))] == [
        "01/09/2026au", "01/06/2026au", "01/01/2000au",
    ]  # fmt: skip
    states = [row.rsplit("(n° 5)")[0] for row in rows(keeper.get(f"{LABELS}/NFG?au=2026-06-01"))]
    assert [state.split("registre ")[-1].split("migration ")[-1] for state in states] == [
        "À venir", "En vigueur ce jour-là", "Passée",
    ]  # fmt: skip


def test_a_version_replaced_from_its_first_day_is_struck(world: World, keeper: Visitor) -> None:
    entered(world, date(2026, 6, 1), "Erreur")
    entered(world, date(2026, 6, 1), "La bonne", minutes=1)
    response = keeper.get(f"{LABELS}/NFG")
    assert [spaced(one.text_content()) for one in document(response).xpath("//del")] == ["Du 01/06/2026"]
    assert "Remplacée" in rows(response)[1]
    assert spaced(document(response).findtext(".//h1")) == "La bonne"


def test_a_day_that_is_none_is_said_and_kept(keeper: Visitor) -> None:
    for address in (LABELS, f"{LABELS}/NFG"):
        response = keeper.get(f"{address}?au=hier")
        refused(response, "Écrivez une date, par exemple 22/11/2026.")
        assert document(response).xpath('//input[@name="au"]/@value') == ["hier"]


# ---------------------------------------------------------------- a new label


def test_a_label_is_entered(world: World, keeper: Visitor) -> None:
    response = keeper.post(f"{LABELS}/nouveau", NEW)
    assert response.headers["Location"] == f"{LABELS}/VERT"
    text = words(keeper.follow(response))
    assert "Le label est entré." in text
    assert "Ce label n’existe pas ce jour-là." in text, "not before December"
    assert "Le règlement ne reconnaît pas ce label" in text
    text = words(keeper.get(f"{LABELS}/VERT?au=2026-12-01"))
    for expected in (
        "Énergie mesurée",
        "Matériel réparé",
        "Cloud",
        "DE",
        "Blauer Engel",
        "Décision du 3 mars 2026",
        WHY,
    ):
        assert expected in text, expected
    (scheme,) = versions(world, "VERT")
    assert scheme.criteria == ["Énergie mesurée", "Matériel réparé"]
    assert scheme.equivalences == [
        {"country": "DE", "name": "Blauer Engel", "decision": "Décision du 3 mars 2026"}
    ]
    with world.app.app_context():
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "registry.label_entered")
        ).one()
        assert (entry.subject, entry.facts["reasons"]) == ("label:VERT", WHY)
    assert "règlement ne reconnaît pas" not in words(keeper.get(f"{LABELS}/NFG"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": ""}, "Donnez un code au label."),
        (
            {"code": "9X"},
            "Le code s’écrit en capitales, chiffres et tirets bas, par exemple « SECNUMCLOUD ».",
        ),
        ({"code": "X" * 31}, "Écrivez 30 caractères au plus."),
        ({"code": "nfg"}, "Le label NFG existe déjà : ouvrez-le pour en entrer une nouvelle version."),
        ({"name": " "}, "Donnez le nom du label."),
        ({"name": "x" * 201}, "Écrivez 200 caractères au plus."),
        ({"valid_from": ""}, "Indiquez le premier jour."),
        ({"valid_from": "1999-12-31"}, "Un label commence entre 2000 et 2100 : vérifiez l’année."),
        ({"valid_until": "2026-11-30"}, "Le label finit avant d’avoir commencé : corrigez les dates."),
        ({"valid_until": "x"}, "Écrivez une date, par exemple 22/11/2026."),
        ({"certifiers": []}, "Choisissez au moins un certificateur."),
        ({"axes": ["mainframe"]}, "Un de ces usages n’existe pas dans le règlement."),
        ({"criteria": "a\n" * 10}, "Un label a au plus 9 critères, chacun en une phrase."),
        (
            {"equivalences-0-country": "US"},
            "Une équivalence porte le code d’un État de l’EEE (« DE »), le nom de son label et la décision.",
        ),
        (
            {"equivalences-0-decision": ""},
            "Une équivalence porte le code d’un État de l’EEE (« DE »), le nom de son label et la décision.",
        ),
        ({"equivalences-0-country": "DEU"}, "Écrivez 2 caractères au plus."),
        ({"reason": ""}, "Dites pourquoi : la pièce ou la décision sur laquelle vous vous fondez."),
        ({"reason": " "}, "Dites pourquoi : le texte ou la décision qui le fonde."),
    ],
)
def test_a_label_that_cannot_be(
    world: World, keeper: Visitor, changes: dict[str, Any], sentence: str
) -> None:
    sent = NEW | changes
    response = keeper.post(f"{LABELS}/nouveau", sent)
    refused(response, sentence)
    assert typed(response, "name") == sent["name"].strip()
    assert typed(response, "equivalences-0-name") == "Blauer Engel"
    assert typed(response, "criteria").split() == sent["criteria"].split()
    assert document(response).xpath('//input[@name="certifiers"][@checked]/@value') == sorted(
        sent["certifiers"]
    )
    assert versions(world, "VERT") == []
    assert len(versions(world, "NFG")) == 1
    for link in document(response).xpath('//*[@id="erreurs"]//a/@href'):
        assert document(response).xpath(f'//*[@id="{link[1:]}"]'), link


def test_a_certifier_that_is_none(world: World, keeper: Visitor) -> None:
    response = keeper.post(f"{LABELS}/nouveau", NEW | {"certifiers": ["personne"]})
    assert response.status_code == 422
    assert "Le certificateur « personne » n’existe pas." in words(response)
    assert versions(world, "VERT") == []


# ---------------------------------------------------------------- a new version


def test_a_version_begins_as_the_last_one(world: World, keeper: Visitor) -> None:
    response = keeper.get(f"{LABELS}/NFG/version")
    assert typed(response, "name") == "Numérique France Garanti"
    assert typed(response, "criteria").splitlines()[1] == "Sécurité et protection des données"
    assert document(response).xpath('//input[@name="certifiers"][@checked]/@value') == ["bureau-veritas"]
    assert (typed(response, "valid_from"), typed(response, "reason")) == ("", "")
    assert document(response).xpath('//input[@name="code"]') == [], "a label keeps its code"


def test_a_version_applies_from_its_day_on(world: World, keeper: Visitor) -> None:
    sent = NEW | {"code": "VERT", "name": "NFG, deuxième version", "valid_from": ON.isoformat(), "axes": []}
    response = keeper.post(f"{LABELS}/NFG/version", sent)
    assert response.headers["Location"] == f"{LABELS}/NFG"
    text = words(keeper.follow(response))
    assert "La nouvelle version du label est entrée." in text
    assert "Énergie mesurée" in text
    assert versions(world, "VERT") == [], "a code that was sent is not read"
    assert [scheme.name for scheme in versions(world, "NFG")] == [
        "Numérique France Garanti",
        "NFG, deuxième version",
    ]
    text = words(keeper.get(f"{LABELS}/NFG?au=2026-11-21"))
    assert "Sécurité et protection des données" in text
    refused(
        keeper.post(f"{LABELS}/NFG/version", sent | {"valid_from": ""}),
        "Indiquez le premier jour.",
    )


def test_rows_of_equivalences_are_added_and_removed(world: World, keeper: Visitor) -> None:
    address = f"{LABELS}/EEA_EQUIVALENT/version"

    def countries(response: TestResponse) -> list[str]:
        found = document(response).xpath('//input[contains(@name, "-country")]')
        return [one.get("value") for one in found]

    assert countries(keeper.get(address)) == [""]
    sent = NEW | {"valid_from": ON.isoformat(), "add": "1"}
    response = keeper.post(address, sent)
    assert (response.status_code, countries(response)) == (200, ["DE", ""])
    assert typed(response, "name") == "Numérique vert", "what was typed is kept"
    assert len(versions(world, "EEA_EQUIVALENT")) == 1
    sent |= {
        "equivalences-1-country": "IT",
        "equivalences-1-name": "Cloud Italia",
        "equivalences-1-decision": "D. 2",
    }
    assert countries(keeper.post(address, sent)) == ["DE", "IT", ""]
    del sent["add"]
    keeper.post(address, sent)
    assert countries(keeper.get(address)) == ["DE", "IT", ""]
    emptied = sent | {f"equivalences-0-{name}": "" for name in ("country", "name", "decision")}
    world.app.config["CLOCK"] = lambda: NOW + timedelta(minutes=1)
    keeper.post(address, emptied)
    assert [row["country"] for row in versions(world, "EEA_EQUIVALENT")[-1].equivalences] == ["IT"]


def test_there_is_an_end_to_the_rows(keeper: Visitor) -> None:
    many = {
        f"equivalences-{place}-{name}": "DE"
        for place in range(MOST_EQUIVALENCES)
        for name in ("country", "name", "decision")
    }
    response = keeper.post(f"{LABELS}/NFG/version", NEW | many | {"add": "1"})
    assert len(document(response).xpath('//input[contains(@name, "-country")]')) == MOST_EQUIVALENCES
    beyond = {f"equivalences-{MOST_EQUIVALENCES}-country": "DE"}
    assert keeper.post(f"{LABELS}/NFG/version", NEW | many | beyond).status_code in (302, 422)


# ---------------------------------------------------------------- what follows of it


def test_a_certification_is_held_to_the_version_of_its_first_day(world: World, keeper: Visitor) -> None:
    """From December on, NFG asks for two other criteria, and the DGE grants it."""
    keeper.post(f"{LABELS}/NFG/version", NEW | {"axes": []})
    page = "/agent/registre/solutions/audit-de-cybersecurite/certifications/NFG"
    sent: dict[str, Any] = {
        "certifier": "dge",
        "reference": "DGE-1",
        "valid_from": "2026-11-30",
        "valid_until": "2027-11-30",
        "criteria": ["0", "1"],
        "audited_on": "2026-11-01",
        "evidence": "RA-1",
        "reason": WHY,
    }
    response = keeper.post(page, sent)
    assert "n’est pas délivré par Direction générale des entreprises" in words(response)
    assert "Sécurité et protection des données" in words(response)
    response = keeper.post(page, sent | {"valid_from": "2026-12-01", "criteria": ["0"]})
    assert "« Matériel réparé »" in words(response)
    response = keeper.follow(keeper.post(page, sent | {"valid_from": "2026-12-01"}))
    assert "Numérique vert" in words(response)
    assert "Rempli Matériel réparé" in words(response)
