"""The company's home, its dossiers and certificates. What is not its own does not exist for it."""

from __future__ import annotations

import tempfile
from typing import Any

from flask import Blueprint, abort, current_app, render_template, url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from bonus.adapters.pdf import acknowledgement_pdf
from bonus.calendar import civil_date
from bonus.certificates.held import certificates_of_company, trace_download
from bonus.certificates.models import TaxCertificate
from bonus.certificates.stating import askable_years
from bonus.claims.acknowledgement import AcknowledgementContent
from bonus.claims.announcement_lists import ends_of_drafts
from bonus.claims.annual_room import annual_room
from bonus.claims.archive import write_archive
from bonus.claims.dossier_lines import totals_of
from bonus.claims.letters import file_name, letters_of
from bonus.claims.line_list import decided_list_of, filed_list_of, lists_of
from bonus.claims.messages import unread_of
from bonus.claims.models import Claim
from bonus.claims.notice_kinds import KINDS
from bonus.claims.notices import latest_unread
from bonus.claims.requests import answers_awaited
from bonus.claims.room import undertaking_room
from bonus.claims.status import COMPANY_STATUSES
from bonus.companies.models import INSTRUMENTS
from bonus.companies.proof import is_proven
from bonus.extensions import db
from bonus.parts import document_store, ready_fonts

from ..access import actor, allow, current_company, may_file, now
from ..downloads import kept_list, private_file

MOST_NOTICES = 3
"""Unread notices on the home page, the latest."""

blueprint = Blueprint("company", __name__, url_prefix="/entreprise")


def own_claim(reference: str) -> Claim:
    """The company's own dossier of that number or reference, else 404."""
    claim = db.session.scalars(
        select(Claim).where(
            or_(Claim.reference == reference, Claim.number == reference),
            Claim.company_id == current_company().id,
        )
    ).one_or_none()
    if claim is None:
        abort(404)
    return claim


def acted_claim(reference: str) -> Claim:
    """The company's own dossier, for someone who may act on it."""
    claim = own_claim(reference)
    if not may_file():
        abort(403)
    return claim


@blueprint.get("")
@allow("company")
def home() -> str:
    company = current_company()
    claims = db.session.scalars(
        select(Claim)
        .where(Claim.company_id == company.id)
        .order_by(Claim.id.desc())
        .options(selectinload(Claim.decisions))
    ).all()
    drafts = [claim for claim in claims if claim.status == "draft"]
    return render_template(
        "company/home.html",
        company=company,
        drafts=drafts,
        totals=totals_of([draft.id for draft in drafts]),
        claims=[claim for claim in claims if claim.status != "draft"],
        statuses=COMPANY_STATUSES,
        unread=unread_of([claim.id for claim in claims], "company"),
        answer_by=answers_awaited([claim.id for claim in claims if claim.status == "awaiting_documents"]),
        may_file=may_file(),
        ends=ends_of_drafts(company.id),
        today=civil_date(now()),
        room=annual_room(company, civil_date(now())),
        undertaking=undertaking_room(company, civil_date(now())) if is_proven(company) else None,
        instruments=INSTRUMENTS,
        notices=latest_unread(company.id, MOST_NOTICES),
        notice_kinds=KINDS,
    )


@blueprint.get("/dossiers/<reference>/accuse-de-reception.pdf")
@allow("company")
def acknowledgement(reference: str) -> Response:
    claim = own_claim(reference)
    if claim.acknowledgement is None:
        abort(404)
    return private_file(_receipt(claim.acknowledgement), _receipt_name(claim), "application/pdf")


def _receipt(acknowledgement: dict[str, Any]) -> bytes:
    ready_fonts()
    content = AcknowledgementContent.from_dict(acknowledgement)
    return acknowledgement_pdf(content, demo=current_app.config["DEMO"])


def _receipt_name(claim: Claim) -> str:
    return f"accuse-de-reception-{claim.number}.pdf"


@blueprint.get("/dossiers/<reference>/lignes-deposees.csv")
@allow("company")
def filed_list(reference: str) -> Response:
    """The list of all its lines that a large dossier's acknowledgement refers to, as it was hashed."""
    claim = own_claim(reference)
    lines = url_for("company.lines_table", reference=reference, kind="csv")
    return kept_list(filed_list_of(claim), f"lignes-deposees-{claim.number}.csv", lines)


@blueprint.get("/dossiers/<reference>/decisions/<int(max=999):rank>/lignes.csv")
@allow("company")
def decided_list(reference: str, rank: int) -> Response:
    """The list of all its lines that a decision on a large dossier refers to, as it was hashed."""
    claim = own_claim(reference)
    lines = url_for("company.lines_table", reference=reference, kind="csv")
    return kept_list(decided_list_of(claim, rank), f"lignes-decidees-{claim.number}-{rank}.csv", lines)


@blueprint.get("/dossiers/<reference>/dossier.zip")
@allow("company")
def archive(reference: str) -> Response:
    claim = own_claim(reference)
    letters = {_receipt_name(claim): _receipt(claim.acknowledgement)} if claim.acknowledgement else {}
    letters |= {file_name(one): one.pdf for one in letters_of(claim.id) if one.pdf is not None}
    for name, full_list in lists_of(claim).items():
        letters[name] = document_store().read(full_list.stored_as)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the answer, and leaves nothing behind
    write_archive(claim, file, document_store(), letters, now())
    file.seek(0)
    return private_file(file, f"{claim.number or 'brouillon'}.zip", "application/zip")


@blueprint.get("/attestations")
@allow("company")
def certificates() -> str:
    company = current_company()
    return render_template(
        "company/certificates.html",
        company=company,
        certificates=certificates_of_company(company.id),
        askable=askable_years(company, civil_date(now())),
    )


@blueprint.get("/attestations/<number>.pdf")
@allow("company")
def certificate(number: str) -> Response:
    found = db.session.scalars(
        select(TaxCertificate).where(
            TaxCertificate.number == number, TaxCertificate.company_id == current_company().id
        )
    ).one_or_none()
    if found is None:
        abort(404)
    return private_file(trace_download(found, actor(), now()), f"{number}.pdf", "application/pdf")
