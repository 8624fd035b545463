"""What no form of the registry sends, and each of its acts, on both databases."""

from __future__ import annotations

from tests.support.world import AUDIT, World
from tests.web.registry_pages import EVENT, PAGE, REGISTRY, WHY, certification, facts, path, states
from tests.web.visitor import Visitor, signed_in

HUGE = "9" * 40
"""A number beyond any column."""
ANSWERS = (200, 302, 400, 404, 422)


def test_in_an_address(any_world: World) -> None:
    keeper = signed_in(any_world.app, any_world.registry_keeper.email)
    own = path(any_world)
    for text in ("%00", "%ED%A0%80", HUGE, "%FF", "%F0%9F%92%A9", "%25", "'", "%22*", "a" * 3000):
        for address in (
            f"{REGISTRY}?q={text}&usage={text}&label={text}&etat={text}&page={text}",
            f"{REGISTRY}?q=cloud&label={text}&etat=en-vigueur",
            f"{REGISTRY}/solutions/{text}",
            f"{PAGE}?au={text}&connu={text}",
            f"{PAGE}/certifications/{text}",
            f"{PAGE}/certifications/{text}/retrait",
            f"{own}/faits/{text}/correction",
            f"{PAGE}/noms/{text}/retrait",
            f"{REGISTRY}/labels/{text}",
            f"{REGISTRY}/labels?au={text}",
        ):
            assert keeper.get(address).status_code in ANSWERS, address


def test_in_a_form(any_world: World) -> None:
    keeper = signed_in(any_world.app, any_world.registry_keeper.email)
    own = path(any_world)
    (fact,) = facts(any_world, certification(any_world))
    for text in ("a\x00b", "\ud800", HUGE, "-1", "\U0001f4a9", "\u202e", "x" * 6000):
        for address, names in (
            (
                f"{REGISTRY}/nouvelle-solution",
                ("identifier", "supplier_name", "name", "reference", "axis", "reason"),
            ),
            (f"{PAGE}/noms", ("kind", "text", "reason")),
            (
                f"{PAGE}/certifications/NFG",
                ("certifier", "reference", "valid_from", "criteria", "audited_on", "evidence", "reason"),
            ),
            (f"{own}/retrait", ("on", "retroactive", "reason", "confirmed")),
            (f"{own}/faits/{fact}/correction", ("valid_from", "valid_until", "reason")),
            (f"{own}/faits/{fact}/annulation", ("reasons",)),
            (
                f"{REGISTRY}/labels/NFG/version",
                (
                    "name",
                    "description",
                    "valid_from",
                    "certifiers",
                    "axes",
                    "criteria",
                    "equivalences-0-country",
                ),
            ),
            (f"{REGISTRY}/labels/nouveau", ("code", f"equivalences-{HUGE}-name", "add")),
        ):
            sent = {name: text.encode(errors="surrogatepass") for name in names}
            response = keeper.post(address, sent)
            assert response.status_code in ANSWERS, (address, text)
    assert len(facts(any_world, certification(any_world))) == 1


def act(keeper: Visitor, address: str, data: dict[str, str]) -> list[str]:
    """Send a form that is taken; the states on the page that follows."""
    return states(keeper.follow(keeper.post(address, data)))


def test_every_act_on_each_database(any_world: World) -> None:
    keeper = signed_in(any_world.app, any_world.registry_keeper.email)
    own = path(any_world)
    assert act(keeper, f"{own}/suspension", EVENT) == ["Suspendue"]
    assert act(keeper, f"{own}/retablissement", EVENT | {"on": "2026-04-01"}) == ["En vigueur"]
    assert act(keeper, f"{own}/retrait", EVENT | {"on": "2026-05-01", "confirmed": "1"}) == ["Retirée"]
    *_, last = facts(any_world, certification(any_world))
    fraud = {"on": "2026-05-01", "retroactive": "y", "reason": WHY}
    assert act(keeper, f"{own}/faits/{last}/correction", fraud) == ["Retirée rétroactivement"]
    *_, last = facts(any_world, certification(any_world))
    assert act(keeper, f"{own}/faits/{last}/annulation", {"reason": WHY}) == ["En vigueur"]
    assert act(keeper, f"{PAGE}/noms", {"kind": "name", "text": "Pentest", "reason": WHY}) == ["En vigueur"]
    response = keeper.post(f"{PAGE}/noms/1/retrait", {"reason": WHY})
    assert response.status_code == 302
    for state, found in (("en-vigueur", True), ("suspendue", False)):
        listing = keeper.get(f"{REGISTRY}?q=audit&label=ANSSI_QUALIFICATION&etat={state}")
        assert (f"/solutions/{AUDIT}" in listing.text) is found
