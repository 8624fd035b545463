"""What an acknowledgement of receipt says (art. 11; CRPA L112-3 and R112-5), as plain data.

The content is built once, when the dossier is filed, sentences included, and stored frozen: the
PDF and its HTML twin only lay it out, so that a later wording changes no letter already sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from bonus.calendar import PARIS, civil_date, format_date
from bonus.money import NBSP


def long_date(day: date) -> str:
    """A civil date in a sentence, never cut at the end of a line: ``1er mars 2026`` (no-break spaces)."""
    return format_date(day).replace(" ", NBSP)


@dataclass(frozen=True)
class ServiceContact:
    """The service in charge (CRPA R112-5, 2°): how to write, mail and call."""

    name: str
    postal_address: tuple[str, ...]
    email: str
    telephone: str


@dataclass(frozen=True)
class Section:
    """A titled part of a letter: what people read, one idea a paragraph."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class AcknowledgedInvoice:
    """One invoice of the dossier as it was filed; ``net_cents`` is excluding VAT."""

    supplier_name: str
    supplier_id: str
    number: str
    issued_on: date
    net_cents: int


MOST_LISTED = 100
"""Invoices that the document itself names; beyond, they are in the list that goes with the dossier."""


@dataclass(frozen=True)
class FullList:
    """The file that lists all the lines of a large dossier: how many, its SHA-256, and where it is kept."""

    lines: int
    sha256: str
    stored_as: str


