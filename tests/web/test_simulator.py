"""The simulator's page: what is asked stands in its address, what is wrong is said, and a draft is made of it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from bonus.accounts.service import add_person
from bonus.claims.models import Claim
from bonus.claims.simulated_purchase import Purchase
from bonus.claims.simulation import simulate
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from bonus.money import format_euros
from bonus.registry.models import Solution
from tests.support.registry import certification_of, learn
from tests.support.world import CLOUD, NOW, SUITE, World, draft
from tests.web.company_pages import address
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

PAGE = "/simulateur"
ASKED = f"{PAGE}?solution={CLOUD}&montant=10000&taille=sme"
FORM = '//form[@aria-label="Simuler un achat"]'
PREPARE = '//form[@aria-label="Préparer un dossier"]'


@pytest.fixture
def passer_by(world: World) -> Visitor:
    return Visitor(world.app)


def figures(visitor: Visitor, url: str) -> list[str]:
    """The three large figures of a result."""
    page = visitor.get(url)
    assert page.status_code == 200, errors(page)
    found = document(page).xpath('//dl[@aria-label="Résultat de la simulation"]')
    return [spaced(one.text_content()) for one in found[0].xpath('.//*[@class="bs-figures__value"]')]


# ---------------------------------------------------------------- the answer


def test_price_bonus_price_after_and_why(passer_by: Visitor) -> None:
    page = passer_by.get(ASKED)
    assert figures(passer_by, ASKED) == ["10 000,00 €", "4 500,00 €", "5 500,00 €"]
    text = words(page)
    assert (
        "Taux de base cloud : 30 % (art. 6) · PME : +10 points · Au moins deux labels reconnus : +5 points"
        in text
    )
    assert "10 000,00 € − 4 500,00 € = 5 500,00 €" in text
    assert "Aucun plafond ne réduit ce bonus." in text
    assert "900 900" not in text, "nothing is said of the buyer, who does not exist"
    assert len(document(page).xpath("//main//details")) >= 5


def test_both_regimes_of_the_tax_incentive_year_by_year(passer_by: Visitor) -> None:
    text = words(passer_by.get(f"{ASKED}&ca=6000000"))
    assert "Réduction d’impôt Elle se retire de l’impôt à payer. Réduction d’impôt, par exercice" in text
    assert (
        "base propre de 10 000,00 € de dépenses retenues − 4 500,00 € de bonus = 5 500,00 € (art. 8)" in text
    )
    assert "5 500,00 € à 60 %" in text
    assert "3 300,00 €" in text
    assert "Fraction 1 sur 5" in text
    assert "En tout5 500,00 €" in text, "of the deduction, over five years"
    assert "Sans votre chiffre d’affaires" not in text
    assert "Sans votre chiffre d’affaires" in words(passer_by.get(ASKED))


def test_a_public_body_has_no_tax_incentive_nor_de_minimis(passer_by: Visitor) -> None:
    text = words(passer_by.get(f"{PAGE}?usage=cloud&montant=10000&taille=public"))
    assert "Un organisme public n’en bénéficie pas" in text
    assert "de minimis (art. 7)" not in text


def test_ceilings_that_bite_are_said_with_their_sentence(passer_by: Visitor) -> None:
    url = f"{PAGE}?solution={CLOUD}&montant=100000&taille=sme&recu=149000&recu_solution=10000&minimis=150500"
    assert figures(passer_by, url) == ["100 000,00 €", "500,00 €", "99 500,00 €"]
    text = words(passer_by.get(url))
    assert "2 plafonds réduisent ce bonus" in text
    assert "il restait 1 000,00 € pour les factures de 2026" in text
    assert "Plafond annuel par solution (art. 6) 10 500,00 € sur 60 000,00 €" in text
    assert "Plafond annuel du bénéficiaire (art. 6) 149 500,00 € sur 150 000,00 €" in text
    assert "Plafond des aides de minimis (art. 7) 300 000,00 € sur 300 000,00 €" in text


def test_a_service_longer_than_twelve_months_counts_for_twelve(passer_by: Visitor) -> None:
    assert figures(passer_by, f"{ASKED}&duree=12") == ["10 000,00 €", "4 500,00 €", "5 500,00 €"]
    text = words(passer_by.get(f"{ASKED}&duree=24"))
    assert "seuls les 12 premiers mois comptent, soit 365 jours sur 731" in text
    assert "dont 4 993,16 € retenus" in text


def test_a_usage_alone_is_a_solution_with_one_label(passer_by: Visitor) -> None:
    url = f"{PAGE}?usage=cloud&montant=10000&taille=sme"
    assert figures(passer_by, url)[1] == "4 000,00 €"
    text = words(passer_by.get(url))
    assert "Numérique France Garanti" not in text, "the label is supposed, not known"
    assert "Choisissez une solution labellisée pour cet usage" in text


@pytest.mark.parametrize(
    ("event", "title"),
    [("suspended", "Ce bonus devrait attendre"), ("withdrawn", "Aucun bonus pour cet achat")],
)
def test_a_label_that_is_not_in_force(world: World, passer_by: Visitor, event: str, title: str) -> None:
    with world.app.app_context():
        learn(certification_of(SUITE), event, date(2026, 10, 1), NOW)
    url = f"{PAGE}?solution={SUITE}&montant=10000&taille=sme"
    assert figures(passer_by, url) == ["10 000,00 €", "0,00 €", "10 000,00 €"]
    text = words(passer_by.get(url))
    assert title in text
    assert "L’avantage fiscal" not in text


def test_the_page_says_the_cents_of_the_service(world: World, passer_by: Visitor) -> None:
    for montant, cents in (("512,37", 512_37), ("999999,99", 999_999_99)):
        with world.app.app_context():
            solution = db.session.scalars(select(Solution).where(Solution.slug == CLOUD)).one()
            expected = simulate(Purchase(cents, "micro", "cloud", solution, replaces_foreign=True), NOW)
        url = f"{PAGE}?solution={CLOUD}&montant={montant.replace(',', '.')}&taille=micro&remplace=oui"
        assert figures(passer_by, url)[1] == spaced(format_euros(expected.bonus_cents))


# ---------------------------------------------------------------- the address


def test_what_the_form_sends_becomes_an_address_that_holds_what_was_asked_and_nothing_else(
    passer_by: Visitor,
) -> None:
    sent = (
        f"{PAGE}?solution={CLOUD}&montant=10%20000,00%20%E2%82%AC&taille=sme&duree=&aide=0&recu=&minimis=&ca="
    )
    response = passer_by.get(sent)
    assert response.headers["Location"] == ASKED
    page = passer_by.follow(response)
    assert page.status_code == 200
    (link,) = document(page).xpath('//a[@class="bs-address"]')
    assert link.get("href") == f"http://localhost{ASKED}"
    full = f"{ASKED}&remplace=oui&duree=24&aide=1.50&recu=20&recu_solution=10&minimis=5&ca=100"
    assert passer_by.get(full).status_code == 200, "this one is whole: it is not sent elsewhere"


def test_search_then_pick_keeps_what_is_typed(passer_by: Visitor) -> None:
    page = passer_by.get(f"{PAGE}?q=hebergement&chercher=oui&montant=10000&taille=sme&usage=")
    assert page.status_code == 200
    (button,) = document(page).xpath(f'{FORM}//button[@name="choix"]')
    assert (button.get("value"), button.text_content()) == (CLOUD, "Hébergement cloud qualifié")
    assert document(page).xpath(f'{FORM}//input[@name="montant"]/@value') == ["10000"]
    picked = f"{PAGE}?q=hebergement&choix={CLOUD}&montant=10000&taille=sme&usage="
    assert passer_by.get(picked).headers["Location"] == ASKED
    untyped = passer_by.get(f"{PAGE}?q=hebergement&choix={CLOUD}&montant=&taille=&usage=")
    assert (untyped.status_code, errors(untyped)) == (200, []), "what is not typed yet is no mistake"
    assert document(untyped).xpath(f'{FORM}//input[@name="solution"]/@value') == [CLOUD]


def test_words_without_a_usage_are_searched_whatever_sends_the_form(passer_by: Visitor) -> None:
    page = passer_by.get(f"{PAGE}?q=hebergement&montant=10000&taille=sme&usage=")
    assert (page.status_code, errors(page)) == (200, [])
    assert document(page).xpath(f'{FORM}//button[@name="choix"]/@value') == [CLOUD]
    assert passer_by.get(f"{PAGE}?q=hebergement&montant=10000&taille=sme&usage=ai").status_code == 302


def test_the_enter_key_does_not_change_the_solution(passer_by: Visitor) -> None:
    first, *_ = document(passer_by.get(ASKED)).xpath(f'{FORM}//button[@type="submit"]')
    assert first.get("name") is None


def test_changing_the_solution_keeps_the_rest(passer_by: Visitor) -> None:
    page = passer_by.get(f"{ASKED}&changer=oui")
    assert (page.status_code, errors(page)) == (200, [])
    assert document(page).xpath(f'{FORM}//input[@name="q"]')
    assert document(page).xpath(f'{FORM}//input[@name="montant"]/@value') == ["10000"]


def test_nothing_found_says_what_to_do(passer_by: Visitor) -> None:
    text = words(passer_by.get(f"{PAGE}?q=xyzzyxyzzy&chercher=oui"))
    assert "Aucune solution du registre ne ressemble à « xyzzyxyzzy »" in text


def test_links_lead_there(world: World, passer_by: Visitor) -> None:
    assert document(passer_by.get("/")).xpath('//a[@href="/simulateur"]')
    (link,) = document(passer_by.get(f"/solutions/{CLOUD}?montant=750,50")).xpath(
        '//a[starts-with(@href, "/simulateur")]/@href'
    )
    assert link == f"/simulateur?solution={CLOUD}&montant=750.50"
    page = passer_by.get(link)
    assert (page.status_code, errors(page)) == (200, [])
    assert document(page).xpath(f'{FORM}//input[@name="montant"]/@value') == ["750.50"]
    assert document(signed_in(world.app, world.neighbour_owner.email).get("/entreprise")).xpath(
        '//a[@href="/simulateur"]'
    )


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("usage=cloud&montant=&taille=sme", ["Indiquez le prix hors taxes."]),
        ("usage=cloud&montant=abc&taille=sme", ["Écrivez un montant en euros, par exemple 1 250,50."]),
        ("usage=cloud&montant=1,005&taille=sme", ["Écrivez un montant en euros, par exemple 1 250,50."]),
        ("usage=cloud&montant=0&taille=sme", ["Indiquez un prix supérieur à 0 €, de 100 000 000 € au plus."]),
        (
            "usage=cloud&montant=-5&taille=sme",
            ["Indiquez un prix supérieur à 0 €, de 100 000 000 € au plus."],
        ),
        (
            "usage=cloud&montant=100000000,01&taille=sme",
            ["Indiquez un prix supérieur à 0 €, de 100 000 000 € au plus."],
        ),
        ("usage=cloud&montant=10&taille=", ["Choisissez votre taille dans la liste."]),
        ("usage=cloud&montant=10&taille=giant", ["Choisissez votre taille dans la liste."]),
        ("usage=&montant=10&taille=sme", ["Cherchez une solution, ou choisissez un usage."]),
        ("usage=astrology&montant=10&taille=sme", ["Cherchez une solution, ou choisissez un usage."]),
        (
            "solution=unknown&montant=10&taille=sme",
            ["Cette solution n’est pas au registre : cherchez-en une autre."],
        ),
        ("usage=cloud&montant=10&taille=sme&duree=0", ["Indiquez un nombre de mois, de 1 à 120."]),
        ("usage=cloud&montant=10&taille=sme&duree=121", ["Indiquez un nombre de mois, de 1 à 120."]),
        ("usage=cloud&montant=10&taille=sme&duree=1,5", ["Indiquez un nombre de mois, de 1 à 120."]),
        ("usage=cloud&montant=10&taille=sme&duree=%D9%A3", ["Indiquez un nombre de mois, de 1 à 120."]),
        ("usage=cloud&montant=10&taille=sme&aide=-1", ["Indiquez un montant de 0 à 100 000 000 €."]),
        (
            "usage=cloud&montant=10&taille=sme&minimis=100000001",
            ["Indiquez un montant de 0 à 100 000 000 €."],
        ),
        (
            "usage=cloud&montant=10&taille=sme&ca=1000000000001",
            ["Indiquez un montant de 0 à 1 000 000 000 000 €."],
        ),
        (
            "usage=cloud&montant=10&taille=sme&recu=5&recu_solution=6",
            ["Ce que vous avez reçu pour cette solution ne peut pas dépasser le total reçu cette année."],
        ),
        (
            "usage=&montant=x&taille=&duree=x",
            [
                "Cherchez une solution, ou choisissez un usage.",
                "Écrivez un montant en euros, par exemple 1 250,50.",
                "Choisissez votre taille dans la liste.",
                "Indiquez un nombre de mois, de 1 à 120.",
            ],
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(passer_by: Visitor, asked: str, expected: list[str]) -> None:
    page = passer_by.get(f"{PAGE}?{asked}")
    assert page.status_code == 422
    assert errors(page) == expected
    targets = document(page).xpath('//*[@id="erreurs"]//a/@href')
    assert len(targets) == len(expected)
    assert all(document(page).xpath(f'//*[@id="{target[1:]}"]') for target in targets)
    assert not document(page).xpath(PREPARE)


def test_the_largest_figures_of_all_are_answered(passer_by: Visitor) -> None:
    url = (
        f"{PAGE}?usage=quantum&montant=100000000&taille=large&remplace=oui&duree=120&aide=0.01&recu=100000000"
        "&recu_solution=100000000&minimis=100000000&ca=1000000000000"
    )
    assert figures(passer_by, url)[1] == "0,00 €"


def test_what_is_typed_is_shown_as_text(passer_by: Visitor) -> None:
    page = passer_by.get(f"{PAGE}?q=<script>x</script>&chercher=oui&montant=%22><b>&taille=sme")
    assert page.status_code == 200
    assert "<script>x" not in page.text
    assert "<b>" not in page.text


# ---------------------------------------------------------------- the draft


def test_signed_out_one_goes_through_sign_in_and_comes_back_to_make_a_draft_in_one_click(
    world: World, passer_by: Visitor
) -> None:
    asked = f"{ASKED}&remplace=oui&duree=24"
    page = passer_by.get(asked)
    assert not document(page).xpath(PREPARE)
    (sign_in,) = document(page).xpath('//main//a[starts-with(@href, "/connexion")]/@href')
    response = passer_by.sign_in(world.owner.email, url=sign_in)
    assert response.headers["Location"] == asked
    back = passer_by.follow(response)
    (form,) = document(back).xpath(PREPARE)
    sent = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    sent.pop("csrf_token")
    step = passer_by.post(form.get("action"), sent)
    text = words(passer_by.follow(step))
    assert "Votre brouillon est prêt" in text
    assert (
        "Ce que vous avez simulé « Hébergement cloud qualifié » (Nuage Fictif SAS), 10 000,00 € hors taxes"
        in text
    )
    assert "le contrat, car le service dure plus de 12 mois" in text
    assert "une preuve de la solution remplacée." in text
    again = document(passer_by.follow(step)).xpath('//a[contains(., "Revoir la simulation")]/@href')
    assert again == [asked]
    with world.app.app_context():
        kept = db.session.scalars(select(Claim)).one().simulated
        assert kept is not None
        assert kept["bonus_cents"] == simulated_cents(sent)
        assert kept["on"] == "2026-11-22"


def simulated_cents(sent: dict[str, str]) -> int:
    solution = db.session.scalars(select(Solution).where(Solution.slug == sent["solution"])).one()
    purchase = Purchase(10_000_00, "sme", "cloud", solution, replaces_foreign=True, service_months=24)
    return simulate(purchase, NOW).bonus_cents


def test_a_draft_of_a_usage_says_less(owner: Visitor) -> None:
    step = owner.post("/entreprise/dossiers/simulation", {"usage": "ai", "montant": "600", "taille": "micro"})
    text = words(owner.follow(step))
    assert "Une solution pour l’usage « Intelligence artificielle »" in text
    assert "la preuve de son paiement." in text
    assert "le contrat" not in text


def test_what_is_sent_is_checked_again(world: World, owner: Visitor) -> None:
    step = owner.post(
        "/entreprise/dossiers/simulation", {"usage": "ai", "montant": "-600", "taille": "micro"}
    )
    assert errors(owner.follow(step)) == [] or step.status_code == 302
    page = owner.get(step.headers["Location"])
    assert (page.status_code, errors(page)) == (
        422,
        ["Indiquez un prix supérieur à 0 €, de 100 000 000 € au plus."],
    )
    with world.app.app_context():
        assert db.session.scalars(select(Claim)).all() == []


def test_only_who_may_file_makes_a_draft_and_only_from_our_pages(world: World, owner: Visitor) -> None:
    with world.app.app_context():
        add_person(
            "lecteur@demo.example",
            "Lise Lecteur",
            PASSWORD,
            NOW,
            company_id=world.company_id,
            company_role="reader",
        )
        db.session.commit()
    sent = {"usage": "ai", "montant": "600", "taille": "micro"}
    reader = signed_in(world.app, "lecteur@demo.example")
    assert not document(reader.get(ASKED)).xpath(PREPARE)
    assert reader.post("/entreprise/dossiers/simulation", sent).status_code == 403
    agent = signed_in(world.app, world.reviewer.email)
    assert "préparer un dossier" not in words(agent.get(ASKED)).lower()
    assert agent.post("/entreprise/dossiers/simulation", sent).status_code == 403
    assert owner.post_without_token("/entreprise/dossiers/simulation", sent).status_code == 400
    with world.app.app_context():
        assert db.session.scalars(select(Claim)).all() == []


def test_a_draft_made_otherwise_has_no_reminder(world: World, owner: Visitor) -> None:
    assert "Ce que vous avez simulé" not in words(owner.get(f"{address(draft(world))}/factures"))
