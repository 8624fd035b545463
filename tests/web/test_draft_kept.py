"""A draft keeps itself: saved as one types, live, and nobody's words silently replace another's."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from bonus.claims.models import Claim, PurchaseLine
from bonus.extensions import db
from tests.support.bills import Item, bill
from tests.support.world import AUDIT, Dossier, World, draft
from tests.web.company_pages import DECLARED, address, filled
from tests.web.visitor import Visitor, document, words


def lines_of(world: World, dossier: Dossier) -> list[PurchaseLine]:
    with world.app.app_context():
        found = list(db.session.get_one(Claim, dossier.id).invoices[0].lines)
        db.session.expunge_all()
        return found


def part(page: TestResponse, place: str) -> str:
    (found,) = document(page).xpath(f'//*[@data-replace="{place}"]')
    return " ".join(found.text_content().split())


def typed(owner: Visitor, dossier: Dossier, **more: str) -> dict[str, str]:
    return filled(owner.get(f"{address(dossier)}/lignes")) | more


def saved(owner: Visitor, dossier: Dossier, sent: dict[str, str]) -> TestResponse:
    return owner.post(f"{address(dossier)}/lignes/brouillon", sent)


def test_what_is_typed_is_saved_and_the_answer_is_live(world: World, owner: Visitor) -> None:
    dossier = draft(world, [bill(Item(10_000_00, "Prestation", "X"))])
    (line,) = lines_of(world, dossier)
    answer = saved(owner, dossier, typed(owner, dossier, **{"lines-0-solution": AUDIT}))
    assert answer.status_code == 200
    assert part(answer, "enregistrement").startswith("Brouillon enregistré à")
    assert "4 500,00 €" in part(answer, "estimation").replace("\u202f", " ").replace("\u00a0", " ")
    assert part(answer, f"etat-{line.id}") == "Éligible"
    assert "Bonus" in part(answer, f"resultat-{line.id}")
    again = filled(owner.get(f"{address(dossier)}/lignes"))
    assert again["lines-0-solution"] == AUDIT, "it resumes on another device"
    assert f'value="{again["lines-0-seen"]}"' in answer.text, "the page knows what it now shows"


def test_a_wrong_amount_keeps_the_other_lines_from_nothing(world: World, owner: Visitor) -> None:
    dossier = draft(world, [bill(Item(10_000_00, "Audit", "AUDIT-JOUR"), Item(5_000_00))])
    sent = typed(owner, dossier, **{"lines-0-other_public_aid": "12,345", "lines-1-replaces_foreign": "y"})
    answer = saved(owner, dossier, sent)
    assert answer.status_code == 422
    assert part(answer, "enregistrement").endswith("le reste est enregistré.")
    assert part(answer, "lines-0-other_public_aid-messages")
    first, second = lines_of(world, dossier)
    assert (first.other_public_aid_cents, second.replaces_foreign) == (0, True)


def test_in_a_second_tab_the_later_save_is_shown_the_earlier_one(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    (line,) = lines_of(world, dossier)
    tab = typed(owner, dossier, **{"lines-0-other_public_aid": "10,00"})
    saved(owner, dossier, typed(owner, dossier, **{"lines-0-other_public_aid": "25,00"}))
    live = saved(owner, dossier, tab)
    assert live.status_code == 409
    assert "25,00" in part(live, f"conflit-{line.id}")
    page = owner.post(f"{address(dossier)}/lignes", tab)
    assert page.status_code == 409
    assert "Cette ligne a été modifiée ailleurs" in words(page)
    assert filled(page)["lines-0-other_public_aid"] == "10,00", "what was typed is kept"
    assert lines_of(world, dossier)[0].other_public_aid_cents == 25_00


@pytest.mark.parametrize(("choice", "left"), [("keep", 10_00), ("take", 25_00)])
def test_the_person_says_which_to_keep(world: World, owner: Visitor, choice: str, left: int) -> None:
    dossier = draft(world)
    tab = typed(owner, dossier, **{"lines-0-other_public_aid": "10,00"})
    saved(owner, dossier, typed(owner, dossier, **{"lines-0-other_public_aid": "25,00"}))
    page = owner.post(f"{address(dossier)}/lignes", tab)
    (button,) = document(page).xpath(f'//button[@name="{choice}"]')
    after = owner.post(f"{address(dossier)}/lignes", filled(page) | {choice: button.get("value")})
    assert after.headers["Location"] == f"{address(dossier)}/lignes"
    assert lines_of(world, dossier)[0].other_public_aid_cents == left


def test_what_was_kept_is_asked_again_if_it_changed_again(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    tab = typed(owner, dossier, **{"lines-0-other_public_aid": "10,00"})
    saved(owner, dossier, typed(owner, dossier, **{"lines-0-other_public_aid": "25,00"}))
    page = owner.post(f"{address(dossier)}/lignes", tab)
    saved(owner, dossier, typed(owner, dossier, **{"lines-0-other_public_aid": "40,00"}))
    (button,) = document(page).xpath('//button[@name="keep"]')
    after = owner.post(f"{address(dossier)}/lignes", filled(page) | {"keep": button.get("value")})
    assert after.status_code == 409
    assert lines_of(world, dossier)[0].other_public_aid_cents == 40_00


def test_an_invoice_taken_out_in_another_tab(world: World, owner: Visitor) -> None:
    dossier = draft(world, [bill(), bill(Item(5_000_00))])
    tab = typed(owner, dossier, **{"lines-1-replaces_foreign": "y"})
    (first,) = lines_of(world, dossier)
    owner.post(f"{address(dossier)}/factures/{first.invoice_id}/retrait")
    assert saved(owner, dossier, tab).status_code == 409
    response = owner.post(f"{address(dossier)}/lignes", tab | {"update": "1"})
    assert "a été retirée du dossier entre-temps" in words(owner.follow(response))
    assert lines_of(world, dossier)[0].replaces_foreign, "what was typed of the other line is saved"


def test_a_filed_dossier_is_saved_no_more(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    sent = typed(owner, dossier, **{"lines-0-replaces_foreign": "y"})
    owner.post(f"{address(dossier)}/depot", DECLARED)
    assert saved(owner, dossier, sent).status_code in (404, 409)
    assert not lines_of(world, dossier)[0].replaces_foreign


def test_without_a_session_it_goes_to_sign_in_and_saves_nothing(
    app: Flask, world: World, owner: Visitor
) -> None:
    dossier = draft(world)
    sent = typed(owner, dossier, **{"lines-0-replaces_foreign": "y"})
    answer = Visitor(app).post(f"{address(dossier)}/lignes/brouillon", sent)
    assert answer.status_code == 302
    assert not lines_of(world, dossier)[0].replaces_foreign
