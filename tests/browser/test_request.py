"""After filing: a message, documents asked for, the answer sent item by item, and the decision, in a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bonus.calendar import civil_date, format_date
from tests.support.bills import bill
from tests.support.papers import PLAIN

from .conftest import Visit
from .journey_company import card, file_bill
from .visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUESTION = "Bonjour,\n\nFaut-il le relevé d’octobre ?"
# Refused: nothing of it is left to pay where other tests pay.
GROUNDS = "Sans bon de commande, l’achat n’est pas établi (art. 5.1)."
REASON = "Nous avons commandé par téléphone, sans bon."


def test_asked_answered_decided(visit: Visit, tmp_path: Path) -> None:
    owner, reviewer, officer = visit(), visit(), visit()
    number = file_without_proof(owner, tmp_path)
    write(owner)
    ask(reviewer, number)
    answer(owner, number)
    read_the_answer(reviewer, number)
    decide(officer, number)

    owner.open(f"/entreprise/dossiers/{number}")
    expect(owner.page.get_by_role("main")).to_contain_text("Votre demande est refusée.")
    owner.look()
    owner.page.get_by_role("link", name="Tout l’historique").click()
    expect(owner.page.get_by_role("row").filter(has_text="Décision prise par l’ordonnateur")).to_be_visible()
    owner.look()


def file_without_proof(owner: Visitor, folder: Path) -> str:
    """A dossier that lacks its proof of payment; gives its number."""
    today = civil_date(datetime.now(UTC))
    owner.sign_in("entreprise@demo.example")
    return file_bill(owner, folder, bill(number="DEMANDE-1", issued_on=today - timedelta(days=3)))


def write(owner: Visitor) -> None:
    """A question to the reviewer."""
    page = owner.page
    page.get_by_label("Votre message").fill(QUESTION)
    page.get_by_role("button", name="Envoyer à l’instructeur").click()
    expect(page.get_by_role("list", name="Messages du dossier")).to_contain_text("pas encore lu")
    owner.look()


def ask(reviewer: Visitor, number: str) -> None:
    """The reviewer reads the question, answers it, and asks once for all that misses."""
    page = reviewer.page
    reviewer.sign_in("instructrice@demo.example")
    reviewer.open(f"/agent/dossiers/{number}")
    expect(page.get_by_role("list", name="Messages du dossier")).to_contain_text("Nouveau")
    page.get_by_label("Votre message").fill("Oui, celui du mois du paiement.")
    page.get_by_role("button", name="Envoyer à l’entreprise").click()
    reviewer.look()
    page.get_by_role("link", name="Demander des pièces").click()
    expect(page.get_by_role("checkbox", name="Preuve de paiement")).to_be_checked()
    page.get_by_label("Autre pièce n° 1", exact=False).first.fill("Bon de commande signé")
    reviewer.look()
    page.get_by_role("button", name="Demander ces pièces").click()
    expect(page.get_by_role("main")).to_contain_text("le délai de décision est suspendu")
    reviewer.look()


def answer(owner: Visitor, number: str) -> None:
    """One file, one explanation; what lacks is said; then the answer is sent."""
    page = owner.page
    owner.open(f"/entreprise/dossiers/{number}")
    expect(page.get_by_role("list", name="Messages du dossier")).to_contain_text("Nouveau")
    last = civil_date(datetime.now(UTC)) + timedelta(days=30)
    awaited = page.get_by_role("region", name="Ce qui est attendu")
    expect(awaited).to_contain_text(f"Avant la fin du {format_date(last)}")
    owner.look()
    page.get_by_role("link", name="Répondre à la demande").click()
    owner.look()
    proof = card(page, "Preuve de paiement")
    proof.get_by_label("Joindre un fichier").set_input_files(
        {"name": "releve.pdf", "mimeType": "application/pdf", "buffer": PLAIN + b"DEMANDE"}
    )
    proof.get_by_role("button", name="Joindre", exact=True).click()
    expect(card(page, "Preuve de paiement")).to_contain_text("releve.pdf")
    owner.refused(page.get_by_role("button", name="Envoyer ma réponse").click)
    expect(page.get_by_role("alert")).to_contain_text("Bon de commande signé")
    order = card(page, "Bon de commande signé")
    order.get_by_text("Je ne peux pas fournir cette pièce").click()
    order.get_by_label("Pourquoi").fill(REASON)
    order.get_by_role("button", name="Enregistrer l’explication").click()
    owner.look()
    page.get_by_role("button", name="Envoyer ma réponse").click()
    expect(page.get_by_role("main")).to_contain_text("Votre réponse a été reçue le")
    owner.look()


def read_the_answer(reviewer: Visitor, number: str) -> None:
    """The reviewer reads what was sent, and proposes."""
    page = reviewer.page
    reviewer.open(f"/agent/dossiers/{number}")
    content = page.get_by_role("main")
    expect(content).to_contain_text("L’entreprise a répondu le")
    expect(content).to_contain_text(REASON)
    page.get_by_role("link", name="releve.pdf").last.click()
    reviewer.look()
    assert reviewer.download(page.get_by_role("link", name="Télécharger l’original")) == PLAIN + b"DEMANDE"
    reviewer.open(f"/agent/dossiers/{number}")
    reviewer.look()
    form = page.get_by_role("form", name="Proposer une décision")
    reviewer.choose("Refuser", form)
    form.get_by_label("Motif du refus").select_option("documents_missing")
    form.get_by_role("textbox", name="Motifs").fill(GROUNDS)
    form.get_by_role("button", name="Proposer à l’ordonnateur").click()
    expect(content).to_contain_text("Votre proposition est transmise à l’ordonnateur.")


def decide(officer: Visitor, number: str) -> None:
    """The authorising officer decides on what the dossier holds."""
    page = officer.page
    officer.sign_in("ordonnateur@demo.example")
    officer.open(f"/agent/dossiers/{number}")
    form = page.get_by_role("form", name="Décider")
    officer.choose("Refuser", form)
    form.get_by_label("Motif du refus").select_option("documents_missing")
    form.get_by_role("textbox", name="Motifs").fill(GROUNDS)
    form.get_by_role("button", name="Décider").click()
    expect(page.get_by_role("main")).to_contain_text("Le dossier est décidé.")
