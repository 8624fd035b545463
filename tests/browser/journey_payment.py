"""What accounting officers do in a journey: a batch that one makes and another signs, its file, the bank's answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files

from lxml import etree
from playwright.sync_api import expect

from bonus.money import amount_string, format_euros
from tests.support.mock_bank import MockBank, mock_bank

from .visitor import Visitor

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_PAIN = {"p": NAMESPACE}
OURS = "tresor"
PLENTY = 1_000_000_00
EXECUTED = "Exécuté"
Act = Callable[[Callable[[], None]], None]


def now_do(act: Callable[[], None]) -> None:
    """An act of someone who signed in a moment ago: their code is not asked again."""
    act()


def make_batch(visitor: Visitor, number: str, cents: int, act: Act = now_do) -> tuple[str, str]:
    """What is due, this dossier's order in it, goes into a batch: its number, and the order's. Who makes it cannot
    sign it."""
    page = visitor.page
    visitor.open("/agent/paiements")
    order = page.get_by_role("region", name="Ordres à payer").get_by_role("row").filter(has_text=number)
    visitor.wait_for(order)
    expect(order).to_contain_text(format_euros(cents))
    order_number = order.get_by_role("rowheader").inner_text()
    visitor.look()
    act(page.get_by_role("button", name="Constituer le lot").click)
    content = page.get_by_role("main")
    expect(content).to_contain_text("un autre agent comptable doit le signer")
    expect(content.get_by_role("button", name="Signer le lot")).to_have_count(0)
    visitor.look()
    return page.get_by_role("heading", level=1).inner_text().removeprefix("Lot "), order_number


def sign_batch(visitor: Visitor, batch: str, cents: int, act: Act = now_do) -> bytes:
    """Another officer finds it, reads its total, signs it, has its file written once, and keeps that file."""
    page = visitor.page
    visitor.open("/agent/paiements")
    row = page.get_by_role("region", name="Lots constitués").get_by_role("row").filter(has_text=batch)
    expect(row).to_contain_text("À signer")
    visitor.look()
    row.get_by_role("link", name=batch).click()
    content = page.get_by_role("main")
    expect(content).to_contain_text(format_euros(cents))
    visitor.look()
    act(page.get_by_role("button", name="Signer le lot").click)
    expect(content).to_contain_text("Le lot est signé")
    visitor.look()
    page.get_by_role("button", name="Écrire le fichier").click()
    expect(content).to_contain_text("Le fichier est écrit, une fois pour toutes")
    visitor.look()
    link = page.get_by_role("link", name=f"Télécharger le fichier {batch}-01")
    written = visitor.download(link)
    assert visitor.download(link) == written
    return written


def note_sending(visitor: Visitor, batch: str, act: Act = now_do) -> None:
    """Whoever took the file to the bank says so."""
    page = visitor.page
    visitor.open(f"/agent/paiements/lots/{batch}")
    act(page.get_by_role("button", name="Noter la remise à la banque").click)
    expect(page.get_by_role("main")).to_contain_text("La remise à la banque est notée")
    visitor.look()


def check_sepa(content: bytes, batch: str, order: str, payee: str, cents: int) -> None:
    """Valid for the standard, and one transfer: that order, to the cent."""
    document = etree.fromstring(content)
    schema = (files("sepaxml") / "schemas/pain.001.001.09.xsd").read_bytes()
    etree.XMLSchema(etree.fromstring(schema)).assertValid(document)
    amount = amount_string(cents)
    assert _said(document, "GrpHdr/p:MsgId") == [f"{batch}-01"]
    assert _said(document, "GrpHdr/p:CtrlSum") == [amount]
    assert _said(document, "CdtTrfTxInf/p:PmtId/p:EndToEndId") == [order]
    assert _said(document, "CdtTrfTxInf/p:Amt/p:InstdAmt") == [amount]
    assert _said(document, "CdtTrfTxInf/p:Cdtr/p:Nm") == [payee]


def payee_iban(content: bytes) -> str:
    """The account that the first transfer of a file goes to."""
    return _said(etree.fromstring(content), "CdtrAcct/p:Id/p:IBAN")[0]


def _said(document: etree._Element, path: str) -> list[str]:
    return [str(node.text) for node in document.iterfind(f".//p:{path}", _PAIN)]


@contextmanager
def bank_of(content: bytes, at: str) -> Iterator[MockBank]:
    """The bank that holds the account a payment file is paid from, on that day and hour (UTC)."""
    with mock_bank(at) as bank:
        bank.open_account(OURS, _said(etree.fromstring(content), "DbtrAcct/p:Id/p:IBAN")[0], PLENTY)
        yield bank


def hand_in(visitor: Visitor, bank: MockBank, done: set[int]) -> list[str]:
    """Upload what the bank put in our mailbox since the last time; the kinds of files. Nothing waits for a person."""
    page, kinds = visitor.page, []
    for one in bank.mailbox(OURS):
        if one.id in done:
            continue
        done.add(one.id)
        kind = one.kind[: len("pain.002")]
        visitor.open("/agent/paiements/banque")
        page.locator("input[type=file]").set_input_files(
            {"name": f"{one.kind}-{one.id}.xml", "mimeType": "application/xml", "buffer": one.content}
        )
        page.get_by_role("button", name="Lire ce fichier").click()
        expect(page.get_by_role("main")).to_contain_text("Le fichier est reçu.")
        expect(page.locator("[data-state]")).to_have_text("Appliqué")
        if kind not in kinds:
            visitor.look()
        kinds.append(kind)
    visitor.open("/agent/paiements/banque")
    expect(page.get_by_role("heading", name="Rien à examiner")).to_be_visible()
    visitor.look()
    return kinds


def see_order(visitor: Visitor, order: str, status: str) -> None:
    """Where an order stands, and its steps."""
    visitor.open(f"/agent/paiements/ordres/{order}")
    heading = visitor.page.locator(".bs-heading")
    expect(heading).to_contain_text(order)
    expect(heading).to_contain_text(status)
    visitor.look()


def see_the_accounts(visitor: Visitor) -> None:
    """The page of the accounts makes every proof: all hold."""
    visitor.open("/agent/comptabilite?preuves=oui")
    expect(visitor.page.get_by_role("main")).to_contain_text("Les comptes sont justes")
    visitor.look()
