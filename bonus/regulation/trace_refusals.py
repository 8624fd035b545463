"""Why a line is refused or waits, said plainly: what was found, the dates, the article."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from bonus.calendar import format_date
from bonus.money import amount_string, format_euros
from bonus.regulation.columns import WITHDRAWN
from bonus.regulation.duplicates import SAME_CLAIM
from bonus.regulation.reasons import article_of
from bonus.regulation.steps import Step, Words, Writer
from bonus.regulation.wording import day_iso, day_text


def step(writer: Writer, row: int, code: str) -> Step:
    """The step that refuses a line, or makes it wait, for ``code``."""
    words, article = _WORDS[code](writer, row), article_of(code)
    status = "pending" if code == "solution.certification_suspended" else "refused"
    said = Words(f"{words.sentence} ({article}).", words.inputs, words.parameter, words.on)
    return writer.step(row, code, article, said, status)


def _who(writer: Writer, row: int) -> str:
    return "L’organisme" if writer.portfolio.beneficiaries.public_body[writer.buyer(row)] else "L’entreprise"


def _issued(writer: Writer, row: int) -> tuple[str, dict[str, Any]]:
    issued_on = writer.issued_on(row)
    return format_date(issued_on), {"issued_on": issued_on.isoformat()}


def _invalid_siren(writer: Writer, row: int) -> Words:
    siren = writer.portfolio.beneficiaries.siren[writer.buyer(row)]
    return Words(f"Le numéro SIREN {siren} n’est pas valide", {"siren": siren})


def _not_active(writer: Writer, row: int) -> Words:
    issued, inputs = _issued(writer, row)
    ceased_on, buyer = writer.portfolio.beneficiaries.ceased_on, writer.buyer(row)
    return Words(
        f"{_who(writer, row)} a cessé son activité le {day_text(ceased_on, buyer)} ; "
        f"la facture est du {issued}",
        inputs | {"ceased_on": day_iso(ceased_on, buyer)},
    )


def _in_liquidation(writer: Writer, row: int) -> Words:
    filed_on = writer.filed_on(row)
    return Words(
        f"{_who(writer, row)} était en liquidation judiciaire le jour du dépôt, le {format_date(filed_on)}",
        {"in_liquidation": True, "filed_on": filed_on.isoformat()},
    )


def _excluded_activity(writer: Writer, row: int) -> Words:
    who = writer.portfolio.beneficiaries
    division = who.naf_names[int(who.naf_division[writer.buyer(row)])]
    return Words(
        f"L’activité principale de l’entreprise (division {division} de la NAF) "
        "relève d’un autre règlement d’aide",
        {"naf_division": division},
        "beneficiary.excluded_naf_divisions",
    )


def _before_scheme(writer: Writer, row: int) -> Words:
    issued, inputs = _issued(writer, row)
    start = writer.parameters.on("period.start", writer.issued_on(row)).value
    assert isinstance(start, date)  # the schema lets no other value in
    return Words(
        f"Cette facture est du {issued} : le dispositif ne vaut que pour les factures datées du "
        f"{format_date(start)} ou après",
        inputs,
        "period.start",
    )


def _after_scheme(writer: Writer, row: int) -> Words:
    issued, inputs = _issued(writer, row)
    end = writer.parameters.on("period.end", writer.issued_on(row)).value
    assert isinstance(end, date)  # an invoice is after the end only when there is one
    return Words(
        f"Cette facture est du {issued} : le dispositif a pris fin le {format_date(end)}",
        inputs,
        "period.end",
    )


def _late(writer: Writer, row: int) -> Words:
    invoice, filed_on = int(writer.portfolio.lines.invoice[row]), writer.filed_on(row)
    deadline = writer.outcome.workings.deadline
    return Words(
        "Cette facture arrive trop tard : elle devait être déposée au plus tard le "
        f"{day_text(deadline, invoice)}",
        _issued(writer, row)[1] | {"filed_on": filed_on.isoformat(), "deadline": day_iso(deadline, invoice)},
        "spend.filing_months",
    )


def _already_claimed(writer: Writer, row: int) -> Words:
    portfolio = writer.portfolio
    invoice = int(portfolio.lines.invoice[row])
    holder, number = int(writer.outcome.workings.holder[invoice]), portfolio.invoices.numbers[invoice]
    inputs = {"number": number, "supplier_id": portfolio.parties[int(portfolio.invoices.seller[invoice])]}
    if holder == SAME_CLAIM:
        where = "figure déjà plus haut dans ce dossier"
    elif holder >= 0 and portfolio.claims.beneficiary[holder] == portfolio.lines.beneficiary[row]:
        where = f"figure déjà dans votre dossier {portfolio.claims.ids[holder]}, déposé auparavant"
        inputs["claim"] = portfolio.claims.ids[holder]
    else:
        # The dossier of somebody else is never named.
        where = "figure déjà dans un dossier déposé auparavant"
    return Words(f"La facture {number} de ce fournisseur {where}", inputs)


def _intra_group(writer: Writer, row: int) -> Words:
    portfolio = writer.portfolio
    buyer = int(portfolio.beneficiaries.party[writer.buyer(row)])
    linked, who = int(portfolio.invoices.seller[portfolio.lines.invoice[row]]), "Le vendeur"
    if not any(members[linked] == members[buyer] for members in (portfolio.group, portfolio.undertaking)):
        linked, who = (
            int(portfolio.registry.supplier[portfolio.lines.solution[row]]),
            "Le fournisseur de la solution",
        )
    inputs = {"supplier_id": portfolio.parties[linked], "beneficiary": portfolio.parties[buyer]}
    if linked == buyer:
        return Words(f"{who} est l’acheteur lui-même", inputs)
    return Words(
        f"{who} ({portfolio.parties[linked]}) appartient au même groupe que l’acheteur, "
        "ou à la même entreprise unique",
        inputs,
    )


def _no_amount(writer: Writer, row: int) -> Words:
    lines = writer.portfolio.lines
    net, aid = int(lines.net[row]), int(lines.other_public_aid[row])
    inputs = {"net": amount_string(net), "other_public_aid": amount_string(aid)}
    if net <= 0:
        return Words(
            f"Le montant de cette ligne est de {format_euros(net)} hors taxes : il n’y a rien à aider", inputs
        )
    return Words(
        f"Les autres aides publiques ({format_euros(aid)}) couvrent déjà le montant de la ligne "
        f"({format_euros(net)} hors taxes)",
        inputs,
    )


def _unknown(_writer: Writer, _row: int) -> Words:
    return Words("Cette solution ne figure pas au registre des solutions certifiées", {})


def _never_certified(writer: Writer, row: int) -> Words:
    solution = writer.portfolio.registry.ids[int(writer.portfolio.lines.solution[row])]
    return Words("Cette solution n’a jamais reçu de certification", {"solution": solution})


def _label_not_recognised(writer: Writer, row: int) -> Words:
    registry, solution = writer.portfolio.registry, int(writer.portfolio.lines.solution[row])
    first, end = (int(bound) for bound in registry.first_certification[solution : solution + 2])
    labels = list(dict.fromkeys(registry.label_names[first:end]))
    names = ", ".join(writer.parameters.name_of("label", label).short for label in labels)
    axis = writer.axis(row)
    return Words(
        f"Aucun label de cette solution ({names}) n’est reconnu pour l’axe "
        f"« {writer.parameters.name_of('axis', axis).short} »",
        _issued(writer, row)[1] | {"axis": axis, "labels": labels},
    )


def _certification(writer: Writer, row: int) -> tuple[int, str, dict[str, Any]]:
    registry, number = writer.portfolio.registry, int(writer.outcome.workings.certification[row])
    inputs = _issued(writer, row)[1] | {
        "label": registry.label_names[number],
        "valid_from": day_iso(registry.valid_from, number),
        "valid_until": day_iso(registry.valid_until, number),
    }
    return number, f"La certification « {writer.label_name(number)} » de cette solution", inputs


def _withdrawn(writer: Writer, row: int) -> Words:
    number, subject, inputs = _certification(writer, row)
    registry, issued = writer.portfolio.registry, _issued(writer, row)[0]
    events = range(int(registry.first_event[number]), int(registry.first_event[number + 1]))
    withdrawals = [event for event in events if registry.event_type[event] == WITHDRAWN]
    retroactive = [event for event in withdrawals if registry.event_retroactive[event]]
    event = (retroactive or withdrawals)[0]
    day = day_text(registry.event_on, event)
    inputs |= {"withdrawn_on": day_iso(registry.event_on, event), "retroactive": bool(retroactive)}
    if retroactive:
        return Words(
            f"{subject} a été retirée le {day} de façon rétroactive : elle n’a jamais compté", inputs
        )
    if registry.event_on[event] > writer.outcome.workings.issued_on[row]:
        return Words(
            f"{subject}, suspendue à la date de la facture ({issued}), a été retirée le {day}", inputs
        )
    return Words(
        f"{subject} a été retirée le {day} : elle ne valait plus le {issued}, date de la facture", inputs
    )


def _not_yet(writer: Writer, row: int) -> Words:
    number, subject, inputs = _certification(writer, row)
    starts = day_text(writer.portfolio.registry.valid_from, number)
    return Words(
        f"{subject} ne commence que le {starts} ; la facture est du {_issued(writer, row)[0]}", inputs
    )


def _expired(writer: Writer, row: int) -> Words:
    number, subject, inputs = _certification(writer, row)
    until, issued = writer.portfolio.registry.valid_until, _issued(writer, row)[0]
    day = day_text(until, number)
    if until[number] >= writer.outcome.workings.issued_on[row]:
        sentence = (
            f"{subject}, suspendue à la date de la facture ({issued}), a expiré le {day} sans être rétablie"
        )
        return Words(sentence, inputs)
    return Words(f"{subject} a expiré le {day} ; la facture est du {issued}", inputs)


def _suspended(writer: Writer, row: int) -> Words:
    _, subject, inputs = _certification(writer, row)
    return Words(
        f"{subject} était suspendue à la date de la facture, le {_issued(writer, row)[0]}. "
        "La ligne attend la fin de cette suspension : elle n’est pour l’instant ni payée ni refusée",
        inputs,
    )


def _below_minimum(writer: Writer, row: int) -> Words:
    work, claim = writer.outcome.workings, int(writer.portfolio.lines.claim[row])
    base, minimum, filed_on = int(work.claim_base[claim]), int(work.minimum[claim]), writer.filed_on(row)
    return Words(
        f"Le total des bases du dossier, {format_euros(base)}, n’atteint pas le minimum de "
        f"{format_euros(minimum)}",
        {"claim_base": amount_string(base), "filed_on": filed_on.isoformat()},
        "spend.minimum_claim",
        filed_on,  # art. 5.4 alone is read on the filing date
    )


_WORDS: dict[str, Callable[[Writer, int], Words]] = {
    "beneficiary.invalid_siren": _invalid_siren,
    "beneficiary.not_active": _not_active,
    "beneficiary.in_liquidation": _in_liquidation,
    "beneficiary.excluded_activity": _excluded_activity,
    "purchase.before_scheme": _before_scheme,
    "purchase.after_scheme": _after_scheme,
    "claim.late": _late,
    "purchase.already_claimed": _already_claimed,
    "purchase.intra_group": _intra_group,
    "purchase.no_amount": _no_amount,
    "solution.unknown": _unknown,
    "solution.never_certified": _never_certified,
    "solution.label_not_recognised_for_axis": _label_not_recognised,
    "solution.certification_withdrawn": _withdrawn,
    "solution.not_yet_certified": _not_yet,
    "solution.certification_expired": _expired,
    "solution.certification_suspended": _suspended,
    "claim.below_minimum": _below_minimum,
}
