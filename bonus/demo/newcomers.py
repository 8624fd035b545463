"""Buyers and sellers the headless demonstration does not know: entered as what they are, and said aloud."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import select
from stdnum.fr import siren as stdnum_siren

from bonus.adapters.einvoice import EInvoice
from bonus.adapters.einvoice.model import Party
from bonus.audit.service import Actor
from bonus.claims.lines import LineChoice, correct_lines
from bonus.claims.models import Claim
from bonus.companies.models import Company
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.registry.rules import LATEST
from bonus.registry.service import enter_certification, enter_solution, enter_supplier, supplier_by_identifier

from .invoices import DemoParty
from .seed import SEEDER, add_fiscal_years, fictitious_company

Say = Callable[[str], None]
OFFER = "Offre (démonstration)"
SIREN_LENGTH = 9
SCHEME_START = date(2026, 1, 1)


def buyer_of(invoice: EInvoice, on: date, now: datetime, say: Say) -> Company:
    """The company an invoice is addressed to; an unknown one is entered as a fictitious ``sme``.

    A SIREN that fails its check is kept as the invoice gives it: art. 2.1 then refuses the dossier. Raises
    InvalidInput when it has not even nine characters: no company can have it, so nobody can file.
    """
    buyer = invoice.buyer
    siren = buyer.siren or _made_up_siren(buyer.name)
    if len(siren) != SIREN_LENGTH:
        raise InvalidInput(
            "demo.buyer",
            f"Le SIREN de l’acheteur, «\u00a0{siren}\u00a0», n’a pas neuf chiffres : aucune entreprise ne peut déposer "
            "cette facture (art. 2.1).",
        )
    company = db.session.scalars(select(Company).where(Company.siren == siren)).one_or_none()
    if company is not None:
        return company
    company = fictitious_company(_party(buyer, siren), now)
    add_fiscal_years(company, on)
    db.session.commit()
    wrong = (
        ""
        if stdnum_siren.is_valid(siren)
        else " Ce SIREN est faux : la loi en tirera les conséquences (art. 2.1)."
    )
    made_up = "" if buyer.siren else " La facture ne donne pas de SIREN : il est inventé."
    say(
        f"Acheteur inconnu : {company.name} (SIREN {siren}) entre comme PME fictive, avec un IBAN de test."
        f"{made_up}{wrong}"
    )
    return company


def _made_up_siren(name: str) -> str:
    """A SIREN that passes its check, the same for the same name."""
    body = f"99{sum(name.encode()) % 1_000_000:06d}"
    return next(body + digit for digit in "0123456789" if stdnum_siren.is_valid(body + digit))


def _party(party: Party, siren: str) -> DemoParty:
    return DemoParty(
        name=party.name or f"Acheteur {siren}",
        siren=siren,
        siret="",
        vat_number="",
        address=party.address_1,
        postcode=party.postcode or "75001",
        city=party.city or "Paris",
    )


def enter_unknown_seller(invoice: EInvoice, on: date, now: datetime, say: Say) -> None:
    """Enter a seller the registry does not know, with one offer certified NFG since the scheme began."""
    seller = invoice.seller
    identifier = seller.supplier_id
    if identifier is None:
        say(f"Vendeur {seller.name} : aucun identifiant valide, il ne peut pas entrer au registre (art. 4).")
        return
    if supplier_by_identifier(identifier) is not None:
        return
    supplier = enter_supplier(identifier, seller.name, SEEDER, now)
    offer = f"{OFFER} de {seller.name}"
    solution = enter_solution(supplier, offer, "workplace", SEEDER, now)
    start = min(SCHEME_START, date(on.year, 1, 1))
    until = min(date(max(on.year, invoice.issued_on.year, SCHEME_START.year) + 2, 12, 31), LATEST)
    enter_certification(solution, "NFG", f"NFG-{solution.slug}", start, until, SEEDER, now)
    db.session.commit()
    say(
        f"Vendeur inconnu : {seller.name} ({identifier}) entre au registre, « {offer} » certifiée NFG (fictif) ; "
        "ses lignes y sont rattachées."
    )


def choose_entered_offers(claim: Claim, actor: Actor, now: datetime) -> None:
    """Match the lines of sellers entered here to their one offer, as the company would on its page."""
    choices = []
    for invoice in claim.invoices:
        supplier = supplier_by_identifier(invoice.supplier_identifier)
        if supplier is None or not supplier.solutions or not supplier.solutions[0].name.startswith(OFFER):
            continue
        choices += [
            LineChoice(
                line.id, supplier.solutions[0].slug, line.replaces_foreign, line.other_public_aid_cents
            )
            for line in invoice.lines
            if line.solution is None
        ]
    if choices:
        correct_lines(claim.id, choices, actor, now)
