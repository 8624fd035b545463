"""An invoice counts once (art. 5.3), across dossiers, companies and channels, unless it was set free."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from bonus.claims.assessing import assess
from bonus.claims.decision import decide
from bonus.claims.filing import abandon
from bonus.demo.invoices import OTHER_SELLER, DemoParty
from bonus.errors import Refusal
from bonus.extensions import db
from tests.claims.reading import claim_of, decision_of, expected, lines_of, status_of
from tests.support.bills import Item, bill
from tests.support.world import NOW, Dossier, World, decided, draft, filed, proposed

LATER = NOW + timedelta(hours=1)
REASONS = "Facture non payée à ce jour : art. 9 du règlement."
GRANTED = [("eligible", None, "4500.00")]
HELD = [("refused", "purchase.already_claimed", "0.00")]
# A buyer that the invoice does not identify: two companies may present it.
NOBODY = DemoParty("Client comptoir", "", "", "", "1 rue", "69003", "Lyon")


def second(world: World, number: str = "F-1", **changes: object) -> Dossier:
    """A draft that holds the invoice again, in other bytes."""
    return draft(world, [bill(number=number, in_ubl=True, **changes)])  # type: ignore[arg-type]


def first(world: World, number: str = "F-1") -> Dossier:
    return draft(world, [bill(number=number)])


def test_a_decided_dossier_holds_its_invoice(any_world: World, any_session: Session) -> None:
    decided(any_world, first(any_world))
    again = second(any_world)
    assert expected(again, LATER) == HELD
    dossier = decided(any_world, again, now=LATER)
    assert (status_of(dossier), lines_of(dossier)) == (
        "refused",
        [("refused", "purchase.already_claimed", 0)],
    )
    assert "art. 5.3" in decision_of(dossier).reasons


@pytest.mark.parametrize(
    ("number", "changes", "outcome"),
    [
        ("f 1", {}, GRANTED),  # held numbers compare without case and spaces, but F-1 is not F1
        ("f - 1", {}, HELD),
        ("F\t-1 ", {}, HELD),
        ("F/1", {}, GRANTED),
        ("F-1", {"seller": OTHER_SELLER}, None),
        ("F-1", {"issued_on": date(2026, 6, 1)}, HELD),  # another day of the same year
    ],
)
def test_what_the_same_invoice_is(
    world: World, session: Session, number: str, changes: dict[str, object], outcome: list[object] | None
) -> None:
    decided(world, first(world))
    found = expected(second(world, number, **changes), LATER)
    if outcome is None:
        assert found[0][1] != "purchase.already_claimed"
    else:
        assert found == outcome


def test_the_same_number_of_another_year_is_another_invoice(any_world: World, any_session: Session) -> None:
    decided(any_world, first(any_world))
    january = NOW.replace(year=2027, month=1)
    again = draft(any_world, [bill(number="F-1", issued_on=date(2027, 1, 4))], now=january)
    assert expected(again, january) == GRANTED


def test_twice_in_one_dossier(world: World, session: Session) -> None:
    """It is refused when it is sent; what stands there all the same counts once."""
    dossier = draft(world, [bill(number="F-1"), bill(number="F-2", in_ubl=True)])
    second = claim_of(dossier).invoices[1]
    second.number = second.number_key = "f-1"
    db.session.commit()
    assert expected(dossier) == GRANTED + HELD


def test_another_company_presents_it(any_world: World, any_session: Session) -> None:
    decided(any_world, draft(any_world, [bill(number="F-1", buyer=NOBODY)]))
    again = draft(any_world, [bill(number="F-1", buyer=NOBODY)], company_id=any_world.neighbour_id)
    assert expected(again, LATER) == HELD


def test_the_other_channel_holds_it_too(world: World, session: Session) -> None:
    dossier = decided(world, first(world))
    claim_of(dossier).channel = "advance"
    db.session.commit()
    assert expected(second(world), LATER) == HELD


# ---------------------------------------------------------------- what sets it free


def test_a_refused_dossier_sets_it_free(any_world: World, any_session: Session) -> None:
    decided(any_world, first(any_world), outcome="refuse", reasons=REASONS)
    dossier = decided(any_world, second(any_world), now=LATER)
    assert lines_of(dossier) == [("eligible", None, 4_500_00)]


def test_one_line_that_is_not_refused_holds_the_whole_invoice(world: World, session: Session) -> None:
    items = (Item(10_000_00), Item(1_000_00, "Chaise", "CH-1"))
    dossier = decided(world, draft(world, [bill(*items, number="F-1")]))
    assert [status for status, _, _ in lines_of(dossier)] == ["eligible", "refused"]
    assert expected(draft(world, [bill(*items, number="F-1", in_ubl=True)]), LATER) == HELD * 2


def test_a_line_cut_to_nothing_is_not_refused_and_holds(world: World, session: Session) -> None:
    decided(world, draft(world, [bill(Item(200_000_00))]))
    cut = decided(world, first(world))
    assert lines_of(cut) == [("eligible", None, 0)]
    assert expected(second(world), LATER) == HELD


def test_a_pending_line_holds(world: World, session: Session) -> None:
    seller = DemoParty("Cerveau Fictif SAS", "900600602", "", "FR42900600602", "1 rue", "69003", "Lyon")
    item = Item(10_000_00, "Traduction automatique", "")
    dossier = decided(world, draft(world, [bill(item, number="F-1", seller=seller)]))
    assert (status_of(dossier), lines_of(dossier)) == (
        "pending",
        [("pending", "solution.certification_suspended", 0)],
    )
    again = draft(world, [bill(item, number="F-1", seller=seller, in_ubl=True)])
    assert expected(again, LATER) == HELD


def test_a_dossier_given_up_sets_it_free(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world, first(any_world))
    again = second(any_world)
    assert expected(again, LATER) == HELD
    abandon(dossier.id, any_world.owner, NOW)
    assert expected(again, LATER) == GRANTED


def test_a_draft_holds_nothing(world: World, session: Session) -> None:
    first(world)
    assert expected(second(world), LATER) == GRANTED


# ---------------------------------------------------------------- who was first


def test_an_earlier_open_dossier_must_be_decided_first(any_world: World, any_session: Session) -> None:
    earlier = filed(any_world, first(any_world))
    later = proposed(any_world, second(any_world), now=LATER)
    with pytest.raises(Refusal) as refusal:
        decide(later.id, "apply", "", any_world.officer, LATER)
    assert (refusal.value.code, refusal.value.status) == ("claim.earlier_one_open", 409)
    assert str(earlier.number) in refusal.value.sentence
    db.session.rollback()
    assert status_of(later) == "proposed"
    decided(any_world, earlier)
    decide(later.id, "apply", "", any_world.officer, LATER)
    assert lines_of(later) == [("refused", "purchase.already_claimed", 0)]


def test_the_waiting_list_is_an_open_dossier(world: World, session: Session) -> None:
    earlier = filed(world, first(world))
    claim_of(earlier).status = "waiting_list"
    db.session.commit()
    later = proposed(world, second(world), now=LATER)
    with pytest.raises(Refusal, match=r"claim\.earlier_one_open"):
        decide(later.id, "apply", "", world.officer, LATER)


def test_a_later_dossier_does_not_disturb_the_earlier_one(world: World, session: Session) -> None:
    earlier = proposed(world, first(world))
    filed(world, second(world), now=LATER)
    decide(earlier.id, "apply", "", world.officer, LATER)
    assert lines_of(earlier) == [("eligible", None, 4_500_00)]


def test_filed_at_the_same_instant_the_smaller_id_counts(any_world: World, any_session: Session) -> None:
    earlier, later = first(any_world), second(any_world)
    filed(any_world, later, now=NOW)
    filed(any_world, earlier, now=NOW)
    assert expected(earlier) == GRANTED
    assert expected(later) == HELD
    assert [one.number for one in assess(claim_of(later), NOW).undecided_holders] == [
        claim_of(earlier).number
    ]
