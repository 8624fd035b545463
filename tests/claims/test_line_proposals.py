"""Proposing line by line (arts. 5, 11 and 12): what is kept, what is decided from it, what cannot be recorded."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.assessing import assess
from bonus.claims.cuts import cuts_of
from bonus.claims.decision import decide, shown
from bonus.claims.examination import propose, send_back
from bonus.claims.line_proposals import MOST_LINES, LineProposal
from bonus.claims.models import Claim, Invoice, PurchaseLine
from bonus.claims.numbers import number_key
from bonus.claims.proposal_models import ProposalCut
from bonus.claims.replay import replay
from bonus.demo.invoices import DemoParty
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from tests.claims.reading import claim_of, decision_of, lines_of, status_of
from tests.support.bills import Item, bill
from tests.support.words import plain
from tests.support.world import NOW, Dossier, World, draft, filed

FACTS = "Le bon de commande montre douze postes de travail."
CHAIR = Item(1_000_00, "Chaise", "CH-1")
SUSPENDED: dict[str, Any] = {
    "seller": DemoParty("Cerveau Fictif SAS", "900600602", "", "FR42900600602", "1 rue", "69003", "Lyon")
}


def ids(dossier: Dossier) -> list[int]:
    query = select(PurchaseLine.id).order_by(PurchaseLine.id)
    return list(db.session.scalars(query.where(PurchaseLine.invoice.has(claim_id=dossier.id))))


def refuse(line_id: int, facts: str = FACTS, ground: str = "not_a_solution") -> LineProposal:
    return LineProposal(line_id, "refuse", ground, facts)


def reduce(line_id: int, cents: int | None, ground: str = "part_not_eligible") -> LineProposal:
    return LineProposal(line_id, "reduce", ground, FACTS, cents)


def cut(world: World, dossier: Dossier, *lines: LineProposal) -> None:
    propose(dossier.id, "apply", "", world.reviewer, NOW, lines=lines)


def followed(world: World, dossier: Dossier, *lines: LineProposal) -> None:
    """Proposed with cuts, then decided as proposed."""
    cut(world, dossier, *lines)
    decide(dossier.id, "apply", "", world.officer, NOW)


def replayed() -> list[tuple[str, ...]]:
    return [played.differences for played in replay()]


def test_a_refused_line_is_not_paid_and_says_why(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world, draft(any_world, [bill(Item(10_000_00), Item(2_000_00), number="F-1")]))
    followed(any_world, dossier, refuse(ids(dossier)[1]))
    assert lines_of(dossier) == [
        ("eligible", None, 4_500_00),
        ("refused", "decision.refused_on_examination", 0),
    ]
    decision = decision_of(dossier)
    assert (status_of(dossier), decision.bonus_cents) == ("partly_granted", 4_500_00)
    assert plain(decision.reasons).splitlines()[1] == (
        "Facture F-1, ligne 2 : La ligne porte sur un matériel ou sur une prestation qui n’est pas une solution du "
        f"registre (art. 4). En fait : {FACTS}"
    )
    assert [(one["action"], one["facts"]) for one in decision.facts["examination"]] == [("refuse", FACTS)]
    assert replayed() == [()]


def test_a_reduced_line_goes_through_the_law_with_what_is_kept(
    any_world: World, any_session: Session
) -> None:
    dossier = filed(any_world, draft(any_world, [bill(Item(10_000_00), number="F-1")]))
    followed(any_world, dossier, reduce(ids(dossier)[0], 3_333_33))
    (row,) = decision_of(dossier).result["lines"]
    assert (row["base"], row["rate_bp"], row["bonus"]) == ("3333.33", 4500, "1500.00")
    assert (status_of(dossier), decision_of(dossier).outcome) == ("partly_granted", "partly_granted")
    reasons = plain(decision_of(dossier).reasons)
    assert "Montant retenu : 3 333,33 € sur 10 000,00 € hors taxes." in reasons
    assert f"(art. 5.1). En fait : {FACTS}" in reasons
    assert "Bonus de la ligne : 1 500,00 €" in reasons
    assert replayed() == [()]


def test_what_is_kept_bears_its_part_of_the_vat(world: World, session: Session) -> None:
    """A public body that recovers no VAT counts it in (art. 5.1): of half of the price, half of the VAT."""
    dossier = filed(world, draft(world, [bill(Item(10_000_00))]))
    claim_of(dossier).company.vat_recoverable = False
    claim_of(dossier).company.kind = "public_body"
    db.session.commit()
    followed(world, dossier, reduce(ids(dossier)[0], 5_000_00))
    assert decision_of(dossier).result["lines"][0]["base"] == "6000.00"


def test_a_refused_line_leaves_its_ceiling_to_the_others(world: World, session: Session) -> None:
    """60 000 € a solution and a year: the first line alone would take it all."""
    dossier = filed(world, draft(world, [bill(Item(200_000_00), Item(100_000_00))]))
    assert [one.bonus_cents for one in assess(claim_of(dossier), NOW).lines] == [60_000_00, 0]
    cut(world, dossier, refuse(ids(dossier)[0]))
    after = assess(claim_of(dossier), NOW, cuts=cuts_of(claim_of(dossier)))
    assert [one.bonus_cents for one in after.lines] == [0, 45_000_00]
    assert after.outcome == "partly_granted"


def test_a_refused_line_does_not_count_for_the_minimum(world: World, session: Session) -> None:
    """500.00 € of base: 400 € alone are below it (art. 5.4)."""
    dossier = filed(world, draft(world, [bill(Item(400_00), Item(100_00))]))
    assert assess(claim_of(dossier), NOW).bonus_cents > 0
    followed(world, dossier, refuse(ids(dossier)[1]))
    assert [line[:2] for line in lines_of(dossier)] == [
        ("refused", "claim.below_minimum"),
        ("refused", "decision.refused_on_examination"),
    ]
    assert replayed() == [()]


@pytest.mark.parametrize(("kept", "granted"), [(499_99, False), (500_00, True)])
def test_what_is_kept_counts_for_the_minimum(
    world: World, session: Session, kept: int, granted: bool
) -> None:
    dossier = filed(world, draft(world, [bill(Item(10_000_00))]))
    followed(world, dossier, reduce(ids(dossier)[0], kept))
    assert (status_of(dossier) == "partly_granted") == granted
    assert replayed() == [()]


def test_a_second_copy_of_an_invoice_does_not_take_the_place_of_a_refused_one(
    world: World, session: Session
) -> None:
    """Art. 5.3: an invoice that stands earlier in the same claim, whatever became of it."""
    dossier = filed(world, draft(world, [bill(number="F-1"), bill(Item(9_000_00), number="F-2")]))
    second = db.session.scalars(select(Invoice).where(Invoice.number == "F-2")).one()
    second.number_key = number_key("F-1")
    second.number = "f -1"
    db.session.commit()
    followed(world, dossier, refuse(ids(dossier)[0]))
    assert [line[1] for line in lines_of(dossier)] == [
        "decision.refused_on_examination",
        "purchase.already_claimed",
    ]
    assert replayed() == [()]


def test_every_line_may_be_refused_each_for_its_reason(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world, draft(any_world, [bill(Item(10_000_00), Item(2_000_00))]))
    first, second = ids(dossier)
    followed(
        any_world,
        dossier,
        refuse(first, ground="not_paid"),
        refuse(second, "Vu sur place : rien d’installé."),
    )
    assert (status_of(dossier), decision_of(dossier).bonus_cents) == ("refused", 0)
    reasons = plain(decision_of(dossier).reasons)
    assert "(art. 9). En fait" in reasons
    assert "Vu sur place : rien d’installé." in reasons
    assert replayed() == [()]


def test_a_line_waits_only_where_the_law_makes_it_wait(world: World, session: Session) -> None:
    dossier = filed(
        world,
        draft(
            world, [bill(Item(10_000_00)), bill(Item(5_000_00, "Traduction automatique", ""), **SUSPENDED)]
        ),
    )
    eligible, pending = ids(dossier)
    with pytest.raises(InvalidInput) as refusal:
        cut(world, dossier, LineProposal(eligible, "wait"))
    assert (refusal.value.code, refusal.value.field) == (
        "proposal.nothing_to_wait_for",
        f"line:{eligible}:action",
    )
    db.session.rollback()
    followed(world, dossier, LineProposal(pending, "wait"))
    assert [line[0] for line in lines_of(dossier)] == ["eligible", "pending"]
    assert "examination" not in decision_of(dossier).facts


def test_a_line_that_waits_may_be_refused_at_once(world: World, session: Session) -> None:
    dossier = filed(
        world,
        draft(
            world, [bill(Item(10_000_00)), bill(Item(5_000_00, "Traduction automatique", ""), **SUSPENDED)]
        ),
    )
    followed(world, dossier, refuse(ids(dossier)[1]))
    assert [line[0] for line in lines_of(dossier)] == ["eligible", "refused"]


# ---------------------------------------------------------------- what cannot be recorded


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        (LineProposal(0, "refuse", "", FACTS), "ground", "ground_missing"),
        (LineProposal(0, "refuse", "invented", FACTS), "ground", "ground_missing"),
        (LineProposal(0, "refuse", "part_not_eligible", FACTS), "ground", "ground_missing"),  # to reduce only
        (LineProposal(0, "reduce", "intra_group", FACTS, 5_00), "ground", "ground_missing"),  # to refuse only
        (LineProposal(0, "refuse", "not_paid", " " * 30), "facts", "facts_missing"),
        (LineProposal(0, "refuse", "not_paid", "x" * 19), "facts", "facts_missing"),
        (LineProposal(0, "reduce", "not_paid", FACTS, None), "retained", "retained_out_of_range"),
        (LineProposal(0, "reduce", "not_paid", FACTS, 0), "retained", "retained_out_of_range"),
        (LineProposal(0, "reduce", "not_paid", FACTS, -1), "retained", "retained_out_of_range"),
        (LineProposal(0, "reduce", "not_paid", FACTS, 10_000_00), "retained", "retained_out_of_range"),
    ],
)
def test_a_cut_without_its_ground_and_its_facts(
    world: World, session: Session, line: LineProposal, field: str, code: str
) -> None:
    dossier = filed(world)
    (line_id,) = ids(dossier)
    with pytest.raises(InvalidInput) as refusal:
        cut(world, dossier, LineProposal(line_id, line.action, line.ground, line.facts, line.retained_cents))
    assert (refusal.value.code, refusal.value.field) == (f"proposal.{code}", f"line:{line_id}:{field}")
    db.session.rollback()
    assert (status_of(dossier), claim_of(dossier).proposals) == ("filed", [])


@pytest.mark.parametrize("kept", [1, 9_999_99])
def test_one_cent_is_kept_or_one_taken(world: World, session: Session, kept: int) -> None:
    dossier = filed(world)
    cut(world, dossier, reduce(ids(dossier)[0], kept))
    assert [one.retained_cents for one in claim_of(dossier).proposals[0].cuts] == [kept]


def test_other_public_aid_is_deducted_from_what_is_kept(world: World, session: Session) -> None:
    dossier = filed(world)
    (line_id,) = ids(dossier)
    db.session.get_one(PurchaseLine, line_id).other_public_aid_cents = 1_000_00
    db.session.commit()
    with pytest.raises(InvalidInput, match="retained_out_of_range"):
        cut(world, dossier, reduce(line_id, 1_000_00))
    db.session.rollback()
    followed(world, dossier, reduce(line_id, 3_000_00))
    assert decision_of(dossier).result["lines"][0]["base"] == "2000.00"


def test_a_line_that_the_law_refuses_keeps_its_own_reason(world: World, session: Session) -> None:
    dossier = filed(world, draft(world, [bill(Item(10_000_00), CHAIR)]))
    with pytest.raises(InvalidInput, match="refused_by_law"):
        cut(world, dossier, refuse(ids(dossier)[1]))


def test_a_line_of_another_dossier_is_unknown(world: World, session: Session) -> None:
    other, dossier = filed(world), filed(world)
    with pytest.raises(InvalidInput, match="line_unknown"):
        cut(world, dossier, refuse(ids(other)[0]))


def test_a_proposal_is_bounded_and_names_a_line_once(world: World, session: Session) -> None:
    dossier = filed(world)
    (line_id,) = ids(dossier)
    for lines in ([refuse(line_id)] * 2, [refuse(n) for n in range(MOST_LINES + 1)]):
        with pytest.raises(InvalidInput, match="too_many_lines"):
            cut(world, dossier, *lines)
        db.session.rollback()


def test_an_action_nobody_knows_is_no_cut(world: World, session: Session) -> None:
    dossier = filed(world)
    with pytest.raises(ValueError, match="Refuse"):
        cut(world, dossier, LineProposal(ids(dossier)[0], "Refuse", "not_paid", FACTS))


# action, ground, article, facts, retained → the constraint
FORBIDDEN = {
    ("refuse", None, "art. 4", FACTS, None): "cut_has_ground_and_facts",
    ("refuse", "not_paid", None, FACTS, None): "cut_has_ground_and_facts",
    ("refuse", "not_paid", "art. 4", "x" * 19, None): "cut_has_ground_and_facts",
    ("reduce", "not_paid", "art. 4", " " * 30, 5): "cut_has_ground_and_facts",
    ("reduce", "not_paid", "art. 4", FACTS, None): "retained",
    ("reduce", "not_paid", "art. 4", FACTS, 0): "retained",
    ("refuse", "not_paid", "art. 4", FACTS, 5): "retained",
    ("forget", "not_paid", "art. 4", FACTS, None): "action",
}


def test_what_the_database_refuses_by_itself(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world)
    cut(any_world, dossier)
    (proposal,), (line_id,) = claim_of(dossier).proposals, ids(dossier)
    row = {"proposal_id": proposal.id, "line_id": line_id, "wording": "Motif"}
    names = ("action", "ground", "article", "facts", "retained_cents")
    for values, constraint in FORBIDDEN.items():
        statement = insert(ProposalCut).values(row | dict(zip(names, values, strict=True)))
        with pytest.raises(IntegrityError, match=constraint), db.session.begin_nested():
            db.session.execute(statement)
    refusal = "UPDATE proposals SET outcome = 'refuse', reasons = 'Des motifs assez longs pour un refus'"
    with pytest.raises(IntegrityError, match="refusal_has_reasons"), db.session.begin_nested():
        db.session.execute(text(refusal))


# ---------------------------------------------------------------- who sees what, and what is decided


def test_the_officer_decides_on_what_was_shown(world: World, session: Session) -> None:
    dossier = filed(world, draft(world, [bill(Item(10_000_00), Item(2_000_00))]))
    without = shown(assess(claim_of(dossier), NOW))
    cut(world, dossier, refuse(ids(dossier)[1]))
    claim = claim_of(dossier)
    seen = shown(assess(claim, NOW, cuts=cuts_of(claim)))
    send_back(dossier.id, "Le motif est à revoir (art. 4).", world.officer, NOW)
    cut(world, dossier, refuse(ids(dossier)[1], FACTS + " Et le devis aussi."))
    for mark in (without, seen):  # the same amounts, other words
        with pytest.raises(Refusal, match=r"claim\.changed_since_shown"):
            decide(dossier.id, "apply", "", world.officer, NOW, seen=mark)
        db.session.rollback()
    again = shown(assess(claim_of(dossier), NOW, cuts=cuts_of(claim_of(dossier))))
    decide(dossier.id, "apply", "", world.officer, NOW, seen=again)
    assert status_of(dossier) == "partly_granted"


def test_the_cuts_of_a_proposal_sent_back_are_gone(world: World, session: Session) -> None:
    dossier = filed(world)
    cut(world, dossier, reduce(ids(dossier)[0], 1_000_00))
    send_back(dossier.id, "La part retenue est trop faible (art. 5.1).", world.officer, NOW)
    assert cuts_of(claim_of(dossier)) == {}
    followed(world, dossier)
    assert (status_of(dossier), decision_of(dossier).bonus_cents) == ("granted", 4_500_00)


def test_the_log_says_each_cut(world: World, session: Session) -> None:
    dossier = filed(world)
    (line_id,) = ids(dossier)
    cut(world, dossier, reduce(line_id, 1_000_00))
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.proposed")).one()
    assert entry.facts["lines"] == [
        {
            "line": line_id,
            "action": "reduce",
            "ground": "part_not_eligible",
            "facts": FACTS,
            "retained": "1000.00",
        }
    ]


def test_a_seal_broken_is_found(world: World, session: Session) -> None:
    dossier = filed(world, draft(world, [bill(Item(10_000_00), Item(2_000_00))]))
    followed(world, dossier, refuse(ids(dossier)[1]))
    decision = decision_of(dossier)
    rows = [dict(row) for row in decision.result["lines"]]
    rows[1]["examined"] = rows[1]["examined"] | {"facts": "Autre chose que ce qui a été constaté."}
    decision.result = decision.result | {"lines": rows}
    db.session.commit()
    assert replayed() == [("les refus et réductions de l’instruction ont été modifiés",)]


def test_a_ground_keeps_the_words_of_its_day(world: World, session: Session) -> None:
    dossier = filed(world)
    cut(world, dossier, reduce(ids(dossier)[0], 1_000_00))
    row = db.session.scalars(select(ProposalCut)).one()
    assert (row.article, row.wording) == (
        "art. 5.1",
        "La dépense éligible ne comprend que la part du service couverte par la solution certifiée",
    )
    assert db.session.scalars(select(Claim.status)).one() == "proposed"
