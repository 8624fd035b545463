"""What does not agree on a dossier: the document as read, what the company said, and the registry. Pure.

Each difference is one French sentence that says both sides; none of them decides anything: an agent looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bonus.calendar import format_date
from bonus.money import format_euros
from bonus.registry.words import read_line, read_offer, same_reference
from bonus.siren import spaced_siren

CHECK, NOTE = "check", "note"
"""How pressing a difference is: to be looked at, or good to know."""
FAR = timedelta(days=365)
"""A service that far from its invoice is looked at; no rule refuses it."""


@dataclass(frozen=True)
class Difference:
    """One thing that does not agree: a stable code, how pressing it is, and the sentence, with its
    article where the regulation says what follows."""

    code: str
    weight: str
    sentence: str
    article: str = ""


@dataclass(frozen=True)
class Stated:
    """What the file itself says of the invoice, where it says it (EN 16931 terms); amounts in cents."""

    number: str | None = None
    issued_on: date | None = None
    net_cents: int | None = None
    gross_cents: int | None = None


@dataclass(frozen=True)
class ReadInvoice:
    """An invoice of a dossier as it is kept, with the sums of its lines; amounts in cents."""

    source: str
    number: str
    issued_on: date
    supplier_identifier: str
    supplier_name: str
    buyer_identifier: str
    buyer_name: str
    net_cents: int
    vat_cents: int
    gross_cents: int
    lines_net_cents: int
    lines_vat_cents: int
    lines_entered: bool = False
    prepaid_cents: int = 0
    due_cents: int | None = None
    stated: Stated = field(default_factory=Stated)


@dataclass(frozen=True)
class Offer:
    """A solution of the registry: names and references are all it is known by."""

    name: str
    supplier_identifier: str
    supplier_name: str
    names: Sequence[str] = ()
    references: Sequence[str] = ()


@dataclass(frozen=True)
class ReadLine:
    """A line, as read or typed, with what the company declared of it."""

    name: str
    reference: str | None
    net_cents: int
    service_start: date | None = None
    service_end: date | None = None
    matched_by_person: bool = False
    replaces_foreign: bool = False
    other_public_aid_cents: int = 0


def invoice_differences(
    invoice: ReadInvoice, company_siren: str, company_name: str, filed_on: date
) -> list[Difference]:
    """What does not agree on an invoice: with the company of the dossier, the day it was filed, the file, its lines."""
    buyer = _buyer(invoice, company_siren, company_name)
    return [*_origin(invoice), *buyer, *_dates(invoice, filed_on), *_as_stated(invoice), *_sums(invoice)]


def line_differences(line: ReadLine, invoice: ReadInvoice, offer: Offer | None) -> list[Difference]:
    """What does not agree on a line: its seller and its title with the solution, what was declared with its amount."""
    return [*_solution(line, invoice, offer), *_declared(line), *_service(line, invoice)]


def to_check(differences: Iterable[Difference]) -> int:
    """How many of them ask to be looked at."""
    return sum(one.weight == CHECK for one in differences)


def _origin(invoice: ReadInvoice) -> Iterable[Difference]:
    if invoice.source == "hand":
        yield Difference(
            "invoice.by_hand",
            CHECK,
            "L’entreprise a saisi cette facture à la main : comparez chaque montant au document. "
            "Elle ne suit pas la voie rapide.",
            "art. 12",
        )
    elif invoice.source == "table":
        yield Difference(
            "invoice.by_table",
            NOTE,
            "Cette facture vient d’un tableau chargé par l’entreprise : sa copie est dans les pièces jointes.",
        )
    if invoice.lines_entered:
        yield Difference(
            "invoice.lines_entered",
            CHECK,
            "Le fichier ne détaille pas ses lignes : l’entreprise les a saisies. Comparez-les au document.",
        )


def _buyer(invoice: ReadInvoice, siren: str, name: str) -> Iterable[Difference]:
    if not invoice.buyer_identifier:
        who = (
            f"« {invoice.buyer_name} », sans SIREN" if invoice.buyer_name else "un acheteur sans nom ni SIREN"
        )
        yield Difference(
            "buyer.unidentified",
            CHECK,
            f"La facture est adressée à {who} ; le dossier est celui de {name} (SIREN {spaced_siren(siren)}).",
            "art. 2",
        )
    elif invoice.buyer_identifier != siren:
        who = f"{invoice.buyer_name} (SIREN {spaced_siren(invoice.buyer_identifier)})"
        yield Difference(
            "buyer.other",
            CHECK,
            f"La facture est adressée à {who.strip()} ; le dossier est celui de {name} "
            f"(SIREN {spaced_siren(siren)}).",
            "art. 2",
        )


def _dates(invoice: ReadInvoice, filed_on: date) -> Iterable[Difference]:
    if invoice.issued_on > filed_on:
        yield Difference(
            "date.after_filing",
            CHECK,
            f"La facture est datée du {format_date(invoice.issued_on)}, après le dépôt du dossier "
            f"({format_date(filed_on)}).",
            "art. 5",
        )


def _as_stated(invoice: ReadInvoice) -> Iterable[Difference]:
    """What the file says, against what the dossier keeps of it."""
    said = invoice.stated
    if said.number is not None and said.number.strip() != invoice.number.strip():
        yield _against_file("number", f"le numéro « {said.number.strip()} »", f"« {invoice.number} »")
    if said.issued_on is not None and said.issued_on != invoice.issued_on:
        yield _against_file(
            "date", f"la date du {format_date(said.issued_on)}", format_date(invoice.issued_on)
        )
    if said.net_cents is not None and abs(said.net_cents) != abs(invoice.net_cents):
        yield _against_file(
            "net", f"{format_euros(said.net_cents)} hors taxes", format_euros(invoice.net_cents)
        )
    if said.gross_cents is not None and abs(said.gross_cents) != abs(invoice.gross_cents):
        yield _against_file(
            "gross", f"{format_euros(said.gross_cents)} toutes taxes", format_euros(invoice.gross_cents)
        )


def _against_file(code: str, said: str, kept: str) -> Difference:
    return Difference(f"file.{code}", CHECK, f"Le fichier porte {said} ; le dossier retient {kept}.")


def _sums(invoice: ReadInvoice) -> Iterable[Difference]:
    for code, what, lines, total in (
        ("net", "hors taxes", invoice.lines_net_cents, invoice.net_cents),
        ("vat", "de TVA", invoice.lines_vat_cents, invoice.vat_cents),
    ):
        if lines != total:
            yield Difference(
                f"sum.{code}",
                CHECK,
                f"Les lignes font {format_euros(lines)} {what} ; le total de la facture est de {format_euros(total)}, "
                f"soit un écart de {format_euros(abs(lines - total))}.",
                "art. 5.1",
            )
    if invoice.net_cents + invoice.vat_cents != invoice.gross_cents:
        yield Difference(
            "sum.gross",
            CHECK,
            f"Hors taxes et TVA font {format_euros(invoice.net_cents + invoice.vat_cents)} ; "
            f"le total toutes taxes est de {format_euros(invoice.gross_cents)}.",
        )
    if invoice.prepaid_cents and invoice.due_cents:
        yield Difference(
            "sum.due",
            NOTE,
            f"La facture dit qu’il reste {format_euros(invoice.due_cents)} à payer, après un acompte de "
            f"{format_euros(invoice.prepaid_cents)} : voyez la preuve de paiement.",
            "art. 9",
        )


def _solution(line: ReadLine, invoice: ReadInvoice, offer: Offer | None) -> Iterable[Difference]:
    if offer is None:
        return
    if invoice.supplier_identifier != offer.supplier_identifier:
        yield Difference(
            "seller.other",
            CHECK,
            f"La facture est émise par {invoice.supplier_name} ({_identifier(invoice.supplier_identifier)}) ; "
            f"au registre, « {offer.name} » est une offre de {offer.supplier_name} "
            f"({_identifier(offer.supplier_identifier)}).",
            "art. 4",
        )
    if not _names(line, offer):
        yield Difference(
            "title.unlike",
            CHECK,
            f"L’intitulé « {line.name} » ne reprend aucun mot du nom de la solution « {offer.name} ».",
            "art. 4",
        )
    if line.matched_by_person:
        yield Difference(
            "title.chosen",
            CHECK,
            f"L’entreprise a choisi elle-même la solution « {offer.name} » : le rapprochement n’est pas automatique.",
        )


def _names(line: ReadLine, offer: Offer) -> bool:
    """Whether a line has at least one telling word of the solution, or its reference."""
    references = {same_reference(one) for one in offer.references} - {""}
    if line.reference and same_reference(line.reference) in references:
        return True
    said = set(read_line(line.name).words)
    return any(said & set(read_offer(name).words) for name in (offer.name, *offer.names))


def _declared(line: ReadLine) -> Iterable[Difference]:
    if line.replaces_foreign:
        yield Difference(
            "declared.replaces_foreign",
            NOTE,
            "L’entreprise déclare que cet achat remplace une solution non européenne ; "
            "aucune facture ne peut le dire : voyez la pièce jointe.",
            "art. 6",
        )
    if line.other_public_aid_cents > max(line.net_cents, 0):
        yield Difference(
            "declared.aid_above_price",
            CHECK,
            f"L’aide publique déclarée ({format_euros(line.other_public_aid_cents)}) dépasse le prix de la ligne "
            f"({format_euros(line.net_cents)} hors taxes).",
            "art. 5.1",
        )
    elif line.other_public_aid_cents:
        yield Difference(
            "declared.other_aid",
            NOTE,
            f"L’entreprise déclare une autre aide publique de {format_euros(line.other_public_aid_cents)} "
            "pour cet achat : elle est déduite de la base.",
            "art. 5.1",
        )


def _service(line: ReadLine, invoice: ReadInvoice) -> Iterable[Difference]:
    if line.service_start is None or line.service_end is None:
        return
    if invoice.issued_on - line.service_end > FAR or line.service_start - invoice.issued_on > FAR:
        yield Difference(
            "service.far",
            CHECK,
            f"Le service va du {format_date(line.service_start)} au {format_date(line.service_end)}, à plus d’un an "
            f"de la facture ({format_date(invoice.issued_on)}).",
            "art. 5.2",
        )


def _identifier(identifier: str) -> str:
    return (
        f"SIREN {spaced_siren(identifier)}" if identifier.isdecimal() and len(identifier) == 9 else identifier
    )
