"""What agents write for each other never reaches the company: by no page, file or mail that it can get to."""

from __future__ import annotations

import io
import zipfile
from collections import deque

import pypdfium2
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.claims.appeal_examining import propose_answer, send_back_appeal, take_appeal
from bonus.claims.examination import propose, send_back, start_review
from bonus.claims.lane import take_out
from bonus.claims.lane_contest import contest
from bonus.claims.models import Claim
from bonus.claims.notes import write_note
from bonus.extensions import db
from bonus.mail import MailMessage
from tests.support.appeals import appealed, refused_in_part
from tests.support.lane import in_lane, known, link, opened
from tests.support.world import NOW, Dossier, World, run_jobs
from tests.web.visitor import document, signed_in

WORD = "CANARI"
"""In all that is written between agents, and by a supplier to them."""
SAID = f"{WORD} : ceci ne regarde que les agents qui instruisent."


def noted(world: World, dossier: Dossier) -> None:
    with world.app.app_context():
        write_note(db.session.get_one(Claim, dossier.id), SAID, world.reviewer, NOW)


def written(world: World) -> None:
    """A dossier contested and back from the officer, one taken out of the lane, one whose appeal was sent back."""
    opened(world)
    known(world)
    disputed = in_lane(world, told=False)
    secret = link(world)
    taken = in_lane(world, 900_00, told=False)
    refused = refused_in_part(world)
    for dossier in (disputed, taken, refused):
        noted(world, dossier)
    with world.app.app_context():
        contest(secret, SAID, "192.0.2.9", NOW)
        start_review(disputed.id, world.reviewer, NOW)
        propose(disputed.id, "apply", SAID, world.reviewer, NOW)
        send_back(disputed.id, SAID, world.officer, NOW)
        take_out(taken.id, SAID, world.reviewer, NOW)
        propose(taken.id, "apply", SAID, world.reviewer, NOW)
        db.session.rollback()
    with world.app.app_context():
        reference = appealed(world, refused)
        take_appeal(reference, world.other_reviewer, NOW)
        propose_answer(reference, "confirm", SAID, {}, world.other_reviewer, NOW)
        send_back_appeal(reference, SAID, world.other_officer, NOW)
        db.session.rollback()
    run_jobs(world, NOW)


def texts(response: TestResponse) -> list[bytes]:
    """All that an answer says: the parts of an archive, the words of a PDF."""
    if response.data[:2] == b"PK":
        archive = zipfile.ZipFile(io.BytesIO(response.data))
        return [archive.read(name) for name in archive.namelist()]
    if response.data[:4] == b"%PDF":
        pages = pypdfium2.PdfDocument(response.data)
        return [response.data, *(page.get_textpage().get_text_bounded().encode() for page in pages)]
    return [response.data]


@pytest.mark.slow
def test_wherever_the_company_goes(world: World) -> None:
    written(world)
    visitor = signed_in(world.app, world.owner.email)
    todo = deque(["/entreprise"])
    known_addresses = set(todo)
    while todo:
        response = visitor.get(todo.popleft())
        assert not [text for text in texts(response) if WORD.encode() in text], response.request.path
        if response.mimetype != "text/html" or not response.data:
            continue
        for _, _, linked, _ in document(response).iterlinks():
            address = linked.partition("#")[0]
            if address.startswith("/entreprise") and address not in known_addresses:
                known_addresses.add(address)
                todo.append(address)
    assert any(".zip" in address for address in known_addresses)
    assert len(known_addresses) > 50
    # An agent, they are told of: the walk would have found it.
    agent = signed_in(world.app, world.other_reviewer.email)
    assert WORD in agent.get("/agent/voie-rapide?voir=contestes").text + agent.get("/agent/voie-rapide").text
    with world.app.app_context():
        told = [
            mail.to for mail in db.session.scalars(select(MailMessage)) if WORD in mail.text + mail.subject
        ]
        db.session.rollback()
    assert told == []
