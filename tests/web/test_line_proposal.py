"""Proposing line by line, reading a proposal again, deciding on what was seen: the pages, without JavaScript."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.claims.models import Claim, PurchaseLine
from bonus.claims.proposal_models import ProposalCut
from bonus.extensions import db
from tests.support.bills import Item, bill
from tests.support.world import Dossier, World, draft, filed, proposed
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

FACTS = "Le bon de commande montre douze postes de travail."
REASONS = "La part éligible du service est à revoir (art. 5.1)."


@pytest.fixture
def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


@pytest.fixture
def second(world: World) -> Visitor:
    return signed_in(world.app, world.other_reviewer.email)


@pytest.fixture
def officer(world: World) -> Visitor:
    return signed_in(world.app, world.officer.email)


def page_of(dossier: Dossier) -> str:
    return f"/agent/dossiers/{dossier.number}"


def lines_of(dossier: Dossier) -> str:
    return f"{page_of(dossier)}/proposition/lignes"


def two_lines(world: World) -> tuple[Dossier, list[int]]:
    dossier = filed(world, draft(world, [bill(Item(10_000_00), Item(2_000_00, "Poste fixe"), number="F-1")]))
    with world.app.app_context():
        return dossier, list(db.session.scalars(select(PurchaseLine.id).order_by(PurchaseLine.id)))


def sent(lines: list[int], **fields: str) -> dict[str, str]:
    """The form as a browser sends it: every line, accepted but for the last."""
    blank = {"action": "accept", "retained": "", "ground": "", "facts": ""}
    form = {f"line_{line}-{name}": value for line in lines for name, value in blank.items()}
    return form | {f"line_{lines[-1]}-{name}": value for name, value in fields.items()} | {"reasons": ""}


def status(world: World, dossier: Dossier) -> str:
    with world.app.app_context():
        return db.session.get_one(Claim, dossier.id).status


def offered(visitor: Visitor, dossier: Dossier) -> set[str]:
    """The acts on the dossier; to put someone in charge of it is none."""
    found = document(visitor.get(page_of(dossier))).xpath("//main//form/@action")
    return {action.rsplit("/", 1)[1] for action in found} - {"attribution"}


def test_each_line_its_choices_and_the_grounds_of_the_regulation(world: World, reviewer: Visitor) -> None:
    dossier, lines = two_lines(world)
    page = document(reviewer.get(lines_of(dossier)))
    for line in lines:
        assert page.xpath(f'//select[@name="line_{line}-action"]/option/@value') == [
            "accept",
            "reduce",
            "refuse",
        ]
        groups = page.xpath(f'//select[@name="line_{line}-ground"]/optgroup/@label')
        assert groups == ["Pour refuser ou réduire", "Pour refuser", "Pour réduire"]
    assert not page.xpath("//main//details[@open]"), "closed: as computed"
    assert "4 500,00 €" in page.xpath("string(//main)").replace("\u00a0", " ").replace("\u202f", " ")


def test_reduced_then_decided_as_it_was_shown(world: World, reviewer: Visitor, officer: Visitor) -> None:
    dossier, lines = two_lines(world)
    form = sent(lines, action="reduce", retained="1 500,50", ground="part_not_eligible", facts=FACTS)
    after = words(reviewer.follow(reviewer.post(lines_of(dossier), form)))
    for expected in (
        "Votre proposition est transmise à l’ordonnateur : voici ce qu’elle donne.",
        "Bonus calculé par le règlement 5 400,00 €",
        "Bonus proposé 5 175,23 €",
        "5 400,00 € sans les refus et réductions proposés",
        "Appliquer le calcul, sauf pour une ligne",
        "Montant retenu : 1 500,50 € hors taxes.",
        FACTS,
    ):
        assert expected in after, expected
    page = document(officer.get(page_of(dossier)))
    seen = page.xpath('//input[@id="vu"]/@value')
    assert "moins ce que la proposition refuse ou réduit" in words(officer.get(page_of(dossier)))
    decided = officer.post(f"{page_of(dossier)}/decision", {"outcome": "apply", "seen": seen[0]})
    assert decided.status_code == 302
    text = words(officer.get(page_of(dossier)))
    assert "Montant retenu : 1 500,50 € sur 2 000,00 € hors taxes." in text
    assert status(world, dossier) == "partly_granted"


def test_the_company_knows_nothing_of_it_before_the_decision(world: World, reviewer: Visitor) -> None:
    dossier, lines = two_lines(world)
    form = sent(lines, action="refuse", ground="not_a_solution", facts=FACTS)
    assert reviewer.post(lines_of(dossier), form).status_code == 302
    text = words(signed_in(world.app, world.owner.email).get(f"/entreprise/dossiers/{dossier.number}"))
    assert FACTS not in text
    assert "5 400,00 €" in text
    assert "Refusé" not in text
    table = signed_in(world.app, world.owner.email).get(f"/entreprise/dossiers/{dossier.number}/lignes.csv")
    assert "Refus motivé" not in table.get_data(as_text=True)


@pytest.mark.parametrize(
    ("fields", "sentences"),
    [
        (
            {"action": "refuse"},
            [
                "Choisissez le motif dans la liste : il dit l’article appliqué (art. 11).",
                "Dites ce que vous avez constaté (20 caractères au moins).",
            ],
        ),
        (
            {"action": "reduce", "ground": "part_not_eligible", "facts": FACTS},
            ["Indiquez le montant retenu, par exemple 1 250,50."],
        ),
        (
            {"action": "reduce", "ground": "part_not_eligible", "facts": FACTS, "retained": "mille"},
            ["Écrivez un montant en euros, par exemple 1 250,50."],
        ),
        (
            {"action": "accept", "facts": FACTS},
            ["Choisissez ce que vous proposez pour cette ligne, ou effacez ce que vous avez écrit."],
        ),
        (
            {"action": "reduce", "ground": "part_not_eligible", "facts": FACTS, "retained": "2000"},
            [
                (
                    "Indiquez le montant hors taxes retenu : plus de 0 €, moins de 2 000,00 €. "
                    "Pour n’en retenir rien, refusez la ligne."
                )
            ],
        ),
        (
            {"action": "refuse", "ground": "part_not_eligible", "facts": FACTS},
            ["Choisissez dans la liste le motif du refus : il dit l’article appliqué (art. 11)."],
        ),
    ],
)
def test_what_lacks_is_said_and_nothing_typed_is_lost(
    world: World, reviewer: Visitor, fields: dict[str, str], sentences: list[str]
) -> None:
    dossier, lines = two_lines(world)
    response = reviewer.post(lines_of(dossier), sent(lines, **fields) | {"reasons": "À noter."})
    assert (response.status_code, errors(response)) == (422, sentences)
    page, name = document(response), f"line_{lines[-1]}"
    assert page.xpath(f'//select[@name="{name}-action"]/option[@selected]/@value') == [fields["action"]]
    if "ground" in fields:
        assert page.xpath(f'//select[@name="{name}-ground"]//option[@selected]/@value') == [fields["ground"]]
    assert page.xpath(f'string(//textarea[@name="{name}-facts"])').strip() == fields.get("facts", "")
    assert page.xpath(f'//input[@name="{name}-retained"]/@value') == [fields.get("retained", "")]
    assert page.xpath('string(//textarea[@name="reasons"])').strip() == "À noter."
    assert len(page.xpath("//main//details[@open]")) == 1, "open where something is to be mended"
    assert status(world, dossier) == "filed"


def test_sent_back_it_is_there_to_be_amended(world: World, reviewer: Visitor, officer: Visitor) -> None:
    dossier, lines = two_lines(world)
    form = sent(lines, action="reduce", retained="1500,50", ground="part_not_eligible", facts=FACTS)
    reviewer.post(lines_of(dossier), form)
    officer.post(f"{page_of(dossier)}/renvoi", {"reasons": REASONS})
    page, name = document(reviewer.get(lines_of(dossier))), f"line_{lines[-1]}"
    assert page.xpath(f'//input[@name="{name}-retained"]/@value') == ["1500,50"]
    assert page.xpath(f'string(//textarea[@name="{name}-facts"])').strip() == FACTS
    assert len(page.xpath("//main//details[@open]")) == 1


def mark(response: TestResponse) -> str:
    return str(
        document(response).xpath('//form[contains(@action, "/lignes")]//input[@name="mark"]/@value')[0]
    )


def test_two_at_once_the_second_is_told_and_nothing_is_lost(
    world: World, reviewer: Visitor, second: Visitor
) -> None:
    dossier, lines = two_lines(world)
    form = sent(lines, action="refuse", ground="not_a_solution", facts=FACTS)
    form |= {"mark": mark(reviewer.get(lines_of(dossier))), "reasons": "À relire."}
    first = sent(lines) | {"mark": mark(second.get(lines_of(dossier)))}
    assert second.post(lines_of(dossier), first).status_code == 302
    answer = reviewer.post(lines_of(dossier), form)
    assert answer.status_code == 422
    (told,) = errors(answer)
    assert told.startswith(f"Entre-temps, {world.other_reviewer.name} a proposé une décision")
    # What was typed, and of which line: to be read, copied, or kept as a note. The lines left alone are not there.
    kept = [spaced(item.text_content()) for item in document(answer).xpath('//dl[@class="bs-kept"]//dt')]
    line = "Facture F-1, ligne 2 – "
    assert kept == [
        f"{line}Proposition pour cette ligne",
        f"{line}Motif",
        f"{line}Faits constatés",
        "Observations pour l’ordonnateur",
    ]
    note = document(answer).xpath('string(//form[contains(@action, "/notes")]//textarea)')
    assert FACTS in note
    assert "À relire." in note
    with world.app.app_context():
        assert db.session.scalars(select(ProposalCut)).all() == []


def test_told_what_another_did_one_may_propose_all_the_same(
    world: World, reviewer: Visitor, second: Visitor
) -> None:
    dossier, lines = two_lines(world)
    form = sent(lines, action="refuse", ground="not_a_solution", facts=FACTS)
    form |= {"mark": mark(reviewer.get(lines_of(dossier)))}
    assert second.post(f"{page_of(dossier)}/instruction").status_code == 302
    # A mistake of one's own does not hide what another did.
    faulty = reviewer.post(lines_of(dossier), form | {f"line_{lines[-1]}-ground": ""})
    assert mark(faulty) == form["mark"]
    answer = reviewer.post(lines_of(dossier), form)
    assert errors(answer)[0].startswith("Entre-temps")
    page = document(answer)
    assert page.xpath(f'string(//textarea[@name="line_{lines[-1]}-facts"])').strip() == FACTS
    assert reviewer.post(lines_of(dossier), form | {"mark": mark(answer)}).status_code == 302
    assert status(world, dossier) == "proposed"


def test_lines_of_another_dossier_and_strange_names_are_left_out(world: World, reviewer: Visitor) -> None:
    dossier, _ = two_lines(world)
    other = filed(world)
    with world.app.app_context():
        (foreign,) = db.session.scalars(
            select(PurchaseLine.id).where(PurchaseLine.invoice.has(claim_id=other.id))
        )
    form = sent([foreign, 10**17], action="refuse", ground="not_paid", facts=FACTS)
    form |= {f"line_{foreign}-action": "refuse", "line_x-action": "refuse", "line_-action": "refuse"}
    assert reviewer.post(lines_of(dossier), form).status_code == 302
    with world.app.app_context():
        assert db.session.scalars(select(ProposalCut)).all() == []


def test_what_is_decided_is_no_longer_proposed(world: World, reviewer: Visitor) -> None:
    dossier = proposed(world)
    assert reviewer.get(lines_of(dossier)).headers["Location"].endswith(page_of(dossier))
    late = reviewer.post(lines_of(dossier), {"reasons": ""})
    assert late.status_code == 302, "their own proposal, a moment ago"


def test_the_second_reviewer_reads_it_before_the_officer(
    world: World, reviewer: Visitor, second: Visitor, officer: Visitor
) -> None:
    dossier = proposed(world, draft(world, [bill(Item(150_000_00))]))
    assert offered(reviewer, dossier) == {"messages", "notes"}
    assert offered(officer, dossier) == {"notes", "renvoi"}
    waiting = "un second instructeur doit confirmer cette proposition avant la décision (art. 12)"
    assert waiting in words(officer.get(page_of(dossier)))
    assert offered(second, dossier) == {"confirmation", "desaccord", "messages", "notes"}
    too_short = second.post(f"{page_of(dossier)}/desaccord", {"reasons": "Non."})
    assert too_short.status_code == 422
    assert "Non." in document(too_short).xpath('string(//textarea[@id="motifs-du-desaccord"])')
    done = words(second.follow(second.post(f"{page_of(dossier)}/confirmation")))
    assert "Vous confirmez la proposition : l’ordonnateur peut décider." in done
    again = words(second.follow(second.post(f"{page_of(dossier)}/confirmation")))
    assert "Votre demande était déjà prise en compte" in again
    assert offered(officer, dossier) == {"decision", "notes", "renvoi"}
    assert "Confirmée par Second reviewer" in words(officer.get(page_of(dossier)))
    assert officer.post(f"{page_of(dossier)}/decision", {"outcome": "apply"}).status_code == 302


def test_the_second_reviewer_sends_it_back(world: World, reviewer: Visitor, second: Visitor) -> None:
    dossier = proposed(world, draft(world, [bill(Item(150_000_00))]))
    assert second.post(f"{page_of(dossier)}/desaccord", {"reasons": REASONS}).status_code == 302
    text = words(reviewer.get(page_of(dossier)))
    assert "Proposition renvoyée par un second instructeur" in text
    assert REASONS in text
    assert status(world, dossier) == "under_review"


def test_a_refusal_proposed_is_ready_for_the_officer_to_sign(world: World, officer: Visitor) -> None:
    dossier = proposed(world, outcome="refuse", reasons="La facture n’est pas acquittée.")
    page = document(officer.get(page_of(dossier)))
    assert page.xpath('//input[@name="outcome"][@checked]/@value') == ["refuse"]
    assert page.xpath('//select[@name="ground"]/option[@selected]/@value') == ["not_paid"]
    assert page.xpath('string(//textarea[@id="reasons"])').strip() == "La facture n’est pas acquittée."
