"""What a tax certificate says (art. 15), as plain data: the PDF and its HTML twin lay it out.

It is built once from stored decisions, sentences included, then frozen with its hash and never
recomputed. Amounts are integer cents, dates are civil dates in Paris.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from bonus.claims.acknowledgement import (
    Section,
    ServiceContact,
    long_date,
    sections_from_list,
    service_from_dict,
)
from bonus.money import NBSP

from .figures import Figure, figures_of
from .numbering import is_well_formed, normalise_key
from .working import Working

REGIMES = {
    "reduction": "réduction d’impôt",
    "deduction": "déduction du résultat imposable",
}
"""The two regimes of art. 8, in the words of a French sentence."""


@dataclass(frozen=True)
class CertifiedCompany:
    """The beneficiary, as it was known on the day of issue."""

    name: str
    siren: str
    address: tuple[str, ...]


@dataclass(frozen=True)
class CertifiedPurchase:
    """One eligible line of a decided dossier.

    ``eligible_base_cents`` is the base of art. 5, ``bonus_cents`` what art. 6 (then 7) granted, and
    ``incentive_base_cents`` the base of art. 8: the first less the second.
    """

    solution: str
    supplier_name: str
    supplier_id: str
    invoice_number: str
    invoice_date: date
    claim_number: str
    decision_date: date
    eligible_base_cents: int
    bonus_cents: int
    incentive_base_cents: int


@dataclass(frozen=True)
class CertificateContent:
    """A tax certificate. The totals are those of ``purchases``; ``replaces`` is a revoked number."""

    number: str
    key: str
    issued_on: date
    issuer: ServiceContact
    company: CertifiedCompany
    fiscal_year_start: date
    fiscal_year_end: date
    fiscal_year_closed: bool
    regime: str
    purchases: tuple[CertifiedPurchase, ...]
    total_eligible_base_cents: int
    total_bonus_cents: int
    total_incentive_base_cents: int
    incentive: tuple[Figure, ...]
    open_claims: tuple[str, ...]
    replaces: str | None
    sections: tuple[Section, ...]
    working: Working | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: dates in ISO 8601, amounts in whole cents."""
        plain = {name: _plain(value) for name, value in asdict(self).items()}
        if self.working is None:
            del plain["working"]  # what was frozen before it was worked out keeps its hash
        return plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CertificateContent:
        """The inverse of ``to_dict``. Raises KeyError, TypeError or ValueError on another shape."""
        unknown = set(data) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown fields: {sorted(unknown)}")
        company = data["company"]
        return cls(
            number=data["number"],
            key=data["key"],
            issued_on=date.fromisoformat(data["issued_on"]),
            issuer=service_from_dict(data["issuer"]),
            company=CertifiedCompany(company["name"], company["siren"], tuple(company["address"])),
            fiscal_year_start=date.fromisoformat(data["fiscal_year_start"]),
            fiscal_year_end=date.fromisoformat(data["fiscal_year_end"]),
            fiscal_year_closed=data["fiscal_year_closed"],
            regime=data["regime"],
            purchases=tuple(_purchase(row) for row in data["purchases"]),
            total_eligible_base_cents=data["total_eligible_base_cents"],
            total_bonus_cents=data["total_bonus_cents"],
            total_incentive_base_cents=data["total_incentive_base_cents"],
            incentive=tuple(Figure(**row) for row in data["incentive"]),
            open_claims=tuple(data["open_claims"]),
            replaces=data["replaces"],
            sections=sections_from_list(data["sections"]),
            # What was issued before art. 8 was worked out on certificates has none.
            working=Working.from_dict(data["working"]) if data.get("working") else None,
        )

    def digest(self) -> str:
        """SHA-256 (hexadecimal) of the canonical JSON of the content, kept beside it when frozen."""
        return content_digest(self.to_dict())


