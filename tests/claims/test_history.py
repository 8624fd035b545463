"""The history a company reads of its dossier: all that happened, in words, and nothing between agents."""

from __future__ import annotations

import io
import json
import re
import zipfile

from sqlalchemy.orm import Session

from bonus.claims.archive import write_archive
from bonus.claims.examination import propose, send_back, start_review
from bonus.claims.filing import abandon
from bonus.claims.history import history_of
from bonus.claims.messages import write_message
from bonus.parts import document_store
from tests.claims.reading import claim_of
from tests.support.bills import bill
from tests.support.requests import LAST, RECEIVED, answered, asked, at, filed_on
from tests.support.words import plain
from tests.support.world import NOW, Dossier, World, decided, draft, filed


def told(dossier: Dossier) -> list[str]:
    return [plain(event.what) for event in history_of(claim_of(dossier))]


def test_the_whole_life_of_a_dossier(any_world: World, any_session: Session) -> None:
    dossier = filed_on(any_world)
    start_review(dossier.id, any_world.reviewer, at(LAST))
    answered(any_world, asked(any_world, dossier))
    propose(dossier.id, "apply", "", any_world.reviewer, at(LAST))
    send_back(dossier.id, "L’examen est à reprendre (art. 4).", any_world.officer, at(LAST))
    decided(any_world, dossier, now=at(LAST))
    assert told(dossier) == [
        "Brouillon ouvert",
        "Un document ajouté",
        "Dossier déposé, accusé de réception remis",
        "Examen commencé par un instructeur",
        "Pièces demandées par l’instructeur, à envoyer avant la fin du 19 avril 2026",
        "Une pièce jointe à votre réponse",
        "Explication donnée pour une pièce",
        "Réponse à la demande de pièces envoyée",
        "Décision prise par l’ordonnateur : accordé",
    ]


def test_who_acted_is_named_for_the_company_and_by_office_for_the_state(
    world: World, session: Session
) -> None:
    dossier = decided(world)
    found = history_of(claim_of(dossier))
    assert {(event.who, event.name) for event in found} == {("company", world.owner.name), ("state", "")}


def test_alike_things_of_one_day_make_one_event(world: World, session: Session) -> None:
    dossier = draft(world, [bill(number=f"F-{n}") for n in range(5)])
    assert told(dossier) == ["Brouillon ouvert", "5 documents ajoutés"]
    abandon(dossier.id, world.owner, NOW)
    assert told(dossier)[-1] == "Dossier abandonné (désistement)"


def test_another_dossier_is_not_in_it(world: World, session: Session) -> None:
    first, second = filed(world), filed(world)
    write_message(second.id, "company", "Bonjour.", world.owner, NOW)
    assert len(told(second)) == len(told(first)) + 1


def test_no_field_of_ours_shows(world: World, session: Session) -> None:
    dossier = answered(world)
    for event in history_of(claim_of(dossier)):
        assert not re.search(r"claim[.:]|[a-z]_[a-z]|[0-9a-f]{20}|\{|n° \d", event.what + event.name)


def test_the_archive_holds_request_answer_messages_and_history(
    any_world: World, any_session: Session
) -> None:
    dossier = answered(any_world)
    write_message(dossier.id, "company", "Une <b>question</b>.", any_world.owner, at(RECEIVED))
    write_message(dossier.id, "reviewer", "Une réponse.", any_world.reviewer, at(RECEIVED))
    propose(dossier.id, "apply", "", any_world.reviewer, at(LAST))
    output = io.BytesIO()
    write_archive(claim_of(dossier), output, document_store(), {}, at(LAST))
    with zipfile.ZipFile(output) as archive:
        text = archive.read("dossier.json").decode()
        names = archive.namelist()
    data = json.loads(text)
    first, second = data["request"]["items"]
    assert set(first["files"]) <= set(names)
    assert len(first["files"]) == 1
    assert (second["files"], second["unavailable"]) == ([], "Nous avons commandé par téléphone.")
    assert data["request"]["answer_by"] == "2026-04-19"
    assert [(one["side"], one["text"]) for one in data["messages"]] == [
        ("company", "Une <b>question</b>."),
        ("reviewer", "Une réponse."),
    ]
    assert len(data["events"]) == len(told(dossier))
    assert [one["action"] for one in data["history"]] == ["file", "ask", "answer"]
    assert data["status"] == "under_review"
    assert "propos" not in text


def test_a_dossier_without_request_says_none(world: World, session: Session) -> None:
    output = io.BytesIO()
    write_archive(claim_of(filed(world)), output, document_store(), {}, NOW)
    with zipfile.ZipFile(output) as archive:
        data = json.loads(archive.read("dossier.json"))
    assert (data["request"], data["messages"]) == (None, [])
