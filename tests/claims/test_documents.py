"""The documents of a dossier: what is asked, what is joined, what misses."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from bonus.claims import documents
from bonus.claims.documents import (
    demands_of,
    document_of,
    join_documents,
    missing_documents,
    remove_document,
)
from bonus.claims.lines import LineChoice, correct_lines
from bonus.claims.models import Claim
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.parts import document_store
from tests.support.papers import PLAIN
from tests.support.world import CLOUD, NOW, Dossier, World, draft, filed

PDF = PLAIN


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), shade: int = 200) -> bytes:
    output = BytesIO()
    Image.new("L", size, shade).save(output, kind)
    return output.getvalue()


def claim_of(dossier: Dossier) -> Claim:
    return db.session.get_one(Claim, dossier.id)


def join(
    world: World, dossier: Dossier, data: bytes, code: str = "payment_proof", name: str = "releve.pdf"
) -> str | None:
    [result] = join_documents(dossier.id, code, [(name, data)], document_store(), world.owner, NOW)
    return result.sentence


def codes(dossier: Dossier) -> list[str]:
    return [demand.code for demand in missing_documents(claim_of(dossier))]


def test_what_is_asked_follows_the_lines(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world)
    assert codes(dossier) == ["payment_proof"]
    line = claim_of(dossier).invoices[0].lines[0]
    correct_lines(dossier.id, [LineChoice(line.id, CLOUD, True, 0)], any_world.owner, NOW)
    assert codes(dossier) == ["payment_proof", "replacement_proof"]
    assert join(any_world, dossier, PDF) is None
    assert codes(dossier) == ["replacement_proof"]


def test_the_contract_of_a_long_service(world: World, session: Session) -> None:
    dossier = draft(world)
    line = claim_of(dossier).invoices[0].lines[0]
    line.service_start, line.service_end = date(2026, 1, 1), date(2027, 1, 1)
    [contract] = [one for one in demands_of(claim_of(dossier)) if one.code == "contract"]
    assert (contract.examples, contract.count) == ([line], 1)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(PDF, "application/pdf"), (picture(), "image/png"), (picture("JPEG"), "image/jpeg")],
)
def test_it_is_known_by_its_content(world: World, session: Session, data: bytes, media_type: str) -> None:
    dossier = draft(world)
    assert join(world, dossier, data, name="releve.exe") is None
    [document] = [one for one in claim_of(dossier).documents if one.purpose == "payment_proof"]
    assert document.media_type == media_type
    assert document_store().read(document.stored_as) == data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "vide"),
        (b"MZ\x90\x00", "ni un PDF, ni une image"),
        (b"<html><script>alert(1)</script>", "ni un PDF, ni une image"),
        (picture()[:60], "endommagé"),
        (picture("BMP"), "ni un PDF, ni une image"),
        (b"%PDF-1.7" + b"0" * 10_000_000, "dépasse 10"),
        (picture("PNG", (10_000, 6_000)), "trop grande"),
    ],
)
def test_what_nobody_could_look_at_is_refused(world: World, session: Session, data: bytes, says: str) -> None:
    dossier = draft(world)
    assert says in str(join(world, dossier, data))
    assert codes(dossier) == ["payment_proof"]


def test_the_same_file_twice_is_said_with_where_it_is(world: World, session: Session) -> None:
    dossier = draft(world)
    join(world, dossier, PDF)
    assert "« Preuve de paiement »" in str(join(world, dossier, PDF)).replace("\u00a0", " ")


def test_one_that_cannot_be_taken_keeps_no_other_out(world: World, session: Session) -> None:
    dossier = draft(world)
    files = [("a.pdf", PDF), ("b.txt", b"texte"), ("c.png", picture())]
    results = join_documents(dossier.id, "payment_proof", files, document_store(), world.owner, NOW)
    assert [result.sentence is None for result in results] == [True, False, True]
    assert sum(one.purpose == "payment_proof" for one in claim_of(dossier).documents) == 2


def test_too_many(world: World, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_FILES", 1)
    dossier = draft(world)
    assert join(world, dossier, PDF) is None
    assert "déjà joints" in str(join(world, dossier, picture()))


@pytest.mark.parametrize("code", ["invoice", "table", "contract", "replacement_proof", "inventee", ""])
def test_what_is_not_asked_is_not_taken(world: World, session: Session, code: str) -> None:
    with pytest.raises(NotFound):
        join(world, draft(world), PDF, code)


def test_what_nothing_asks_for_any_more_is_still_shown(world: World, session: Session) -> None:
    dossier = draft(world)
    line = claim_of(dossier).invoices[0].lines[0]
    for foreign in (True, False):
        correct_lines(dossier.id, [LineChoice(line.id, CLOUD, foreign, 0)], world.owner, NOW)
        if foreign:
            join(world, dossier, PDF, "replacement_proof")
    last = demands_of(claim_of(dossier))[-1]
    assert (last.code, last.rule, len(last.joined)) == ("replacement_proof", "never", 1)


def test_it_is_taken_out_of_a_draft_alone(world: World, session: Session) -> None:
    dossier = draft(world)
    join(world, dossier, PDF)
    claim = claim_of(dossier)
    reference = claim.documents[-1].reference
    assert document_of(claim, reference).purpose == "payment_proof"
    with pytest.raises(NotFound):
        remove_document(dossier.id, claim.documents[0].reference, world.owner, NOW)  # its invoice
    db.session.rollback()
    remove_document(dossier.id, reference, world.owner, NOW)
    assert codes(dossier) == ["payment_proof"]
    with pytest.raises(NotFound):
        document_of(claim_of(draft(world, company_id=world.neighbour_id)), reference)


def test_nothing_is_joined_once_it_is_filed(world: World, session: Session) -> None:
    dossier = filed(world)
    with pytest.raises(Refusal, match=r"claim\.not_a_draft"):
        join(world, dossier, PDF)
