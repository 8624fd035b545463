"""One certificate as a page and as data, and the request for one once the fiscal year is closed (art. 15)."""

from __future__ import annotations

from datetime import date

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from bonus.certificates.content import REGIMES, CertificateContent
from bonus.certificates.models import TaxCertificate
from bonus.certificates.service import request_certificate
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.spreadsheet import Euros

from ..access import actor, allow, current_company, now
from ..exports import KIND, table_file
from .views import blueprint

PURCHASE_TITLES = (
    "Solution", "Fournisseur", "Identifiant du fournisseur", "Facture", "Date de la facture", "Dossier", "Décision",
    "Base éligible", "Bonus", "Base de l’avantage fiscal",
)  # fmt: skip


def own_certificate(number: str) -> TaxCertificate:
    """A certificate of this company; that of another does not exist for it."""
    found = db.session.scalars(
        select(TaxCertificate).where(
            TaxCertificate.number == number, TaxCertificate.company_id == current_company().id
        )
    ).one_or_none()
    return found or abort(404)


@blueprint.get("/attestations/<number>")
@allow("company")
def certificate_page(number: str) -> str:
    certificate = own_certificate(number)
    return render_template(
        "company/certificate.html",
        certificate=certificate,
        content=CertificateContent.from_dict(certificate.content),
        regimes=REGIMES,
    )


@blueprint.get("/attestations/<number>.json")
@allow("company")
def certificate_data(number: str) -> Response:
    certificate = own_certificate(number)
    response = jsonify(certificate.content | {"sha256": certificate.content_sha256})
    response.headers["Content-Disposition"] = f"attachment; filename={certificate.number}.json"
    return response


@blueprint.get(f"/attestations/<number>.{KIND}")
@allow("company")
def certificate_table(number: str, kind: str) -> Response:
    certificate = own_certificate(number)
    content = CertificateContent.from_dict(certificate.content)
    rows = (
        (
            row.solution,
            row.supplier_name,
            row.supplier_id,
            row.invoice_number,
            row.invoice_date,
            row.claim_number,
            row.decision_date,
            Euros(row.eligible_base_cents),
            Euros(row.bonus_cents),
            Euros(row.incentive_base_cents),
        )
        for row in content.purchases
    )
    return table_file(kind, certificate.number, PURCHASE_TITLES, rows)


def _end_given() -> date:
    try:
        return date.fromisoformat(request.form.get("exercice", "")[:10])
    except ValueError:
        raise InvalidInput("certificate.year", "Choisissez l’exercice de l’attestation.") from None


@blueprint.post("/attestations")
@allow("company")
def ask_certificate() -> Response:
    try:
        issued = request_certificate(current_company().id, _end_given(), actor(), now())
    except (InvalidInput, Refusal, NotFound) as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
        return redirect(url_for("company.certificates"))
    flash(f"L’attestation {issued.number} est délivrée.", "success")
    return redirect(url_for("company.certificate_page", number=issued.number))
