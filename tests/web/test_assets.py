"""DSFR served from its package: what is served, what is not, and for how long it may be kept."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bonus.web.assets import KINDS, asset_url, dsfr_folder, dsfr_url, dsfr_version

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEETS = ("dsfr.main.min.css", "utility/icons/icons-system/icons-system.main.min.css")


def url(path: str, version: str | None = None) -> str:
    return f"/static/dsfr/{version or dsfr_version()}/{path}"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("dsfr.main.min.css", "text/css"),
        ("dsfr.module.min.js", "text/javascript"),
        ("fonts/Marianne-Bold.woff2", "font/woff2"),
        ("artwork/pictograms/environment/moon.svg", "image/svg+xml"),
    ],
)
def test_served_whole_with_its_type(client: FlaskClient, path: str, kind: str) -> None:
    response = client.get(url(path))
    assert response.status_code == 200
    assert response.mimetype == kind
    assert response.data == (dsfr_folder() / path).read_bytes()
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_text_is_compressed_for_who_asks(client: FlaskClient) -> None:
    path = "dsfr.main.min.css"
    response = client.get(url(path), headers={"Accept-Encoding": "gzip, br"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]
    assert len(response.data) < 100_000
    assert gzip.decompress(response.data) == (dsfr_folder() / path).read_bytes()
    refused = client.get(url(path), headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
    font = client.get(url("fonts/Marianne-Bold.woff2"), headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in font.headers


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_kept_a_year_and_known_again(client: FlaskClient, coding: str) -> None:
    headers = {"Accept-Encoding": coding}
    first = client.get(url("dsfr.module.min.js"), headers=headers)
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Expires" not in first.headers
    assert "Cookie" not in first.headers.get("Vary", "")
    assert "Set-Cookie" not in first.headers
    again = client.get(url("dsfr.module.min.js"), headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_the_two_codings_are_never_mistaken(client: FlaskClient) -> None:
    tags = {
        client.get(url("dsfr.module.min.js"), headers={"Accept-Encoding": coding}).headers["ETag"]
        for coding in ("gzip", "identity")
    }
    assert len(tags) == 2


@pytest.mark.parametrize(
    "address",
    [
        url("../dsfr_version"),
        url("..%2fdsfr_version"),
        url("fonts/../../dsfr_version"),
        url("/etc/passwd"),
        url("README.md"),
        url("favicon/manifest.webmanifest"),
        url("favicon/favicon.ico"),
        url("fonts/Marianne-Bold.woff"),
        url("fonts"),
        url("nothing.css"),
        url("dsfr.main.min.css", version="0.0.0"),
        "/static/dsfr/dsfr.main.min.css",
        "/static/../app.py",
    ],
)
def test_nothing_else_is_served(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert response.mimetype == "text/html"


def test_only_reading(client: FlaskClient) -> None:
    assert client.post(url("dsfr.main.min.css")).status_code in (400, 405)


def test_our_own_files_have_a_fingerprint(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        address = asset_url("app.css")
    assert re.fullmatch(r"/static/app\.css\?v=[0-9a-f]{10}", address)
    with client.get(address) as dated:
        assert dated.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for other in ("/static/app.css", "/static/app.css?v=0000000000"):
        with client.get(other) as undated:
            assert undated.headers["Cache-Control"] == "public, no-cache"


def test_an_edited_file_has_another_address(own_app: Flask, tmp_path: Path) -> None:
    own_app.static_folder = str(tmp_path)
    file = tmp_path / "a.css"
    addresses = set()
    with own_app.test_request_context():
        for text in ("a{}", "b{}"):
            file.write_text(text)
            addresses.add(asset_url("a.css"))
    assert len(addresses) == 2


def test_every_address_written_in_templates_exists(app: Flask, client: FlaskClient) -> None:
    written = {
        path
        for template in TEMPLATES
        for path in re.findall(
            r"dsfr_url\(['\"]([^'\"~]+\.(?:css|js|svg|woff2))['\"]\)", template.read_text("utf-8")
        )
    }
    assert {"dsfr.main.min.css", "dsfr.module.min.js"} <= written
    with app.test_request_context():
        addresses = [dsfr_url(path) for path in sorted(written)]
    assert [client.get(address).status_code for address in addresses] == [200] * len(addresses)


def test_what_the_sheets_load_is_served(client: FlaskClient) -> None:
    """A font or an icon missing would only show as a hole in the page."""
    missing = set()
    for sheet in SHEETS:
        text = (dsfr_folder() / sheet).read_text("utf-8")
        for target in set(re.findall(r"url\(([^)'\"]+\.(?:svg|woff2))\)", text)):
            file = ((dsfr_folder() / sheet).parent / target).resolve()
            if not file.is_file() or not file.is_relative_to(dsfr_folder().resolve()):
                missing.add(target)
    assert not missing
    assert {".svg", ".woff2"} <= set(KINDS)


def test_icons_and_pictograms_of_templates_exist() -> None:
    sheets = "".join((dsfr_folder() / sheet).read_text("utf-8") for sheet in SHEETS)
    known = set(re.findall(r"\.(fr-icon-[a-z0-9-]+)", sheets))
    text = "".join(template.read_text("utf-8") for template in TEMPLATES)
    icons = {icon for icon in re.findall(r"fr-icon-[a-z0-9-]+", text) if not icon.startswith("fr-icon--")}
    assert icons
    assert icons <= known
    pictograms = set(
        re.findall(r'"((?:buildings|digital|document|environment|institutions|system)/[a-z-]+)"', text)
    )
    assert pictograms
    assert all((dsfr_folder() / f"artwork/pictograms/{name}.svg").is_file() for name in pictograms)
