"""Facts of the registry that were wrong: its keeper corrects them, or says that they never were; none is erased."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support.registry import certification_of, disown, learn
from tests.support.world import AUDIT, NOW, SUITE, World
from tests.web.registry_pages import (
    EVENT,
    NO_REASON,
    PAGE,
    WHY,
    certification,
    facts,
    path,
    refused,
    states,
    story,
    typed,
)
from tests.web.visitor import Visitor, document, signed_in, words


@pytest.fixture
def keeper(world: World) -> Visitor:
    return signed_in(world.app, world.registry_keeper.email)


def test_the_dates_and_the_audit_of_a_grant_are_corrected(world: World, keeper: Visitor) -> None:
    own = path(world, SUITE)
    (fact,) = facts(world, certification(world, SUITE))
    address = f"{own}/faits/{fact}/correction"
    page = keeper.get(address)
    assert "Fait n° 1 : Accordée du 1er janvier 2025 au 31 décembre 2028." in words(page)
    assert document(page).xpath('//input[@name="criteria"][@checked]/@value') == ["0", "1", "2"]
    names = ("valid_from", "valid_until", "audited_on", "evidence")
    sent: dict[str, Any] = {name: typed(page, name) for name in names}
    assert sent["valid_from"] == "2025-01-01"
    sent |= {"criteria": ["0", "1", "2"], "reason": WHY}
    refused(keeper.post(address, sent), "Cette correction ne change rien à ce qui est inscrit.")
    refused(
        keeper.post(address, sent | {"valid_until": "2024-12-31"}),
        "La certification finit avant d’avoir commencé : corrigez les dates.",
    )
    refused(keeper.post(address, sent | {"evidence": ""}), "Indiquez la référence du rapport d’audit.")
    refused(keeper.post(address, sent | {"reason": " "}), NO_REASON)
    response = keeper.follow(keeper.post(address, sent | {"valid_until": "2026-06-30", "evidence": "RA-2"}))
    assert states(response) == ["Expirée"]
    assert "La correction est inscrite. Le fait corrigé reste lisible." in words(response)
    assert "RA-2" in words(response)
    assert "Un autre fait a déjà pris la place de celui-ci" in words(keeper.get(address))
    response = keeper.post(address, sent | {"valid_until": "2026-07-31"})
    refused(response, "Ce fait est déjà corrigé : rechargez la page et corrigez le plus récent.")


def test_an_event_is_corrected_within_the_life_it_makes(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        fact = learn(certification_of(AUDIT), "suspended", date(2026, 2, 1), NOW).id
    address = f"{path(world)}/faits/{fact}/correction"
    assert typed(keeper.get(address), "on") == "2026-02-01"
    assert document(keeper.get(address)).xpath('//input[@name="retroactive"]') == []
    response = keeper.post(address, EVENT | {"on": "2024-06-01"})
    assert response.status_code == 422
    assert "est hors de la validité" in words(response)
    response = keeper.follow(keeper.post(address, EVENT | {"on": "2026-02-03", "retroactive": "y"}))
    assert story(response)[-1].startswith(
        "3. Correction du fait n° 2 : suspendue à compter du 3 février 2026"
    )


def test_what_never_was_is_annulled_then_that_is_undone(world: World, keeper: Visitor) -> None:
    (fact,) = facts(world, certification(world))
    address = f"{path(world)}/faits"
    text = words(keeper.get(f"{address}/{fact}/annulation"))
    assert "C’est la certification elle-même que vous annulez" in text
    refused(keeper.post(f"{address}/{fact}/annulation", {"reason": "non"}), NO_REASON)
    response = keeper.follow(keeper.post(f"{address}/{fact}/annulation", {"reason": WHY}))
    assert states(response) == ["Inscrite par erreur"]
    void = facts(world, certification(world))[-1]
    refused(keeper.post(f"{address}/{void}/annulation", {"reason": WHY}), "Ce fait est déjà annulé.")
    assert "on peut revenir dessus, pas l’annuler" in words(keeper.get(f"{address}/{void}/annulation"))
    page = keeper.get(f"{address}/{void}/correction")
    assert "Revenir sur une annulation" in words(page)
    sent = {name: typed(page, name) for name in ("valid_from", "valid_until")} | {"reason": WHY}
    assert states(keeper.follow(keeper.post(f"{address}/{void}/correction", sent))) == ["En vigueur"]


def test_what_another_took_the_place_of_is_not_brought_back(world: World, keeper: Visitor) -> None:
    with world.app.app_context():
        disown(certification_of(AUDIT).facts[0], NOW)
    first = certification(world)
    sent = {"valid_from": "2026-01-01", "valid_until": "2027-12-31", "reason": WHY}
    sent |= {"certifier": "anssi", "reference": "ANSSI-9"}
    assert keeper.post(f"{PAGE}/certifications/ANSSI_QUALIFICATION", sent).status_code == 302
    void = facts(world, first)[-1]
    back = {"valid_from": "2025-01-01", "valid_until": "2028-12-31", "reason": WHY}
    response = keeper.post(f"{PAGE}/certifications/{first}/faits/{void}/correction", back)
    assert response.status_code == 422
    assert "La certification ANSSI-9 couvre déjà cette solution" in words(response)
