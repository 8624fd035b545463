"""What no form of ours sends: it is refused or read as best it can be, on each database, and breaks nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.bills import bill
from tests.support.world import World, draft, filed
from tests.web.visitor import Visitor, signed_in, words

HUGE = "9" * 40
"""A number beyond any column."""


def test_in_an_address(any_world: World) -> None:
    """A zero byte (PostgreSQL keeps none), half of a character, what is no UTF-8, what SQLite has no room for."""
    app: Flask = any_world.app
    owner, reviewer = signed_in(app, any_world.owner.email), signed_in(app, any_world.reviewer.email)
    accountant = signed_in(app, any_world.accountant.email)
    accounting = signed_in(app, any_world.accounting_officer.email)
    for text in ("%00", "%ED%A0%80", HUGE, "%FF", "%F0%9F%92%A9"):
        for visitor, address in (
            (owner, f"/entreprise/dossiers/{text}"),
            (owner, f"/entreprise/attestations/{text}.pdf"),
            (reviewer, f"/agent/dossiers/{text}"),
            (reviewer, f"/agent/dossiers?file={text}"),
            (reviewer, f"/agent/dossiers?page={text}"),
            (reviewer, f"/agent/dossiers/BS-2026-000001/documents/{text}"),
            (accountant, f"/cabinet/attestations/{text}.pdf"),
            (accounting, f"/agent/paiements/lots/{text}.xml"),
            (owner, f"/verifier?numero={text}&cle={text}"),
            (Visitor(app), f"/connexion?suite={text}"),
            (Visitor(app), f"/{text}"),
        ):
            assert visitor.get(address).status_code in (200, 302, 400, 404, 422), address


def test_in_a_form(any_world: World) -> None:
    app: Flask = any_world.app
    own, dossier = draft(any_world), filed(any_world)
    owner, reviewer = signed_in(app, any_world.owner.email), signed_in(app, any_world.reviewer.email)
    accounting = signed_in(app, any_world.accounting_officer.email)
    lines = f"/entreprise/dossiers/{own.reference}/lignes"
    proposal = f"/agent/dossiers/{dossier.number}/proposition"
    for text in ("a\x00b", "\x00", "\ud800", HUGE, "-1", "\U0001f4a9", "\u202e"):
        for visitor, address, data in (
            (Visitor(app), "/connexion", {"email": text, "password": text}),
            (Visitor(app), "/verifier", {"number": text, "key": text}),
            (
                owner,
                lines,
                {"lines-0-line_id": text, "lines-0-solution": text, "lines-0-other_public_aid": text},
            ),
            (owner, lines, {"lines-0-line_id": "1", "lines-0-solution": text}),
            (owner, lines, {f"lines-{HUGE}-line_id": "1"}),
            (reviewer, proposal, {"outcome": text, "reasons": text * 30}),
            (reviewer, proposal, {"outcome": "refuse", "ground": "not_paid", "reasons": text * 30}),
            (accounting, "/agent/paiements/lots", {"execution_on": text}),
        ):
            sent = {name: value.encode(errors="surrogatepass") for name, value in data.items()}
            response = visitor.post(address, sent)
            assert response.status_code in (302, 400, 404, 409, 422), (address, data)


def test_in_the_name_of_a_file(any_world: World) -> None:
    owner = signed_in(any_world.app, any_world.owner.email)
    for name in ("a\x00b.xml", "\x00", "\U0001f4a9.xml", "\u202elmx.a"):
        response = owner.upload("/entreprise/dossiers/nouveau", [(name, bill()[1])])
        assert response.status_code in (302, 400, 422), words(response)
    assert owner.get("/entreprise").status_code == 200


@pytest.mark.parametrize("address", ["/entreprise/dossiers/a%00b", "/entreprise?a=%00", "/entreprise?%00=a"])
def test_a_zero_byte_is_said_in_french(world: World, address: str) -> None:
    response = signed_in(world.app, world.owner.email).get(address)
    assert response.status_code == 400
    assert "Votre demande n’a pas pu être lue" in words(response)


def test_a_zero_byte_in_a_form_changes_nothing(world: World) -> None:
    dossier = filed(world)
    reviewer = signed_in(world.app, world.reviewer.email)
    address = f"/agent/dossiers/{dossier.number}"
    response = reviewer.post(
        f"{address}/proposition",
        {"outcome": "refuse", "ground": "not_paid", "reasons": "Motifs\0 en droit et en fait."},
    )
    assert response.status_code == 400
    assert "Déposé" in words(reviewer.get(address))