@dataclass(frozen=True)
class AcknowledgementContent:
    """An acknowledgement of receipt. ``filed_at`` is aware, in Europe/Paris; amounts are cents.

    ``invoices`` are the first of ``invoice_count``; ``full_list`` has them all when they are more.
    """

    claim_number: str
    company_name: str
    siren: str
    company_address: tuple[str, ...]
    filed_at: datetime
    decision_due: date
    service: ServiceContact
    invoices: tuple[AcknowledgedInvoice, ...]
    total_net_cents: int
    expected_bonus_cents: int | None
    sections: tuple[Section, ...]
    invoice_count: int
    full_list: FullList | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: dates in ISO 8601, amounts in whole cents."""
        data = asdict(self)
        data["filed_at"] = self.filed_at.isoformat()
        data["decision_due"] = self.decision_due.isoformat()
        for row, invoice in zip(data["invoices"], self.invoices, strict=True):
            row["issued_on"] = invoice.issued_on.isoformat()
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AcknowledgementContent:
        """The inverse of ``to_dict``. Raises KeyError, TypeError or ValueError on another shape."""
        return cls(
            claim_number=data["claim_number"],
            company_name=data["company_name"],
            siren=data["siren"],
            company_address=tuple(data["company_address"]),
            filed_at=datetime.fromisoformat(data["filed_at"]).astimezone(PARIS),
            decision_due=date.fromisoformat(data["decision_due"]),
            service=service_from_dict(data["service"]),
            invoices=tuple(
                AcknowledgedInvoice(**{**row, "issued_on": date.fromisoformat(row["issued_on"])})
                for row in data["invoices"]
            ),
            total_net_cents=data["total_net_cents"],
            expected_bonus_cents=data["expected_bonus_cents"],
            sections=sections_from_list(data["sections"]),
            # Those written before 2026-11-22 name every invoice.
            invoice_count=data.get("invoice_count", len(data["invoices"])),
            full_list=FullList(**data["full_list"]) if data.get("full_list") else None,
        )


def service_from_dict(data: Mapping[str, Any]) -> ServiceContact:
    """Read a stored ``ServiceContact`` again."""
    return ServiceContact(**{**data, "postal_address": tuple(data["postal_address"])})


def sections_from_list(rows: Iterable[Mapping[str, Any]]) -> tuple[Section, ...]:
    """Read stored sections again."""
    return tuple(Section(row["title"], tuple(row["paragraphs"])) for row in rows)


def build_acknowledgement(
    *,
    claim_number: str,
    company_name: str,
    siren: str,
    company_address: Iterable[str] = (),
    filed_at: datetime,
    decision_due: date,
    service: ServiceContact,
    invoices: Iterable[AcknowledgedInvoice],
    invoice_count: int | None = None,
    total_net_cents: int | None = None,
    expected_bonus_cents: int | None = None,
    full_list: FullList | None = None,
) -> AcknowledgementContent:
    """The acknowledgement of one dossier, from what was filed.

    ``decision_due`` is the day the silence of art. 11 becomes a refusal, computed by the caller.
    ``expected_bonus_cents`` is an estimate and said to be one. Of many invoices the first alone are named: then
    ``invoice_count`` and ``total_net_cents`` are those of all, which ``full_list`` has. Raises ValueError when
    ``filed_at`` is naive, when there is no invoice, when some are listed nowhere, or when the deadline is not after
    the filing.
    """
    filed_on = civil_date(filed_at)
    filed_at = filed_at.astimezone(PARIS)
    listed = tuple(invoices)
    if not listed:
        raise ValueError("an acknowledgement names at least one invoice")
    count = len(listed) if invoice_count is None else invoice_count
    if count > len(listed) and full_list is None:
        raise ValueError("every invoice is named, here or in the full list")
    if decision_due <= filed_on:
        raise ValueError("the deadline must come after the filing")
    return AcknowledgementContent(
        claim_number=claim_number,
        company_name=company_name,
        siren=siren,
        company_address=tuple(company_address),
        filed_at=filed_at,
        decision_due=decision_due,
        service=service,
        invoices=listed,
        total_net_cents=sum(invoice.net_cents for invoice in listed)
        if total_net_cents is None
        else total_net_cents,
        expected_bonus_cents=expected_bonus_cents,
        sections=_sections(decision_due),
        invoice_count=count,
        full_list=full_list,
    )


def _sections(decision_due: date) -> tuple[Section, ...]:
    deadline = (
        f"La décision doit être prise au plus tard le {long_date(decision_due)}, deux mois après le dépôt "
        "(art. 11)."
    )
    silence = (
        f"Sans réponse à cette date, le silence vaut rejet{NBSP}: votre demande est refusée. C’est la règle "
        "des demandes financières (code des relations entre le public et l’administration, CRPA, art. "
        f"L231-4). Vous pouvez alors demander les motifs du refus{NBSP}; ils vous sont communiqués dans le "
        "mois (CRPA, art. L232-4)."
    )
    missing = (
        "Nous vous demanderons une seule fois tout ce qui manque, et vous aurez trente jours pour répondre. "
        "Le délai de décision est suspendu de cette demande jusqu’à l’arrivée des pièces, au plus tard "
        "jusqu’à la fin des trente jours. Ensuite, le dossier est décidé sur ce qu’il contient (CRPA, art. "
        "L114-5)."
    )
    appeal = (
        "Vous pouvez contester un refus, même tacite, dans les deux mois francs qui suivent sa notification "
        "ou, en cas de silence, la date à laquelle il est né."
    )
    to_service = (
        f"Recours gracieux{NBSP}: écrivez au service indiqué en tête de ce document. Formé dans ces deux "
        "mois, il conserve le délai du recours devant le juge (CRPA, art. L411-2)."
    )
    to_court = (
        f"Recours contentieux{NBSP}: saisissez le tribunal administratif, par courrier ou par "
        "www.telerecours.fr (code de justice administrative, art. R421-1 et R421-2)."
    )
    programme = (
        "Les montants sont calculés par un programme qui applique le règlement du bonus. La décision peut "
        f"être prise sur ce seul calcul{NBSP}; elle le dit alors."
    )
    rules = (
        "Vous avez le droit d’obtenir, sur simple demande à ce service, les règles de ce traitement et la "
        "façon dont elles ont été appliquées à votre dossier (CRPA, art. L311-3-1 et R311-3-1-2). Sans "
        "réponse dans le mois, vous pouvez saisir la commission d’accès aux documents administratifs "
        "(www.cada.fr)."
    )
    return (
        Section(f"Quand aurez-vous une réponse{NBSP}?", (deadline, silence)),
        Section("Si une pièce manque", (missing,)),
        Section("Si vous n’êtes pas d’accord", (appeal, to_service, to_court)),
        Section("Comment la décision est préparée", (programme, rules)),
    )
