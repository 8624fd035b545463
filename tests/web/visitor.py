"""Someone with a browser: cookies are kept, and forms are sent with the token of the pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from time import time
from typing import Any

from flask import Flask
from lxml import html
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from bonus import clock
from bonus.accounts.demo_factors import current_code, enrol
from bonus.accounts.factor_models import SecondFactor
from bonus.accounts.models import Person
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.support.bills import File

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


CODE_PAGE = "/connexion/code"


def telephone_code(app: Flask, email: str) -> str:
    """What the telephone of an agent shows; one who has none put in place is given one. Codes of the same half-minute
    have not served yet: on the clock of tests, which stands still, one signs in many times."""
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.email == email)).one()
        factor = db.session.get(SecondFactor, person.id)
        if factor is None:
            enrol(person, clock.now())
        else:
            factor.last_step = None
        db.session.commit()
        code = current_code(email, clock.now())
        db.session.rollback()
    assert code is not None
    return code


class Visitor:
    """A visit of the site, from an address of their own. Sign in by ``visitor.sign_in(person.email)``."""

    def __init__(self, app: Flask, address: str = "203.0.113.9", *, https: bool = False) -> None:
        self.client = app.test_client()
        self._has_signed_in = False
        self._token: tuple[str, float, str] | None = None
        self._base: dict[str, Any] = {
            "buffered": True,
            "base_url": "https://localhost" if https else "http://localhost",
            "environ_base": {"REMOTE_ADDR": address},
        }

    def get(self, url: str, **more: Any) -> TestResponse:
        """Open an address; redirections are not followed."""
        return self.client.get(url, **self._base, **more)

    def post(self, url: str, data: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form of this site."""
        sent: MultiDict[str, Any] = MultiDict(data or {})
        sent["csrf_token"] = self.token()
        return self.client.post(url, data=sent, **self._base, **more)

    def post_without_token(
        self, url: str, data: Mapping[str, Any] | None = None, **more: Any
    ) -> TestResponse:
        """What another site would have this browser send."""
        return self.client.post(url, data=dict(data or {}), **self._base, **more)

    def token(self) -> str:
        """The token that pages put in their forms. Read off one page for as long as the session is the same, as by a
        browser that sends the form it shows."""
        if self._token is None or self._token[0] != self._secret() or time() - self._token[1] > 600:
            token = self._token_of_a_page()
            self._token = (self._secret(), time(), token)
        return self._token[2]

    def _token_of_a_page(self) -> str:
        # Each page has one for who is signed in (to sign out), and the form to sign in for who is not.
        pages = ("/contact", "/connexion") if self._has_signed_in else ("/connexion", "/contact")
        return next(found[1] for page in pages if (found := TOKEN.search(self.get(page).text)))

    def _secret(self) -> str:
        """What the session's tokens are made from; empty when there is no session."""
        app = self.client.application
        cookie = self.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return str(serializer.loads(cookie.value).get("csrf_token", "")) if cookie else ""

    def sign_in(self, email: str, password: str = PASSWORD, url: str = "/connexion") -> TestResponse:
        """Try to sign in; an agent goes on to the second factor, which is given."""
        response = self.post(url, {"email": email, "password": password})
        self._has_signed_in = True
        asked = response.headers.get("Location", "")
        if not asked.startswith(CODE_PAGE):
            return response
        return self.post(asked, {"factor_code": telephone_code(self.client.application, email)})

    def upload(self, url: str, files: Iterable[File]) -> TestResponse:
        """Choose files in the form of invoices, and send it."""
        return self.post_files(url, "files", files)

    def post_files(
        self, url: str, field: str, files: Iterable[File], data: Mapping[str, Any] | None = None
    ) -> TestResponse:
        """Send a form with files in it."""
        sent: MultiDict[str, Any] = MultiDict(data or {})
        sent["csrf_token"] = self.token()
        for name, content in files:
            sent.add(field, FileStorage(BytesIO(content), filename=name))
        # Written here as one piece: the test client would leave a temporary file open.
        boundary, body = encode_multipart(sent)
        return self.client.post(
            url, data=body, content_type=f'multipart/form-data; boundary="{boundary}"', **self._base
        )

    def follow(self, response: TestResponse) -> TestResponse:
        """The page that a redirection leads to."""
        assert response.status_code == 302, (response.status_code, words(response))
        return self.get(response.headers["Location"])


def signed_in(app: Flask, email: str) -> Visitor:
    """A visitor who signed in."""
    visitor = Visitor(app)
    response = visitor.sign_in(email)
    assert response.status_code == 302, words(response)
    return visitor


def document(response: TestResponse) -> html.HtmlElement:
    """The page, to look things up in."""
    return html.document_fromstring(response.text)


def words(response: TestResponse) -> str:
    """What the page's main part says; spaces of every kind are written as one."""
    page = document(response)
    (main,) = page.xpath("//main") or [page]
    return spaced(main.text_content())


def spaced(text: str) -> str:
    """A text with each run of spaces, no-break ones too, written as one space."""
    return re.sub(r"\s+", " ", text).strip()


def errors(response: TestResponse) -> list[str]:
    """The sentences of the summary of errors."""
    return [spaced(item.text_content()) for item in document(response).xpath('//*[@id="erreurs"]//li')]
