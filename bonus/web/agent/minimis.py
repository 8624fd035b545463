"""What the central register of de minimis aids was told of the bonuses, and what it is still to be told (art. 7)."""

from __future__ import annotations

from datetime import date

from flask import Response, render_template, request, url_for

from bonus.adapters.de_minimis_register import LocalRegister
from bonus.calendar import civil_date, short_date
from bonus.money import format_euros
from bonus.parts import de_minimis_register, is_demo
from bonus.register.lists import STATES, kept_until, late_count, register_page
from bonus.register.models import ENTRY_KINDS
from bonus.spreadsheet import Euros

from ..access import allow, now
from ..exports import KIND, every_page, table_file
from .views import blueprint

READERS = ("accounting_officer", "authorising_officer", "administrator")
PAGE_SIZE = 50
LAST_LINES = 20
"""Lines of the embedded file shown at once, the latest."""


def _asked() -> str | None:
    state = request.args.get("suivi")
    return state if state in STATES else None


@blueprint.get("/registre-de-minimis")
@allow(*READERS)
def minimis() -> str:
    state, today = _asked(), civil_date(now())
    page = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    listing = register_page(state, today, page, PAGE_SIZE)
    return render_template(
        "agent/minimis.html",
        listing=listing,
        state=state,
        states=STATES,
        kinds=ENTRY_KINDS,
        late=late_count(today),
        kept_until=kept_until,
        lines=_embedded(),
        today=today,
        page=page,
        pages=max(1, -(-listing.total // PAGE_SIZE)),
        page_url=lambda number: url_for("agent.minimis", suivi=state, page=number),
    )


def _embedded() -> list[dict[str, str]] | None:
    """What the embedded register holds, in a demonstration; None elsewhere."""
    register = de_minimis_register()
    if not is_demo() or not isinstance(register, LocalRegister):
        return None
    return [
        {
            "reference": line["reference"],
            "what": f"corrige {line['corrects']}" if line["kind"] == "corrected" else line["beneficiary"],
            "name": line.get("name") or line.get("reason", ""),
            "amount": format_euros(line["amount_cents"]),
            "day": short_date(date.fromisoformat(line.get("granted_on") or line["corrected_on"])),
        }
        for line in reversed(register.lines()[-LAST_LINES:])
    ]


@blueprint.get(f"/registre-de-minimis.{KIND}")
@allow(*READERS)
def minimis_table(kind: str) -> Response:
    state, today = _asked(), civil_date(now())

    def page(number: int) -> tuple[list[tuple[object, ...]], int]:
        listing = register_page(state, today, number, 500)
        rows: list[tuple[object, ...]] = [
            (
                entry.decision.claim.number,
                entry.decision.claim.company.siren,
                entry.decision.claim.company.name,
                entry.decision.decided_on,
                ENTRY_KINDS[entry.kind],
                Euros(entry.amount_cents),
                entry.effective_on,
                entry.due_on,
                civil_date(entry.entered_at) if entry.entered_at else None,
                entry.reference,
                entry.reason,
                kept_until(entry),
            )
            for entry in listing.rows
        ]
        return rows, listing.total

    titles = (
        "Dossier", "SIREN", "Bénéficiaire", "Accordé le", "Nature", "Montant de l’aide", "À compter du",
        "À inscrire avant le", "Inscrit le", "Référence au registre", "Motif", "Conservé jusqu’au",
    )  # fmt: skip
    return table_file(kind, "registre-de-minimis", titles, every_page(page))
