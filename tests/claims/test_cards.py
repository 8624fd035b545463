"""The cards follow the dossiers, whoever changes them: made anew, they are the same."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bonus.claims.card_models import CardCount, ClaimCard, NameWord
from bonus.claims.cards_rebuild import fold_counts, rebuild, tidy
from bonus.claims.decision import decide
from bonus.claims.examination import propose, send_back, start_review
from bonus.claims.filing import abandon
from bonus.claims.models import Claim
from bonus.claims.request_ends import end_requests
from bonus.claims.requests import Asked, ask_documents
from bonus.companies.models import Company
from bonus.extensions import db
from tests.support.bills import demo_files
from tests.support.cards import kept_cards
from tests.support.world import (
    NOW,
    ON,
    Dossier,
    World,
    another_company,
    decided,
    draft,
    filed,
    proposed,
    set_envelope,
)

DAY = timedelta(days=1)


def card(dossier: Dossier) -> ClaimCard:
    db.session.expire_all()
    return db.session.get_one(ClaimCard, dossier.id)


def anew() -> dict[str, list[object]]:
    """What there is once everything was made again from the dossiers."""
    db.session.rollback()
    rebuild(lambda _done: None)
    return kept_cards()


def test_each_step_of_a_dossier(any_world: World, any_session: Session) -> None:
    world = any_world
    draft(world)
    one = filed(world, draft(world, demo_files(ON)))
    assert (card(one).queue, card(one).due_on, card(one).region, card(one).size) == (
        "a-verifier",
        date(2027, 1, 22),
        "84",
        "sme",
    )
    assert (card(one).net_cents, card(one).invoices) == (22_957_00, 3)
    estimate = card(one).bonus_cents
    assert estimate is not None
    assert estimate > 0
    start_review(one.id, world.reviewer, NOW)
    assert card(one).queue == "a-proposer"
    ask_documents(one.id, [Asked("contract")], world.reviewer, NOW)
    assert (card(one).queue, card(one).sort_on, card(one).due_on) == (
        "pieces-attendues",
        date(2026, 12, 22),
        date(2026, 12, 22),
    )
    end_requests(NOW + 31 * DAY)
    assert (card(one).queue, card(one).due_on) == ("a-proposer", date(2027, 2, 21))
    propose(one.id, "apply", "", world.reviewer, NOW + 31 * DAY)
    assert card(one).queue == "a-decider"
    send_back(one.id, "Il manque la preuve de paiement (art. 5).", world.officer, NOW + 31 * DAY)
    assert (card(one).queue, card(one).status) == ("a-proposer", "under_review")
    propose(one.id, "apply", "", world.reviewer, NOW + 31 * DAY)
    decide(one.id, "apply", "", world.officer, NOW + 31 * DAY)
    claim = db.session.get_one(Claim, one.id)
    assert (card(one).queue, card(one).due_on, card(one).sort_on) == ("decides", None, date(2026, 12, 23))
    assert card(one).bonus_cents == claim.granted_cents
    assert kept_cards() == anew()


def test_every_other_way_a_dossier_goes(any_world: World, any_session: Session) -> None:
    world = any_world
    given_up, refused = (
        filed(world),
        decided(world, outcome="refuse", reasons="Motifs en droit et en fait (art. 4)."),
    )
    abandon(given_up.id, world.owner, NOW)
    ready = proposed(world)
    set_envelope(world, 0)
    decide(ready.id, "apply", "", world.officer, NOW)
    assert (card(ready).queue, card(ready).sort_on, card(ready).due_on) == ("liste-d-attente", ON, None)
    assert (card(given_up).queue, card(refused).queue, card(refused).bonus_cents) == (
        "abandonnes",
        "decides",
        0,
    )
    mine = filed(world)
    db.session.get_one(Claim, mine.id).assigned_to_id = world.reviewer.person_id
    db.session.commit()
    assert (card(mine).reviewer, card(mine).taken) == (world.reviewer.person_id, True)
    assert kept_cards() == anew()


def test_a_company_that_moves_grows_and_changes_its_name(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world)
    company = db.session.get_one(Company, any_world.company_id)
    company.postcode, company.headcount, company.name = "97400", 5_000, "Établissements Dupont & Fils SAS"
    db.session.commit()
    assert (card(dossier).region, card(dossier).size) == (
        "04",
        "large",
    )
    words = db.session.scalars(
        select(NameWord.word).where(NameWord.company_id == company.id).order_by(NameWord.word)
    )
    assert words.all() == ["dupont", "etablissements", "fils"]
    assert kept_cards() == anew()


def test_what_is_given_up_in_a_transaction_leaves_nothing(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world)
    before = kept_cards()
    db.session.get_one(Claim, dossier.id).status = "under_review"
    db.session.flush()
    assert kept_cards() != before
    db.session.rollback()
    assert kept_cards() == before


def test_rows_written_by_hand_are_put_right(any_world: World, any_session: Session) -> None:
    world = any_world
    filed(world)
    other = filed(world)
    another_company(world, "552100554")
    right = kept_cards()
    db.session.execute(delete(ClaimCard).where(ClaimCard.claim_id == other.id))
    db.session.execute(update(ClaimCard).values(queue="decides", region="11"))
    db.session.execute(update(CardCount).values(dossiers=7))
    db.session.execute(delete(NameWord))
    db.session.commit()
    assert kept_cards() != right
    assert anew() == right


def test_what_is_missing_is_made_each_day_and_the_counts_are_folded(
    any_world: World, any_session: Session
) -> None:
    world = any_world
    for dossier in (filed(world), filed(world)):
        start_review(dossier.id, world.reviewer, NOW)
    right = kept_cards()
    assert len(db.session.scalars(select(CardCount)).all()) > 1
    fold_counts()
    db.session.commit()
    assert len(db.session.scalars(select(CardCount)).all()) == 1
    assert kept_cards() == right
    db.session.execute(delete(ClaimCard))
    db.session.execute(delete(CardCount))
    db.session.execute(delete(NameWord).where(NameWord.company_id == world.neighbour_id))
    db.session.commit()
    assert tidy(NOW) == 2
    found = kept_cards()
    assert (found["cards"], found["counts"], found["words"]) == (
        right["cards"],
        right["counts"],
        right["words"],
    )
    assert tidy(NOW) == 0


def test_the_command_makes_them_anew(world: World, app: Flask) -> None:
    filed(world)
    with app.app_context():
        right = kept_cards()
        db.session.execute(update(ClaimCard).values(net_cents=1))
        db.session.commit()
    result = app.test_cli_runner().invoke(args=["claims", "cards"])
    assert result.exit_code == 0
    assert "1 fiche(s) refaite(s)." in result.output
    with app.app_context():
        assert kept_cards() == right
