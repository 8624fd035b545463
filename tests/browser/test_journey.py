"""The whole journey of a dossier, every role, in French, on the demonstration: invoices to payment and certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from . import journey_agents as agents
from . import journey_certificate as certificates
from . import journey_company as company
from . import journey_payment as payments
from .bills import make_bills
from .conftest import Visit
from .visitor import WIDE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_whole_journey(visit: Visit, tmp_path: Path, pdftoppm: str) -> None:
    bills = make_bills(tmp_path)
    owner, reviewer, officer, payer, signatory, accountant, anyone = (visit() for _ in range(7))

    company.first_home(owner)
    company.drop_files(owner, bills)
    company.read_what_was_read(owner, bills)
    company.correct_a_match(owner, bills)
    company.ask_why(owner, bills)
    company.join_documents(owner)
    number = company.file_it(owner, bills)
    company.keep_the_acknowledgement(owner, number)

    agents.propose(reviewer, number, bills)
    agents.decide(officer, number, bills)
    pay(payer, signatory, number, bills.bonus)

    certificates.ask_for_it(owner)
    certificate, pdf = certificates.keep_the_certificate(accountant, tmp_path, bills)
    certificates.check_it(anyone, certificate, pdf, bills, pdftoppm)
    company.read_the_decision(owner, number, certificate, bills)

    see_in_the_dark(owner, ["/entreprise", f"/entreprise/dossiers/{number}", "/entreprise/attestations"])
    see_in_the_dark(officer, ["/agent/dossiers?file=decides", f"/agent/dossiers/{number}"])
    see_in_the_dark(payer, ["/agent/paiements", "/agent/paiements/banque"])
    see_in_the_dark(accountant, ["/cabinet"])


def pay(payer: Visitor, signatory: Visitor, number: str, cents: int) -> None:
    """One accounting officer makes the batch, another signs it; the bank, one no one here wrote, executes it."""
    payer.sign_in("comptable@demo.example")
    batch, order = payments.make_batch(payer, number, cents)
    signatory.sign_in("signature@demo.example")
    file = payments.sign_batch(signatory, batch, cents)
    payments.check_sepa(file, batch, order, "Atelier Fictif SAS", cents)
    payments.note_sending(payer, batch)
    with payments.bank_of(file, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")) as bank:
        bank.pay(file)
        bank.advance(4)  # a week-end and its Monday at most
        assert {"pain.002", "camt.054", "camt.053"} <= set(payments.hand_in(payer, bank, set()))
    payments.see_order(payer, order, payments.EXECUTED)


def see_in_the_dark(visitor: Visitor, addresses: list[str]) -> None:
    """The same pages on a device set to a dark theme."""
    visitor.page.emulate_media(color_scheme="dark")
    for address in addresses:
        visitor.open(address)
        expect(visitor.page.locator("html")).to_have_attribute("data-fr-theme", "dark")
        visitor.look((WIDE,))
