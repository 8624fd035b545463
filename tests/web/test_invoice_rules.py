"""The official rules that an invoice breaks, where people read them: they warn, and never stop a dossier."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any, cast

import pytest

from bonus.adapters.einvoice import EInvoice, reader
from bonus.adapters.einvoice.model import RuleFinding
from bonus.claims.filing import file_claim
from bonus.claims.models import Claim, Invoice
from bonus.extensions import db
from bonus.parts import service_contact
from tests.support.world import NOW, Dossier, World, draft, filed
from tests.web.company_pages import address
from tests.web.visitor import Visitor, document, signed_in, words

FOUND = (
    RuleFinding("BR-FR-13_BT-34", None, None, "BR-FR-13/BT-34 : Le BT-34 est obligatoire."),
    RuleFinding("BR-25", 1, None, "[BR-25]-Each Invoice line (BG-25) shall contain the Item name (BT-153)."),
    RuleFinding("BR-CL-23", 1, None, "[BR-CL-23]-Unit code <MUST> be coded."),
)
ADVICE = "Prévenez-le ; cela n’empêche pas le dépôt."


def run(monkeypatch: pytest.MonkeyPatch, found: tuple[RuleFinding, ...] | None) -> None:
    """Rules that find this, wherever the extra is installed or not."""

    def findings(answer: Mapping[str, Any], invoice: EInvoice) -> tuple[RuleFinding, ...] | None:
        assert answer["xml"].startswith("<")
        return found

    monkeypatch.setattr(reader, "rules_installed", lambda: True)
    monkeypatch.setattr(reader, "findings_of", findings)


@pytest.fixture
def advised(world: World, monkeypatch: pytest.MonkeyPatch) -> Dossier:
    run(monkeypatch, FOUND)
    return draft(world)


def notes(visitor: Visitor, url: str) -> list[str]:
    """What stands in the folded list of remarks."""
    page = visitor.get(url)
    folded = document(page).xpath('//details[contains(., "sur la forme de la facture")]')
    return [" ".join(item.text_content().split()) for one in folded for item in one.xpath(".//li")]


EXPECTED = [
    "L’adresse électronique de facturation du vendeur manque. (BR-FR-13)",
    "Ligne 1 : Le nom de ce qui est vendu manque. (BR-25)",
    "Ligne 1 : Un code ne fait pas partie de la liste officielle. (BR-CL-23)[BR-CL-23]-Unit code <MUST> be coded.",
]


def test_they_are_said_near_the_invoice(world: World, advised: Dossier) -> None:
    company = signed_in(world.app, world.owner.email)
    for step in ("factures", "lignes"):
        page = company.get(f"{address(advised)}/{step}")
        assert "3 remarques sur la forme de la facture" in words(page)
        assert ADVICE in words(page)
        assert notes(company, f"{address(advised)}/{step}") == EXPECTED


def test_they_never_stop_a_dossier(world: World, advised: Dossier) -> None:
    with world.app.app_context():
        file_claim(advised.id, service_contact(), world.owner, NOW)
        claim = db.session.get_one(Claim, advised.id)
        assert claim.status == "filed"
        assert claim.invoices[0].warnings == []


def test_the_agent_reads_them_too(world: World, advised: Dossier) -> None:
    dossier = filed(world, advised)
    assert notes(signed_in(world.app, world.reviewer.email), f"/agent/dossiers/{dossier.number}") == EXPECTED


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ((), "La facture suit les règles européennes et françaises de facturation."),
        (None, "Les règles européennes et françaises de facturation n’ont pas été vérifiées."),
    ],
)
def test_the_agent_knows_whether_they_were_checked(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    found: tuple[RuleFinding, ...] | None,
    sentence: str,
) -> None:
    run(monkeypatch, found)
    dossier = filed(world, draft(world))
    assert sentence in words(
        signed_in(world.app, world.reviewer.email).get(f"/agent/dossiers/{dossier.number}")
    )
    company = signed_in(world.app, world.owner.email)
    assert "règles européennes" not in words(company.get(address(dossier)))


def invoices_in_archive(world: World, dossier: Dossier) -> list[dict[str, Any]]:
    """The invoices of the data that the company takes away with its dossier."""
    response = signed_in(world.app, world.owner.email).get(
        f"/entreprise/dossiers/{dossier.reference}/dossier.zip"
    )
    data = json.loads(zipfile.ZipFile(BytesIO(response.data)).read("dossier.json"))
    return cast("list[dict[str, Any]]", data["invoices"])


def test_they_are_in_the_dossier_s_data(world: World, advised: Dossier) -> None:
    [invoice] = invoices_in_archive(world, advised)
    assert [one["rule"] for one in invoice["rule_warnings"]] == ["BR-FR-13", "BR-25", "BR-CL-23"]
    assert invoice["rule_warnings"][1] == {
        "rule": "BR-25",
        "line": 1,
        "sentence": "Le nom de ce qui est vendu manque.",
        "text": "",
    }


def test_what_was_not_checked_says_so_in_the_data(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, None)
    [invoice] = invoices_in_archive(world, draft(world))
    assert invoice["rule_warnings"] is None


def test_they_are_kept_in_both_databases(any_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, FOUND)
    draft(any_world)
    with any_world.app.app_context():
        [kept] = db.session.scalars(db.select(Invoice.rule_findings))
        assert [RuleFinding.from_json(one) for one in kept] == list(FOUND)
