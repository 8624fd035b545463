"""What every answer tells the browser, and that no page needs more than it allows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask, Response, g
from flask.testing import FlaskClient
from werkzeug.wrappers import Response as BaseResponse

from bonus.web.access import PUBLIC, allow
from bonus.web.security import content_security_policy, csp_nonce
from tests.conftest import AppMaker

TEMPLATES = sorted((Path(__file__).parents[2] / "templates").rglob("*.html"))
PUBLIC_PAGES = [
    "/",
    "/aide",
    "/contact",
    "/mentions-legales",
    "/donnees-personnelles",
    "/donnees",
    "/solutions",
    "/accessibilite",
    "/connexion",
]


def directives(response: BaseResponse) -> dict[str, list[str]]:
    policy = response.headers["Content-Security-Policy"]
    return {name: values for name, *values in (part.split() for part in policy.split("; "))}


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_a_page_allows_only_its_own(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    policy = directives(response)
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert policy["img-src"] == ["'self'", "data:"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "http" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response.headers["Permissions-Policy"]


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_every_script_bears_the_nonce_of_its_policy(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    (allowed,) = directives(response)["script-src"]
    scripts = re.findall(r"<script\b[^>]*>", response.text)
    assert len(scripts) >= 3
    for script in scripts:
        assert re.findall(r'nonce="([^"]+)"', script) == [allowed.removeprefix("'nonce-").removesuffix("'")]
        assert re.search(r'src="/static/[^"]+"', script)


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_a_page_loads_nothing_from_elsewhere(client: FlaskClient, path: str) -> None:
    text = client.get(path).text
    loaded = re.findall(r'<(?:script|link|img|use|iframe|source)\b[^>]*?(?:src|href)="([^"]+)"', text)
    assert loaded
    assert [address for address in loaded if not address.startswith("/static/")] == []


def test_a_nonce_serves_once(client: FlaskClient) -> None:
    nonces = {directives(client.get("/aide"))["script-src"][0] for _ in range(4)}
    assert len(nonces) == 4
    assert all(len(nonce) >= len("'nonce-'") + 22 for nonce in nonces)


def test_one_nonce_a_request(app: Flask) -> None:
    with app.test_request_context():
        assert csp_nonce() == csp_nonce() == g.csp_nonce


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(path.parents[1])))
def test_templates_hold_nothing_inline(template: Path) -> None:
    """The policy refuses them: they would fail in silence."""
    text = re.sub(r"\{#.*?#\}", "", template.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert "javascript:" not in text
    for script in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in script
        assert 'nonce="{{ csp_nonce() }}"' in script


def test_https_is_asked_for_only_behind_https(make_app: AppMaker) -> None:
    plain = make_app().test_client().get("/aide")
    assert "Strict-Transport-Security" not in plain.headers
    assert "upgrade-insecure-requests" not in directives(plain)
    secure = make_app(SECURE_COOKIES=True).test_client().get("/aide", base_url="https://localhost")
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "upgrade-insecure-requests" in directives(secure)


def test_the_policy_in_words() -> None:
    policy = content_security_policy("abc", https=False)
    assert "script-src 'nonce-abc'" in policy
    assert policy.startswith("default-src 'none'; ")


def test_what_is_no_page_runs_nothing(client: FlaskClient) -> None:
    with client.get("/static/app.css") as response:
        policy = directives(response)
    assert set(policy) == {"default-src", "form-action", "frame-ancestors", "base-uri"}
    assert all(values == ["'none'"] for values in policy.values())


def test_who_keeps_what(own_app: Flask) -> None:
    """A public page may be kept if asked again; everything else leaves no trace."""

    @own_app.get("/somewhere")
    @allow(PUBLIC)
    def somewhere() -> str:
        return "something of someone"

    @own_app.get("/chosen")
    @allow(PUBLIC)
    def chosen() -> Response:
        return Response("said otherwise", headers={"Cache-Control": "public, max-age=60"})

    client = own_app.test_client()
    assert client.get("/aide").headers["Cache-Control"] == "private, no-cache"
    assert client.get("/somewhere").headers["Cache-Control"] == "private, no-store"
    assert client.get("/nowhere").headers["Cache-Control"] == "private, no-store"
    assert client.get("/entreprise").headers["Cache-Control"] == "private, no-store"
    assert client.get("/chosen").headers["Cache-Control"] == "public, max-age=60"


def test_a_public_page_leaves_no_trace_of_who_is_signed_in(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flask_login import UserMixin

    class Someone(UserMixin):
        name = "Camille Fabre"
        roles: frozenset[str] = frozenset()

        def get_id(self) -> str:
            return "1"

    monkeypatch.setattr(app.login_manager, "_user_callback", lambda _id: Someone())  # type: ignore[attr-defined]
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "1"
    page = client.get("/aide")
    assert "Camille Fabre" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
