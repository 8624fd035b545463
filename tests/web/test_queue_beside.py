"""Appeals, what is owed after a decision and the fast lane stand among the agents' queues; each list is kept."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from bonus.claims.appeal_examining import take_appeal
from bonus.claims.reasons_requests import ask_reasons
from bonus.claims.revocations import open_revocation
from tests.support.appeals import appealed, refused_in_part
from tests.support.lane import in_lane, known, opened
from tests.support.silence import refused_by_silence
from tests.support.world import NOW, ON, World, decided
from tests.web.visitor import Visitor, document, signed_in, words


def entry(visitor: Visitor, label: str, address: str = "/agent/dossiers") -> tuple[str, str, str]:
    """Of an entry of the menu: its count, its note, where it leads."""
    for link in document(visitor.get(address)).xpath('//a[contains(@class, "bs-queue")]'):
        name, *rest = (span.text_content().strip() for span in link.xpath("./span"))
        if name == label:
            count, note = (*rest, "")[:2]
            return count, note.replace("\u00a0", " "), link.get("href")
    raise AssertionError(f"no queue {label!r}")


def listed(visitor: Visitor, address: str) -> list[list[str]]:
    text = visitor.get(address).data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:]


def test_an_appeal_is_among_the_queues_with_its_day(world: World) -> None:
    with world.app.app_context():
        dossier = refused_in_part(world)
        reference = appealed(world, dossier)
        take_appeal(reference, world.other_reviewer, NOW)
    examiner = signed_in(world.app, world.other_reviewer.email)
    assert entry(examiner, "Recours") == ("1", "1 à vous · premier à répondre 22/01/2027", "/agent/recours")
    other = signed_in(world.app, world.reviewer.email)
    assert entry(other, "Recours")[:2] == ("1", "premier à répondre 22/01/2027")
    assert entry(other, "Recours", "/agent/dossiers?recherche=rien")[0] == "1"
    assert document(other.get("/agent/recours")).xpath(
        '//nav[contains(@class, "fr-breadcrumb")]//a[@href="/agent/dossiers"]'
    )
    [row] = listed(other, "/agent/recours.csv")
    assert row == [dossier.number, "Atelier Fictif SAS", "22/01/2027", world.other_reviewer.name, "En examen"]
    assert listed(other, "/agent/recours.csv?file=repondus") == []


def test_what_is_owed_is_among_the_queues_and_kept(world: World) -> None:
    reviewer = signed_in(world.app, world.reviewer.email)
    assert entry(reviewer, "Motifs et retraits") == ("0", "", "/agent/motifs-et-retraits")
    with world.app.app_context():
        silent = refused_by_silence(world, day=ON, filed=ON - timedelta(days=62))
        ask_reasons(silent.id, world.owner, NOW)
        granted = decided(world)
        open_revocation(granted.id, "unlawful", "Le contrôle montre une erreur de taux.", world.reviewer, NOW)
    assert entry(reviewer, "Motifs et retraits")[:2] == ("2", "première échéance 22/12/2026")
    [row] = listed(reviewer, "/agent/motifs-et-retraits/motifs.csv")
    assert (row[0], row[3:]) == (silent.number, ["22/11/2026", "22/12/2026"])
    [row] = listed(reviewer, "/agent/motifs-et-retraits/retraits.csv")
    assert (row[0], row[4:]) == (granted.number, ["Attendues", "", "22/03/2027", "4500,00"])
    shown = words(reviewer.get("/agent/motifs-et-retraits"))
    assert shown.count("Liste en CSV") == shown.count("Liste pour Excel") == 2


def test_the_fast_lane_is_apart_from_what_is_to_check(world: World) -> None:
    opened(world)
    before = known(world)
    dossier = in_lane(world)
    reviewer = signed_in(world.app, world.reviewer.email)
    count, note, address = entry(reviewer, "Voie rapide")
    assert (count, address) == ("1", "/agent/voie-rapide")
    assert note.startswith("première décision par règle ")
    assert entry(reviewer, "À vérifier")[0] == "1"
    shown = words(reviewer.get("/agent/dossiers?file=a-verifier"))
    assert str(before.number) in shown
    assert str(dossier.number) not in shown
    assert str(dossier.number) in words(reviewer.get("/agent/voie-rapide"))
    assert "puis une règle le décide" in words(reviewer.get(f"/agent/dossiers?recherche={dossier.number}"))
