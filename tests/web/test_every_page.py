"""What holds of each page, whoever reads it: its frame, its headers, and nothing that its policy refuses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from werkzeug.test import TestResponse

from bonus.web.access import PUBLIC, allow
from tests.conftest import AppMaker
from tests.support.application import application
from tests.support.databases import sqlite_copy
from tests.support.world import (
    build_world,
)
from tests.web.site import STATUSES, Site, furnished
from tests.web.visitor import Visitor, document, signed_in, spaced

FOOTER = [
    "Aide",
    "Contact",
    "Accessibilité : non conforme",
    "Mentions légales",
    "Données personnelles",
    "Données ouvertes",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with application(sqlite_copy(folder), folder, DEMO=True) as app:
        yield furnished(build_world(app))


Check = Callable[[TestResponse], None]


def frame(response: TestResponse) -> None:
    """One language, one h1, which begins the title; a footer with what the law asks; what the demonstration is."""
    page = document(response)
    assert page.get("lang") == "fr"
    (heading,) = page.xpath("//h1")
    assert len(page.xpath("//main")) == 1
    title = spaced(page.findtext(".//title"))
    assert title == f"{spaced(heading.text_content())} · Bonus Souveraineté"
    links = page.xpath('//footer//*[contains(@class, "footer__bottom-item")]//a')
    assert [spaced(link.text_content()) for link in links] == FOOTER
    assert [link.get("href") for link in links] == [
        "/aide",
        "/contact",
        "/accessibilite",
        "/mentions-legales",
        "/donnees-personnelles",
        "/donnees",
    ]
    assert "Démonstration, dispositif fictif." in spaced(page.text_content())


def sound(response: TestResponse) -> None:
    """Ids are given once, and all that refers to one finds it; no heading level is skipped."""
    page = document(response)
    counted = Counter(page.xpath("//@id"))
    assert [name for name, count in counted.items() if count > 1] == []
    names = {"top", *counted}
    for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form"):
        for value in page.xpath(f"//@{attribute}"):
            assert set(value.split()) <= names, (attribute, value)
    for target in page.xpath('//a[starts-with(@href, "#")]/@href'):
        assert target[1:] in names, target
    levels = [
        int(heading.tag[1])
        for heading in page.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5]")
    ]
    for before, after in pairwise(levels):
        assert after <= before + 1, levels
    for control in page.xpath('//main//input[not(@type="hidden")] | //main//select | //main//textarea'):
        named = page.xpath(f'//label[@for="{control.get("id")}"]') or control.get("aria-label")
        assert named, control.get("name")


def harmless(response: TestResponse) -> None:
    """The policy lets nothing inline through, and the page has nothing inline."""
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy
    (nonce,) = re.findall(r"script-src 'nonce-([^']+)'(?:;|$)", policy)
    page = document(response)
    for script in page.xpath("//script"):
        assert script.get("nonce") == nonce
        assert script.get("src", "").startswith("/static/")
        assert not (script.text or "").strip()
    assert not page.xpath(
        "//@style | //style | //@*[starts-with(name(), 'on')] | //iframe | //object | //embed"
    )
    loaded = page.xpath("//img/@src | //link/@href | //script/@src | //*[local-name()='use']/@href")
    ours = re.compile(r"/static/|/(entreprise|agent)/dossiers/[\w-]+/documents/[\w-]+/pages/\d+\.png$")
    assert [address for address in loaded if not ours.match(address)] == []
    assert [
        action for action in page.xpath("//form/@action") if action and not re.match(r"/(?!/)", action)
    ] == []
    for form in page.xpath('//form[@method="post"]'):
        assert form.xpath('.//input[@name="csrf_token"]/@value')


def kept_private(response: TestResponse) -> None:
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "private" in response.headers["Cache-Control"]


def typography(response: TestResponse) -> None:
    """What people read: no-break spaces before « : ; ! ? % € » and inside quotes, the curved apostrophe."""
    main = document(response).xpath("//main")[0]
    for hidden in main.xpath(".//*[contains(@class, 'bs-code')]"):
        hidden.drop_tree()
    text = main.text_content()
    for pattern in (r"\w [:;!?%€]", r"« \w", r"\w »", r"\w'\w", r"[a-zé][:;!?](?: |$)", r"\d€", r"\.\.\."):
        found = re.findall(f".{{0,20}}{pattern}.{{0,10}}", text)
        assert found == [], (pattern, found)
    assert "None" not in text
    assert "{{" not in text


CHECKS: dict[str, Check] = {
    check.__name__: check for check in (frame, sound, harmless, kept_private, typography)
}


@pytest.fixture(scope="module")
def opened(site: Site) -> dict[str, TestResponse]:
    """What each page answers, opened once for all that is looked at."""
    visitors: dict[str | None, Visitor] = {}
    answers = {}
    for page, (email, address) in site.pages.items():
        if email not in visitors:
            visitors[email] = signed_in(site.app, email) if email else Visitor(site.app)
        answers[page] = visitors[email].get(address)
    return answers


def test_every_page_is_there(opened: dict[str, TestResponse]) -> None:
    assert {page: answer.status_code for page, answer in opened.items()} == {
        page: STATUSES.get(page, 200) for page in opened
    }


@pytest.mark.parametrize("name", CHECKS)
def test_every_page(site: Site, opened: dict[str, TestResponse], name: str) -> None:
    faults = []
    for page, answer in opened.items():
        try:
            CHECKS[name](answer)
        except AssertionError as fault:
            faults.append(f"{page} ({site.pages[page][1]}): {fault}")
    assert not faults, "\n".join(faults)


OF_A_LINK = ("/contestation/", "/bienvenue/", "/invitation/", "/inscription/lien/")
"""What a link sent to one person opens, without an account."""


def test_nothing_of_someone_is_kept_by_the_browser(site: Site, opened: dict[str, TestResponse]) -> None:
    for name, (email, address) in site.pages.items():
        kept = opened[name].headers["Cache-Control"]
        linked = address.startswith(OF_A_LINK)
        public = email is None and not linked and name not in {"not found, by nobody", "not by reading"}
        assert kept == ("private, no-cache" if public else "private, no-store"), name
    for name, (email, address) in site.files.items():
        response = site.get(email, address)
        assert response.status_code == 200, name
        assert response.headers["Cache-Control"] == "private, no-store", name
        assert response.headers["Content-Disposition"].startswith("attachment"), name
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'"), name


def test_what_fails_is_said_in_french_with_a_reference(
    make_app: AppMaker, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(DEMO=True, PROPAGATE_EXCEPTIONS=False)

    @app.get("/panne")
    @allow(PUBLIC)
    def broken() -> str:
        raise ZeroDivisionError("a secret of the house")

    response = Visitor(app).get("/panne")
    assert response.status_code == 500
    assert "secret of the house" not in response.text
    (reference,) = set(re.findall(r"référence ([0-9a-f]{8})", spaced(document(response).text_content())))
    assert reference in caplog.text
    for check in (sound, harmless, kept_private, typography):
        check(response)
