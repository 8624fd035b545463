"""What the registry's keeper enters by hand: certifications, what happens to them, and what was wrong."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bonus.audit.models import AuditEntry
from bonus.claims.follow_models import Control
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.registry.models import Certification, CertificationFact
from tests.support.bills import Item, bill
from tests.support.registry import certification_of, learn
from tests.support.world import AUDIT, CLOUD, NOW, ON, SUITE, World, draft, filed, run_jobs, settled
from tests.web.registry_pages import (
    EVENT,
    KEEPER,
    NO_REASON,
    PAGE,
    REGISTRY,
    WHY,
    certification,
    everyone,
    facts,
    path,
    refused,
    require_audience,
    states,
    story,
    typed,
)
from tests.web.visitor import Visitor, document, signed_in, words

GRANT: dict[str, Any] = {
    "certifier": "bureau-veritas",
    "reference": "BV-2026-17",
    "valid_from": "2026-01-01",
    "valid_until": "2027-12-31",
    "criteria": ["0", "1", "2"],
    "audited_on": "2025-12-01",
    "evidence": "RA-2025-118",
    "reason": WHY,
}


@pytest.fixture
def keeper(world: World) -> Visitor:
    return signed_in(world.app, world.registry_keeper.email)


def unchanged(world: World) -> None:
    """The solution most tests are about has the fact it came with, and no other."""
    assert len(facts(world, certification(world))) == 1


# ---------------------------------------------------------------- who, and what does not exist


def test_the_keeper_alone_writes(world: World) -> None:
    visitors, own = everyone(world), path(world)
    (fact,) = facts(world, certification(world))
    require_audience(visitors, f"{PAGE}/certifications", KEEPER, posts=False)
    for address in (
        f"{PAGE}/certifications/ANSSI_QUALIFICATION",
        *(f"{own}/{event}" for event in ("suspension", "retablissement", "retrait")),
        f"{own}/faits/{fact}/correction",
        f"{own}/faits/{fact}/annulation",
    ):
        require_audience(visitors, address, KEEPER, posts=True)
    unchanged(world)


def test_what_does_not_exist(world: World, keeper: Visitor) -> None:
    own, other = certification(world), certification(world, CLOUD)
    (fact,), (foreign,) = facts(world, own), facts(world, other)
    huge = "9" * 40
    for address in (
        f"{REGISTRY}/solutions/inconnue/certifications",
        f"{REGISTRY}/solutions/inconnue/certifications/NFG",
        f"{PAGE}/certifications/INCONNU",
        f"{PAGE}/certifications/nfg",
        f"{PAGE}/certifications/{other}/retrait",
        f"{PAGE}/certifications/{huge}/retrait",
        f"{PAGE}/certifications/{own}/destruction",
        f"{PAGE}/certifications/{own}/faits/{foreign}/correction",
        f"{PAGE}/certifications/{own}/faits/{foreign}/annulation",
        f"{PAGE}/certifications/{own}/faits/{huge}/correction",
        f"{PAGE}/certifications/{other}/faits/{foreign}/correction",
        f"{REGISTRY}/solutions/{CLOUD}/certifications/{own}/faits/{fact}/annulation",
    ):
        assert keeper.get(address).status_code == 404, address
        assert keeper.post(address, EVENT).status_code in (404, 405), address
    unchanged(world)
    assert len(facts(world, other)) == 1


# ---------------------------------------------------------------- a journey


def test_from_its_inscription_to_a_correction(world: World, keeper: Visitor) -> None:
    """Inscribed, granted, suspended, reinstated, withdrawn for fraud, corrected; read in the two times."""
    new = {"identifier": "DE136695976", "name": "Coffre-fort", "axis": "cloud", "reason": WHY}
    page = keeper.post(f"{REGISTRY}/nouvelle-solution", new).headers["Location"]
    choice = document(keeper.get(f"{page}/certifications")).xpath("//article//a/@href")
    assert [address.rsplit("/", 1)[1] for address in choice] == ["EEA_EQUIVALENT", "NFG", "SECNUMCLOUD"]
    text = words(keeper.follow(keeper.post(f"{page}/certifications/NFG", GRANT)))
    for expected in (
        "La certification est inscrite au registre.",
        "BV-2026-17",
        "RA-2025-118",
        "1er décembre 2025",
    ):
        assert expected in text, expected
    own = path(world, "coffre-fort")

    def on(day: int) -> None:
        world.app.config["CLOCK"] = lambda: NOW + timedelta(days=day)

    on(1)
    assert "La certification est suspendue." in words(keeper.follow(keeper.post(f"{own}/suspension", EVENT)))
    on(2)
    response = keeper.follow(keeper.post(f"{own}/retablissement", EVENT | {"on": "15/04/2026"}))
    assert "La certification est rétablie." in words(response)
    on(3)
    fraud = {"on": "2026-11-20", "retroactive": "y", "reason": "Fraude constatée par le certificateur"}
    confirmation = keeper.post(f"{own}/retrait", fraud)
    assert confirmation.status_code == 200
    assert "Confirmer le retrait" in words(confirmation)
    assert len(facts(world, certification(world, "coffre-fort"))) == 3, "nothing is written yet"
    sent = {
        one.get("name"): one.get("value")
        for one in document(confirmation).xpath("//main//form//input | //main//button")
    }
    assert {name: sent[name] for name in fraud} == fraud
    response = keeper.follow(keeper.post(f"{own}/retrait", fraud | {"confirmed": sent["confirmed"]}))
    assert states(response) == ["Retirée rétroactivement"]
    on(4)
    fraud_fact = facts(world, certification(world, "coffre-fort"))[-1]
    assert document(keeper.get(f"{own}/faits/{fraud_fact}/correction")).xpath(
        '//input[@name="retroactive"]/@checked'
    )
    plain = {"on": "2026-11-20", "reason": "Le certificateur retire, sans fraude"}
    response = keeper.follow(keeper.post(f"{own}/faits/{fraud_fact}/correction", plain))
    assert states(response) == ["Retirée"]
    assert story(response)[-1].startswith(
        "5. Correction du fait n° 4 : retirée à compter du 20 novembre 2026"
    )
    for au, connu, state in (
        ("2026-03-12", "2026-11-22", "En vigueur"),
        ("2026-03-12", "2026-11-23", "Suspendue"),
        ("2026-05-01", "2026-11-23", "Suspendue"),
        ("2026-05-01", "2026-11-24", "En vigueur"),
        ("2026-05-01", "2026-11-25", "Retirée rétroactivement"),
        ("2026-05-01", "2026-11-26", "En vigueur"),
        ("2026-11-20", "2026-11-26", "Retirée"),
    ):
        assert states(keeper.get(f"{page}?au={au}&connu={connu}")) == [state], (au, connu)
    with world.app.app_context():
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject == "solution:coffre-fort").order_by(AuditEntry.id)
        )
        assert [entry.action.removeprefix("registry.") for entry in entries] == [
            "solution_entered", "entered_by_hand", "certification_entered",
            *["event_recorded"] * 3, "fact_corrected",
        ]  # fmt: skip


# ---------------------------------------------------------------- a certification


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        (
            {"certifier": "anssi"},
            ["Le label Numérique France Garanti n’est pas délivré par Agence nationale"],
        ),
        ({"certifier": "personne"}, ["Le certificateur « personne » n’existe pas."]),
        (
            {"criteria": ["0", "1", "7"]},
            ["Le label Numérique France Garanti demande que ce critère soit rempli"],
        ),
        ({"reference": " "}, ["Indiquez la référence que lui donne le certificateur."]),
        ({"reference": f"NFG-{CLOUD}"}, ["La référence"]),
        ({"valid_from": ""}, ["Indiquez le premier jour."]),
        ({"valid_until": "demain"}, ["Écrivez une date, par exemple 22/11/2026."]),
        (
            {"valid_until": "2025-12-31"},
            ["La certification finit avant d’avoir commencé : corrigez les dates."],
        ),
        ({"valid_from": "2027-11-23"}, ["Cette certification commence dans plus d’un an"]),
        (
            {"criteria": ["0", "2"]},
            ["Le label Numérique France Garanti demande que ce critère soit rempli : « Sécurité"],
        ),
        (
            {"criteria": []},
            ["Le label Numérique France Garanti demande que ce critère soit rempli : « Activités"],
        ),
        ({"audited_on": ""}, ["Indiquez la date de l’audit."]),
        ({"audited_on": "2026-11-23"}, ["L’audit est daté du 23 novembre 2026, dans le futur"]),
        ({"evidence": ""}, ["Indiquez la référence du rapport d’audit."]),
        ({"reason": ""}, [NO_REASON]),
        ({"reason": "trop peu"}, [NO_REASON]),
    ],
)
def test_a_certification_that_cannot_be(
    world: World, keeper: Visitor, changes: dict[str, Any], sentences: list[str]
) -> None:
    sent = GRANT | changes
    response = keeper.post(f"{PAGE}/certifications/NFG", sent)
    assert response.status_code == 422
    found = [one.text_content() for one in document(response).xpath('//*[@id="erreurs"]//li')]
    assert len(found) == len(sentences)
    for one, expected in zip(found, sentences, strict=True):
        assert " ".join(one.split()).startswith(expected), one
    for name in ("reference", "valid_from", "valid_until", "audited_on", "evidence", "reason"):
        assert typed(response, name) == str(sent[name]).strip(), name
    kept = document(response).xpath('//input[@name="criteria"][@checked]/@value')
    assert kept == [place for place in sent["criteria"] if place in GRANT["criteria"]]
    with world.app.app_context():
        assert db.session.query(Certification).count() == 12


def test_an_overlap_is_refused(world: World, keeper: Visitor) -> None:
    sent = {name: GRANT[name] for name in ("valid_from", "valid_until", "reason")}
    sent |= {"certifier": "anssi", "reference": "ANSSI-9"}
    response = keeper.post(f"{PAGE}/certifications/ANSSI_QUALIFICATION", sent)
    assert response.status_code == 422
    assert "deux certifications d’un même label ne se chevauchent pas" in words(response)
    assert document(response).xpath('//input[@name="criteria"]') == [], "this label has none"


def test_a_label_that_does_not_cover_the_usage(world: World, keeper: Visitor) -> None:
    sent = GRANT | {"certifier": "anssi"}
    response = keeper.post(f"{PAGE}/certifications/SECNUMCLOUD", sent)
    refused(response, "Le label SecNumCloud ne couvre pas l’usage de cette solution.")
    assert "SecNumCloud" not in words(keeper.get(f"{PAGE}/certifications"))


# ---------------------------------------------------------------- what happens to it


@pytest.mark.parametrize(
    ("event", "changes", "sentence"),
    [
        ("suspension", {"on": ""}, "Indiquez le jour."),
        ("suspension", {"on": "32/01/2026"}, "Écrivez une date, par exemple 22/11/2026."),
        ("suspension", {"on": "2026-11-23"}, "dans le futur"),
        ("suspension", {"on": "2024-12-31"}, "est hors de la validité"),
        ("suspension", {"reason": ""}, NO_REASON),
        ("suspension", {"reason": "court"}, NO_REASON),
        ("retablissement", {}, "n’est pas suspendue au 1er mars 2026"),
        ("retrait", {"on": "2026-11-23"}, "dans le futur"),
        ("retrait", {"reason": "court"}, NO_REASON),
        ("retrait", {"on": "2024-12-31"}, "est hors de la validité"),
    ],
)
@pytest.mark.parametrize("confirmed", [False, True])
def test_an_event_that_cannot_be(
    world: World, keeper: Visitor, event: str, changes: dict[str, str], sentence: str, confirmed: bool
) -> None:
    sent = EVENT | changes | ({"confirmed": "1"} if confirmed else {})
    response = keeper.post(f"{path(world)}/{event}", sent)
    assert response.status_code == 422
    (found,) = document(response).xpath('//*[@id="erreurs"]//li')
    assert sentence in " ".join(found.text_content().split())
    assert (typed(response, "on"), typed(response, "reason")) == (sent["on"], sent["reason"])
    unchanged(world)


def test_nothing_undoes_a_withdrawal(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        learn(certification_of(AUDIT), "withdrawn", date(2026, 2, 1), NOW)
    own = path(world)
    for event in ("suspension", "retrait"):
        response = keeper.post(f"{own}/{event}", EVENT)
        assert response.status_code == 422
        assert "rien ne revient sur un retrait (art. 4)" in words(response)
    confirmed = EVENT | {"retroactive": "y", "confirmed": "1"}
    assert states(keeper.follow(keeper.post(f"{own}/retrait", confirmed))) == ["Retirée rétroactivement"]
    response = keeper.post(f"{own}/retrait", confirmed)
    assert "déjà retirée rétroactivement" in words(response)
    assert document(keeper.get(PAGE)).xpath('//main//a[contains(@href, "/suspension")]') == []


def test_a_withdrawal_says_what_will_follow_then_it_does(world: World, keeper: Visitor) -> None:
    item = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")
    settled(world, draft(world, [bill(item, number="F-1", issued_on=date(2026, 10, 15))]))
    filed(world, draft(world, [bill(item, number="F-2", issued_on=date(2026, 11, 2))]))
    own = path(world, SUITE)
    assert (
        "Cette solution figure dans 1 dossier à décider et 1 dossier déjà décidé : ils seront relus."
        in words(keeper.get(f"{own}/suspension"))
    )
    text = words(keeper.post(f"{own}/retrait", EVENT | {"on": "2026-11-01"}))
    assert "Retrait à compter du 1er novembre 2026" in text
    assert "1 dossier à décider, avec une facture du 1er novembre 2026 ou d’après :" in text
    assert "0 dossier déjà décidé, avec une facture du 1er novembre 2026 ou d’après :" in text
    text = words(keeper.post(f"{own}/retrait", EVENT | {"on": "2026-11-03"}))
    assert "Aucun dossier déposé n’a de facture de cette solution du 3 novembre 2026 ou d’après" in text
    fraud = EVENT | {"retroactive": "y"}
    text = words(keeper.post(f"{own}/retrait", fraud))
    assert "1 dossier à décider :" in text
    assert "1 dossier déjà décidé : rien n’est modifié d’office." in text
    keeper.post(f"{own}/retrait", fraud | {"confirmed": "1"})
    run_jobs(world, NOW)
    with world.app.app_context():
        assert [control.undue_cents for control in db.session.scalars(select(Control))] == [3_500_00]


def test_each_act_is_a_change_by_hand_that_will_be_followed(world: World, keeper: Visitor) -> None:
    keeper.post(f"{path(world)}/suspension", EVENT)
    with world.app.app_context():
        fact = db.session.get_one(CertificationFact, facts(world, certification(world))[-1])
        change = fact.change
        assert (change.source, change.reason) == ("keeper", WHY)
        assert change.recorded_by.startswith(world.registry_keeper.name)
        assert db.session.scalars(select(OutboxMessage.kind)).all() == ["follow_registry"]
        assert fact.happened_on == date(2026, 3, 1) <= ON
