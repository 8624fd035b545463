"""The registry as agents read it: found, page by page; a solution in two times; what its keeper enters of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bonus.audit.models import AuditEntry
from bonus.extensions import db
from bonus.registry.models import Certification, Solution
from bonus.registry.service import add_alias, enter_solution, enter_supplier, solution_by_slug
from tests.support.registry import KEEPER as SOMEONE
from tests.support.registry import certification_of, disown, learn, mend
from tests.support.world import AUDIT, CLOUD, NOW, ON, World
from tests.web.registry_pages import (
    KEEPER,
    NO_REASON,
    PAGE,
    READERS,
    REGISTRY,
    WHY,
    everyone,
    refused,
    require_audience,
    states,
    story,
    typed,
)
from tests.web.visitor import Visitor, document, signed_in, spaced, words

DAY = timedelta(days=1)


@pytest.fixture
def keeper(world: World) -> Visitor:
    return signed_in(world.app, world.registry_keeper.email)


def found(visitor: Visitor, query: str = "") -> list[str]:
    """The names of the solutions on a page of the list."""
    links = document(visitor.get(f"{REGISTRY}{query}")).xpath("//tbody//th/a")
    return [spaced(link.text_content()) for link in links]


# ---------------------------------------------------------------- who


def test_who_may_read_and_who_may_write(world: World) -> None:
    visitors = everyone(world)
    with world.app.app_context():
        solution = solution_by_slug(AUDIT)
        assert solution is not None
        add_alias(solution, "name", "Pentest", "keeper", NOW)
        alias = solution.aliases[0].id
        db.session.commit()
    require_audience(visitors, REGISTRY, READERS, posts=False)
    require_audience(visitors, PAGE, READERS, posts=False)
    require_audience(visitors, f"{REGISTRY}/nouvelle-solution", KEEPER, posts=True)
    require_audience(visitors, f"{PAGE}/noms", KEEPER, posts=True, reads=False)
    require_audience(visitors, f"{PAGE}/noms/{alias}/retrait", KEEPER, posts=True)


def test_who_only_reads_is_offered_nothing_to_write(world: World, keeper: Visitor) -> None:
    reviewer = signed_in(world.app, world.reviewer.email)
    for address in (REGISTRY, PAGE):
        page = document(reviewer.get(address))
        assert page.xpath('//main//form[@method="post"]') == []
        for word in ("nouvelle-solution", "/certifications", "/faits/", "/noms"):
            assert page.xpath(f'//main//a[contains(@href, "{word}")]') == [], (address, word)
    assert "Certificateurs" not in words(reviewer.get(REGISTRY))
    assert "Certificateurs" in words(keeper.get(REGISTRY))


# ---------------------------------------------------------------- the list


def test_the_list_says_what_each_label_is_worth_today(keeper: Visitor) -> None:
    text = words(keeper.get(REGISTRY))
    for expected in (
        "11 solutions, état au 22 novembre 2026",
        "Hébergement cloud qualifié",
        "Référence CLOUD-24",
        "Nuage Fictif SAS900 100 207",
        "En vigueur",
        "Suspendue depuis le",
        "Expirée",
        "Retirée depuis le",
        "Inscrire une solution",
    ):
        assert expected in text, expected


def test_the_list_follows_the_day(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        learn(certification_of(AUDIT), "suspended", ON + DAY, NOW + DAY)
    before = words(keeper.get(REGISTRY)).count("Suspendue depuis")
    world.app.config["CLOCK"] = lambda: NOW + DAY
    assert words(keeper.get(REGISTRY)).count("Suspendue depuis") == before + 1
    assert "Audit de cybersécurité" in found(keeper, "?etat=suspendue")


def test_searching_and_filtering(keeper: Visitor) -> None:
    assert found(keeper, "?q=hebergement") == ["Hébergement cloud qualifié"]
    assert found(keeper, "?q=beispiel") == ["Stockage objet européen"]
    assert found(keeper, "?q=900+800+806") == ["Accès à un calculateur quantique", "Simulateur quantique"]
    assert found(keeper, "?usage=cloud") == ["Hébergement cloud qualifié", "Stockage objet européen"]
    assert found(keeper, "?label=SFG") == ["Atelier d’applications sans code", "Formulaires en ligne"]
    assert found(keeper, "?label=SFG&etat=expiree") == ["Formulaires en ligne"]
    assert found(keeper, "?etat=suspendue") == ["Traduction automatique"]
    assert found(keeper, "?etat=retiree&usage=quantum&q=simul") == ["Simulateur quantique"]
    assert found(keeper, "?etat=aucune") == found(keeper, "?etat=a-venir") == []
    page = document(keeper.get(f"{REGISTRY}?q=nuage&usage=cloud&etat=en-vigueur"))
    assert page.xpath('//input[@name="q"]/@value') == ["nuage"]
    assert page.xpath("//main//option[@selected]/@value") == ["cloud", "en-vigueur"]


def test_a_mistake_is_forgiven_and_said(keeper: Visitor) -> None:
    response = keeper.get(f"{REGISTRY}?q=hebergemant")
    assert "Hébergement cloud qualifié" in words(response)
    assert "Pas de résultat exact : voici ceux pour « hébergement »." in words(response)


@pytest.mark.parametrize(
    "query", ["?usage=x", "?label=x&etat=x", "?page=0", "?page=99", "?page=x", "?etat=in_force"]
)
def test_what_is_no_filter_and_no_page_is_left_aside(keeper: Visitor, query: str) -> None:
    assert len(found(keeper, query)) == 11


def test_nothing_found_says_how_to_go_on(world: World, keeper: Visitor) -> None:
    text = words(keeper.get(f"{REGISTRY}?q=xyzxyz"))
    assert "Aucune solution ne répond" in text
    assert "Voir tout le registre" in text


def test_an_empty_registry_says_so(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        for table in ("in_force_periods", "certification_facts"):
            db.session.execute(db.text(f"DROP TABLE {table}"))  # append-only: the rows refuse to go
        db.session.execute(db.text("DELETE FROM certifications"))
        db.session.execute(db.text("DELETE FROM solutions"))
        db.session.commit()
    assert "Le registre est vide" in words(keeper.get(REGISTRY))


def test_the_list_is_cut_in_pages_that_keep_the_search(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        supplier = enter_supplier("900100207", "Nuage Fictif SAS", SOMEONE, NOW)
        for number in range(60):
            enter_solution(supplier, f"Sauvegarde {number:02d}", "cloud", SOMEONE, NOW)
        db.session.commit()
    assert len(found(keeper, "?q=sauvegarde&usage=cloud")) == 50
    page = document(keeper.get(f"{REGISTRY}?q=sauvegarde&usage=cloud"))
    (following,) = page.xpath('//a[@rel="next"]/@href')
    assert "q=sauvegarde" in following
    assert "usage=cloud" in following
    assert len(document(keeper.get(following)).xpath("//tbody//th/a")) == 10
    assert "60 solutions" in words(keeper.get(following))
    assert "Aucune : ses achats sont refusés (art. 4)." in words(keeper.get(following))


# ---------------------------------------------------------------- one solution, in two times


def test_a_solution_shows_its_criteria_its_audit_and_its_facts(keeper: Visitor) -> None:
    response = keeper.get(f"{REGISTRY}/solutions/{CLOUD}")
    assert states(response) == ["En vigueur", "En vigueur"]
    text = words(response)
    for expected in (
        "Nuage Fictif SAS (900 100 207)",
        "Rempli Activités clés, gouvernance et hébergement en France",
        "Audit du 22 novembre 2024",
        f"Rapport d’audit RA-NFG-{CLOUD}",
        "1. Accordée du 1er janvier 2025 au 31 décembre 2028",
        "Appris le 2 janvier 2026 à 10 h 00 · Au démarrage · service:demo",
    ):
        assert expected in text, expected


def test_what_was_true_and_what_was_known(world: World, keeper: Visitor) -> None:
    """Suspended from 1 February, learned on 10 March at 23:30 in Paris; declared never to have been on 1 April."""
    night = NOW.replace(month=3, day=10, hour=22, minute=30)
    with world.app.app_context():
        fact = learn(certification_of(AUDIT), "suspended", date(2026, 2, 1), night)
        disown(fact, NOW.replace(month=4, day=1))
    for au, connu, state in (
        ("2026-01-31", "2026-03-10", "En vigueur"),
        ("2026-02-01", "2026-03-09", "En vigueur"),
        ("2026-02-01", "2026-03-10", "Suspendue"),
        ("2026-03-12", "2026-03-31", "Suspendue"),
        ("2026-03-12", "2026-04-01", "En vigueur"),
        ("2026-03-12", "", "En vigueur"),
        ("2029-01-01", "", "Expirée"),
        ("2024-12-31", "", "Pas encore valable"),
        ("", "2026-01-01", "Pas encore au registre"),
    ):
        assert states(keeper.get(f"{PAGE}?au={au}&connu={connu}")) == [state], (au, connu)
    response = keeper.get(f"{PAGE}?au=2026-02-01&connu=2026-03-10")
    text = words(response)
    assert "État au 1er février 2026, tel que connu le 10 mars 2026 au soir." in text
    assert "Au 1er février 2026, on sait maintenant : en vigueur." in text
    assert [("Appris ensuite" in line) for line in story(response)] == [False, False, True]
    assert document(response).xpath("//del") == []
    assert document(response).xpath('//input[@name="connu"]/@value') == ["2026-03-10"]
    text = words(keeper.get(f"{PAGE}?connu=2026-01-01"))
    assert "Ce soir-là, le registre ne la connaissait pas." in text


def test_the_story_names_what_each_fact_corrects(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        fact = learn(certification_of(AUDIT), "suspended", date(2026, 2, 1), NOW)
        corrected = mend(fact, NOW, happened_on=date(2026, 2, 3))
        disown(corrected, NOW)
    response = keeper.get(PAGE)
    lines = story(response)
    assert lines[0].startswith("1. Accordée du")
    assert lines[1].startswith(
        "2. Suspendue à compter du 1er février 2026 Corrigé par le fait n° 3 Appris le"
    )
    assert lines[2].startswith(
        "3. Correction du fait n° 2 : suspendue à compter du 3 février 2026 Annulé par le fait n° 4"
    )
    assert lines[3].startswith(
        "4. Annulation du fait n° 3 : « suspendue à compter du 3 février 2026 » n’a jamais été Appris le"
    )
    assert "À la main · Gardienne du registre Courrier du certificateur" in lines[1]
    struck = [spaced(one.text_content()) for one in document(response).xpath("//del")]
    assert [one[:12] for one in struck] == ["Suspendue à ", "Correction d"]
    assert ["Corriger" in line for line in lines] == [True, False, False, False]
    assert "Revenir sur cette annulation" in lines[3]


def test_an_annulled_certification_is_said_to_be(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        disown(certification_of(AUDIT).facts[0], NOW)
    response = keeper.get(PAGE)
    assert states(response) == ["Inscrite par erreur"]
    assert "Elle est tenue pour n’avoir jamais été accordée." in words(response)
    assert document(response).xpath('//a[contains(@href, "/retrait")]') == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?au=hier", "Écrivez une date, par exemple 22/11/2026."),
        ("?connu=2026-02-30", "Écrivez une date, par exemple 22/11/2026."),
        (
            "?connu=2026-11-23",
            "Ce jour n’est pas passé : on ne sait pas encore ce que le registre saura.",
        ),
    ],
)
def test_a_day_that_cannot_be_asked_about(keeper: Visitor, query: str, sentence: str) -> None:
    response = keeper.get(f"{PAGE}{query}")
    refused(response, sentence)
    name, value = query[1:].split("=")
    assert document(response).xpath(f'//input[@name="{name}"]/@value') == [value]
    assert states(response) == ["En vigueur"], "as of today"


def test_days_as_people_write_them(keeper: Visitor) -> None:
    assert states(keeper.get(f"{PAGE}?au=01/01/2029")) == ["Expirée"]
    assert states(keeper.get(f"{PAGE}?au=0001-01-01&connu=0001-01-01")) == ["Pas encore au registre"]
    assert states(keeper.get(f"{PAGE}?au=9999-12-31")) == ["Expirée"]


@pytest.mark.parametrize("address", ["inconnue", f"{AUDIT}/noms/99/retrait", "inconnue/noms/1/retrait"])
def test_what_does_not_exist(keeper: Visitor, address: str) -> None:
    assert keeper.get(f"{REGISTRY}/solutions/{address}").status_code == 404
    if "/noms/" in address:
        assert keeper.post(f"{REGISTRY}/solutions/{address}", {"reason": WHY}).status_code == 404


# ---------------------------------------------------------------- what the keeper enters

SOLUTION = {
    "identifier": "900 100 207",
    "supplier_name": "",
    "name": " Coffre-fort numérique ",
    "reference": "",
    "axis": "cloud",
    "reason": WHY,
}


def test_a_solution_is_inscribed(world: World, keeper: Visitor) -> None:
    address = f"{REGISTRY}/nouvelle-solution"
    response = keeper.post(address, SOLUTION)
    assert response.headers["Location"] == f"{REGISTRY}/solutions/coffre-fort-numerique"
    text = words(keeper.follow(response))
    assert "La solution est au registre. Inscrivez maintenant ses certifications." in text
    assert "Nuage Fictif SAS (900 100 207)" in text
    assert "Aucune certification" in text
    abroad = SOLUTION | {"identifier": "no 923 609 016 mva", "supplier_name": "Fjord AS"}
    assert "Fjord AS (NO923609016MVA)" in words(keeper.follow(keeper.post(address, abroad)))
    with world.app.app_context():
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "registry.entered_by_hand")
        ).all()
        assert [(entry.facts["reasons"], entry.actor.split(" (")[0]) for entry in entries] == [
            (WHY, world.registry_keeper.name)
        ] * 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"identifier": ""}, "Indiquez le numéro du fournisseur."),
        (
            {"identifier": "900100208"},
            (
                "« 900100208 » n’est ni un SIREN valable ni un numéro de TVA d’un autre État de l’Espace économique "
                "européen : vérifiez ses chiffres."
            ),
        ),
        ({"identifier": "9" * 30}, "Écrivez 20 caractères au plus."),
        (
            {"supplier_name": "Orage SA"},
            "Ce numéro est celui de « Nuage Fictif SAS », déjà au registre : vérifiez-le, ou laissez le nom vide.",
        ),
        ({"name": " "}, "Donnez le nom de la solution."),
        (
            {"name": "audit de CYBERSECURITE"},
            "Ce fournisseur a déjà cette offre au registre : « Audit de cybersécurité ».",
        ),
        ({"reference": "r" * 81}, "Écrivez 80 caractères au plus."),
        ({"axis": ""}, "Choisissez un usage."),
        ({"reason": ""}, NO_REASON),
        ({"reason": "court"}, NO_REASON),
    ],
)
def test_a_solution_that_cannot_be(
    world: World, keeper: Visitor, changes: dict[str, str], sentence: str
) -> None:
    sent = SOLUTION | changes
    response = keeper.post(f"{REGISTRY}/nouvelle-solution", sent)
    refused(response, sentence)
    assert typed(response, "name") == sent["name"].strip()
    assert typed(response, "reason") == sent["reason"]
    with world.app.app_context():
        assert solution_by_slug("coffre-fort-numerique") is None
        assert db.session.query(Solution).count() == 11


def test_another_name_is_noted_then_removed(world: World, keeper: Visitor) -> None:
    sent = {"kind": "name", "text": "Pentest annuel", "reason": WHY}
    text = words(keeper.follow(keeper.post(f"{PAGE}/noms", sent)))
    assert "Pentest annuel Nom Noté à la main 22/11/2026" in text
    assert found(keeper, "?q=pentest") == ["Audit de cybersécurité"]
    response = keeper.post(f"{PAGE}/noms", sent | {"text": "PENTEST annuel"})
    refused(response, "« Audit de cybersécurité » se nomme déjà ainsi au registre.")
    assert typed(response, "text") == "PENTEST annuel"
    refused(
        keeper.post(f"{PAGE}/noms", sent | {"text": "", "reason": ""}),
        "Écrivez ce nom ou cette référence.",
        NO_REASON,
    )
    (address,) = document(keeper.get(PAGE)).xpath('//a[contains(@href, "/noms/")]/@href')
    assert "« Pentest annuel » ne désignera plus" in words(keeper.get(address))
    refused(keeper.post(address, {"reason": "non"}), NO_REASON)
    text = words(keeper.follow(keeper.post(address, {"reason": WHY})))
    assert "Ce nom ne désigne plus cette solution." in text
    assert "Aucun autre nom." in text
    assert keeper.get(address).status_code == 404
    assert found(keeper, "?q=pentest") == []
    with world.app.app_context():
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "registry.alias_removed")
        ).one()
        assert (entry.facts["text"], entry.facts["reasons"]) == ("Pentest annuel", WHY)


def test_a_name_of_another_solution_is_not_reached_from_this_one(world: World, keeper: Visitor) -> None:
    keeper.post(f"{PAGE}/noms", {"kind": "name", "text": "Pentest", "reason": WHY})
    (address,) = document(keeper.get(PAGE)).xpath('//a[contains(@href, "/noms/")]/@href')
    other = address.replace(AUDIT, CLOUD)
    assert keeper.get(other).status_code == 404
    assert keeper.post(other, {"reason": WHY}).status_code == 404
    assert "Pentest" in words(keeper.get(PAGE))
    with world.app.app_context():
        assert db.session.query(Certification).count() == 12
