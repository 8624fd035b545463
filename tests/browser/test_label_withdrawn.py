"""A certification withdrawn as if it had never been: undue sums previewed, approved by a second person, replied to,
claimed by a titre de perception, kept from the next bonus; the accounts hold to the cent."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from bonus.ledger.check import failing
from bonus.money import format_euros
from tests.support.bills import Item
from tests.support.recoveries import YEAR, granted
from tests.support.registry import certification_of
from tests.support.requests import at
from tests.support.world import CLOUD, Dossier, run_jobs

from . import journey_payment as payments
from .conftest import Visit
from .journey_company import words_of
from .served import House
from .visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FRAUD, DECIDED, NEXT = date(2026, 5, 4), date(2026, 6, 8), date(2026, 6, 9)
UNDUE, OTHER_UNDUE = 500_00, 50_00
"""Without its second label the rate is 40 % and no more 45 % (art. 6): 5 % of 10 000 €, and of 1 000 €."""
NEXT_BONUS = 2_000_00
"""40 % of 5 000 €."""
REPLY = "Nous ignorions cette fraude : le service a été rendu, et la facture est payée."
WHY = (
    "La bonne foi n’est pas en cause : un label réputé n’avoir jamais existé ne donne droit à rien (art. 4)."
)
MINUTES = timedelta(minutes=6)


def test_from_a_fraud_to_an_offset(there: House, come: Visit) -> None:
    world = there.world
    keeper, preparer, approver, owner, officer, payer, signatory = (come() for _ in range(7))
    bought = there.within(
        lambda: [granted(world, Item(cents, service=YEAR)) for cents in (10_000_00, 1_000_00)]
    )
    certification = there.within(lambda: certification_of(CLOUD, "NFG").reference)
    number = str(bought[0].number)

    there.set_clock(at(FRAUD))
    keeper.sign_in(world.registry_keeper.email)
    withdraw(keeper, certification)
    there.do(run_jobs, world, at(FRAUD))
    preparer.sign_in(world.reviewer.email)
    mass = prepare(there, preparer)
    approver.sign_in(world.other_reviewer.email)
    approve(there, approver, mass)

    owner.sign_in(world.owner.email)
    undue = reply(owner, number)
    there.set_clock(at(DECIDED))
    there.do(run_jobs, world, at(DECIDED))
    officer.sign_in(world.other_officer.email)
    titre = claim(officer, undue)
    there.do(run_jobs, world, at(DECIDED))
    read_the_titre(owner, undue, titre, number)

    later = there.within(
        lambda: granted(world, Item(5_000_00, service=(YEAR[0], YEAR[1])), paid=False, day=NEXT)
    )
    there.set_clock(at(NEXT))
    payer.sign_in(world.accounting_officer.email)
    order = offset(payer, titre)
    signatory.sign_in(world.other_accounting_officer.email)
    pay_the_rest(there, payer, signatory, later, order)
    settled(owner, undue)
    assert there.within(lambda: [one.proof.code for one in failing()]) == []
    payments.see_the_accounts(payer)


# ---------------------------------------------------------------- the steps of the journey


def withdraw(keeper: Visitor, certification: str) -> None:
    """The keeper says why, reads what will follow, and only then withdraws."""
    page = keeper.page
    keeper.open(f"/agent/registre/solutions/{CLOUD}")
    page.get_by_role("link", name=f"Retirer {certification}").click()
    keeper.choose("Retrait rétroactif, pour fraude")
    page.get_by_label("Motif").fill("Pièces d’audit falsifiées, selon le courrier du certificateur du 2 mai.")
    page.get_by_role("button", name="Vérifier les conséquences").click()
    content = page.get_by_role("main")
    expect(content).to_contain_text("2 dossiers déjà décidés")
    keeper.look()
    page.get_by_role("button", name="Retirer la certification").click()
    expect(content).to_contain_text("La certification est retirée.")
    keeper.look()


def prepare(there: House, preparer: Visitor) -> str:
    """A reviewer has the sums of that change computed: nothing leaves, and they may not approve it. The address of the
    preview."""
    page = preparer.page
    preparer.open("/agent/indus?file=a-notifier")
    content = page.get_by_role("main")
    expect(content).to_contain_text(f"2 dossiers, {format_euros(UNDUE + OTHER_UNDUE)} peut-être indus")
    preparer.look()
    page.get_by_role("button", name="Préparer ces indus").click()
    expect(content).to_contain_text("Les indus se préparent.")
    there.do(run_jobs, there.world, at(FRAUD))
    page.reload()
    for cents in (UNDUE, OTHER_UNDUE, UNDUE + OTHER_UNDUE):
        expect(content).to_contain_text(format_euros(cents))
    expect(content).to_contain_text("une autre personne doit l’approuver")
    expect(content.get_by_role("button", name="Approuver et notifier")).to_have_count(0)
    preparer.look()
    return page.url


def approve(there: House, approver: Visitor, mass: str) -> None:
    """A second person reads the same list, and has it sent."""
    page = approver.page
    approver.open(mass)
    expect(page.get_by_role("main")).to_contain_text("Rien n’est parti.")
    approver.look()
    page.get_by_role("button", name="Approuver et notifier 2 indus").click()
    expect(page.get_by_role("main")).to_contain_text("L’envoi est approuvé")
    there.do(run_jobs, there.world, at(FRAUD))
    there.do(run_jobs, there.world, at(FRAUD))  # the letters that the first asked for
    page.reload()
    expect(page.locator(".bs-heading")).to_contain_text("Envoyée")
    approver.look()


def reply(owner: Visitor, number: str) -> str:
    """The company reads what is held against it, and why, then answers; the number of the undue sum."""
    page = owner.page
    owner.open("/entreprise/indus")
    row = page.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text(format_euros(UNDUE))
    owner.look()
    undue = row.get_by_role("link").first.inner_text()
    row.get_by_role("link", name=undue).click()
    content = page.get_by_role("main")
    expect(content).to_contain_text("Rien n’est décidé")
    owner.look()
    notice = words_of(owner.download(page.get_by_role("link", name="Notification d’un indu")))
    for words in (undue, number, format_euros(UNDUE)):
        assert " ".join(words.split()) in notice
    page.get_by_label("Votre réponse").fill(REPLY)
    page.get_by_role("button", name="Envoyer ma réponse").click()
    expect(content).to_contain_text("Votre réponse est reçue")
    owner.look()
    return undue


def claim(officer: Visitor, undue: str) -> str:
    """An authorising officer reads the answer once its time is over, and issues the titre: its number."""
    page = officer.page
    officer.open("/agent/indus")
    officer.look()
    page.get_by_role("row").filter(has_text=undue).get_by_role("link", name=undue).click()
    content = page.get_by_role("main")
    expect(content).to_contain_text(REPLY)
    officer.look()
    form = page.get_by_role("form", name="Décider de l’indu")
    officer.choose("Émettre le titre de perception", form)
    form.get_by_label("Motifs").fill(WHY)
    form.get_by_role("button", name="Décider").click()
    expect(content).to_contain_text("L’indu est confirmé.")
    officer.look()
    follow = page.get_by_role("link", name="Suivre le titre")
    return follow.inner_text().removeprefix("Suivre le titre ")


def read_the_titre(owner: Visitor, undue: str, titre: str, number: str) -> None:
    owner.open(f"/entreprise/indus/{undue}")
    page = owner.page
    expect(page.get_by_role("main")).to_contain_text(f"Titre de perception {titre}")
    owner.look()
    letter = words_of(owner.download(page.get_by_role("link", name="Titre de perception").last))
    for words in (titre, number, format_euros(UNDUE), "un label réputé n’avoir jamais existé"):
        assert " ".join(words.split()) in letter


def offset(payer: Visitor, titre: str) -> str:
    """The accounting officer keeps what is due from the bonus that is to be paid: its order."""
    page = payer.page
    payer.open(f"/agent/titres/{titre}")
    payer.look()
    form = page.get_by_role("form", name="Retenir sur un bonus")
    choice = form.get_by_label("Ordre de paiement")
    order = str(choice.locator("option").last.get_attribute("value"))
    choice.select_option(order)
    form.get_by_role("button", name="Retenir").click()
    expect(page.get_by_role("main")).to_contain_text("La compensation est faite")
    expect(page.locator(".bs-heading")).to_contain_text("Soldé")
    payer.look()
    return order


def pay_the_rest(there: House, payer: Visitor, signatory: Visitor, later: Dossier, order: str) -> None:
    """What is left of the bonus leaves for the bank, which executes it."""
    left = NEXT_BONUS - UNDUE
    batch, same = payments.make_batch(payer, str(later.number), left)
    assert same == order
    file = payments.sign_batch(signatory, batch, left)
    payments.check_sepa(file, batch, order, "Atelier Fictif SAS", left)
    payments.note_sending(payer, batch)
    with payments.bank_of(file, f"{at(NEXT):%Y-%m-%dT%H:%M}") as bank:
        bank.pay(file)
        bank.advance(4)
        there.set_clock(at(NEXT) + timedelta(days=4))
        payments.hand_in(payer, bank, set())
    payments.see_order(payer, order, payments.EXECUTED)


def settled(owner: Visitor, undue: str) -> None:
    owner.open(f"/entreprise/indus/{undue}")
    content = owner.page.get_by_role("main")
    expect(owner.page.locator(".bs-heading")).to_contain_text("Soldé")
    expect(content).to_contain_text(format_euros(UNDUE))
    owner.look()
