"""A bonus that the bank gives back: batch, signature, file, a bank no one here wrote, its return, another account
checked by another person, and the bonus paid; the accounts hold to the cent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from bonus.ledger.check import failing
from tests.support.space import IBAN, PDF
from tests.support.world import NOW, run_jobs, settled

from . import journey_payment as payments
from .conftest import Visit
from .served import House
from .visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BONUS = 4_500_00
"""45 % of 10 000 € (art. 6)."""
DAY = timedelta(days=1)


def test_returned_then_paid_on_another_account(there: House, come: Visit) -> None:
    world, owner, payer, signatory = there.world, come(), come(), come()
    number = str(there.do(settled, world).number)
    payer.sign_in(world.accounting_officer.email)
    signatory.sign_in(world.other_accounting_officer.email)
    batch, order = payments.make_batch(payer, number, BONUS)
    file = payments.sign_batch(signatory, batch, BONUS)
    payments.check_sepa(file, batch, order, "Atelier Fictif SAS", BONUS)
    payments.note_sending(payer, batch)
    handed_in: set[int] = set()
    with payments.bank_of(file, f"{NOW:%Y-%m-%dT%H:%M}") as bank:
        bank.behave(payments.OURS, "return-later", days=1, end_to_end_id=order, reason="AC04")
        bank.pay(file)
        bank.advance(4)

        returned = NOW + 4 * DAY
        there.set_clock(returned)
        assert "pacs.004" in payments.hand_in(payer, bank, handed_in)
        payments.see_order(payer, order, "Retourné")
        expect(payer.page.get_by_role("main")).to_contain_text("Le compte du bénéficiaire est clos.")
        there.do(run_jobs, world, returned)
        nothing_is_sent_by_itself(payer, order)

        owner.sign_in(world.owner.email)
        give_another_account(owner, number)
        check_the_account(signatory, world.other_accounting_officer.email)
        payments.see_order(payer, order, "À payer de nouveau")

        again = returned + DAY
        there.set_clock(again)
        both = (
            (lambda click: payer.confirmed(click, world.accounting_officer.email)),
            (lambda click: signatory.confirmed(click, world.other_accounting_officer.email)),
        )
        batch, same = payments.make_batch(payer, number, BONUS, both[0])
        assert same == order
        file = payments.sign_batch(signatory, batch, BONUS, both[1])
        assert payments.payee_iban(file) == IBAN
        payments.note_sending(payer, batch)
        bank.behave(payments.OURS, "accept")
        bank.pay(file)
        bank.advance(4)
        there.set_clock(again + 4 * DAY)
        assert "camt.054" in payments.hand_in(payer, bank, handed_in)
        assert bank.balance(payments.OURS) == payments.PLENTY - BONUS, "paid once"
    payments.see_order(payer, order, payments.EXECUTED)
    read_the_payment(owner, number, again)
    assert there.within(lambda: [one.proof.code for one in failing()]) == []
    payments.see_the_accounts(payer)


# ---------------------------------------------------------------- the steps of the journey


def nothing_is_sent_by_itself(payer: Visitor, order: str) -> None:
    """What came back waits for another account: it is not among what a batch may take, and its page says why."""
    page = payer.page
    payer.open("/agent/paiements")
    expect(page.get_by_role("heading", name="Rien à payer")).to_be_visible()
    refused = page.get_by_role("region", name="Ordres refusés par la banque")
    expect(refused.get_by_role("row").filter(has_text=order)).to_contain_text("Retourné")
    payer.look()
    refused.get_by_role("link", name=order).click()
    expect(page.get_by_role("main")).to_contain_text("Rien n’est renvoyé de soi-même")


def give_another_account(owner: Visitor, number: str) -> None:
    """The company reads why it is not paid, and gives an account with its proof."""
    page = owner.page
    owner.open(f"/entreprise/dossiers/{number}")
    content = page.get_by_role("main")
    expect(page.get_by_role("region", name="Ce qui est attendu")).to_contain_text("Donnez-en un autre")
    owner.look()
    owner.open("/entreprise/banque")
    owner.look()
    page.get_by_role("link", name="Changer de compte").click()
    page.get_by_label("Titulaire").fill("Atelier Fictif SAS")
    page.get_by_label("IBAN").fill(IBAN)
    page.locator("input[type=file]").set_input_files(
        {"name": "rib.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    owner.look()
    page.get_by_role("button", name="Enregistrer ce compte").click()
    expect(content).to_contain_text("Un agent vérifie ce compte.")
    owner.look()


def check_the_account(checker: Visitor, email: str) -> None:
    """Another person, at the accounting office, reads the proof and puts the account in force."""
    page = checker.page
    checker.open("/agent/comptes")
    checker.look()
    page.get_by_role("row").filter(has_text="Atelier Fictif").get_by_role("link").click()
    checker.look()
    checker.confirmed(page.get_by_role("button", name="Mettre ce compte en service").click, email)


def read_the_payment(owner: Visitor, number: str, on: datetime) -> None:
    owner.open(f"/entreprise/dossiers/{number}")
    content = owner.page.get_by_role("main")
    expect(content).to_contain_text("Le bonus est versé")
    expect(content).to_contain_text(f"{IBAN[:4]} … {IBAN[-3:]}")
    owner.look()
