"""Where each role begins, and the entries of its menu."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, request, url_for
from flask_login import current_user

from bonus.claims.notices import unread_count
from bonus.jobs.failed import waiting_for_a_person
from bonus.jobs.words import MONEY_KINDS

from .access import awaits_factor, chosen_membership

NOTICES = "company.notices"
JOBS = "agent.jobs"

# (roles, endpoint, French label); the first entry of a person's roles is where they begin.
ENTRIES: list[tuple[frozenset[str], str, str]] = [
    (frozenset({"company"}), "company.home", "Mes dossiers"),
    (frozenset({"company"}), "company.certificates", "Mes attestations"),
    (frozenset({"company"}), "company.establishment", "Mon entreprise"),
    (frozenset({"company"}), NOTICES, "Avis"),
    (frozenset({"accountant"}), "accountant.home", "Mes clients"),
    (frozenset({"reviewer", "authorising_officer"}), "agent.queue", "Dossiers"),
    (frozenset({"reviewer", "authorising_officer"}), "agent.deadlines", "Échéances"),
    (frozenset({"reviewer", "authorising_officer"}), "agent.lane", "Voie rapide"),
    (frozenset({"reviewer", "authorising_officer"}), "agent.appeals", "Recours"),
    (frozenset({"reviewer"}), "agent.alerts", "Alertes"),
    (frozenset({"reviewer", "authorising_officer"}), "agent.owed", "Motifs et retraits"),
    (frozenset({"accounting_officer"}), "agent.payments", "Paiements"),
    (frozenset({"accounting_officer"}), "agent.accounts", "Comptes bancaires"),
    (frozenset({"authorising_officer", "accounting_officer"}), "agent.budget", "Budget"),
    (frozenset({"accounting_officer"}), "agent.ledger", "Comptabilité"),
    (frozenset({"reviewer", "authorising_officer", "accounting_officer"}), "agent.controls", "Contrôles"),
    (frozenset({"reviewer", "authorising_officer", "accounting_officer"}), "agent.undues", "Indus"),
    (frozenset({"registry_keeper", "reviewer", "authorising_officer"}), "agent.registry", "Registre"),
    (frozenset({"administrator"}), "admin.journal", "Journal"),
    (frozenset({"administrator"}), "agent.sign_ups", "Inscriptions"),
    (frozenset({"administrator"}), "agent.assignments", "Attributions"),
    (frozenset({"administrator"}), "letters.index", "Lettres"),
    (frozenset({"administrator"}), "agent.agents_list", "Agents"),
    (frozenset({"administrator"}), "agent.campaigns_list", "Campagnes"),
    (frozenset({"reviewer", "authorising_officer", "administrator"}), "agent.reporting", "Pilotage"),
    (
        frozenset({"accounting_officer", "authorising_officer", "administrator"}),
        "agent.minimis",
        "De minimis",
    ),
    (frozenset({"accounting_officer", "administrator"}), JOBS, "Travaux"),
]


# An address of this site. Browsers read a backslash as a slash, and drop tabs and line ends: what begins
# with a slash and one of these may lead elsewhere.
_LOCAL_ADDRESS = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def asked_page() -> str | None:
    """The page asked for before this one (``suite``), when it is one of ours."""
    return local_page(request.args.get("suite"))


def local_page(target: str | None) -> str | None:
    """An address, when it is one of ours."""
    return target if target and len(target) <= 2_000 and _LOCAL_ADDRESS.fullmatch(target) else None


def entries_of(roles: frozenset[str]) -> list[tuple[str, str]]:
    """The (endpoint, label) a person with these roles may open."""
    return [(endpoint, label) for audience, endpoint, label in ENTRIES if audience & roles]


def landing_url(roles: frozenset[str]) -> str:
    """Where someone with these roles begins after signing in."""
    entries = entries_of(roles)
    return url_for(entries[0][0] if entries else "public.home")


def register_navigation(app: Flask) -> None:
    """Give every template the menu of the person signed in."""

    @app.context_processor
    def navigation() -> dict[str, Any]:
        if not current_user.is_authenticated or awaits_factor():
            return {"navigation": []}
        return {
            "navigation": [
                {
                    "url": url_for(endpoint),
                    "label": _counted(endpoint, label),
                    "active": _within(url_for(endpoint)),
                }
                for endpoint, label in entries_of(current_user.roles)
            ]
        }


_OF_THE_COMPANY = tuple(
    f"/entreprise/{page}" for page in ("etablissement", "equipe", "banque", "choisir", "preuve")
)


def _counted(endpoint: str, label: str) -> str:
    """An entry's label, with how much waits there to be read, or to be looked at."""
    if endpoint == JOBS:
        failed = waiting_for_a_person(None if "administrator" in current_user.roles else MONEY_KINDS)
        return f"{label} ({failed})" if failed else label
    membership = chosen_membership() if endpoint == NOTICES else None
    unread = unread_count(membership.company_id) if membership else 0
    return f"{label} ({unread})" if unread else label


def _within(url: str) -> bool:
    """Whether the page asked for is this entry's, or below it ("Mes dossiers" holds /entreprise/dossiers)."""
    if url == url_for("company.home"):
        return request.path == url or request.path.startswith(f"{url}/dossiers")
    if url == url_for("company.establishment"):
        return request.blueprint == "company" and request.path.startswith(_OF_THE_COMPANY)
    return request.path == url or request.path.startswith(f"{url}/")
