"""Where each role begins, and the entries of its menu."""

from __future__ import annotations

from typing import Any

from flask import Flask, request, url_for
from flask_login import current_user

from bonus.claims.notices import unread_count

NOTICES = "company.notices"

# (roles, endpoint, French label); the first entry of a person's roles is where they begin.
ENTRIES: list[tuple[frozenset[str], str, str]] = [
    (frozenset({"company"}), "company.home", "Mes dossiers"),
    (frozenset({"company"}), "company.certificates", "Mes attestations"),
    (frozenset({"company"}), NOTICES, "Avis"),
    (frozenset({"accountant"}), "accountant.home", "Mes clients"),
    (frozenset({"reviewer", "authorising_officer"}), "agent.queue", "Dossiers"),
    (frozenset({"reviewer"}), "agent.alerts", "Alertes"),
    (frozenset({"accounting_officer"}), "agent.payments", "Paiements"),
    (frozenset({"reviewer", "authorising_officer", "accounting_officer"}), "agent.controls", "Contrôles"),
    (frozenset({"registry_keeper", "reviewer", "authorising_officer"}), "agent.registry", "Registre"),
    (frozenset({"administrator"}), "admin.journal", "Journal"),
]


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
        if not current_user.is_authenticated:
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


def _counted(endpoint: str, label: str) -> str:
    """An entry's label, with how much waits there to be read."""
    unread = unread_count(current_user.memberships[0].company_id) if endpoint == NOTICES else 0
    return f"{label} ({unread})" if unread else label


def _within(url: str) -> bool:
    """Whether the page asked for is this entry's, or below it ("Mes dossiers" holds /entreprise/dossiers)."""
    if url == url_for("company.home"):
        return request.path == url or request.path.startswith(f"{url}/dossiers")
    return request.path == url or request.path.startswith(f"{url}/")
