"""What the State's agents do in the journey: examine and decide; never the same person."""

from __future__ import annotations

from playwright.sync_api import expect

from bonus.money import format_euros

from .bills import Bills
from .visitor import Visitor


def open_from_queue(visitor: Visitor, number: str) -> None:
    """Find the dossier in the list of those that wait for this role."""
    row = visitor.page.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("Atelier Fictif SAS")
    expect(row).to_contain_text("22 957,00 €")
    visitor.look()
    row.get_by_role("link", name=number).click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(f"Dossier {number}")


def propose(visitor: Visitor, number: str, bills: Bills) -> None:
    """The reviewer examines; a refusal without reasons is sent back with what was typed; then proposes."""
    page = visitor.page
    visitor.sign_in("instructrice@demo.example")
    open_from_queue(visitor, number)
    content = page.get_by_role("main")
    expect(content).to_contain_text(format_euros(bills.bonus))
    expect(content).to_contain_text("5 sur 5 lignes éligibles")
    visitor.look()
    _cannot_decide(visitor)
    form = page.get_by_role("form", name="Proposer une décision")
    visitor.choose("Refuser", form)
    visitor.refused(form.get_by_role("button", name="Proposer à l’ordonnateur").click)
    expect(page.get_by_role("alert")).to_contain_text("Un point est à corriger")
    expect(form.get_by_role("radio", name="Refuser")).to_be_checked()
    visitor.look()
    visitor.choose("Appliquer le calcul du règlement", form)
    form.get_by_role("textbox", name="Motifs").fill("Factures et registre concordent.")
    form.get_by_role("button", name="Proposer à l’ordonnateur").click()
    expect(content).to_contain_text("Votre proposition est transmise à l’ordonnateur.")
    visitor.look()
    _cannot_decide(visitor)


def _cannot_decide(visitor: Visitor) -> None:
    """Deciding is not among the reviewer's acts: not greyed, absent."""
    content = visitor.page.get_by_role("main")
    expect(content.get_by_role("form", name="Décider")).to_have_count(0)
    expect(content.get_by_role("button", name="Décider")).to_have_count(0)
    expect(content.get_by_role("link", name="Décider")).to_have_count(0)


def decide(visitor: Visitor, number: str, bills: Bills) -> None:
    """The authorising officer, another person, reads the proposal and decides."""
    page = visitor.page
    visitor.sign_in("ordonnateur@demo.example")
    page.get_by_role("navigation", name="Files de travail").get_by_role("link", name="À décider").click()
    open_from_queue(visitor, number)
    content = page.get_by_role("main")
    expect(content).to_contain_text("Factures et registre concordent.")
    expect(content.get_by_role("form", name="Proposer une décision")).to_have_count(0)
    visitor.look()
    form = page.get_by_role("form", name="Décider")
    visitor.choose("Appliquer le calcul du règlement", form)
    form.get_by_role("button", name="Décider").click()
    expect(content).to_contain_text("Le dossier est décidé.")
    decision = page.get_by_role("region", name="Décision")
    expect(decision).to_contain_text(format_euros(bills.bonus))
    expect(decision).to_contain_text("Sofia Benali")
    expect(decision).to_contain_text("Hugues Martin")
    visitor.look()
