"""People who go from this house to a real provider and come back, with both houses' cookies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.accounts.models import Person, PersonIdentity
from bonus.audit.models import AuditEntry
from bonus.demo.invoices import BUYER
from bonus.extensions import db
from tests.conftest import AppMaker
from tests.support.provider import Browser, Provider
from tests.support.world import World, build_world
from tests.web.visitor import Visitor

HOME = "http://localhost"
START = "/connexion/proconnect"
BACK = "/connexion/proconnect/retour"
SIRET = BUYER.siret
OTHER_SIRET = "73282932000074"


@dataclass
class Passage:
    """The house, the provider, and someone before both."""

    world: World
    oidc: Provider
    visitor: Visitor
    browser: Browser

    def leave_for(self, url: str = START) -> str:
        """Press the button; gives the provider's address."""
        response = self.visitor.get(url)
        assert response.status_code == 302, (response.status_code, response.text)
        there = response.headers["Location"]
        assert there.startswith(f"{self.oidc.issuer}/authorize?"), there
        return str(there)

    def identify(self, email: str, url: str = START) -> str:
        """Press the button and say who one is; gives this house's address one is sent back to."""
        back = self.browser.identify(self.leave_for(url), email)
        assert back.startswith(f"{HOME}{BACK}?"), back
        return back.removeprefix(HOME)

    @contextmanager
    def another(self) -> Iterator[Passage]:
        """Somebody else, or the same before another machine."""
        browser = Browser(HOME)
        yield Passage(self.world, self.oidc, Visitor(self.world.app), browser)
        browser.close()

    def sign_in(self, email: str, url: str = START) -> TestResponse:
        """The whole way; gives this house's answer to the return."""
        return self.visitor.get(self.identify(email, url))


def passages(make_app: AppMaker, oidc: Provider, **settings: object) -> Iterator[Passage]:
    """A house that uses the provider, in real time: so does the provider."""
    app = make_app(**{**oidc.settings(), **settings})
    world = build_world(app)
    app.config["CLOCK"] = lambda: datetime.now(UTC)
    browser = Browser(HOME)
    yield Passage(world, oidc, Visitor(app), browser)
    browser.close()


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def identities(passage: Passage) -> list[tuple[str, str, str | None]]:
    """Whose they are, by address, and what was told."""
    with passage.world.app.app_context():
        rows = db.session.execute(
            select(Person.email, PersonIdentity.subject, PersonIdentity.siret)
            .join(PersonIdentity.person)
            .order_by(PersonIdentity.id)
        )
        return [(email, subject, siret) for email, subject, siret in rows]


def acts(passage: Passage) -> list[str]:
    """What the audit log holds of accounts and proofs."""
    with passage.world.app.app_context():
        return list(
            db.session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.action.startswith("account.") | (AuditEntry.action == "company.proven"))
                .order_by(AuditEntry.id)
            )
        )


def close(passage: Passage, email: str) -> None:
    """An account that opens no more."""
    with passage.world.app.app_context():
        db.session.scalars(select(Person).where(Person.email == email)).one().active = False
        db.session.commit()
