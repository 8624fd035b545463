"""The arithmetic of an invoice: sums that must agree, and what each line owes to the whole.

Inside this file amounts have the sign they have in the file; ``build`` turns those of a credit note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bonus.money import allocate, format_euros

from .model import Totals
from .sentences import refusal
from .terms import Terms, cents, groups, rate_bp, single

# Each is shared among all lines: a file with thousands of both would keep us busy for minutes.
MAX_VAT_KEYS = 100


@dataclass(frozen=True, slots=True)
class VatKey:
    """A VAT category (S, E, K…) and its rate: what ties a line to allowances and to the breakdown."""

    category: str
    rate_bp: int | None


@dataclass(slots=True)
class LineAmounts:
    """What is computed for one line, in cents."""

    key: VatKey
    net: int
    after: int
    vat: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """An allowance, a charge or the VAT of a breakdown, to share among the lines of a VAT key."""

    key: VatKey
    amount: int


def parts(terms: Terms, group: str, amount: str, category: str, rate: str) -> list[Part]:
    """Read a repeated group as one amount per VAT key. Raises InvoiceUnreadable."""
    amounts: dict[VatKey, int] = {}
    for entry in groups(terms, group):
        key = VatKey(single(entry, category), rate_bp(entry, rate))
        amounts[key] = amounts.get(key, 0) + (cents(entry, amount) or 0)
    if len(amounts) > MAX_VAT_KEYS:
        raise refusal("invoice.too_many_rates")
    return [Part(key, amount) for key, amount in amounts.items()]


def read_totals(terms: Terms, line_nets: Sequence[int], warnings: list[str]) -> Totals:
    """Read the totals and check how they agree (EN 16931, BR-CO-10 to BR-CO-16), to the cent.

    What changes the base of the bonus (BT-106 to BT-109) must agree: InvoiceUnreadable with both figures
    otherwise. What does not (BT-110 to BT-115) is a warning. The only rounding is BT-114.
    """
    net = cents(terms, "BT-109")
    if net is None:
        raise refusal("invoice.no_amounts")
    allowed = [part.amount for part in parts(terms, "BG-20", *_DOCUMENT)]
    charged = [part.amount for part in parts(terms, "BG-21", *_DOCUMENT)]
    allowances = _agree("invoice.sum_of_allowances", cents(terms, "BT-107"), allowed)
    charges = _agree("invoice.sum_of_charges", cents(terms, "BT-108"), charged)
    line_total = cents(terms, "BT-106")
    if line_total is None and not line_nets:
        line_total = net + allowances - charges  # the MINIMUM profile
    line_total = _agree("invoice.sum_of_lines", line_total, line_nets)
    computed = line_total - allowances + charges
    if computed != net:
        raise refusal("invoice.net_total", computed=format_euros(computed), given=format_euros(net))
    return _with_vat(terms, Totals(line_total, allowances, charges, net, 0, 0, 0, 0, 0), warnings)


_DOCUMENT = ("amount", "vat_category_code", "vat_rate")


def _agree(code: str, given: int | None, detail: Sequence[int]) -> int:
    """Take the total given, or computed when none is given; both must agree when there is a detail."""
    if given is None:
        return sum(detail)
    if detail and given != sum(detail):
        raise refusal(code, computed=format_euros(sum(detail)), given=format_euros(given))
    return given


def _with_vat(terms: Terms, base: Totals, warnings: list[str]) -> Totals:
    vat, gross, due = cents(terms, "BT-110"), cents(terms, "BT-112"), cents(terms, "BT-115")
    prepaid, rounding = cents(terms, "BT-113") or 0, cents(terms, "BT-114") or 0
    if vat is None:
        vat = gross - base.net if gross is not None else 0
        if vat:
            warnings.append(
                "La facture n’indique pas le total de la TVA (BT-110)\u00a0: "
                f"{format_euros(vat)} est déduit du total TTC."
            )
    if gross is None:
        gross = base.net + vat
        warnings.append("La facture n’indique pas son total TTC (BT-112)\u00a0: il est calculé.")
    elif gross != base.net + vat:
        warnings.append(
            f"Le total TTC indiqué ({format_euros(gross)}) n’est pas le total hors TVA plus la TVA "
            f"({format_euros(base.net + vat)})."
        )
    if due is None:
        due = gross - prepaid + rounding
        warnings.append("La facture n’indique pas le montant à payer (BT-115)\u00a0: il est calculé.")
    elif "BT-113" not in terms and not rounding and 0 <= due < gross:
        prepaid = gross - due  # the MINIMUM profile has no BT-113, and says it so
    elif due != gross - prepaid + rounding:
        warnings.append(
            f"Le montant à payer indiqué ({format_euros(due)}) n’est pas le total TTC moins l’acompte "
            f"({format_euros(gross - prepaid + rounding)})."
        )
    return replace(base, vat=vat, gross=gross, prepaid=prepaid, rounding=rounding, due=due)


def share(terms: Terms, lines: Sequence[LineAmounts], totals: Totals, warnings: list[str]) -> None:
    """Give each line its part of document-level allowances, charges and VAT; the sums are exact."""
    document = [Part(part.key, -part.amount) for part in parts(terms, "BG-20", *_DOCUMENT)]
    document += parts(terms, "BG-21", *_DOCUMENT)
    missing = totals.charges - totals.allowances - sum(part.amount for part in document)
    if missing:  # totals given without their detail
        document.append(Part(VatKey("", None), missing))
    nets = [line.net for line in lines]
    for part in document:
        for line, amount in zip(lines, _spread(part, lines, nets), strict=True):
            line.after += amount
    breakdown = parts(terms, "BG-23", "BT-117", "BT-118", "BT-119")
    afters = [line.after for line in lines]
    if breakdown and sum(part.amount for part in breakdown) == totals.vat:
        for part in breakdown:
            for line, amount in zip(lines, _spread(part, lines, afters), strict=True):
                line.vat += amount
        return
    if breakdown:
        warnings.append(
            "Le détail de la TVA par taux ne fait pas son total (BT-110)\u00a0: le total est réparti."
        )
    taxed = [after * (line.key.rate_bp or 0) for after, line in zip(afters, lines, strict=True)]
    shares = allocate(totals.vat, _weights(taxed if any(taxed) else afters))
    for line, amount in zip(lines, shares, strict=True):
        line.vat = amount


def _spread(part: Part, lines: Sequence[LineAmounts], values: Sequence[int]) -> list[int]:
    """Share a part among the lines of its category and rate, else of its rate, else among all."""
    chosen = [line.key == part.key for line in lines]
    if not any(chosen) and part.key.rate_bp is not None:
        chosen = [line.key.rate_bp == part.key.rate_bp for line in lines]
    if not any(chosen):
        chosen = [True] * len(lines)
    shares = iter(
        allocate(part.amount, _weights([v for v, taken in zip(values, chosen, strict=True) if taken]))
    )
    return [next(shares) if taken else 0 for taken in chosen]


def _weights(values: Sequence[int]) -> list[int]:
    """Weights for ``allocate``: a discount given as a negative line bears nothing, what it reduces does."""
    for weights in ([max(value, 0) for value in values], [max(-value, 0) for value in values]):
        if any(weights):
            return weights
    return [1] * len(values)
