"""The public page where anyone checks a certificate: number, file, or photo of its code."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileSize
from wtforms import StringField
from wtforms.validators import Length

from bonus.adapters.codes import parse_verification_url, read_codes
from bonus.certificates.numbering import read_number
from bonus.certificates.verification import Verification, numbers_named, verify_file, verify_number
from bonus.config import MEGABYTE
from bonus.errors import InvalidInput
from bonus.extensions import limiter
from bonus.money import format_euros
from bonus.parts import code_signer, sealer
from bonus.siren import spaced_siren

from ..access import PUBLIC, allow
from ..fields import add_refusal
from ..filters import long_date
from .views import blueprint

MAX_FILE = 10 * MEGABYTE


class VerificationForm(FlaskForm):
    number = StringField("Numéro de l’attestation", [Length(max=80, message="Ce numéro est trop long.")])
    key = StringField(
        "Clé de vérification (facultatif)", [Length(max=80, message="Cette clé est trop longue.")]
    )
    file = FileField(
        "Fichier PDF ou photo du code",
        [FileSize(MAX_FILE, message="Ce fichier dépasse 10 Mo : choisissez-en un autre.")],
    )


@blueprint.route("/verifier", methods=["GET", "POST"])
@limiter.limit("60 per minute")
@allow(PUBLIC)
def verify() -> str | tuple[str, int]:
    form = VerificationForm()
    if request.method == "GET":
        form.number.data = request.args.get("numero", "")[:80]
        form.key.data = request.args.get("cle", "")[:80]
    asked = bool(form.number.data) if request.method == "GET" else form.validate_on_submit()
    result = None
    if asked:
        try:
            result = _words(_verification(form))
        except InvalidInput as refusal:
            add_refusal(form, refusal)
    page = render_template("public/verify.html", form=form, result=result)
    return (page, 422) if form.errors else page


def _verification(form: VerificationForm) -> tuple[str | None, Verification]:
    if form.file.data:
        data = form.file.data.read()
        if data.startswith(b"%PDF-") or numbers_named(data):
            return None, verify_file(data, sealer().trust)
        return _from_picture(data)
    if not (form.number.data or "").strip():
        raise InvalidInput(
            "certificate.nothing_given",
            "Saisissez le numéro de l’attestation ou choisissez un fichier.",
            field="number",
        )
    return _from_number(form.number.data, form.key.data)


def _from_number(text: str, key: str | None) -> tuple[str, Verification]:
    try:
        number = read_number(text)
    except InvalidInput as refusal:
        raise InvalidInput(refusal.code, refusal.sentence, field="number") from refusal
    return number, verify_number(number, key)


def _from_picture(data: bytes) -> tuple[str, Verification]:
    try:
        codes = read_codes(data)
    except InvalidInput as refusal:
        raise InvalidInput(refusal.code, refusal.sentence, field="file") from refusal
    for code in codes:
        found = parse_verification_url(code, current_app.config["PUBLIC_URL"])
        if found:
            return _from_number(*found)
    for code in codes:
        if code.startswith("DC"):
            return _from_two_d_doc(code)
    raise InvalidInput(
        "certificate.no_code",
        "Aucun code d’attestation ne se lit sur cette image : cadrez le code de plus près.",
        field="file",
    )


def _from_two_d_doc(code: str) -> tuple[str, Verification]:
    """The State's own code: signed by our key, its number is looked up; by another, it is not ours."""
    signer = code_signer()
    read = signer.trust.read(code) if signer else None
    if read is None:
        raise InvalidInput(
            "certificate.code_not_ours",
            "Ce code 2D-Doc n’est pas de nous : il n’est pas signé par la clé du service.".replace(
                " :", "\u00a0:"
            ),
            field="file",
        )
    return read.fields.number, verify_number(read.fields.number, None)


def _words(found: tuple[str | None, Verification]) -> dict[str, Any]:
    number, verification = found
    certificate, content = verification.certificate, verification.content
    replacement = certificate.replaced_by if certificate else None
    rows: list[tuple[str, str]] = []
    if certificate:
        rows.append(("Délivrée le", long_date(certificate.issued_at)))
        rows.append(("Dernier jour de l’exercice", long_date(certificate.fiscal_year_end)))
    if content:
        rows = [
            ("Entreprise", f"{content.company.name} (SIREN {spaced_siren(content.company.siren)})"),
            *rows,
            ("Dépenses éligibles", format_euros(content.total_eligible_base_cents)),
            ("Bonus accordé", format_euros(content.total_bonus_cents)),
            ("Base de l’avantage fiscal", format_euros(content.total_incentive_base_cents)),
        ]
    return {
        "state": verification.state,
        "number": certificate.number if certificate else number,
        "rows": rows,
        "revoked_on": long_date(replacement.issued_at) if replacement else None,
        "replaced_by": verification.replaced_by,
    }
