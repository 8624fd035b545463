"""The dossier's page for agents: two of them at once, notes that stay between them, documents as pictures."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from bonus.claims.desk_models import Presence
from bonus.claims.examination import propose, start_review
from bonus.claims.models import Claim
from bonus.extensions import db
from tests.support.bills import Item, bill
from tests.support.desk import NOTE, PAGE, demonstration, documents_of, noted, opened_by_another
from tests.support.registry import certification_of, learn
from tests.support.world import CLOUD, GROUND, NOW, ON, Dossier, World, decided, draft, filed, proposed
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

REASONS = "La facture porte sur un matériel, qui n’est pas une solution (art. 4)."


@pytest.fixture
def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


def place(dossier: Dossier) -> str:
    return f"/agent/dossiers/{dossier.number}"


def shown(page: object, name: str) -> str:
    """What the page says of itself, for what follows."""
    return str(document(page).xpath("//*[@data-presence]")[0].get(f"data-{name}"))  # type: ignore[arg-type]


# ---------------------------------------------------------------- two at once


def test_the_second_is_told_on_the_page_and_while_it_is_open(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    first = signed_in(world.app, world.other_reviewer.email)
    alone = first.get(place(dossier))
    assert "aussi ce dossier ouvert" not in words(alone)
    second = reviewer.get(place(dossier))
    assert f"{world.other_reviewer.name} (depuis 10 h 00) a aussi ce dossier ouvert." in words(second)
    # The first, whose page was there before, learns it at the next turn.
    sent = {"page": shown(alone, "page"), "mark": shown(alone, "mark")}
    told = first.post(f"{place(dossier)}/presence", sent).json
    assert told is not None
    assert spaced(told["others"]) == f"{world.reviewer.name} (depuis 10 h 00) a aussi ce dossier ouvert."
    assert told["news"] == ""
    # The second leaves: nobody is there any more.
    gone = reviewer.post(f"{place(dossier)}/depart", {"page": shown(second, "page")})
    assert gone.status_code == 204
    assert (first.post(f"{place(dossier)}/presence", sent).json or {})["others"] == ""


def test_an_open_page_learns_what_another_did(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    page = reviewer.get(place(dossier))
    with world.app.app_context():
        start_review(dossier.id, world.other_reviewer, NOW)
    told = reviewer.post(
        f"{place(dossier)}/presence", {"page": shown(page, "page"), "mark": shown(page, "mark")}
    ).json
    assert told is not None
    assert spaced(told["news"]) == (
        f"{world.other_reviewer.name} a commencé à instruire le dossier (22 novembre 2026 à 10 h 00)"
    )


@pytest.mark.parametrize("page", ["", "short", "x" * 23, "<script>alert(1)</script>"])
def test_a_page_has_a_name_of_ours(world: World, reviewer: Visitor, page: str) -> None:
    dossier = filed(world)
    for end in ("presence", "depart"):
        assert reviewer.post(f"{place(dossier)}/{end}", {"page": page}).status_code == 422
    with world.app.app_context():
        assert db.session.scalars(select(Presence.person_id)).all() == []


def test_two_reviewers_at_once_the_second_is_told_and_nothing_is_lost(
    world: World, reviewer: Visitor
) -> None:
    dossier = filed(world)
    page = reviewer.get(place(dossier))
    with world.app.app_context():
        propose(dossier.id, "apply", "", world.other_reviewer, NOW)
    sent = {"outcome": "refuse", "reasons": REASONS, "mark": shown(page, "mark")}
    answer = reviewer.post(f"{place(dossier)}/proposition", sent)
    assert answer.status_code == 422
    (told,) = errors(answer)
    assert told.startswith(
        f"Entre-temps, {world.other_reviewer.name} a proposé une décision (22 novembre 2026"
    )
    # The new state, and what was typed for an act that is no longer open, ready to be kept as a note.
    assert "Proposé à la décision" in words(answer)
    assert not document(answer).xpath('//form[contains(@action, "/proposition")]')
    kept = spaced(" ".join(document(answer).xpath('//dl[@class="bs-kept"]//text()')))
    assert kept == f"Proposition Refuser, avec des motifs Motifs en fait, ou observations {REASONS}"
    assert REASONS in document(answer).xpath('string(//form[contains(@action, "/notes")]//textarea)')
    with world.app.app_context():
        claim = db.session.get_one(Claim, dossier.id)
        assert [proposal.reviewer_id for proposal in claim.proposals] == [world.other_reviewer.person_id]


def test_told_what_another_did_one_may_go_on(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    page = reviewer.get(place(dossier))
    with world.app.app_context():
        start_review(dossier.id, world.other_reviewer, NOW)
    sent = {"outcome": "refuse", "ground": GROUND, "reasons": REASONS, "mark": shown(page, "mark")}
    answer = reviewer.post(f"{place(dossier)}/proposition", sent)
    assert errors(answer)[0].startswith("Entre-temps")
    form = document(answer).xpath('//form[contains(@action, "/proposition")]')[0]
    assert form.xpath("string(.//textarea)").strip() == REASONS
    assert form.xpath('.//input[@value="refuse"]/@checked')
    again = sent | {"mark": form.xpath('.//input[@name="mark"]/@value')[0]}
    assert reviewer.post(f"{place(dossier)}/proposition", again).status_code == 302


def test_a_mistake_of_ones_own_does_not_hide_what_another_did(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    page = reviewer.get(place(dossier))
    with world.app.app_context():
        start_review(dossier.id, world.other_reviewer, NOW)
    sent = {"outcome": "", "reasons": REASONS, "mark": shown(page, "mark")}
    answer = reviewer.post(f"{place(dossier)}/proposition", sent)
    assert "Le dossier a changé entre-temps" in words(answer)


def test_the_request_for_documents_is_held_to_the_same(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    page = reviewer.get(f"{place(dossier)}/demande")
    mark = document(page).xpath('//input[@name="mark"]/@value')[0]
    with world.app.app_context():
        start_review(dossier.id, world.other_reviewer, NOW)
    sent = {"other_0-title": "Bon de commande signé", "mark": mark}
    answer = reviewer.post(f"{place(dossier)}/demande", sent)
    assert answer.status_code == 422
    assert errors(answer)[0].startswith("Entre-temps")
    assert document(answer).xpath('//input[@value="Bon de commande signé"]')
    again = sent | {"mark": document(answer).xpath('//input[@name="mark"]/@value')[0]}
    assert reviewer.post(f"{place(dossier)}/demande", again).status_code == 302


# ---------------------------------------------------------------- notes


def test_a_note_is_read_by_agents_and_nowhere_by_the_company(world: World, reviewer: Visitor) -> None:
    dossier = decided(world)
    answer = reviewer.post(f"{place(dossier)}/notes", {"text": NOTE})
    assert answer.headers["Location"].endswith(f"{place(dossier)}#notes")
    officer = signed_in(world.app, world.officer.email)
    for agent in (reviewer, officer):
        assert NOTE in words(agent.get(place(dossier)))
    owner, own = signed_in(world.app, world.owner.email), f"/entreprise/dossiers/{dossier.number}"
    ends = ("", "/historique", "/explication", "/lignes.csv")
    for page in (
        *(f"{own}{end}" for end in ends),
        "/entreprise",
        "/entreprise/avis",
        "/entreprise/dossiers.csv",
    ):
        found = owner.get(page)
        assert found.status_code == 200, page
        assert NOTE.encode() not in found.data, page
        assert b"note interne" not in found.data.lower(), page
    for packed in ("/dossier.zip", "/lignes.xlsx"):
        with zipfile.ZipFile(BytesIO(owner.get(f"{own}{packed}").data)) as archive:
            for name in archive.namelist():
                assert NOTE.encode() not in archive.read(name), name
                assert json.dumps(NOTE).strip('"').encode() not in archive.read(name), name
                assert b"note_written" not in archive.read(name), name


def test_an_empty_note_is_refused_and_a_long_one_is_kept_in_its_field(
    world: World, reviewer: Visitor
) -> None:
    dossier = filed(world)
    empty = reviewer.post(f"{place(dossier)}/notes", {"text": " "})
    assert errors(empty) == ["Écrivez la note avant de l’enregistrer."]
    long = reviewer.post(f"{place(dossier)}/notes", {"text": "x" * 5001})
    assert long.status_code == 422
    assert "x" * 5001 in document(long).xpath('string(//textarea[@id="note"])')


def test_what_a_note_says_is_only_text(world: World, reviewer: Visitor) -> None:
    dossier = noted(world, text="<script>alert(1)</script>\nDeuxième ligne")
    page = reviewer.get(place(dossier))
    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


# ---------------------------------------------------------------- documents


def test_agents_look_at_pictures_and_never_at_the_file(world: World, reviewer: Visitor) -> None:
    dossier = demonstration(world)
    page = document(reviewer.get(place(dossier)))
    pictures = page.xpath('//div[@class="bs-paper"]//img/@src')
    assert len(pictures) == 2
    assert all(src.endswith("/pages/1.png") for src in pictures)
    assert not page.xpath("//iframe | //embed | //object")
    # Whatever leads to a file says that it is a download, and it is one.
    originals = page.xpath('//a[contains(@href, "/documents/")][@download]/@href')
    assert len(originals) == 3
    for address in originals:
        assert reviewer.get(address).headers["Content-Disposition"].startswith("attachment")
    # The XML invoice is read as words.
    (terms,) = page.xpath('//div[contains(@class, "bs-paper--terms")]')
    assert "Données Fictives SARL" in spaced(terms.text_content())
    for reference in documents_of(world, dossier):
        view = reviewer.get(f"{place(dossier)}/documents/{reference}/vue")
        assert view.status_code == 200
        assert view.mimetype == "text/html"
    drawn = reviewer.get(pictures[0])
    assert (drawn.mimetype, drawn.data[:4]) == ("image/png", b"\x89PNG")
    assert reviewer.get(pictures[0].replace("/1.png", "/2.png")).status_code == 404


# ---------------------------------------------------------------- what is beside


def test_the_registry_then_and_now_is_marked_when_it_changed(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    before = words(reviewer.get(place(dossier)))
    assert "Registre : le 15/10/2026 et aujourd’hui" in before
    assert "A changé" not in before
    with world.app.app_context():
        learn(certification_of(CLOUD, "NFG"), "suspended", ON - timedelta(days=5), NOW)
        db.session.commit()
    page = reviewer.get(place(dossier))
    assert "Suspendue depuis le 17 novembre 2026 A changé depuis la facture" in words(page)
    assert document(page).xpath("//details[contains(., 'Registre')]/@open")


def test_the_ceilings_and_the_other_dossiers_of_the_company(world: World, reviewer: Visitor) -> None:
    done, dossier = decided(world), filed(world)
    text = words(reviewer.get(place(dossier)))
    assert "Plafond 2026 (art. 6) : reste" in text
    assert "Aides de minimis (art. 7) : reste" in text
    assert "Ses autres dossiers" in text
    assert str(done.number) in text
    assert "C’est son premier dossier." not in text


def test_differences_are_marked_in_words(world: World, reviewer: Visitor) -> None:
    dossier = filed(world, draft(world, [bill(Item(1_000_00, "Chaise", "X"), number="F-chaise")]))
    with world.app.app_context():
        claim = db.session.get_one(Claim, dossier.id)
        claim.invoices[0].net_cents += 1
        claim.invoices[0].gross_cents += 1
        db.session.commit()
    page = document(reviewer.get(place(dossier)))
    marked = [spaced(item.text_content()) for item in page.xpath('//ul[@class="bs-marks"]/li')]
    assert len(marked) == 3  # the file's net, the file's gross, the sum of the lines
    assert all(item.startswith("À vérifier ") for item in marked)
    assert "3 différences à vérifier" in spaced(page.text_content())


def test_the_keys_lead_to_what_one_may_do(world: World) -> None:
    before, waiting, after, ready = filed(world), filed(world), filed(world), proposed(world)
    page = document(signed_in(world.app, world.reviewer.email).get(place(waiting)))
    assert set(page.xpath("//@data-key")) == {"d", "m", "n", "p"}
    assert page.xpath('//a[@data-key="p"]/@href') == [place(before)]
    assert page.xpath('//a[@data-key="n"]/@href') == [place(after)]
    page = document(signed_in(world.app, world.officer.email).get(place(ready)))
    assert set(page.xpath("//@data-key")) == {"d", "r"}
    assert page.xpath("//*[@data-keys]/@hidden")  # nothing is promised without the script


def test_next_and_back_follow_the_queue_one_came_from(world: World, reviewer: Visitor) -> None:
    sizes = (9_000_00, 900_00, 8_000_00)
    large, small, here = (
        filed(world, draft(world, [bill(Item(cents), number=f"F-{cents}")])) for cents in sizes
    )

    def leads(visitor: Visitor, key: str) -> list[str]:
        return [
            str(link) for link in document(visitor.get(place(here))).xpath(f'//a[@data-key="{key}"]/@href')
        ]

    assert leads(reviewer, "p") == [place(small)]
    asked = "/agent/dossiers?file=a-verifier&de=1000"
    assert reviewer.get(asked).status_code == 200
    assert leads(reviewer, "p") == [place(large)]
    # After an act the page is another; the queue is the same.
    reviewer.post(f"{place(here)}/instruction")
    assert leads(reviewer, "p") == [place(large)]
    back = document(reviewer.get(place(here))).xpath('//nav[contains(@class, "fr-breadcrumb")]//a/@href')
    assert asked in back
    # What was kept by a former version of the service, or of a queue that is no more, is no fault.
    with reviewer.client.session_transaction(base_url="http://localhost") as session:
        session["file-de-travail"] = {"file": "autre", "de": "x"}
    assert leads(reviewer, "n") == []


def test_one_takes_a_dossier_or_gives_it_from_its_page(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    page = document(reviewer.get(place(dossier)))
    (take,) = page.xpath('//button[contains(., "Prendre ce dossier")]')
    assert take.get("value") == "moi"
    done = reviewer.post(f"{place(dossier)}/attribution", {"a": "moi"})
    assert f"Le dossier {dossier.number} vous est attribué." in words(reviewer.follow(done))
    page = document(reviewer.get(place(dossier)))
    (chosen,) = page.xpath('//select[@id="attribution"]/option[@selected]')
    assert chosen.text_content() == f"{world.reviewer.name} (vous)"
    assert not page.xpath('//button[contains(., "Prendre ce dossier")]')
    closed = document(reviewer.get(place(decided(world))))
    assert not closed.xpath('//select[@id="attribution"]'), "nothing is left to examine"


def test_opening_it_again_does_not_lose_the_other(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    opened_by_another(world, dossier)
    for _ in range(2):
        assert "(depuis 9 h 57) a aussi ce dossier ouvert" in words(reviewer.get(place(dossier)))
    assert PAGE not in reviewer.get(place(dossier)).text
