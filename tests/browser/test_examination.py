"""The examination from one end to the other, by five roles; and the second act that the same person may not do."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bonus.claims.models import Claim, Decision
from bonus.extensions import db
from tests.support.bills import Item, bill
from tests.support.papers import PLAIN
from tests.support.world import NOW, SUITE, proposed, run_jobs

from .conftest import Visit
from .journey_company import card, file_bill, words_of
from .served import House
from .visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOSTING, OFFICE = Item(10_000_00), Item(2_000_00, "Suite bureautique collaborative", "SUITE-1AN")
"""45 % and 35 % of them are the bonus: 4 500 € and 700 € (art. 6)."""
FACTS = "Le bon de livraison montre douze ordinateurs, et aucune licence de la suite."
GROUND = "La ligne porte sur un matériel ou sur une prestation qui n’est pas une solution du registre"
GROUNDS = "Le bon de livraison est celui d’une autre commande : la licence est celle de la suite labellisée."
ANSWER = "Le contrat joint au recours porte sur la licence de la suite labellisée : la ligne est éligible (art. 4)."


def day(number: int, minutes: int = 0) -> datetime:
    """A moment of the journey: so many days after the filing."""
    return NOW + timedelta(days=number, minutes=minutes)


def test_from_an_incomplete_dossier_to_a_reform(there: House, come: Visit, tmp_path: Path) -> None:
    world, owner, reviewer, officer = there.world, come(), come(), come()
    owner.sign_in(world.owner.email)
    number = file_bill(owner, tmp_path, bill(HOSTING, OFFICE))

    there.set_clock(day(1))
    ask(reviewer, world.reviewer.email, number)
    there.set_clock(day(3))
    answer(owner, number)
    there.set_clock(day(4))
    refuse_a_line(reviewer, number)
    there.set_clock(day(5))
    officer.sign_in(world.officer.email)
    there.set_clock(day(5, minutes=6))
    decide(officer, world.officer.email, number)
    there.do(run_jobs, world, day(5, minutes=7))

    there.set_clock(day(8))
    read_the_refusal_in_part(owner, number)
    there.set_clock(day(9))
    appeal(owner, number)

    # Who examined and who decided are kept out; others examine the appeal, and decide it.
    kept_out(reviewer, number)
    other_reviewer, other_officer = come(), come()
    there.set_clock(day(10))
    propose_a_reform(other_reviewer, world.other_reviewer.email, number)
    there.set_clock(day(11))
    other_officer.sign_in(world.other_officer.email)
    there.set_clock(day(11, minutes=6))
    reform(other_officer, world.other_officer.email, number)
    there.do(run_jobs, world, day(11, minutes=7))

    there.set_clock(day(12))
    read_the_reform(owner, number)


# ---------------------------------------------------------------- the steps of the journey


def ask(reviewer: Visitor, email: str, number: str) -> None:
    """The reviewer asks at once for all that misses."""
    page = reviewer.page
    reviewer.sign_in(email)
    page.get_by_role("link", name=number).click()
    reviewer.look()
    page.get_by_role("link", name="Demander des pièces").click()
    expect(page.get_by_role("checkbox", name="Preuve de paiement")).to_be_checked()
    page.get_by_role("button", name="Demander ces pièces").click()
    expect(page.get_by_role("main")).to_contain_text("le délai de décision est suspendu")


def answer(owner: Visitor, number: str) -> None:
    page = owner.page
    owner.open(f"/entreprise/dossiers/{number}")
    page.get_by_role("link", name="Répondre à la demande").click()
    proof = card(page, "Preuve de paiement")
    proof.get_by_label("Joindre un fichier").set_input_files(
        {"name": "releve.pdf", "mimeType": "application/pdf", "buffer": PLAIN}
    )
    proof.get_by_role("button", name="Joindre", exact=True).click()
    expect(card(page, "Preuve de paiement")).to_contain_text("releve.pdf")
    page.get_by_role("button", name="Envoyer ma réponse").click()
    expect(page.get_by_role("main")).to_contain_text("Votre réponse a été reçue le")


def refuse_a_line(reviewer: Visitor, number: str) -> None:
    """Line by line: the hosting as computed, the suite refused; without its ground and its facts, nothing is
    recorded."""
    page = reviewer.page
    reviewer.open(f"/agent/dossiers/{number}")
    expect(page.get_by_role("main")).to_contain_text("L’entreprise a répondu le")
    page.get_by_role("link", name="proposer ligne par ligne").click()
    line = page.get_by_role("list", name="Lignes du dossier").get_by_role("listitem").nth(1)
    line.get_by_text("Proposer autre chose").click()
    line.get_by_label("Proposition pour cette ligne").select_option("refuse")
    reviewer.look()
    send = page.get_by_role("button", name="Proposer à l’ordonnateur")
    reviewer.refused(send.click)
    expect(line).to_contain_text("Choisissez le motif dans la liste")
    expect(line).to_contain_text("Dites ce que vous avez constaté (20 caractères au moins).")
    line.get_by_role("combobox", name="Motif").select_option("not_a_solution")
    line.get_by_label("Faits constatés").fill(FACTS)
    send.click()
    expect(page.get_by_role("main")).to_contain_text("Votre proposition est transmise à l’ordonnateur")
    expect(page.get_by_role("form", name="Décider")).to_have_count(0)
    reviewer.look()


def decide(officer: Visitor, email: str, number: str) -> None:
    """The officer reads the proposal and decides; six minutes after signing in, the code is asked again."""
    page = officer.page
    officer.open(f"/agent/dossiers/{number}")
    proposal = page.get_by_role("region", name="Proposition")
    for words in (GROUND, FACTS, "5 200,00 €", "4 500,00 €"):
        expect(proposal).to_contain_text(words)
    officer.look()
    form = page.get_by_role("form", name="Décider")
    officer.choose("Appliquer le calcul du règlement", form)
    officer.confirmed(form.get_by_role("button", name="Décider").click, email)
    expect(page.get_by_role("main")).to_contain_text("Le dossier est décidé.")
    officer.look()


def read_the_refusal_in_part(owner: Visitor, number: str) -> None:
    """The page says what is refused and why, and how to contest it; the sealed letter too."""
    page = owner.page
    owner.open(f"/entreprise/dossiers/{number}")
    content = page.get_by_role("main")
    for words in ("Un bonus de 4 500,00 € vous est accordé.", GROUND, FACTS, "Recours contentieux"):
        expect(content).to_contain_text(words)
    owner.look()
    letter = words_of(owner.download(page.get_by_role("link", name="Décision d’accord en partie").first))
    for words in (number, "4 500,00 €", FACTS, "tribunal administratif", "deux mois"):
        assert words in letter


def appeal(owner: Visitor, number: str) -> None:
    page = owner.page
    page.get_by_role("link", name="Contester une décision, suivre votre recours").click()
    page.get_by_label("Vos raisons").fill(GROUNDS)
    page.get_by_label("Pièces").set_input_files(
        {"name": "contrat.pdf", "mimeType": "application/pdf", "buffer": PLAIN + b"CONTRAT"}
    )
    owner.look()
    page.get_by_role("button", name="Envoyer mon recours").click()
    expect(page.get_by_role("main")).to_contain_text(
        "Votre recours est reçu. Nous y répondons au plus tard le"
    )
    owner.look()


def open_appeal(visitor: Visitor, number: str) -> None:
    visitor.open("/agent/recours")
    visitor.page.get_by_role("row").filter(has_text=number).get_by_role("link").first.click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(f"Recours sur le dossier {number}")


def kept_out(reviewer: Visitor, number: str) -> None:
    open_appeal(reviewer, number)
    expect(reviewer.page.get_by_role("main")).to_contain_text("Vous êtes intervenu sur ce dossier")
    expect(reviewer.page.get_by_role("button", name="Examiner ce recours")).to_have_count(0)


def propose_a_reform(other: Visitor, email: str, number: str) -> None:
    page = other.page
    other.sign_in(email)
    open_appeal(other, number)
    expect(page.get_by_role("main")).to_contain_text(GROUNDS)
    page.get_by_role("button", name="Examiner ce recours").click()
    expect(page.get_by_role("main")).to_contain_text("Vous examinez ce recours.")
    other.look()
    form = page.get_by_role("form", name="Proposer une réponse")
    other.choose("Réformer la décision", form)
    other.choose(OFFICE.name, form)
    form.get_by_label("Solution à retenir").fill(SUITE)
    form.get_by_label("Motifs").fill(ANSWER)
    form.get_by_role("button", name="Transmettre à l’ordonnateur").click()
    expect(page.get_by_role("main")).to_contain_text("Votre proposition est transmise à l’ordonnateur.")
    # Not the same person twice, on the appeal either.
    expect(page.get_by_role("heading", name="Décider")).to_have_count(0)


def reform(other: Visitor, email: str, number: str) -> None:
    page = other.page
    open_appeal(other, number)
    content = page.get_by_role("main")
    expect(content).to_contain_text("En plus de ce qui est déjà accordé : 700,00 €.")
    other.look()
    form = page.get_by_role("form", name="Décider ce recours")
    other.confirmed(form.get_by_role("button", name="Réformer la décision").click, email)
    expect(content).to_contain_text("La réponse est donnée à l’entreprise.")
    other.look()


def read_the_reform(owner: Visitor, number: str) -> None:
    """The complement alone is granted anew; the whole is what the dossier shows."""
    page = owner.page
    owner.open(f"/entreprise/dossiers/{number}/recours")
    content = page.get_by_role("main")
    for words in (ANSWER, "700,00 € de plus vous sont accordés"):
        expect(content).to_contain_text(words)
    owner.look()
    owner.open(f"/entreprise/dossiers/{number}")
    expect(page.get_by_role("heading", name="Les décisions")).to_be_visible()
    expect(page.get_by_label("Montants du dossier")).to_contain_text("5 200,00 €")
    letter = words_of(owner.download(page.get_by_role("link", name="Décision sur recours").first))
    for words in (number, "700,00 €", "licence de la suite"):
        assert words in letter
    owner.look()


# ---------------------------------------------------------------- the second act


def test_who_proposed_cannot_decide(there: House, come: Visit) -> None:
    """The roles of an agent may change: what they did on a dossier does not (art. 12)."""
    world = there.world
    dossier = there.do(proposed, world)
    reviewer, administrator = come(), come()
    administrator.sign_in(world.administrator.email)
    administrator.open(f"/agent/agents/{world.reviewer.person_id}")
    page = administrator.page
    administrator.choose("Ordonnateur", page.get_by_role("form", name="Changer les rôles"))
    page.get_by_role("button", name="Changer les rôles").click()
    expect(page.get_by_role("main")).to_contain_text("Les rôles sont changés.")

    reviewer.sign_in(world.reviewer.email)
    reviewer.open(f"/agent/dossiers/{dossier.number}")
    expect(reviewer.page.get_by_role("main")).to_contain_text(
        "Vous avez instruit ce dossier : un ordonnateur qui n’y est pas intervenu le décide (art. 12)."
    )
    expect(reviewer.page.get_by_role("form", name="Décider")).to_have_count(0)
    reviewer.look()
    assert there.within(state_of, dossier.id) == ("proposed", 0)

    # Another officer decides it as it stood.
    officer = come()
    officer.sign_in(world.officer.email)
    officer.open(f"/agent/dossiers/{dossier.number}")
    form = officer.page.get_by_role("form", name="Décider")
    officer.choose("Appliquer le calcul du règlement", form)
    form.get_by_role("button", name="Décider").click()
    expect(officer.page.get_by_role("main")).to_contain_text("Le dossier est décidé.")
    assert there.within(state_of, dossier.id) == ("granted", 1)


def state_of(claim_id: int) -> tuple[str, int]:
    """The dossier's status, and how many decisions it has."""
    found = (db.session.get_one(Claim, claim_id).status, db.session.query(Decision).count())
    db.session.rollback()
    return found
