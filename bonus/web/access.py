"""Who may enter: every route names its audience, and whatever names none is refused.

``@allow(PUBLIC)`` opens a route to anyone; ``@allow("reviewer", …)`` to whoever holds one of these roles;
``@allow("events:write")`` to a certifier's machine whose key has that scope, and to nobody's session.
What belongs to someone is then looked for among what is theirs: not mine is 404, as if it did not exist.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Flask, abort, flash, g, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from bonus import clock
from bonus.accounts.models import CompanyMember, Person
from bonus.accounts.service import actor_of
from bonus.audit.service import Actor
from bonus.companies.models import Company
from bonus.extensions import db, login_manager
from bonus.registry.keys import SCOPES

from .assets import ASSET_ENDPOINTS
from .factor_session import has_factor

PUBLIC = "public"
CHOSEN_COMPANY = "company"
"""Where the session keeps the id of the company chosen."""
ROLES = frozenset(
    {
        "company",
        "accountant",
        "reviewer",
        "authorising_officer",
        "accounting_officer",
        "registry_keeper",
        "administrator",
    }
)
FILERS = frozenset({"owner", "filer"})
"""The roles in a company that may change and file its dossiers."""
AGENTS = ROLES - {"company", "accountant"}

View = TypeVar("View", bound=Callable[..., Any])


def allow(*audience: str) -> Callable[[View], View]:
    """Declare who may enter a view: ``PUBLIC``, the roles of which one is enough, or the one scope a key needs."""
    unknown = set(audience) - ROLES - {PUBLIC} - SCOPES.keys()
    if unknown or not audience or (len(audience) > 1 and SCOPES.keys() & set(audience)):
        raise ValueError(f"not an audience: {unknown or audience or 'none'}")

    def declare(view: View) -> View:
        view.access = frozenset(audience)  # type: ignore[attr-defined]
        return view

    return declare


def audience_of(app: Flask, endpoint: str) -> frozenset[str]:
    """Who may enter an endpoint; nobody when it does not say."""
    if endpoint in ASSET_ENDPOINTS:
        return frozenset({PUBLIC})
    return cast(frozenset[str], getattr(app.view_functions.get(endpoint), "access", frozenset()))


def register_guards(app: Flask) -> None:
    """Check each request against its route's audience, before anything else of it runs."""
    from .api.guard import require_key

    def guard() -> Response | None:
        if request.endpoint is None:
            return None  # no such address: the error page says so to anyone
        audience = audience_of(app, request.endpoint)
        if PUBLIC in audience:
            return None
        if audience & SCOPES.keys():
            require_key(audience)
            return None
        if not current_user.is_authenticated:
            return login_manager.unauthorized()  # type: ignore[no-any-return]
        if awaits_factor():
            return redirect(url_for("public.second_factor", suite=_asked()))
        if not audience & current_user.roles:
            abort(403)
        return None

    app.before_request(guard)

    @login_manager.user_loader  # type: ignore[untyped-decorator]
    def load_person(identifier: str) -> Person | None:
        number, _, stamp = identifier.partition(".")
        person = db.session.get(Person, int(number)) if number.isdecimal() and len(number) < 10 else None
        known = person is not None and hmac.compare_digest(stamp.encode(), person.session_stamp.encode())
        return person if known else None

    @login_manager.unauthorized_handler  # type: ignore[untyped-decorator]
    def ask_to_sign_in() -> Response:
        flash("Connectez-vous pour ouvrir cette page.", "info")
        # Only what was asked to be read can be taken up again after signing in.
        return redirect(url_for("public.sign_in", suite=_asked()))


def awaits_factor() -> bool:
    """Whether the person signed in is an agent who has not given their second factor yet: nothing of theirs opens."""
    return bool(current_user.roles & AGENTS) and not has_factor(current_user.id)


def _asked() -> str | None:
    """The address to come back to: what was to be read, for what was to be done is not done twice."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def now() -> datetime:
    """The moment of the request: views hand it to services, which never read a clock."""
    if "now" not in g:
        g.now = clock.now()
    return cast(datetime, g.now)


def actor() -> Actor:
    """Who acts in this request, with the address they act from."""
    if not current_user.is_authenticated:
        return Actor("visitor", address=request.remote_addr)
    return actor_of(current_user, request.remote_addr)


def chosen_membership() -> CompanyMember | None:
    """What the person signed in is for the company they chose, looked at again in each request: a company they left
    is chosen no more. None when they have none, or several and chose none."""
    mine = {membership.company_id: membership for membership in current_user.memberships}
    if len(mine) == 1:
        return cast(CompanyMember, next(iter(mine.values())))
    return mine.get(session.get(CHOSEN_COMPANY))


def current_membership() -> CompanyMember:
    """The membership chosen; of several, none chosen, the page to choose one is shown instead; and to who has none yet,
    the page to prove that they may act."""
    if not current_user.memberships:
        if current_user.applications:
            abort(redirect(url_for("company.proof")))
        abort(403)
    chosen = chosen_membership()
    if chosen is None:
        target = request.full_path.rstrip("?") if request.method == "GET" else None
        abort(redirect(url_for("company.choose", suite=target)))
    return chosen


def current_company() -> Company:
    """The company the person signed in acts for."""
    return current_membership().company


def may_file() -> bool:
    """Whether the person may change and file dossiers (a reader may only read)."""
    return current_membership().role in FILERS


def files_for_some_company() -> bool:
    """Whether the person may file for a company at least, whichever they chose."""
    return any(membership.role in FILERS for membership in current_user.memberships)


def is_owner() -> bool:
    """Whether the person answers for the company: its figures, its people, its bank account."""
    return current_membership().role == "owner"
