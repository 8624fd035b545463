"""The steps of arts. 1, 2, 4 and 5 that an eligible line has passed, with the data they were tested on."""

from __future__ import annotations

from datetime import date

from bonus.calendar import format_date
from bonus.money import amount_string, format_euros
from bonus.regulation.steps import Step, Words, Writer
from bonus.regulation.wording import day_iso, day_text


def steps(writer: Writer, row: int) -> list[Step]:
    """Period, beneficiary, time limit, seller, certification, minimum: in the order of the articles."""
    return [
        _period(writer, row),
        _beneficiary(writer, row),
        _certification(writer, row),
        _seller(writer, row),
        _minimum(writer, row),
        _in_time(writer, row),
    ]


def _period(writer: Writer, row: int) -> Step:
    issued_on = writer.issued_on(row)
    start = writer.parameters.on("period.start", issued_on).value
    assert isinstance(start, date)  # the schema lets no other value in
    words = Words(
        f"Facture du {format_date(issued_on)} : le dispositif s’applique aux factures datées du "
        f"{format_date(start)} ou après (art. 1).",
        {"issued_on": issued_on.isoformat()},
        "period.start",
    )
    return writer.step(row, "purchase.period", "art. 1", words, result=True)


def _beneficiary(writer: Writer, row: int) -> Step:
    who, buyer = writer.portfolio.beneficiaries, writer.buyer(row)
    siren, division = who.siren[buyer], who.naf_names[int(who.naf_division[buyer])]
    public = bool(who.public_body[buyer])
    activity = "" if public else f", activité admise (division {division} de la NAF)"
    words = Words(
        f"Bénéficiaire {siren} : SIREN valide, en activité à la date de la facture, "
        f"hors liquidation judiciaire{activity} (art. 2).",
        {
            "siren": siren,
            "kind": "public_body" if public else "enterprise",
            "ceased_on": None,
            "in_liquidation": False,
            "naf_division": division,
        },
        None if public else "beneficiary.excluded_naf_divisions",
    )
    return writer.step(row, "beneficiary.admitted", "art. 2", words, result=True)


def _certification(writer: Writer, row: int) -> Step:
    registry, number = writer.portfolio.registry, int(writer.outcome.workings.certification[row])
    label = registry.label_names[number]
    words = Words(
        f"Solution certifiée à la date de la facture : {writer.label_name(number)}, du "
        f"{day_text(registry.valid_from, number)} au {day_text(registry.valid_until, number)} (art. 4).",
        {
            "solution": registry.ids[int(writer.portfolio.lines.solution[row])],
            "axis": writer.axis(row),
            "label": label,
            "valid_from": day_iso(registry.valid_from, number),
            "valid_until": day_iso(registry.valid_until, number),
        },
        f"label.{label}.axes",
    )
    return writer.step(row, "solution.certified", "art. 4", words, result=True)


def _seller(writer: Writer, row: int) -> Step:
    portfolio = writer.portfolio
    seller = portfolio.parties[int(portfolio.invoices.seller[portfolio.lines.invoice[row]])]
    supplier = portfolio.parties[int(portfolio.registry.supplier[portfolio.lines.solution[row]])]
    words = Words(
        "Facture présentée pour la première fois, vendeur et fournisseur sans lien avec l’acheteur "
        "(art. 5.3).",
        {"seller": seller, "supplier": supplier, "buyer": portfolio.beneficiaries.siren[writer.buyer(row)]},
    )
    return writer.step(row, "purchase.admitted", "art. 5.3", words, result=True)


def _minimum(writer: Writer, row: int) -> Step:
    work, claim = writer.outcome.workings, int(writer.portfolio.lines.claim[row])
    base, minimum, filed_on = int(work.claim_base[claim]), int(work.minimum[claim]), writer.filed_on(row)
    words = Words(
        f"Total des bases du dossier : {format_euros(base)}, pour un minimum de {format_euros(minimum)} "
        "(art. 5.4).",
        {"claim_base": amount_string(base), "filed_on": filed_on.isoformat()},
        "spend.minimum_claim",
        filed_on,
    )
    return writer.step(row, "claim.minimum", "art. 5.4", words, result=True)


def _in_time(writer: Writer, row: int) -> Step:
    filed_on, invoice = writer.filed_on(row), int(writer.portfolio.lines.invoice[row])
    deadline = writer.outcome.workings.deadline
    words = Words(
        f"Dossier déposé le {format_date(filed_on)} : cette facture pouvait l’être jusqu’au "
        f"{day_text(deadline, invoice)} inclus (art. 5.5).",
        {"issued_on": writer.issued_on(row).isoformat(), "filed_on": filed_on.isoformat()},
        "spend.filing_months",
    )
    return writer.step(row, "claim.in_time", "art. 5.5", words, day_iso(deadline, invoice))
