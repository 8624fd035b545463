"""What an agent says was found, checked and put as the law will be told it (art. 14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from bonus.calendar import civil_date, format_date
from bonus.claims.models import Claim, DecidedLine, Decision, Invoice, PurchaseLine
from bonus.claims.unseen import plain_words
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.money import amount_string, format_euros
from bonus.registry.models import Solution
from bonus.registry.service import facts_of
from bonus.regulation.wording import french

from .company_findings import UNTOLD, OfCompany, minimis, size
from .findings import ON_THE_COMPANY
from .models import LEAST_WORDS

MOST_SAID = 500


@dataclass(frozen=True)
class Found:
    """What was typed: the kind (``findings.KINDS``), the line or invoice it is of, and what goes with it; amounts in
    cents, ``said``: the facts in words."""

    kind: str
    line_id: int | None = None
    invoice_id: int | None = None
    said: str = ""
    on: date | None = None
    net_cents: int | None = None
    vat_cents: int = 0
    number: str = ""
    company: OfCompany = UNTOLD


def registry_known(claim: Claim, words: str, now: datetime) -> dict[str, Any]:
    """The finding that the registry is what it is known to be now: of the solutions that a dossier's lines bear."""
    solutions = db.session.scalars(
        select(Solution)
        .where(
            Solution.id.in_(
                select(PurchaseLine.solution_id)
                .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
                .where(Invoice.claim_id == claim.id)
            )
        )
        .order_by(Solution.id)
    ).all()
    return {"kind": "registry", "registry": facts_of(solutions, now), "words": words}


def granted_lines(claim_id: int) -> list[PurchaseLine]:
    """The lines of a dossier that a decision found eligible, in their order."""
    query = (
        select(PurchaseLine)
        .join(DecidedLine, DecidedLine.line_id == PurchaseLine.id)
        .join(Decision, DecidedLine.decision_id == Decision.id)
        .where(Decision.claim_id == claim_id, DecidedLine.status == "eligible")
        .order_by(PurchaseLine.id)
        .distinct()
    )
    return list(db.session.scalars(query))


def finding(claim: Claim, found: Found, now: datetime) -> dict[str, Any]:
    """What was found, as ``findings.told`` takes it. Raises InvalidInput when something misses or cannot be."""
    if found.kind == "registry":
        return registry_known(claim, _said(found), now)
    if found.kind in ON_THE_COMPANY:
        return _of_company(found, civil_date(now))
    if found.kind == "credit":
        return _credit(claim, found, civil_date(now))
    line = next((one for one in granted_lines(claim.id) if one.id == found.line_id), None)
    if line is None:
        raise InvalidInput(
            "recovery.line", "Choisissez une ligne qui a reçu un bonus dans ce dossier.", field="line_id"
        )
    where = f"Facture {line.invoice.number}, ligne {line.position}"
    if found.kind == "ended":
        return _ended(line, found, where)
    base: dict[str, Any] = {"kind": found.kind, "line_id": line.id}
    if found.kind in ("refused", "premium"):
        return base | {"words": _said(found)}
    if found.kind not in ("retained", "aid"):
        raise InvalidInput("recovery.kind", "Choisissez ce qui a été constaté.", field="kind")
    cents = _amount(found)
    if found.kind == "retained" and cents >= line.net_cents:
        sentence = f"{where} : le montant à retenir doit être inférieur à {format_euros(line.net_cents)}."
        raise InvalidInput("recovery.not_less", french(sentence), field="net")
    if found.kind == "aid" and cents <= line.other_public_aid_cents:
        told = format_euros(line.other_public_aid_cents)
        sentence = f"{where} : {told} d’autres aides sont déjà déclarés ; indiquez le total reçu."
        raise InvalidInput("recovery.not_more", french(sentence), field="net")
    return base | {"amount": amount_string(cents), "words": _said(found)}


