"""What is read of ProConnect's settings and of what it tells; the way there is tried in tests/web/proconnect."""

from __future__ import annotations

from typing import Any

import pytest

from bonus.adapters.proconnect.identity import (
    ProConnectFailure,
    ProConnectIdentity,
    identity_from,
    require_acr,
)
from bonus.adapters.proconnect.settings import is_safe_url, problems_of, read_settings
from bonus.adapters.proconnect.tokens import Keys
from bonus.config import DEFAULTS

FULL: dict[str, Any] = {
    **DEFAULTS,
    "PROCONNECT_ISSUER": "https://proconnect.example/api/v2",
    "PROCONNECT_CLIENT_ID": "bonus",
    "PROCONNECT_CLIENT_SECRET": "a secret nobody logs",
    "PROCONNECT_ACR_VALUES": " eidas1  eidas2 ",
}
ID_CLAIMS = {"iss": "https://proconnect.example/api/v2", "sub": "s-1", "acr": "eidas1", "amr": ["pwd", "mfa"]}
TOLD = {
    "email": " Camille@Exemple.FR ",
    "given_name": "Camille  Anne",
    "usual_name": "Durand",
    "siret": "732 829 320 00074",
}


def test_without_any_setting_it_is_not_used() -> None:
    assert read_settings(DEFAULTS) is None
    assert problems_of(DEFAULTS) == []


def test_levels_are_a_list_and_proofs_have_the_same_unless_told() -> None:
    found = read_settings(FULL)
    assert found is not None
    assert found.acr_values == found.proof_acr_values == ("eidas1", "eidas2")
    assert (found.pkce, found.algorithm) == (False, "RS256")
    strict = read_settings({**FULL, "PROCONNECT_PROOF_ACR_VALUES": "eidas3"})
    assert strict is not None
    assert strict.proof_acr_values == ("eidas3",)


def test_the_secret_is_not_shown() -> None:
    assert "a secret" not in repr(read_settings(FULL))


@pytest.mark.parametrize(
    "name", ["PROCONNECT_ISSUER", "PROCONNECT_CLIENT_ID", "PROCONNECT_CLIENT_SECRET", "PROCONNECT_ACR_VALUES"]
)
def test_half_of_the_settings_are_refused(name: str) -> None:
    without = {**FULL, name: ""}
    assert problems_of(without) == [f"{name} is not set, though others of ProConnect are."]
    with pytest.raises(ValueError, match=name):
        read_settings(without)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://proconnect.example/api/v2", True),
        ("http://127.0.0.1:3000/api", True),
        ("http://[::1]:3000", True),
        ("http://localhost:3000", True),
        ("http://proconnect.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost.evil.example", False),
        ("ftp://127.0.0.1", False),
        ("https://:8080", False),
        ("https://[broken", False),
        ("proconnect.example", False),
        (None, False),
    ],
)
def test_only_https_or_this_very_machine(url: object, *, safe: bool) -> None:
    assert is_safe_url(url) is safe
    if isinstance(url, str):
        assert problems_of({**FULL, "PROCONNECT_ISSUER": url}) == (
            [] if safe else ["PROCONNECT_ISSUER must start with https://."]
        )


def test_other_settings_that_cannot_work() -> None:
    assert problems_of({**FULL, "PROCONNECT_ALGORITHM": "HS256"}) == [
        "PROCONNECT_ALGORITHM must be one of RS256, ES256."
    ]
    assert problems_of({**FULL, "PROCONNECT_ISSUER": "https://proconnect.example/"}) == [
        "PROCONNECT_ISSUER must not end with a slash."
    ]


def test_what_is_told_of_a_person() -> None:
    assert identity_from(ID_CLAIMS, TOLD) == ProConnectIdentity(
        issuer="https://proconnect.example/api/v2",
        subject="s-1",
        email="camille@exemple.fr",
        given_name="Camille  Anne",
        usual_name="Durand",
        siret="73282932000074",
        acr="eidas1",
        amr=("pwd", "mfa"),
    )


@pytest.mark.parametrize(
    ("given", "usual", "name"),
    [
        ("Camille  Anne", "Durand", "Camille Anne Durand"),
        ("", "Durand", "Durand"),
        ("", "", "camille@exemple.fr"),
        ("x" * 500, "y" * 500, "x" * 120),
        (None, ["a list"], "camille@exemple.fr"),
    ],
)
def test_a_name_fits_an_account(given: object, usual: object, name: str) -> None:
    assert identity_from(ID_CLAIMS, {**TOLD, "given_name": given, "usual_name": usual}).name == name


@pytest.mark.parametrize("siret", ["", "123", "7328293200007४", None, 73282932000074, ["73282932000074"]])
def test_a_siret_that_is_none_is_not_told(siret: object) -> None:
    assert identity_from(ID_CLAIMS, {**TOLD, "siret": siret}).siret is None


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"sub": ""}, {}),
        ({"sub": "x" * 256}, {}),
        ({"sub": 12}, {}),
        ({}, {"email": "nobody"}),
        ({}, {"email": None}),
    ],
)
def test_nobody_is_identified_by_half(claims: dict[str, Any], told: dict[str, Any]) -> None:
    with pytest.raises(ProConnectFailure) as failure:
        identity_from({**ID_CLAIMS, **claims}, {**TOLD, **told})
    assert failure.value.code == "claims"


@pytest.mark.parametrize("amr", [None, "pwd", {"pwd": 1}])
def test_means_that_are_no_list_are_none(amr: object) -> None:
    assert identity_from({**ID_CLAIMS, "amr": amr}, TOLD).amr == ()


def test_a_level_is_one_of_those_accepted_or_nothing() -> None:
    identity = identity_from(ID_CLAIMS, TOLD)
    require_acr(identity, ["eidas2", "eidas1"])
    for accepted in (["eidas2"], [], ["eidas"], ["eidas11"]):
        with pytest.raises(ProConnectFailure) as failure:
            require_acr(identity, accepted)
        assert failure.value.code == "level"
    with pytest.raises(ProConnectFailure):
        require_acr(identity_from({**ID_CLAIMS, "acr": None}, TOLD), ["eidas1", ""])


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": "none"},
        {"keys": [1, {}, {"kid": "a", "kty": "RSA"}, {"kid": "b", "kty": "oct", "k": "c2VjcmV0"}]},
        {"keys": [{"kid": "a", "kty": "unheard of", "use": "sig"}]},
    ],
)
def test_keys_that_nothing_can_be_checked_with(document: dict[str, Any]) -> None:
    with pytest.raises(ProConnectFailure) as failure:
        Keys(document)
    assert failure.value.code == "unreadable"
