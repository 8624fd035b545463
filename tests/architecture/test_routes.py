"""Every route says who may enter; what says nothing is refused."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

from bonus.registry.keys import SCOPES
from bonus.web.access import PUBLIC, ROLES, audience_of


def rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def test_every_route_declares_its_audience(app: Flask) -> None:
    silent = {rule.endpoint for rule in rules(app) if not audience_of(app, rule.endpoint)}
    assert silent == set()


def test_audiences_are_known_and_public_stands_alone(app: Flask) -> None:
    for rule in rules(app):
        audience = audience_of(app, rule.endpoint)
        assert audience <= ROLES | {PUBLIC} | SCOPES.keys(), rule
        assert PUBLIC not in audience or audience == {PUBLIC}, rule


def test_a_key_opens_the_api_alone_and_nothing_else_opens_it(app: Flask) -> None:
    for rule in rules(app):
        audience, keyed = audience_of(app, rule.endpoint), rule.endpoint.startswith("api.")
        assert keyed == bool(audience & SCOPES.keys()), rule
        if keyed:
            assert len(audience) == 1, rule
            assert rule.rule.startswith("/api/v1/"), rule


def test_the_pages_of_an_audience_stand_under_its_address(app: Flask) -> None:
    addresses = {"company": "/entreprise", "agent": "/agent", "accountant": "/cabinet"}
    for rule in rules(app):
        prefix = addresses.get(rule.endpoint.partition(".")[0])
        if prefix is not None:
            assert rule.rule == prefix or rule.rule.startswith(f"{prefix}/"), rule
            assert PUBLIC not in audience_of(app, rule.endpoint), rule


def test_a_route_that_declares_nothing_lets_nobody_in(own_app: Flask) -> None:
    own_app.add_url_rule("/oubliee", "forgotten", lambda: "here")
    assert audience_of(own_app, "forgotten") == frozenset()
    response = own_app.test_client().get("/oubliee")
    assert response.status_code == 302
    assert response.location.startswith("/connexion")
