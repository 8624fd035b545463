"""What the State's agents do in the journey: examine, decide, pay; never the same person."""

from __future__ import annotations

from importlib.resources import files

from lxml import etree
from playwright.sync_api import expect

from bonus.money import amount_string, format_euros

from .bills import Bills
from .visitor import Visitor

_PAIN = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


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


def pay(visitor: Visitor, signer: Visitor, number: str, bills: Bills) -> None:
    """The queue has made the order; one accounting officer puts it in a batch, another signs it, its file goes to the
    bank."""
    page = visitor.page
    visitor.sign_in("comptable@demo.example")
    order = page.get_by_role("region", name="Ordres à payer").get_by_role("row").filter(has_text=number)
    visitor.wait_for(order)
    expect(order).to_contain_text(format_euros(bills.bonus))
    order_number = order.get_by_role("rowheader").inner_text()
    visitor.look()
    page.get_by_role("button", name="Constituer le lot").click()
    content = page.get_by_role("main")
    expect(content).to_contain_text("un autre agent comptable doit le signer")
    expect(page.get_by_role("button", name="Signer le lot")).to_have_count(0)
    batch_number = page.get_by_role("heading", level=1).inner_text().removeprefix("Lot ")
    visitor.look()
    _sign(signer, batch_number)
    page.reload()
    page.get_by_role("button", name="Écrire le fichier").click()
    expect(content).to_contain_text("Le fichier est écrit, une fois pour toutes")
    visitor.look()
    file = visitor.download(page.get_by_role("link", name=f"Télécharger le fichier {batch_number}-01"))
    _check_sepa(file, f"{batch_number}-01", order_number, bills)
    page.get_by_role("button", name="Noter la remise à la banque").click()
    expect(content).to_contain_text("La remise à la banque est notée")
    visitor.look()


def _sign(signer: Visitor, batch_number: str) -> None:
    """The second accounting officer finds the batch, reads what it holds and signs it."""
    page = signer.page
    signer.sign_in("signature@demo.example")
    batches = page.get_by_role("region", name="Lots constitués")
    row = batches.get_by_role("row").filter(has_text=batch_number)
    expect(row).to_contain_text("Yann Le Goff")
    row.get_by_role("link", name=batch_number).click()
    signer.look()
    page.get_by_role("button", name="Signer le lot").click()
    expect(page.get_by_role("main")).to_contain_text("Le lot est signé")
    signer.look()


def _check_sepa(content: bytes, message_id: str, order_number: str, bills: Bills) -> None:
    """Valid for the standard, and one transfer: that order, to the cent."""
    document = etree.fromstring(content)
    schema = (files("sepaxml") / "schemas/pain.001.001.09.xsd").read_bytes()
    etree.XMLSchema(etree.fromstring(schema)).assertValid(document)

    def said(path: str) -> list[str | None]:
        return [node.text for node in document.iterfind(f".//p:{path}", _PAIN)]

    amount = amount_string(bills.bonus)
    assert said("GrpHdr/p:MsgId") == [message_id]
    assert said("GrpHdr/p:CtrlSum") == [amount]
    assert said("CdtTrfTxInf/p:PmtId/p:EndToEndId") == [order_number]
    assert said("CdtTrfTxInf/p:Amt/p:InstdAmt") == [amount]
    assert said("CdtTrfTxInf/p:Cdtr/p:Nm") == ["Atelier Fictif SAS"]
