"""The public catalogue and its open data, as anyone meets them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update

from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.registry.models import Certification, Solution, Supplier
from bonus.registry.service import enter_solution, enter_supplier, search_text
from bonus.registry.writing import change, correct
from tests.conftest import AppMaker
from tests.support.registry import LEARNED, certification_of, disown, learn
from tests.support.world import CLOUD, ENTERED, NOW, ON, SUITE, World
from tests.web.test_every_page import CHECKS
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

HOSTILE = '<script>alert(1)</script> & "guillemets" {{ 7*7 }} =1+1'
TRANSLATION, FORMS, SIMULATOR = "traduction-automatique", "formulaires-en-ligne", "simulateur-quantique"


@pytest.fixture
def anyone(world: World) -> Visitor:
    return Visitor(world.app)


def enter(app: Flask, name: str, supplier: str = "Nuage Fictif SAS", axis: str = "cloud") -> str:
    """One more solution, without label; its address."""
    with app.app_context():
        found = enter_supplier("900100207", supplier, Actor("Gardienne"), ENTERED)
        slug = enter_solution(found, name, axis, Actor("Gardienne"), ENTERED).slug
        db.session.commit()
        return slug


def shown(visitor: Visitor, address: str) -> list[str]:
    """The names of the solutions of a list."""
    response = visitor.get(address)
    assert response.status_code == 200
    return [
        spaced(name.text_content())
        for name in document(response).xpath('//main//li[contains(@class, "catalogue__item")]//h3')
    ]


def links(visitor: Visitor, address: str) -> dict[str, str]:
    """Where the links of the main part of a page lead, by their words."""
    page = document(visitor.get(address))
    return {spaced(link.text_content()): link.get("href") for link in page.xpath("//main//a[@href]")}


def choice(visitor: Visitor, address: str, name: str) -> list[str]:
    return [str(value) for value in document(visitor.get(address)).xpath(
        f'//main//*[@name="{name}"]/@value | //main//select[@name="{name}"]/option[@selected]/@value'
    )]  # fmt: skip


# ---------------------------------------------------------------- the list


def test_the_list_says_what_is_in_force_and_what_is_not(anyone: Visitor) -> None:
    said = words(anyone.get("/solutions"))
    assert "11 solutions" in said
    assert "Hébergement cloud qualifié En vigueur Nuage Fictif SAS · Cloud" in said
    assert "Numérique France Garanti, en vigueur jusqu’au 31 décembre 2028" in said
    assert "Traduction automatique Pas en vigueur" in said
    assert "Numérique France Garanti, certification suspendue depuis le 24 août 2026" in said
    assert "Service France Garanti, certification expirée, valable jusqu’au 23 septembre 2026" in said
    assert "Numérique France Garanti, certification retirée le 24 août 2026" in said
    assert "État au 22 novembre 2026" in said


def test_accents_case_and_mistakes_are_forgiven(anyone: Visitor) -> None:
    for typed in ("hébergement", "HEBERGEMENT", "hebergment", "l’hébergement du cloud", "hebergementcloud"):
        assert shown(anyone, f"/solutions?q={typed}")[0] == "Hébergement cloud qualifié", typed
    assert "Résultats pour « hébergement »" in words(anyone.get("/solutions?q=hebergment"))
    assert "Aucune solution ne contient exactement ces mots" in words(anyone.get("/solutions?q=hebergment"))
    assert "exactement" not in words(anyone.get("/solutions?q=hebergement"))


def test_the_supplier_the_label_and_the_usage_may_be_typed(anyone: Visitor) -> None:
    assert shown(anyone, "/solutions?q=900 700 709") == [
        "Atelier d’applications sans code",
        "Formulaires en ligne",
    ]
    assert shown(anyone, "/solutions?q=beispiel") == ["Stockage objet européen"]
    assert shown(anyone, "/solutions?q=secnumcloud") == ["Hébergement cloud qualifié"]
    assert "Résultats pour « SecNumCloud »" in words(anyone.get("/solutions?q=secnumclowd"))
    also = links(anyone, "/solutions?q=quantique")
    assert also["Voir aussi toutes les solutions « Quantique »"] == "/solutions?usage=quantum"


def test_filters_stay_in_the_address_and_each_can_be_removed(anyone: Visitor) -> None:
    address = "/solutions?q=fictif&usage=quantum&label=NFG&en-vigueur=oui&tri=nom"
    assert shown(anyone, address) == ["Accès à un calculateur quantique"]
    assert choice(anyone, address, "q") == ["fictif"]
    assert choice(anyone, address, "usage") == ["quantum"]
    assert choice(anyone, address, "label") == ["NFG"]
    assert choice(anyone, address, "tri") == ["nom"]
    assert document(anyone.get(address)).xpath('//input[@name="en-vigueur"]/@checked')
    found = links(anyone, address)
    asked = parse_qs(urlsplit(address).query)
    for chip, name in (
        ("« fictif » (retirer)", "q"),
        ("Quantique (retirer)", "usage"),
        ("Numérique France Garanti (retirer)", "label"),
        ("En vigueur aujourd’hui (retirer)", "en-vigueur"),
    ):
        assert parse_qs(urlsplit(found[chip]).query) == {key: asked[key] for key in asked if key != name}
    assert found["Tout retirer"] == "/solutions"
    assert shown(anyone, found["En vigueur aujourd’hui (retirer)"]) == [
        "Accès à un calculateur quantique",
        "Simulateur quantique",
    ]


def test_what_does_not_exist_filters_nothing(anyone: Visitor) -> None:
    address = "/solutions?usage=space&label=ISO&en-vigueur=peut-etre&tri=hasard&page=abc&inconnu=1"
    assert len(shown(anyone, address)) == 11
    assert "Tout retirer" not in links(anyone, address)


def test_pages(world: World, anyone: Visitor) -> None:
    for rank in range(30):
        enter(world.app, f"Sauvegarde {rank:02d}")
    first, second = "/solutions?q=sauvegarde&usage=cloud", "/solutions?q=sauvegarde&usage=cloud&page=2"
    assert shown(anyone, first) == [f"Sauvegarde {rank:02d}" for rank in range(20)]
    assert shown(anyone, second) == [f"Sauvegarde {rank:02d}" for rank in range(20, 30)]
    assert links(anyone, first)["Page suivante"] == second
    assert shown(anyone, f"{first}&page={'9' * 40}") == shown(anyone, second)


def test_nothing_found_helps(anyone: Visitor) -> None:
    address = "/solutions?q=cloud xyzzy&usage=cloud"
    assert shown(anyone, address) == []
    assert "Le registre n’a rien qui ressemble à « xyzzy »" in words(anyone.get(address))
    assert shown(anyone, links(anyone, address)["Chercher « cloud »"])[0] == "Hébergement cloud qualifié"

    address = "/solutions?q=hébergement&usage=quantum"
    assert "aucune solution ne réunit tout" in words(anyone.get(address))
    assert shown(anyone, links(anyone, address)["Retirer le filtre « Quantique » (1)"]) == [
        "Hébergement cloud qualifié"
    ]
    assert links(anyone, address)["Voir toutes les solutions"] == "/solutions"


def test_an_empty_catalogue(make_app: AppMaker) -> None:
    app = make_app(CLOCK=lambda: NOW)
    assert "Le catalogue est vide" in words(Visitor(app).get("/solutions"))
    assert "Rien ne correspond à votre recherche" in words(Visitor(app).get("/solutions?q=cloud"))


def test_what_is_typed_is_shown_as_text(anyone: Visitor) -> None:
    for typed in (HOSTILE, '" autofocus onfocus="alert(1)', "' OR 1=1 --", "%", "🚀", "x" * 10_000):
        response = anyone.get("/solutions", query_string={"q": typed})
        assert response.status_code == 200
        assert "<script>alert" not in response.text
        for check in ("harmless", "sound"):
            CHECKS[check](response)
        assert choice(anyone, f"/solutions?q={typed[:9]}", "q") is not None


# ---------------------------------------------------------------- one solution


def test_a_card_tells_the_labels_their_dates_and_the_audit(anyone: Visitor) -> None:
    said = words(anyone.get(f"/solutions/{CLOUD}"))
    assert "Hébergement cloud qualifié Nuage Fictif SAS · Cloud En vigueur" in said
    assert "Validité Du 1er janvier 2025 au 31 décembre 2028" in said
    assert "Certificateur Bureau Veritas Certification" in said
    for criterion in (
        "Activités clés, gouvernance et hébergement en France",
        "Sécurité et protection des données",
        "Majorité de la valeur ajoutée numérique produite en France",
    ):
        assert f"Rempli {criterion}" in said
    assert f"Audit du 22 novembre 2024, rapport RA-NFG-{CLOUD}" in said
    assert "SIREN 900 100 207" in said
    assert "Label accordé 1er janvier 2025" in said


def test_the_bonus_by_size_is_the_law_s(anyone: Visitor) -> None:
    said = words(anyone.get(f"/solutions/{CLOUD}"))
    assert "Bonus estimé pour un prix de 10 000,00 € hors taxes" in said
    for row in (
        "Microentreprise",
        "50 % 5 000,00 € 5 000,00 €",
        "45 % 4 500,00 € 5 500,00 €",
        "35 % 3 500,00 € 6 500,00 €",
        "25 % 2 500,00 € 7 500,00 €",
        "Organisme public",
        "Taux du bonus : 45 %",
    ):
        assert row in said, row
    assert "45 % 562,73 € 687,77 €" in words(anyone.get(f"/solutions/{CLOUD}?montant=1 250,50"))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("abc", "Écrivez un montant en euros, par exemple 1 250,50."),
        ("1,234", "Écrivez un montant en euros, par exemple 1 250,50."),
        ("0", "Indiquez un prix supérieur à 0 €, de 100 000 000 € au plus."),
        ("-5", "Indiquez un prix supérieur à 0 €, de 100 000 000 € au plus."),
        ("9" * 13, "Indiquez un prix supérieur à 0 €, de 100 000 000 € au plus."),
    ],
)
def test_what_is_no_price_is_said_at_the_field(anyone: Visitor, typed: str, sentence: str) -> None:
    address = f"/solutions/{CLOUD}?montant={typed}"
    response = anyone.get(address)
    assert response.status_code == 422
    assert errors(response) == [sentence]
    assert choice(anyone, address, "montant") == [typed]


def test_a_price_below_the_minimum(anyone: Visitor) -> None:
    said = words(anyone.get(f"/solutions/{CLOUD}?montant=499,99"))
    assert "Aucun bonus pour ce prix" in said
    assert "n’atteint pas le minimum de 500,00 €" in said


@pytest.mark.parametrize(
    ("slug", "sentence"),
    [
        (TRANSLATION, "était suspendue à la date de la facture, le 22 novembre 2026"),
        (FORMS, "a expiré le 23 septembre 2026"),
        (SIMULATOR, "a été retirée le 24 août 2026"),
    ],
)
def test_without_label_in_force_no_bonus_is_promised(anyone: Visitor, slug: str, sentence: str) -> None:
    said = words(anyone.get(f"/solutions/{slug}"))
    assert "Pas en vigueur" in said
    assert "Aucun bonus n’est possible aujourd’hui" in said
    assert sentence in said
    assert "Reste à payer" not in said


def test_a_solution_without_any_label(world: World, anyone: Visitor) -> None:
    said = words(anyone.get(f"/solutions/{enter(world.app, 'Solution nue')}"))
    assert "Cette solution n’a reçu aucun label" in said
    assert "Cette solution n’a jamais reçu de certification (art. 4)" in said


def test_the_story_follows_the_registry(world: World, anyone: Visitor) -> None:
    with world.app.app_context():
        certification = certification_of(SUITE)
        suspended = learn(certification, "suspended", ON - timedelta(days=40), NOW)
        with change(LEARNED, NOW) as made:
            correct(suspended, {"happened_on": ON - timedelta(days=30)}, made, NOW)
        db.session.commit()
        learn(certification, "reinstated", ON - timedelta(days=20), NOW)
    page = document(anyone.get(f"/solutions/{SUITE}"))
    steps = [spaced(step.text_content()) for step in page.xpath('//ol[contains(@class, "timeline")]/li')]
    assert [step.partition(" 2")[0] for step in steps][:1] == ["Label accordé 1er janvier"]
    assert steps[1].startswith("Suspendue 23 octobre 2026 Le label ne compte plus")
    assert "Inscrit au registre le 22 novembre 2026" in steps[1]
    assert steps[2].startswith("Rétablie 2 novembre 2026")
    assert steps[3] == (
        "Registre corrigé 22 novembre 2026 « Suspendue à compter du 13 octobre 2026 » était une erreur. "
        "Il faut lire : « Suspendue à compter du 23 octobre 2026 »."
    )
    assert steps[4].startswith("Dernier jour de validité (à venir) 31 décembre 2028")


def test_a_retroactive_withdrawal_and_a_mistake_are_said(world: World, anyone: Visitor) -> None:
    with world.app.app_context():
        learn(certification_of(CLOUD, "NFG"), "withdrawn", ON, NOW, retroactive=True)
        disown(certification_of(CLOUD, "SECNUMCLOUD").facts[0], NOW)
    said = words(anyone.get(f"/solutions/{CLOUD}"))
    assert "Certification retirée le 22 novembre 2026, réputée n’avoir jamais compté" in said
    assert "Cette certification n’a jamais existé : son inscription a été annulée" in said
    assert "Aucun bonus n’est possible aujourd’hui" in said


def test_the_day_turns(world: World, anyone: Visitor) -> None:
    with world.app.app_context():
        db.session.execute(update(Certification).values(reference=Certification.reference))
        learn(certification_of(SUITE), "suspended", ON, NOW)
    assert "Pas en vigueur" in words(anyone.get(f"/solutions/{SUITE}"))
    world.app.config["CLOCK"] = lambda: NOW - timedelta(days=1)
    assert "Suspendue" in words(anyone.get(f"/solutions/{SUITE}"))


def test_a_hostile_name_is_text_everywhere(world: World, anyone: Visitor) -> None:
    slug = enter(world.app, HOSTILE)
    with world.app.app_context():
        solution = db.session.scalars(select(Solution).where(Solution.slug == slug)).one()
        solution.website, solution.description = "javascript:alert(1)", HOSTILE
        db.session.commit()
    for address in (f"/solutions/{slug}", "/solutions?q=guillemets"):
        response = anyone.get(address)
        assert "<script>alert" not in response.text
        assert "49" not in spaced(document(response).xpath("//main")[0].text_content())
        CHECKS["harmless"](response)
        CHECKS["sound"](response)
        assert HOSTILE in words(response)
    assert not document(anyone.get(f"/solutions/{slug}")).xpath('//a[starts-with(@href, "javascript")]')


@pytest.mark.parametrize("slug", ["nulle-part", "CLOUD", "9" * 40, "%F0%9F%92%A9", "a%27b", "..%2f..", "%FF"])
def test_an_unknown_solution(anyone: Visitor, slug: str) -> None:
    response = anyone.get(f"/solutions/{slug}")
    assert response.status_code == 404
    assert "Cette page n’existe pas" in words(response)


def test_strange_addresses_break_nothing(any_world: World) -> None:
    anyone = Visitor(any_world.app)
    for text in ("%00", "%ED%A0%80", "9" * 40, "%FF", "%F0%9F%92%A9", "%22%20OR%20%22", "%25", "-1", "1e9"):
        for address in (
            f"/solutions/{text}",
            f"/solutions?q={text}&usage={text}&label={text}&tri={text}&page={text}",
            f"/solutions?q={text}&usage=cloud&label=NFG&en-vigueur=oui&tri=recentes",
            f"/solutions/{CLOUD}?montant={text}",
            f"/donnees?{text}={text}",
        ):
            assert anyone.get(address).status_code in (200, 400, 404, 422), address


def test_nothing_private_is_told(world: World) -> None:
    with world.app.app_context():
        db.session.execute(update(Supplier).values(email="prive@fournisseur.example"))
        learn(certification_of(CLOUD, "NFG"), "suspended", ON, NOW)
    visitor = Visitor(world.app)
    addresses = ("/solutions", f"/solutions/{CLOUD}", "/donnees", "/donnees/solutions.csv")
    for address in (*addresses, "/donnees/solutions.json"):
        text = visitor.get(address).text
        for private in ("prive@", "Gardienne", "Courrier du certificateur", "service:demo"):
            assert private not in text, (address, private)


def test_every_page_is_well_made(world: World) -> None:
    slug = enter(world.app, "Très long nom " * 12)
    with world.app.app_context():
        supplier = db.session.scalars(select(Supplier).where(Supplier.identifier == "DE136695976")).one()
        solution = supplier.solutions[0]
        solution.search_text = search_text(solution.name, supplier, None)
        db.session.commit()
    world.app.config["DEMO"] = True
    visitors = (Visitor(world.app), signed_in(world.app, world.owner.email))
    for address in (
        "/",
        "/solutions",
        "/solutions?q=hebergment&usage=cloud&en-vigueur=oui",
        "/solutions?q=xyzzy&label=NFG",
        f"/solutions/{CLOUD}",
        f"/solutions/{CLOUD}?montant=abc",
        f"/solutions/{TRANSLATION}",
        f"/solutions/{slug}",
        "/solutions/stockage-objet-europeen",
        "/donnees",
    ):
        for visitor in visitors:
            response = visitor.get(address)
            for name in ("frame", "sound", "harmless", "kept_private", "typography"):
                CHECKS[name](response)


def test_the_home_page_leads_there(anyone: Visitor) -> None:
    page = document(anyone.get("/"))
    (form,) = page.xpath('//main//form[@action="/solutions"]')
    assert form.get("method") == "get"
    assert form.xpath('.//input[@name="q"]')
    assert links(anyone, "/")["Parcourir tout le catalogue"] == "/solutions"
