"""The tables of the company's pages, to keep: what the page shows to this person, whole, by the same filters."""

from __future__ import annotations

from flask import Response, abort
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bonus.accounts.models import COMPANY_ROLES
from bonus.accounts.team import team_of
from bonus.calendar import civil_date
from bonus.certificates.held import certificates_of_company
from bonus.claims.models import Claim
from bonus.claims.notice_kinds import KINDS
from bonus.claims.notices import notice_page
from bonus.claims.status import STATUSES
from bonus.companies.models import INSTRUMENTS, DeMinimisAid
from bonus.extensions import db
from bonus.spreadsheet import Euros

from ..access import allow, current_company, may_file
from ..exports import KIND, every_page, table_file
from ..line_rows import lines_file
from .views import blueprint, own_claim


@blueprint.get(f"/dossiers.{KIND}")
@allow("company")
def claims_table(kind: str) -> Response:
    claims = db.session.scalars(
        select(Claim)
        .where(Claim.company_id == current_company().id)
        .order_by(Claim.id.desc())
        .options(selectinload(Claim.decisions))
    )
    titles = (
        "Dossier",
        "État",
        "Ouvert le",
        "Déposé le",
        "Décision au plus tard le",
        "Décidé le",
        "Bonus accordé",
    )
    rows = (
        (
            claim.number or "Brouillon",
            STATUSES[claim.status],
            civil_date(claim.created_at),
            civil_date(claim.filed_at) if claim.filed_at else None,
            claim.decision_due_on,
            claim.decision.decided_on if claim.decision else None,
            Euros(claim.granted_cents) if claim.decision else None,
        )
        for claim in claims
    )
    return table_file(kind, "dossiers", titles, rows)


@blueprint.get(f"/dossiers/<reference>/lignes.{KIND}")
@allow("company")
def lines_table(reference: str, kind: str) -> Response:
    claim = own_claim(reference)
    if claim.status == "draft" and not may_file():  # as its page
        abort(403)
    return lines_file(claim, kind)


@blueprint.get(f"/avis.{KIND}")
@allow("company")
def notices_table(kind: str) -> Response:
    company_id = current_company().id

    def page(number: int) -> tuple[list[tuple[object, ...]], int]:
        found = notice_page(company_id, number)
        rows: list[tuple[object, ...]] = [
            (
                civil_date(one.at),
                KINDS[one.kind],
                one.claim.number if one.claim else None,
                one.sentence,
                civil_date(one.read_at) if one.read_at else None,
                one.read_by.name if one.read_by else None,
            )
            for one in found.notices
        ]
        return rows, found.total

    return table_file(kind, "avis", ("Date", "Avis", "Dossier", "Texte", "Lu le", "Par"), every_page(page))


@blueprint.get(f"/etablissement/aides.{KIND}")
@allow("company")
def aids_table(kind: str) -> Response:
    aids = db.session.scalars(
        select(DeMinimisAid)
        .where(DeMinimisAid.company_id == current_company().id)
        .order_by(DeMinimisAid.granted_on.desc(), DeMinimisAid.id.desc())
    )
    titles = ("Accordée le", "Autorité", "Forme", "Reçue par", "Montant", "Comptée dans une décision")
    rows = (
        (
            aid.granted_on,
            aid.authority,
            INSTRUMENTS[aid.instrument],
            aid.recipient,
            Euros(aid.amount_cents),
            "oui" if aid.used_at else "non",
        )
        for aid in aids
    )
    return table_file(kind, "aides-de-minimis", titles, rows)


@blueprint.get(f"/equipe.{KIND}")
@allow("company")
def team_table(kind: str) -> Response:
    rows = (
        (
            member.person.name,
            member.person.email,
            COMPANY_ROLES[member.role],
            "ouvert" if member.person.active else "fermé",
        )
        for member in team_of(current_company().id)
    )
    return table_file(kind, "equipe", ("Personne", "Adresse électronique", "Rôle", "Compte"), rows)


@blueprint.get(f"/attestations.{KIND}")
@allow("company")
def certificates_table(kind: str) -> Response:
    titles = (
        "Attestation", "Émise le", "Début de l’exercice", "Fin de l’exercice", "État", "Base éligible", "Bonus reçu",
        "Base de l’avantage fiscal",
    )  # fmt: skip
    rows = (
        (
            one.number,
            civil_date(one.issued_at),
            one.fiscal_year_start,
            one.fiscal_year_end,
            "remplacée" if one.revoked else "en vigueur",
            Euros(one.content["total_eligible_base_cents"]),
            Euros(one.content["total_bonus_cents"]),
            Euros(one.content["total_incentive_base_cents"]),
        )
        for one in certificates_of_company(current_company().id)
    )
    return table_file(kind, "attestations", titles, rows)
