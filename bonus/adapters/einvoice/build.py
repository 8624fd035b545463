"""From the terms that factur-x reads to an ``EInvoice``: pure, no file is opened here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from bonus.money import format_euros

from .amounts import LineAmounts, VatKey, read_totals, share
from .model import EInvoice, InvoiceLine, PrecedingInvoice, Syntax, Totals
from .party import read_party
from .sentences import refusal
from .terms import Terms, cents, day, group, groups, rate_bp, single, text

# UNTDID 1001, as EN 16931 restricts it.
# fmt: off
CREDIT_NOTES = frozenset({
    "81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532",
})
INVOICES = frozenset({
    "71", "80", "82", "84", "102", "130", "202", "203", "204", "211", "218", "219", "295", "326", "331",
    "380", "382", "383", "384", "385", "386", "387", "388", "389", "390", "393", "394", "395", "456", "457",
    "471", "472", "473", "500", "501", "527", "553", "575", "623", "633", "751", "780", "817", "870", "875",
    "876", "877", "935",
})
# fmt: on
PROFORMA = "325"
_KINDS = {
    "384": "C’est une facture rectificative\u00a0: celle qu’elle remplace ne peut pas être présentée aussi.",
    "386": "C’est une facture d’acompte\u00a0: la facture finale ne devra être présentée que pour le solde.",
}
NO_LINES = "La facture ne détaille pas ses lignes\u00a0: une seule ligne est faite de son total hors TVA."
TOTAL_LINE = "Total de la facture (lignes non détaillées)"
MAX_WARNINGS = 50
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
# In the EXTENDED profile a line may group others or only inform: it adds nothing to BT-106.
NOT_COUNTED = frozenset({"GROUP", "INFORMATION"})


def build(answer: Mapping[str, Any]) -> EInvoice:
    """Make the invoice from what ``worker.py`` answered. Raises InvoiceUnreadable."""
    terms: Terms = answer["terms"]
    warnings = _warn_on_form(answer)
    number, issued_on, type_code = _identity(terms, answer["unreadable_dates"])
    is_credit_note = answer["flavor"] == "ubl-2.1-creditnote" or type_code in CREDIT_NOTES
    seller = read_party(group(terms, "BG-4"), "vendeur")
    buyer = read_party(group(terms, "BG-7"), "client")
    warnings += [*seller.warnings, *buyer.warnings]
    if not seller.name:
        warnings.append("La facture ne donne pas le nom du vendeur.")
    entries = [entry for entry in groups(terms, "BG-25") if single(entry, "EXT-FR-FE-163") not in NOT_COUNTED]
    amounts = [_line_amounts(entry, position) for position, entry in enumerate(entries, start=1)]
    totals = read_totals(terms, [line.net for line in amounts], warnings)
    lines_from_totals = not amounts
    if lines_from_totals:
        # With BT-109 as its amount the line is already after allowances and charges.
        entries = [{"BT-126": "1", "BT-153": TOTAL_LINE}]
        amounts = [
            LineAmounts(VatKey("", _only_rate(terms)), net=totals.net, after=totals.net, vat=totals.vat)
        ]
        warnings.append(NO_LINES)
    else:
        share(terms, amounts, totals, warnings)
    sign = _sign(is_credit_note, totals, warnings)
    period = period_of(terms, warnings)
    lines = [
        _line(position, entry, line, sign=sign, period=period, warnings=warnings)
        for position, (entry, line) in enumerate(zip(entries, amounts, strict=True), start=1)
    ]
    warnings += _warn_on_negative_lines(lines, sign)
    warnings += [_KINDS[type_code]] if type_code in _KINDS else []
    return EInvoice(
        syntax=_syntax(answer),
        profile=answer["level"] or "unknown",
        number=number,
        issued_on=issued_on,
        type_code=type_code,
        is_credit_note=is_credit_note,
        currency=single(terms, "BT-5"),
        seller=seller,
        buyer=buyer,
        preceding_invoices=[
            PrecedingInvoice(text(entry, "BT-25", 100), day(entry, "BT-26"))
            for entry in groups(terms, "BG-3")
            if text(entry, "BT-25")
        ],
        period_start=period[0],
        period_end=period[1],
        lines=lines,
        lines_from_totals=lines_from_totals,
        totals=Totals(*(sign * getattr(totals, field.name) for field in fields(totals))),
        warnings=warnings[:MAX_WARNINGS],
        terms=dict(terms),
    )


def _syntax(answer: Mapping[str, Any]) -> Syntax:
    if answer["flavor"] != "factur-x":
        return "ubl"
    return "factur-x" if answer["in_pdf"] else "cii"


def _warn_on_form(answer: Mapping[str, Any]) -> list[str]:
    warnings = []
    if answer["level"] is None:
        warnings.append("Le profil de la facture (BT-24) n’est pas reconnu.")
    elif not answer["xsd_valid"]:
        warnings.append("Le fichier ne respecte pas entièrement le schéma officiel de son format.")
    warnings += [
        f"Une date est illisible et n’est pas retenue\u00a0: «\u00a0{one}\u00a0»."
        for one in answer["unreadable_dates"]
    ]
    return warnings


def _identity(terms: Terms, unreadable_dates: list[str]) -> tuple[str, date, str]:
    number = single(terms, "BT-1")
    if not number:
        raise refusal("invoice.no_number")
    if len(number) > 100:
        raise refusal("invoice.number_too_long")
    issued_on = day(terms, "BT-2")
    if issued_on is None:
        if unreadable_dates:
            raise refusal("invoice.unreadable_date", value=unreadable_dates[0])
        raise refusal("invoice.no_date")
    if not EARLIEST <= issued_on <= LATEST:
        raise refusal("invoice.absurd_date", value=issued_on.isoformat())
    type_code = single(terms, "BT-3")
    if not type_code:
        raise refusal("invoice.no_type")
    if type_code == PROFORMA:
        raise refusal("invoice.proforma")
    if type_code not in CREDIT_NOTES | INVOICES:
        raise refusal("invoice.type_code", value=type_code[:20])
    return number, issued_on, type_code


def _line_amounts(entry: Terms, position: int) -> LineAmounts:
    net = cents(entry, "BT-131")
    if net is None:
        raise refusal("invoice.line_without_amount", value=str(position))
    return LineAmounts(VatKey(single(entry, "BT-151"), rate_bp(entry, "BT-152")), net=net, after=net)


def _line(
    position: int,
    entry: Terms,
    amounts: LineAmounts,
    *,
    sign: int,
    period: tuple[date | None, date | None],
    warnings: list[str],
) -> InvoiceLine:
    start, end = _period(
        entry, "BT-134", "BT-135", period, where=f"de la ligne {position}", warnings=warnings
    )
    return InvoiceLine(
        number=position,
        line_id=text(entry, "BT-126", 100),
        name=text(entry, "BT-153"),
        description=text(entry, "BT-154", 2000),
        reference=text(entry, "BT-155", 100),
        quantity=text(entry, "BT-129", 40),
        net_cents=sign * amounts.net,
        vat_cents=sign * amounts.vat,
        vat_rate_bp=amounts.key.rate_bp,
        service_start=start,
        service_end=end,
        net_after_document_cents=sign * amounts.after,
    )


def _warn_on_negative_lines(lines: list[InvoiceLine], sign: int) -> list[str]:
    against = [line for line in lines if sign * line.net_cents < 0 and len(lines) > 1]
    shown = ", ".join(f"{line.number} ({format_euros(line.net_cents)})" for line in against[:10])
    return (
        [f"Lignes de signe contraire au document, à rattacher à l’achat qu’elles corrigent\u00a0: {shown}."]
        if against
        else []
    )


def period_of(terms: Terms, warnings: list[str]) -> tuple[date | None, date | None]:
    """The service period of a whole invoice, both ends or neither; what is odd in it goes to ``warnings``."""
    return _period(terms, "BT-73", "BT-74", (None, None), where="de la facture", warnings=warnings)


def _period(
    terms: Terms,
    first: str,
    last: str,
    default: tuple[date | None, date | None],
    *,
    where: str,
    warnings: list[str],
) -> tuple[date | None, date | None]:
    """Read a service period: both ends or neither (art. 5.2); an end left out comes from ``default``."""
    start, end = day(terms, first), day(terms, last)
    if start is None and end is None:
        return default
    start, end = start or default[0], end or default[1]
    if start is None or end is None:
        warnings.append(f"La période de service {where} n’a qu’une date\u00a0: elle n’est pas retenue.")
        return None, None
    if not EARLIEST <= start <= end <= LATEST:
        warnings.append(
            f"La période de service {where} n’est pas vraisemblable "
            f"({start:%d/%m/%Y} – {end:%d/%m/%Y})\u00a0: elle n’est pas retenue."
        )
        return None, None
    return start, end


def _sign(is_credit_note: bool, totals: Totals, warnings: list[str]) -> int:
    """Tell by what to multiply the file's amounts so that a credit note reduces what was bought.

    A credit note normally bears positive amounts: they are turned. Some sellers already write them
    negative: they are kept, because a credit note that would *add* to a claim is never what was meant.
    A negative invoice (380) is a credit note in all but name: it stays negative, with a warning.
    """
    negative = (totals.net or totals.gross) < 0
    if is_credit_note:
        if negative:
            warnings.append(
                "Les montants de cet avoir sont négatifs dans le fichier\u00a0: ils sont repris tels quels."
            )
        return 1 if negative else -1
    if negative:
        warnings.append(
            "Le total de cette facture est négatif\u00a0: elle vient en déduction, comme un avoir."
        )
    return 1


def _only_rate(terms: Terms) -> int | None:
    rates = {rate_bp(entry, "BT-119") for entry in groups(terms, "BG-23")}
    return rates.pop() if len(rates) == 1 else None
