"""What may go wrong between here and ProConnect: nobody is signed in, a page says why, nothing secret is logged."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from bonus.adapters.proconnect.identity import FAILURES
from bonus.web.public.proconnect_words import WORDS
from tests.conftest import AppMaker
from tests.support.provider import Provider
from tests.web.proconnect.passage import BACK, START, Passage, acts, identities, passages, query_of
from tests.web.visitor import spaced, words

EMAIL = "camille.durand@exemple.fr"


@pytest.fixture
def known(passage: Passage) -> Passage:
    """Someone the provider knows."""
    passage.oidc.person("s-1", EMAIL)
    return passage


def assert_refused(passage: Passage, address: str, status: int, title: str) -> None:
    """This return lets nobody in, and says so in French."""
    response = passage.visitor.get(address)
    assert (response.status_code, title in words(response)) == (status, True), words(response)
    assert "Traceback" not in response.text
    assert passage.visitor.get("/connexion").status_code == 200, "nobody is signed in"
    assert identities(passage) == []
    assert acts(passage) == []


OVER = "Cette connexion n’est plus valable"


# ---------------------------------------------------------------- the way back


def test_a_state_of_nobody(known: Passage) -> None:
    query = query_of(known.identify(EMAIL))
    assert_refused(known, f"{BACK}?code={query['code']}&state={'x' * 43}", 400, OVER)
    # A wrong state ends the sign-in: the right one comes too late.
    assert_refused(known, f"{BACK}?code={query['code']}&state={query['state']}", 400, OVER)


@pytest.mark.parametrize(
    "address", [BACK, f"{BACK}?state=", f"{BACK}?code=x&state=%FF%C3", f"{BACK}?error=x"]
)
def test_a_return_that_nothing_preceded(passage: Passage, address: str) -> None:
    assert_refused(passage, address, 400, OVER)


def test_a_return_before_another_browser(known: Passage) -> None:
    back = known.identify(EMAIL)
    with known.another() as other:
        assert_refused(other, back, 400, OVER)


def test_a_return_serves_once(known: Passage) -> None:
    back = known.identify(EMAIL)
    assert known.visitor.get(back).status_code == 302
    known.visitor.post("/deconnexion")
    response = known.visitor.get(back)
    assert (response.status_code, OVER in words(response)) == (400, True)


def test_a_return_after_ten_minutes(known: Passage) -> None:
    back, real = known.identify(EMAIL), known.world.app.config["CLOCK"]
    known.world.app.config["CLOCK"] = lambda: real() + timedelta(minutes=10, seconds=2)
    assert_refused(known, back, 400, OVER)


def test_a_return_from_another_provider(known: Passage) -> None:
    query = query_of(known.identify(EMAIL))
    elsewhere = f"{BACK}?code={query['code']}&state={query['state']}&iss=https://evil.example"
    assert_refused(known, elsewhere, 400, OVER)


def test_who_cancels_is_back_at_the_door(passage: Passage) -> None:
    back = passage.browser.cancel(passage.leave_for(f"{START}?suite=/entreprise/attestations"))
    assert "error=access_denied" in back
    response = passage.visitor.get(back.removeprefix("http://localhost"))
    assert response.headers["Location"] == "/connexion?suite=/entreprise/attestations"
    assert "sans vous identifier" in spaced(passage.visitor.follow(response).text)


def test_another_error_of_the_provider(passage: Passage) -> None:
    state = query_of(passage.leave_for())["state"]
    assert_refused(
        passage, f"{BACK}?error=server_error&state={state}&error_description=<b>", 503, "ne répond pas"
    )


# ---------------------------------------------------------------- the code


def test_a_code_used_already(known: Passage) -> None:
    """Two windows that come back with one code: the second finds it used."""
    query = query_of(known.identify(EMAIL))
    assert known.visitor.get(f"{BACK}?code={query['code']}&state={query['state']}").status_code == 302
    with known.another() as other:
        state = query_of(other.leave_for())["state"]
        response = other.visitor.get(f"{BACK}?code={query['code']}&state={state}")
    assert (response.status_code, OVER in words(response)) == (400, True)


def test_a_code_too_old(known: Passage) -> None:
    known.oidc.order("set", codeSeconds=1)
    back = known.identify(EMAIL)
    time.sleep(1.3)
    assert_refused(known, back, 400, OVER)


@pytest.mark.slow
def test_a_code_lives_thirty_seconds(known: Passage) -> None:
    back = known.identify(EMAIL)
    time.sleep(31)
    assert_refused(known, back, 400, OVER)


@pytest.mark.parametrize("code", ["invented", "x" * 5_000, "%FF", "é"])
def test_a_code_nobody_gave(known: Passage, code: str) -> None:
    state = query_of(known.leave_for())["state"]
    assert_refused(known, f"{BACK}?code={code}&state={state}", 400, OVER)


# ---------------------------------------------------------------- the tokens


UNPROVEN = "Votre identité n’a pas pu être vérifiée"


@pytest.mark.parametrize(
    "changes",
    [
        {"idToken": {"nonce": "x" * 43}},
        {"idToken": {"nonce": None}},
        {"idToken": {"aud": "another-service"}},
        {"idToken": {"aud": ["bonus", "another-service"]}},
        {"idToken": {"iss": "https://evil.example"}},
        {"idToken": {"exp": 1_700_000_000}},
        {"idToken": {"exp": None}},
        {"idToken": {"iat": 4_000_000_000}},
        {"idToken": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
        {"idToken": {"sub": ""}},
        {"userinfo": {"sub": "s-2"}},
        {"userinfo": {"sub": None}},
        {"userinfo": {"aud": "another-service"}},
        {"userinfo": {"iss": "https://evil.example"}},
        {"userinfo": {"exp": 1_700_000_000}},
        {"foreignKey": True},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in(known: Passage, changes: dict[str, Any]) -> None:
    back = known.identify(EMAIL)
    known.oidc.order("set", **changes)
    assert_refused(known, back, 502, UNPROVEN)


def test_a_userinfo_that_nobody_signed(known: Passage) -> None:
    back = known.identify(EMAIL)
    known.oidc.order("set", plain=True)
    assert_refused(known, back, 502, "ProConnect a mal répondu")


@pytest.mark.parametrize("email", [None, "", "no address", ["a@b.fr"], "x" * 300 + "@exemple.fr"])
def test_an_identity_without_a_usable_address(known: Passage, email: Any) -> None:
    back = known.identify(EMAIL)
    known.oidc.order("set", userinfo={"email": email})
    assert_refused(known, back, 502, "pas transmis assez d’informations")


@pytest.mark.parametrize("acr", ["eidas0", "eidas3", "", None])
def test_a_level_that_was_not_asked_for(known: Passage, acr: str | None) -> None:
    back = known.identify(EMAIL)
    known.oidc.order("set", idToken={"acr": acr})
    assert_refused(known, back, 403, "pas assez sûre")


def test_keys_that_change_are_read_again(known: Passage) -> None:
    assert known.sign_in(EMAIL).status_code == 302
    known.oidc.order("rotate")
    with known.another() as later:
        assert later.sign_in(EMAIL).status_code == 302


# ---------------------------------------------------------------- the provider is down


@pytest.mark.parametrize("path", ["/token", "/userinfo"])
def test_a_provider_that_stops_answering_on_the_way_back(known: Passage, path: str) -> None:
    back = known.identify(EMAIL)
    known.oidc.order("set", silent=[path])
    assert_refused(known, back, 503, "ProConnect ne répond pas")


def test_a_provider_that_dies_between_going_and_coming_back(make_app: AppMaker, oidc: Provider) -> None:
    with Provider() as own:
        own.registered("http://localhost")
        own.person("s-1", EMAIL)
        for passage in passages(make_app, own):
            back = passage.identify(EMAIL)
            own.kill()
            assert_refused(passage, back, 503, "ProConnect ne répond pas")
            # Known already, its addresses still lead there; a process that starts now cannot know them.
            assert passage.visitor.get(START).status_code == 302


@pytest.fixture
def without_provider(make_app: AppMaker) -> Flask:
    return make_app(
        PROCONNECT_ISSUER="http://127.0.0.1:9/api/v2",
        PROCONNECT_CLIENT_ID="bonus",
        PROCONNECT_CLIENT_SECRET="a secret",
        PROCONNECT_ACR_VALUES="eidas1",
    )


def test_a_provider_that_never_answered(without_provider: Flask) -> None:
    response = without_provider.test_client().get(START)
    assert response.status_code == 503
    assert "ProConnect ne répond pas" in response.text
    assert "/connexion" in response.text


def test_signing_out_while_the_provider_is_down_ends_the_session_here(known: Passage) -> None:
    known.sign_in(EMAIL)
    known.world.app.extensions["bonus.proconnect"]._known = None
    known.oidc.order("set", silent=["/.well-known/openid-configuration"])
    response = known.visitor.post("/deconnexion")
    assert response.headers["Location"] == "/"
    assert "ProConnect ne répond pas" in known.visitor.get("/").text
    assert known.visitor.get("/connexion").status_code == 200


def test_an_issuer_that_is_not_who_it_was_said_to_be(make_app: AppMaker, oidc: Provider) -> None:
    """The same machine by another name: its tokens would be another's."""
    issuer = oidc.issuer.replace("127.0.0.1", "localhost")
    for passage in passages(make_app, oidc, PROCONNECT_ISSUER=issuer):
        response = passage.visitor.get(START)
        assert (response.status_code, "a mal répondu" in words(response)) == (502, True)


# ---------------------------------------------------------------- what is written down


def test_each_failure_has_its_words() -> None:
    assert WORDS.keys() == FAILURES.keys() | {"state"}


def test_the_log_says_what_went_wrong_and_nothing_of_a_secret(
    known: Passage, caplog: pytest.LogCaptureFixture
) -> None:
    back = known.identify(EMAIL)
    known.oidc.order("set", userinfo={"sub": "somebody-else"})
    with caplog.at_level(logging.DEBUG):
        known.visitor.get(back)
    written = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")
    )
    assert "ProConnect: not_proven" in written
    query = query_of(back)
    for secret in (known.oidc.secret, query["code"], query["state"], EMAIL, "somebody-else", "eyJ"):
        assert secret not in written
