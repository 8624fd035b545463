"""What the company does in the journey: from files to a filed dossier, and its decision in the end."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pypdf
from playwright.sync_api import Locator, Page, expect

from bonus.claims.filing import DECLARATIONS
from bonus.money import format_euros
from bonus.web.filters import long_date
from tests.support.bills import File
from tests.support.papers import PLAIN

from .bills import Bills
from .visitor import Visitor

# As files fall from the desktop: what chromium hands to the page's own script.
_DROP = """
([name, content]) => {
  const files = new DataTransfer();
  files.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name));
  const zone = document.querySelector("[data-drop]");
  for (const type of ["dragenter", "dragover", "drop"])
    zone.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
}
"""


def card(page: Page, title: str) -> Locator:
    """The block of that title."""
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=title))


def first_home(visitor: Visitor) -> None:
    """Sign in, and find nothing but the way to begin."""
    visitor.open("/entreprise")
    expect(visitor.page).to_have_url(re.compile(r"/connexion\?suite="))
    visitor.sign_in("entreprise@demo.example")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Mes dossiers")
    visitor.look()
    visitor.page.get_by_role("link", name=re.compile("^Déposer un (premier )?dossier$")).click()


def drop_files(visitor: Visitor, bills: Bills) -> None:
    """Choose three files, drop a fourth; one is no invoice: it is named with its reason, the others kept."""
    page = visitor.page
    expect(page.get_by_role("heading", name="Vos factures")).to_be_visible()
    visitor.look()
    page.get_by_label("Déposez vos factures").set_input_files(
        [bills.stranger, bills.credit_note, bills.other_invoice]
    )
    page.evaluate(_DROP, [bills.invoice.name, base64.b64encode(bills.invoice.read_bytes()).decode()])
    expect(page.locator(".bs-drop__list li")).to_have_count(4)
    page.get_by_role("button", name="Lire ces factures").click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("Un fichier n’a pas pu être pris")
    expect(refusal).to_contain_text(f"{bills.stranger.name} : Ce fichier n’est ni un PDF ni un fichier XML.")
    expect(refusal).to_contain_text("Les autres sont bien dans le dossier.")


def read_what_was_read(visitor: Visitor, bills: Bills) -> None:
    """Supplier, date, lines and amounts of each invoice."""
    invoice = card(visitor.page, f"Facture {bills.invoice.stem}")
    for words in (
        f"Nuage Fictif SAS (900 100 207) · {long_date(bills.bought)}",
        "1. Hébergement cloud qualifié, abonnement de 24 mois (CLOUD-24)",
        "11 400,00 €",
        "2. Suite bureautique collaborative, licence annuelle (SUITE-1AN)",
        "3 648,00 €",
        "3. Audit de cybersécurité, journée (AUDIT-JOUR)",
        "3 515,00 €",
        f"{bills.invoice.name} · Factur-X",
        "Total hors taxes 18 563,00 € · TTC 22 275,60 €",
    ):
        expect(invoice).to_contain_text(words)
    credit_note = card(visitor.page, f"Avoir {bills.credit_note.stem}")
    expect(credit_note).to_contain_text("Total hors taxes -456,00 € · TTC -547,20 €")
    other = card(visitor.page, f"Facture {bills.other_invoice.stem}")
    expect(other).to_contain_text("Données Fictives SARL (900 200 304)")
    expect(other).to_contain_text("XML UBL")
    expect(other).to_contain_text("Total hors taxes 4 850,00 € · TTC 5 820,00 €")
    visitor.look()
    visitor.page.get_by_role("link", name="Continuer vers les lignes").click()


def correct_a_match(visitor: Visitor, bills: Bills) -> None:
    """Take the solution away from the audit, see what that costs, and give it back."""
    page = visitor.page
    estimate = page.locator(".bs-estimate")
    audit = card(page, "Audit de cybersécurité, journée")
    expect(estimate).to_have_text(format_euros(bills.bonus))
    expect(audit).to_contain_text("Référence « AUDIT-JOUR » de l’offre au registre.")
    solution = audit.get_by_label("Solution achetée")
    update = page.get_by_role("button", name="Mettre à jour l’estimation")
    solution.select_option(label="Aucune solution du registre")
    update.click()
    expect(estimate).to_have_text(format_euros(bills.bonus - 1_581_75))
    expect(audit).to_contain_text("Non éligible")
    expect(audit).to_contain_text("Bonus : 0,00 €")
    solution.select_option(label="Audit de cybersécurité")
    update.click()
    expect(estimate).to_have_text(format_euros(bills.bonus))
    expect(audit).to_contain_text("3 515,00 € × 45 %")


def ask_why(visitor: Visitor, bills: Bills) -> None:
    """The reason of a figure, in place: the part of two years that counts, the rate, the article."""
    hosting = card(visitor.page, "Hébergement cloud qualifié, abonnement de 24 mois")
    reason = hosting.locator(".bs-why__body")
    expect(reason).to_be_hidden()
    hosting.get_by_text("Pourquoi ?").click()
    expect(reason).to_be_visible()
    for words in (
        "11 400,00 € hors taxes",
        "seuls les 12 premiers mois comptent",
        "(art. 5.2)",
        "Au moins deux labels reconnus",
        f"{format_euros(bills.hosting_base)} × 45 % (art. 6)",
        format_euros(bills.hosting_bonus),
    ):
        expect(reason).to_contain_text(words)
    visitor.look()
    visitor.page.get_by_role("button", name="Continuer").click()
    expect(visitor.page.get_by_role("heading", name="Vos pièces")).to_be_visible()
    visitor.look()


def join_documents(visitor: Visitor) -> None:
    """What the dossier asks for: a proof of payment, and the contract of the service of two years."""
    page = visitor.page
    expect(page.get_by_role("heading", name="Vos pièces")).to_be_visible()
    expect(page.get_by_text("2 pièces manquent encore.")).to_be_visible()
    for title in ("Preuve de paiement", "Contrat"):
        block = card(page, title)
        block.get_by_label("Joindre un fichier").set_input_files(
            {"name": f"{title}.pdf", "mimeType": "application/pdf", "buffer": PLAIN + title.encode()}
        )
        block.get_by_role("button", name="Joindre", exact=True).click()
        expect(card(page, title)).to_contain_text("Jointe")
    expect(page.get_by_text("Toutes les pièces demandées sont jointes.")).to_be_visible()
    page.get_by_role("link", name="Continuer").click()


def declare(visitor: Visitor) -> None:
    """Tick every declaration of honour."""
    for sentence in DECLARATIONS.values():
        visitor.choose(sentence)


def file_it(visitor: Visitor, bills: Bills) -> str:
    """Check, declare (not to declare is refused), file; gives the number of the dossier."""
    page = visitor.page
    expect(page.get_by_role("heading", name="Vérifier et déposer")).to_be_visible()
    expect(page.locator(".bs-lines__total")).to_contain_text(format_euros(bills.base))
    file = page.get_by_role("button", name="Déposer le dossier")
    visitor.refused(file.click)
    expect(page.get_by_role("alert")).to_contain_text("4 points sont à corriger")
    visitor.look()
    declare(visitor)
    file.click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text(re.compile(r"^Dossier BS-\d{4}-\d{6}$"))
    return title.inner_text().removeprefix("Dossier ")


def file_bill(visitor: Visitor, folder: Path, bill: File) -> str:
    """File one invoice as it is read, without joining anything; gives the number of the dossier."""
    name, content = bill
    path = folder / name
    path.write_bytes(content)
    page = visitor.page
    visitor.open("/entreprise/dossiers/nouveau")
    page.get_by_label("Déposez vos factures").set_input_files(path)
    page.get_by_role("button", name="Lire ces factures").click()
    page.get_by_role("button", name="Continuer", exact=True).click()
    page.get_by_role("link", name="Continuer").click()
    declare(visitor)
    page.get_by_role("button", name="Déposer le dossier").click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text(re.compile(r"^Dossier BS-\d{4}-\d{6}$"))
    expect(page.get_by_role("region", name="Ce qui est attendu")).to_contain_text("L’administration")
    return title.inner_text().removeprefix("Dossier ")


def keep_the_acknowledgement(visitor: Visitor, number: str) -> None:
    """The acknowledgement of receipt says the number, the deadline and what silence means."""
    page = visitor.page
    expect(page.get_by_role("main")).to_contain_text(f"Votre dossier est déposé sous le numéro {number}.")
    visitor.look()
    deadline = page.locator(".bs-awaited time").inner_text()
    text = words_of(visitor.download(page.get_by_role("link", name="Accusé de réception")))
    for words in (number, deadline, "le silence vaut rejet", "Atelier Fictif SAS"):
        assert words in text


def words_of(pdf: bytes) -> str:
    """What a PDF says, on one line."""
    sheets = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())


def read_the_decision(visitor: Visitor, number: str, certificate: str, bills: Bills) -> None:
    """The company sees what was decided, with its amounts, and its certificate."""
    page = visitor.page
    visitor.open("/entreprise")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=number))
    expect(row).to_contain_text(format_euros(bills.bonus))
    expect(row).to_contain_text("Accordé")
    visitor.look()
    page.get_by_role("link", name=number).click()
    content = page.get_by_role("main")
    expect(content).to_contain_text(f"Un bonus de {format_euros(bills.bonus)} vous est accordé.")
    expect(content).to_contain_text(format_euros(bills.base))
    expect(content).to_contain_text("Recours contentieux")
    expect(page.get_by_role("link", name=f"Attestation fiscale {certificate}")).to_be_visible()
    visitor.look()
    page.get_by_role("link", name="Mes attestations").click()
    expect(page.get_by_role("row").filter(has_text=certificate)).to_contain_text("À jour")
    visitor.look()