def content_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of a stored content: JSON with sorted keys, no spaces, UTF-8. Any order of keys will do."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def build_certificate(
    *,
    number: str,
    key: str,
    issued_on: date,
    issuer: ServiceContact,
    company: CertifiedCompany,
    fiscal_year_start: date,
    fiscal_year_end: date,
    fiscal_year_closed: bool,
    regime: str,
    purchases: Iterable[CertifiedPurchase],
    working: Working | None = None,
    open_claims: Iterable[str] = (),
    replaces: str | None = None,
) -> CertificateContent:
    """The certificate of one company and fiscal year, from its decided dossiers.

    ``working`` is that of art. 8 for this fiscal year. Raises ValueError when the parts contradict each other: a
    certificate is never issued on such data.
    """
    if not is_well_formed(number) or normalise_key(key) != key:
        raise ValueError("not a certificate number with its key")
    if fiscal_year_end < fiscal_year_start:
        raise ValueError("the fiscal year ends before it starts")
    if fiscal_year_closed and issued_on <= fiscal_year_end:
        raise ValueError("a fiscal year is not closed before its last day has passed")
    if regime not in REGIMES:
        raise ValueError(f"not a regime of art. 8: {regime!r}")
    if replaces is not None and (not is_well_formed(replaces) or replaces == number):
        raise ValueError("not the number of a former certificate")
    listed = tuple(purchases)
    for purchase in listed:
        if purchase.incentive_base_cents != purchase.eligible_base_cents - purchase.bonus_cents:
            raise ValueError(f"art. 8: the base of invoice {purchase.invoice_number} is not base less bonus")
        if not fiscal_year_start <= purchase.invoice_date <= fiscal_year_end:
            raise ValueError(f"invoice {purchase.invoice_number} is of another fiscal year")
    own = sum(row.incentive_base_cents for row in listed)
    if working is not None and (working.regime, working.own_base_cents) != (regime, own):
        raise ValueError("art. 8: the working is not that of these purchases")
    still_open = tuple(open_claims)
    return CertificateContent(
        number=number,
        key=key,
        issued_on=issued_on,
        issuer=issuer,
        company=company,
        fiscal_year_start=fiscal_year_start,
        fiscal_year_end=fiscal_year_end,
        fiscal_year_closed=fiscal_year_closed,
        regime=regime,
        purchases=listed,
        total_eligible_base_cents=sum(row.eligible_base_cents for row in listed),
        total_bonus_cents=sum(row.bonus_cents for row in listed),
        total_incentive_base_cents=own,
        incentive=figures_of(working, fiscal_year_end) if working else (),
        open_claims=still_open,
        replaces=replaces,
        sections=(
            Section("Base de l’avantage fiscal", (_SCOPE,)),
            *_working(working),
            Section("Validité", _validity(fiscal_year_end, fiscal_year_closed, still_open, replaces)),
            Section("Références", (_REFERENCES,)),
        ),
        working=working,
    )


_SCOPE = (
    "La base ouvrant droit à l’avantage fiscal est, pour chaque achat, la base éligible (art. 5) diminuée "
    "du bonus accordé (art. 6 et 7). Elle se rattache à l’exercice qui contient la date de la facture "
    "(art. 8)."
)
_NOT_DECLARED = (
    "L’entreprise n’a pas déclaré cet exercice : il est compté sur l’année civile, sans chiffre d’affaires, sous le "
    "régime de la réduction d’impôt (art. 8). Sa déclaration donnera lieu à une attestation rectificative."
).replace(" :", f"{NBSP}:")
_REFERENCES = (
    "Règlement du Bonus Souveraineté, art. 5 (dépenses éligibles), 6 (bonus), 7 (aides de minimis), 8 "
    "(avantage fiscal) et 15 (attestations). Document à présenter à l’appui de la déclaration de résultat."
)


def _working(working: Working | None) -> tuple[Section, ...]:
    """The law's own sentences, each with its article; and what was supposed for want of a declaration."""
    if working is None:
        return ()
    said = list(working.sentences)
    if not working.declared:
        said.append(_NOT_DECLARED)
    return (Section("Calcul de l’avantage fiscal", tuple(said)),)


def _validity(
    fiscal_year_end: date, closed: bool, open_claims: tuple[str, ...], replaces: str | None
) -> tuple[str, ...]:
    said = []
    if replaces is not None:
        said.append(
            f"Cette attestation annule et remplace l’attestation n°{NBSP}{replaces}, qui n’a plus aucune "
            "valeur (art. 15)."
        )
    if not closed:
        said.append(
            f"L’exercice n’est pas clos{NBSP}: cette attestation, délivrée en cours d’exercice, est "
            f"provisoire. Une nouvelle attestation la remplacera après le {long_date(fiscal_year_end)} "
            "(art. 15)."
        )
    if open_claims:
        said.append(
            f"Dossiers encore en cours d’examen à la date de délivrance, non compris ici{NBSP}: "
            f"{', '.join(open_claims)}. Leur décision donnera lieu à une attestation rectificative (art. 15)."
        )
    said.append(
        "Une décision postérieure peut conduire à la remplacer. Vérifiez qu’elle est toujours en vigueur "
        "avec le code de la première page, ou son numéro et sa clé."
    )
    return tuple(said)


def _plain(value: Any) -> Any:
    """``value`` with dates as ISO text, at any depth."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _purchase(row: Mapping[str, Any]) -> CertifiedPurchase:
    dates = {name: date.fromisoformat(row[name]) for name in ("invoice_date", "decision_date")}
    return CertifiedPurchase(**{**row, **dates})
