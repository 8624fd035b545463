"""Lines that a company types, because the invoice's file details none; and what a person may type of any invoice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bonus.adapters.einvoice import NO_LINES
from bonus.adapters.einvoice.build import TOTAL_LINE, period_of
from bonus.adapters.einvoice.terms import MAX_CENTS
from bonus.audit.service import Actor, record
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import format_euros

from .intake import locked_draft
from .invoice_rows import EnteredLine, write_lines
from .matching import solutions_of
from .models import Claim, Invoice

MAX_ENTERED_LINES = 100


def enter_lines(
    claim_id: int, invoice_id: int, lines: Sequence[EnteredLine], actor: Actor, now: datetime
) -> None:
    """Write the lines of an invoice whose file has none (MINIMUM, BASIC WL), in place of the one made of its total.

    Amounts are cents as printed on the document. Raises InvalidInput when the lines do not make its totals to the
    cent, NotFound for an invoice of another dossier, Refusal when its file details its lines.
    """
    claim = locked_draft(claim_id)
    invoice = invoice_of(claim, invoice_id)
    if not invoice.lines_from_totals:
        raise Refusal(
            "invoice.has_lines", "Cette facture détaille ses lignes : elles sont lues telles quelles."
        )
    sign = -1 if invoice.is_credit_note else 1
    check_lines(lines, net_cents=sign * invoice.net_cents, vat_cents=sign * invoice.vat_cents)
    write_lines(invoice, lines, solutions_of(invoice.supplier_identifier))
    invoice.lines_entered = True
    invoice.warnings = [sentence for sentence in invoice.warnings if sentence != NO_LINES]
    record("claim.lines_entered", f"claim:{claim.id}", actor, now, invoice=invoice.number, lines=len(lines))
    db.session.commit()


def give_up_lines(claim_id: int, invoice_id: int, actor: Actor, now: datetime) -> None:
    """Come back from the lines a person typed to the one made of the invoice's total, as its file was first read.

    Raises NotFound for an invoice of another dossier, Refusal when its lines were not typed.
    """
    claim = locked_draft(claim_id)
    invoice = invoice_of(claim, invoice_id)
    if not invoice.lines_entered:
        raise Refusal("invoice.lines_not_entered", "Les lignes de cette facture n’ont pas été saisies.")
    sign = -1 if invoice.is_credit_note else 1
    start, end = period_of(invoice.terms, [])
    whole = EnteredLine(TOTAL_LINE, None, sign * invoice.net_cents, sign * invoice.vat_cents, start, end)
    write_lines(invoice, [whole], solutions_of(invoice.supplier_identifier))
    invoice.lines_entered = False
    invoice.warnings = [*invoice.warnings, NO_LINES]
    record("claim.lines_given_up", f"claim:{claim.id}", actor, now, invoice=invoice.number)
    db.session.commit()


def invoice_of(claim: Claim, invoice_id: int) -> Invoice:
    """The dossier's invoice of that id. Raises NotFound when it is not in it."""
    invoice = next((one for one in claim.invoices if one.id == invoice_id), None)
    if invoice is None:
        raise NotFound("invoice.unknown", "Cette facture n’est pas dans le dossier.")
    return invoice


def check_lines(lines: Sequence[EnteredLine], *, net_cents: int, vat_cents: int) -> None:
    """Raise InvalidInput unless the lines are well formed and make these totals, to the cent."""
    if not lines:
        raise InvalidInput("lines.none", "Saisissez au moins une ligne.")
    if len(lines) > MAX_ENTERED_LINES:
        raise InvalidInput("lines.too_many", f"Une facture saisie a {MAX_ENTERED_LINES} lignes au plus.")
    for rank, line in enumerate(lines, start=1):
        _check_line(rank, line)
    _check_sum("hors taxes", sum(line.net_cents for line in lines), net_cents)
    _check_sum("de TVA", sum(line.vat_cents for line in lines), vat_cents)


def _check_line(rank: int, line: EnteredLine) -> None:
    if not line.name.strip():
        raise InvalidInput("lines.no_name", f"Ligne {rank} : écrivez ce qui a été acheté.")
    if max(abs(line.net_cents), abs(line.vat_cents)) > MAX_CENTS:
        raise InvalidInput("lines.amount", f"Ligne {rank} : ce montant n’est pas vraisemblable.")
    if (line.service_start is None) != (line.service_end is None):
        raise InvalidInput(
            "lines.half_period",
            f"Ligne {rank} : donnez le début et la fin du service, ou aucun des deux (art. 5.2).",
        )
    if line.service_start and line.service_end and line.service_end < line.service_start:
        raise InvalidInput("lines.period", f"Ligne {rank} : le service finit avant de commencer.")


def _check_sum(of_what: str, total: int, wanted: int) -> None:
    if total == wanted:
        return
    gap = wanted - total
    missing = f"il manque {format_euros(gap)}" if gap > 0 else f"il y a {format_euros(-gap)} de trop"
    raise InvalidInput(
        "lines.sum",
        f"Vos lignes font {format_euros(total)} {of_what}, la facture {format_euros(wanted)} : {missing}.",
    )
