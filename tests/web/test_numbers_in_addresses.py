"""Numbers in addresses that no row has: the address is unknown, on each database, and nothing fails."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter

from bonus.web.numbers import LARGEST
from tests.support.bulk import furnish_bulk
from tests.support.world import World, filed
from tests.web.visitor import Visitor, signed_in


def test_no_address_takes_a_number_that_no_row_has(app: Flask) -> None:
    numbers = [
        converter
        for rule in app.url_map.iter_rules()
        for converter in rule._converters.values()
        if isinstance(converter, IntegerConverter)
    ]
    assert len(numbers) > 30
    assert all(one.max is not None and one.max <= LARGEST for one in numbers)


def test_a_number_of_nothing(any_world: World) -> None:
    app: Flask = any_world.app
    administrator = signed_in(app, any_world.administrator.email)
    accounting = signed_in(app, any_world.accounting_officer.email)
    owner = signed_in(app, any_world.owner.email)
    for number in (LARGEST, LARGEST + 1, 2**63, 10**40):
        for visitor, address in (
            (administrator, f"/agent/agents/{number}"),
            (administrator, f"/agent/controles/campagnes/{number}"),
            (accounting, f"/agent/comptes/{number}"),
            (owner, f"/entreprise/equipe/{number}"),
            (Visitor(app), f"/bienvenue/{number}.{number}.x"),
            (Visitor(app), f"/bienvenue/{number}.9999999999.x"),
        ):
            assert visitor.get(address).status_code == 404, address
        assert administrator.post(f"/agent/agents/{number}/desactivation").status_code == 404


def test_a_page_beyond_any(any_world: World) -> None:
    reviewer = signed_in(any_world.app, any_world.reviewer.email)
    address = f"/agent/actions-groupees/{furnish_bulk(any_world)}"
    for page in (-1, 5_001, 2**63, 10**40):
        assert reviewer.get(f"{address}?page={page}").status_code == 200


def test_a_mark_or_a_place_that_no_page_wrote(any_world: World) -> None:
    """What pages hand back to themselves: the step a dossier was shown at, where a queue goes on from."""
    dossier = filed(any_world)
    reviewer = signed_in(any_world.app, any_world.reviewer.email)
    for number in (LARGEST + 1, 10**12, 10**17):
        for place in (f"1.2026-11-22.{number}", f"{number}.2026-11-22.1", f"{number}.2026-11-22.{number}"):
            for side in ("apres", "avant"):
                assert reviewer.get(f"/agent/dossiers?{side}={place}").status_code in (200, 302), place
        sent = {"mark": str(number)}
        assert reviewer.post(f"/agent/dossiers/{dossier.number}/instruction", sent).status_code == 302
        dossier = filed(any_world)