def _of_company(found: Found, today: date) -> dict[str, Any]:
    if found.kind == "size":
        return size(found.company, _said(found))
    if found.kind == "minimis":
        return minimis(_amount(found), found.on, plain_words(found.number, "number"), _said(found), today)
    return {"kind": "liquidation", "words": _said(found)}


def _ended(line: PurchaseLine, found: Found, where: str) -> dict[str, Any]:
    if line.service_start is None or line.service_end is None:
        raise InvalidInput(
            "recovery.no_period",
            french(f"{where} : aucune période de service n’a été payée."),
            field="line_id",
        )
    if found.on is None or found.on >= line.service_end:
        sentence = (
            f"Indiquez le dernier jour de service : il précède le {format_date(line.service_end)}, fin payée."
        )
        raise InvalidInput("recovery.ended_on", french(sentence), field="on")
    start, end = line.service_start, line.service_end
    # What ended before it began was not served at all: its last day is then the eve of the first.
    served = max(0, (found.on - start).days + 1)
    words = (
        f"Le service s’est terminé le {format_date(found.on)} au lieu du {format_date(end)} : {served} jours servis "
        f"sur {(end - start).days + 1} payés (art. 14). {found.said.strip()}"
    )
    return {
        "kind": "ended",
        "line_id": line.id,
        "ended_on": found.on.isoformat(),
        "words": french(words.strip()),
    }


def _credit(claim: Claim, found: Found, today: date) -> dict[str, Any]:
    invoice = db.session.scalars(
        select(Invoice).where(
            Invoice.claim_id == claim.id, Invoice.id == found.invoice_id, Invoice.is_credit_note.is_(False)
        )
    ).one_or_none()
    if invoice is None:
        raise InvalidInput(
            "recovery.invoice", "Choisissez la facture que cet avoir corrige.", field="invoice_id"
        )
    number = plain_words(found.number, "number")
    if not 1 <= len(number) <= 100:
        raise InvalidInput("recovery.credit_number", "Indiquez le numéro de l’avoir.", field="number")
    if found.on is None or found.on > today:
        raise InvalidInput("recovery.credit_date", "Indiquez la date de l’avoir, déjà passée.", field="on")
    cents = _amount(found)
    most = sum(line.net_cents for line in invoice.lines)
    if not 0 < cents <= most:
        sentence = f"L’avoir ne peut dépasser la facture {invoice.number}, {format_euros(most)} hors taxes."
        raise InvalidInput("recovery.credit_amount", french(sentence), field="net")
    if not 0 <= found.vat_cents <= max(0, sum(line.vat_cents for line in invoice.lines)):
        raise InvalidInput(
            "recovery.credit_vat", "La TVA de l’avoir ne peut dépasser celle de la facture.", field="vat"
        )
    if found.line_id is not None and found.line_id not in {line.id for line in invoice.lines}:
        raise InvalidInput("recovery.line", "Cette ligne n’est pas de cette facture.", field="line_id")
    words = (
        f"L’avoir {number} du {format_date(found.on)} réduit la facture {invoice.number} de {format_euros(cents)} "
        f"hors taxes (art. 5.1). {found.said.strip()}"
    )
    return {
        "kind": "credit",
        "invoice_id": invoice.id,
        "line_id": found.line_id,
        "number": number,
        "on": found.on.isoformat(),
        "net": amount_string(cents),
        "vat": amount_string(found.vat_cents),
        "words": french(words.strip()),
    }


def _amount(found: Found) -> int:
    if found.net_cents is None or found.net_cents < 0:
        raise InvalidInput("recovery.amount", "Indiquez un montant hors taxes, en euros.", field="net")
    return found.net_cents


def _said(found: Found) -> str:
    said = plain_words(found.said, "said")
    if not LEAST_WORDS <= len(said) <= MOST_SAID:
        raise InvalidInput(
            "recovery.said", "Dites ce qui a été constaté, en 20 à 500 caractères.", field="said"
        )
    return said
