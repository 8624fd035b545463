"""Acts on many dossiers, as a reviewer does them: chosen, looked at, confirmed, followed; nobody else's."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bonus.claims.bulk.service import choose
from bonus.claims.bulk_models import BulkAct
from bonus.claims.models import Claim
from bonus.extensions import db
from tests.support.bulk import numbers, several
from tests.support.world import GROUND, NOW, World
from tests.web.visitor import Visitor, document, signed_in, words

PLACE = "/agent/actions-groupees"
REASONS = "Aucune preuve de paiement n’est jointe (art. 9)."


@pytest.fixture
def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


def chosen(world: World, action: str, count: int = 2) -> str:
    """The address of an act that the reviewer prepared."""
    with world.app.app_context():
        act = choose(action, numbers(several(world, count)), world.reviewer, NOW)
        return f"{PLACE}/{act.reference}"


def statuses(world: World) -> list[str]:
    with world.app.app_context():
        found = list(db.session.scalars(select(Claim.status).order_by(Claim.id)))
        db.session.rollback()
        return found


def test_from_the_choice_to_the_result(world: World, reviewer: Visitor) -> None:
    some = numbers(several(world, 2))
    answer = reviewer.post(PLACE, {"action": "propose", "number": some})
    page = reviewer.follow(answer)
    assert "2 dossiers à traiter" in words(page)
    assert "Rien n’est encore fait" in words(page)
    assert statuses(world) == ["filed", "filed"]
    page = reviewer.follow(reviewer.post(answer.headers["Location"]))
    assert "L’action est terminée 2 dossiers traités." in words(page)
    assert statuses(world) == ["proposed", "proposed"]
    assert all(number in words(page) for number in some)
    assert "Proposer d’appliquer le calcul" in words(reviewer.get(PLACE))


def test_a_whole_list_is_chosen_by_its_filters(world: World, reviewer: Visitor) -> None:
    some = numbers(several(world, 3))
    queue = reviewer.get("/agent/dossiers?file=a-verifier&attribue=personne")
    assert [one.get("value") for one in document(queue).xpath("//input[@name='number']")] == some
    with world.app.app_context():
        claim = db.session.scalars(select(Claim).where(Claim.number == some[0])).one()
        claim.assigned_to_id = world.reviewer.person_id
        db.session.commit()
    answer = reviewer.post(f"{PLACE}?file=a-verifier&attribue=personne", {"action": "propose", "all": "y"})
    assert "2 dossiers à traiter" in words(reviewer.follow(answer))
    assert some[0] not in words(reviewer.follow(answer))


def test_officers_choose_nothing(world: World) -> None:
    several(world, 1)
    page = signed_in(world.app, world.officer.email).get("/agent/dossiers?file=a-verifier")
    assert page.status_code == 200
    assert document(page).xpath("//input[@name='number']") == []


def test_what_was_typed_is_kept_when_something_misses(world: World, reviewer: Visitor) -> None:
    address = chosen(world, "refuse")
    page = reviewer.post(address, {"ground": GROUND, "reasons": "trop court"})
    assert page.status_code == 422
    assert "trop court" in page.text
    assert "motivé en droit et en fait" in words(page)
    assert statuses(world) == ["filed", "filed"]
    done = reviewer.follow(reviewer.post(address, {"ground": GROUND, "reasons": REASONS}))
    assert "2 dossiers traités" in words(done)


def test_documents_are_asked_of_several(world: World, reviewer: Visitor) -> None:
    address = chosen(world, "ask")
    assert "dites tout ce qui manque" in words(reviewer.get(address))
    empty = reviewer.post(address, {})
    assert empty.status_code == 422
    assert "au moins une pièce" in words(empty)
    sent = {"known_payment_proof-asked": "y", "known_payment_proof-detail": "Le relevé d’octobre."}
    done = reviewer.follow(reviewer.post(address, sent))
    assert "2 dossiers traités" in words(done)
    assert statuses(world) == ["awaiting_documents"] * 2


def test_dossiers_are_given_to_someone(world: World, reviewer: Visitor) -> None:
    address = chosen(world, "assign")
    page = reviewer.get(address)
    assert world.other_reviewer.name in words(page)
    assert world.officer.name not in words(page)
    reviewer.follow(reviewer.post(address, {"person_id": str(world.other_reviewer.person_id)}))
    with world.app.app_context():
        given = set(db.session.scalars(select(Claim.assigned_to_id)))
        db.session.rollback()
    assert given == {world.other_reviewer.person_id}
    strange = reviewer.post(chosen(world, "assign", 1), {"person_id": str(world.officer.person_id)})
    assert strange.status_code == 422


def test_each_refusal_is_listed_and_exported(world: World, reviewer: Visitor) -> None:
    some = numbers(several(world, 2))
    reviewer.post(f"/agent/dossiers/{some[0]}/proposition", {"outcome": "apply"})
    answer = reviewer.post(PLACE, {"action": "propose", "number": some})
    address = answer.headers["Location"]
    page = reviewer.follow(answer)
    assert "1 dossier à traiter, 1 dossier laissé de côté" in words(page)
    assert "« proposé à la décision »" in words(reviewer.get(f"{address}?suivi=refused"))
    assert some[1] not in words(reviewer.get(f"{address}?suivi=refused"))
    table = reviewer.get(f"{address}/dossiers.csv").text
    assert [line.split(";")[0] for line in table.splitlines()[1:]] == [some[0], some[1]]
    assert "proposé à la décision" in table


def test_given_up_nothing_happens(world: World, reviewer: Visitor) -> None:
    address = chosen(world, "propose")
    page = reviewer.follow(reviewer.post(f"{address}/abandon"))
    assert "Action abandonnée Rien n’a été changé." in words(page)
    again = reviewer.post(address)
    assert again.status_code == 422
    assert "déjà été confirmée ou abandonnée" in words(again)
    assert statuses(world) == ["filed", "filed"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"action": "propose"}, "Choisissez au moins un dossier."),
        ({"action": "erase", "number": "BS-2026-000001"}, "Choisissez ce que vous voulez faire"),
        ({"number": "BS-2026-999999"}, "Choisissez ce que vous voulez faire"),
        ({"action": "propose", "number": "BS-2026-999999"}, "Choisissez au moins un dossier."),
    ],
)
def test_a_choice_that_is_none_is_said(
    world: World, reviewer: Visitor, sent: dict[str, str], said: str
) -> None:
    answer = reviewer.post(PLACE, sent)
    assert said in reviewer.follow(answer).text
    with world.app.app_context():
        assert db.session.scalars(select(BulkAct)).all() == []


def test_another_reviewer_finds_nothing_and_changes_nothing(world: World) -> None:
    address = chosen(world, "propose")
    other = signed_in(world.app, world.other_reviewer.email)
    found = [
        other.get(address),
        other.post(address),
        other.post(f"{address}/abandon"),
        other.get(f"{address}/dossiers.csv"),
        other.get(f"{PLACE}/inconnu"),
    ]
    assert [one.status_code for one in found] == [404] * 5
    assert statuses(world) == ["filed", "filed"]
    with world.app.app_context():
        assert db.session.scalars(select(BulkAct.status)).all() == ["chosen"]


def test_without_a_token_nothing_is_chosen(world: World, reviewer: Visitor) -> None:
    some = numbers(several(world, 1))
    assert reviewer.post_without_token(PLACE, {"action": "propose", "number": some[0]}).status_code == 400
    with world.app.app_context():
        assert db.session.scalars(select(BulkAct)).all() == []
