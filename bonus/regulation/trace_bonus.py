"""The steps of arts. 3, 5.1, 5.2 and 6: from the price to the bonus, with every operation."""

from __future__ import annotations

from typing import Any

from bonus.money import amount_string, format_euros, format_rate
from bonus.regulation import trace_de_minimis
from bonus.regulation.certification import labels_in_force
from bonus.regulation.schema import LARGE, PUBLIC
from bonus.regulation.steps import Step, Words, Writer
from bonus.regulation.wording import capitalised, day_iso, day_text, grouped, points


def spend_steps(writer: Writer, row: int) -> list[Step]:
    """The amount of art. 5.1 and, for a long service, its part of art. 5.2."""
    lines, spend = writer.portfolio.lines, writer.outcome.workings.spend
    net, vat, aid = int(lines.net[row]), int(lines.vat[row]), int(lines.other_public_aid[row])
    amount, with_vat = int(spend.amount[row]), bool(spend.with_vat[row])
    terms = f"{format_euros(net)} hors taxes"
    inputs: dict[str, Any] = {"net": amount_string(net), "other_public_aid": amount_string(aid)}
    if aid:
        terms += f" − {format_euros(aid)} d’autres aides publiques"
    if with_vat:
        terms += f" + {format_euros(vat)} de TVA non récupérable"
        inputs["vat"] = amount_string(vat)
    total = f" = {format_euros(amount)}" if aid or with_vat else ""
    words = Words(f"Montant retenu : {terms}{total} (art. 5.1).", inputs)
    steps = [writer.step(row, "spend.amount", "art. 5.1", words, amount_string(amount))]
    if spend.days[row]:
        steps.append(_service(writer, row, amount))
    return steps


def _service(writer: Writer, row: int, amount: int) -> Step:
    lines, spend = writer.portfolio.lines, writer.outcome.workings.spend
    days, counted, base = int(spend.days[row]), int(spend.counted[row]), int(spend.base[row])
    months = writer.parameters.integer("spend.service_months", writer.issued_on(row))
    words = Words(
        f"Service du {day_text(lines.service_start, row)} au {day_text(lines.service_end, row)} : seuls les "
        f"{months} premiers mois comptent, soit {counted} jours sur {days}. "
        f"Base : {format_euros(amount)} × {counted} / {days} = {format_euros(base)} (art. 5.2).",
        {
            "amount": amount_string(amount),
            "service_start": day_iso(lines.service_start, row),
            "service_end": day_iso(lines.service_end, row),
            "days_counted": counted,
            "days": days,
        },
        "spend.service_months",
    )
    return writer.step(row, "spend.service", "art. 5.2", words, amount_string(base))


def rate_steps(writer: Writer, row: int) -> list[Step]:
    """The size category, then what makes the rate (codes in ``rate.``), then the rate."""
    rates = writer.outcome.workings.rates
    axis, size = writer.axis(row), writer.size(row)
    parts = [
        int(column[row]) for column in (rates.axis, rates.size, rates.replaces_foreign, rates.two_labels)
    ]
    axis_bp, size_bp, foreign, labels = parts
    axis_name, size_name = (
        writer.parameters.name_of("axis", axis).short,
        writer.parameters.name_of("size", size).short,
    )
    found = [
        (
            "rate.axis",
            axis_bp,
            Words(
                f"Taux de base {axis_name} : {format_rate(axis_bp)} (art. 6)",
                {"axis": axis},
                f"axis.{axis}.rate",
            ),
        ),
        (
            "rate.size",
            size_bp,
            Words(f"{capitalised(size_name)} : {points(size_bp)}", {"size": size}, f"size.{size}.bonus"),
        ),
    ]
    if writer.portfolio.lines.replaces_foreign[row]:
        text = f"Remplacement d’une solution non européenne : {points(foreign)}"
        words = Words(text, {"replaces_foreign": True}, "premium.replaces_foreign")
        found.append(("rate.replaces_foreign", foreign, words))
    if writer.outcome.workings.two_labels[row]:
        held = labels_in_force(writer.portfolio, row, writer.outcome.workings.issued_on, writer.parameters)
        words = Words(
            f"Au moins deux labels reconnus : {points(labels)}", {"labels": held}, "premium.two_labels"
        )
        found.append(("rate.two_labels", labels, words))
    steps = [_category(writer, row, size)]
    steps += [writer.step(row, code, "art. 6", words, result) for code, result, words in found]
    return [*steps, _total_rate(writer, row, sum(parts))]


def _category(writer: Writer, row: int, size: str) -> Step:
    who, buyer = writer.portfolio.beneficiaries, writer.buyer(row)
    inputs: dict[str, Any] = {"kind": "public_body"}
    figures = ""
    if not who.public_body[buyer]:
        headcount, turnover = int(who.headcount[buyer]), int(who.turnover[buyer])
        total = int(who.balance_sheet[buyer])
        figures = (
            f" : effectif {grouped(headcount)}, chiffre d’affaires {format_euros(turnover)}, "
            f"total de bilan {format_euros(total)}"
        )
        inputs = {
            "kind": "enterprise",
            "headcount": headcount,
            "turnover": amount_string(turnover),
            "balance_sheet": amount_string(total),
        }
    key = None if size in {LARGE, PUBLIC} else f"size.{size}.headcount_below"
    words = Words(f"Catégorie {writer.parameters.name_of('size', size).name}{figures} (art. 3).", inputs, key)
    return writer.step(row, "size.category", "art. 3", words, size)


def _total_rate(writer: Writer, row: int, whole: int) -> Step:
    rate = int(writer.outcome.rate[row])
    bound, note = None, ""
    if rate < whole:
        bound, note = "bonus.rate_cap", " (taux maximal)"
    elif rate > whole:
        bound, note = "bonus.rate_floor", " (taux minimal)"
    words = Words(f"Taux du bonus : {format_rate(rate)}{note}", {"sum_bp": whole}, bound)
    return writer.step(row, "rate.total", "art. 6", words, rate)


def amount_steps(writer: Writer, row: int) -> list[Step]:
    """The bonus before ceilings, each cut, and what is granted."""
    out = writer.outcome
    base, rate, before = int(out.base[row]), int(out.rate[row]), int(out.before_ceilings[row])
    granted = int(out.bonus[row])
    after_solution = before - int(out.solution_cut[row])
    after_year = after_solution - int(out.annual_cut[row])
    words = Words(
        f"Bonus avant plafonds : {format_euros(base)} × {format_rate(rate)} = {format_euros(before)} "
        "(art. 6).",
        {"base": amount_string(base), "rate_bp": rate},
    )
    steps = [writer.step(row, "bonus.before_ceilings", "art. 6", words, amount_string(before))]
    if out.solution_cut[row]:
        steps.append(_cut(writer, row, "art6.solution", (before, after_solution)))
    if out.annual_cut[row]:
        steps.append(_cut(writer, row, "art6.annual", (after_solution, after_year)))
    steps += trace_de_minimis.steps(writer, row, after_year)
    words = Words(
        f"Bonus de la ligne : {format_euros(granted)} (art. 6).",
        {"bonus_before_ceilings": amount_string(before), "cuts": amount_string(before - granted)},
    )
    return [*steps, writer.step(row, "bonus.granted", "art. 6", words, amount_string(granted))]


def _cut(writer: Writer, row: int, code: str, amounts: tuple[int, int]) -> Step:
    """A cut from ``asked`` to ``left``, which is what was left under the ceiling."""
    asked, left = amounts
    year = writer.issued_on(row).year
    key, scope = "ceiling.solution", "par solution et par an"
    if code == "art6.annual":
        key, scope = f"size.{writer.size(row)}.annual_ceiling", "par bénéficiaire et par an"
    ceiling = writer.parameters.integer(key, writer.issued_on(row))
    found = f"il restait {format_euros(left)}" if left else "il ne restait rien"
    words = Words(
        f"Plafond de {format_euros(ceiling)} {scope} : {found} pour les factures de {year}. "
        f"Le bonus est réduit de {format_euros(asked - left)} (art. 6).",
        {"asked": amount_string(asked), "left": amount_string(left), "year": year},
        key,
    )
    return writer.step(row, code, "art. 6", words, amount_string(asked - left))
