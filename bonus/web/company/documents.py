"""The third step of a dossier: the documents that go with its invoices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bonus.claims.documents import JoinedFile, demands_of, document_of, join_documents, remove_document
from bonus.claims.draft_lines import has_invoices, lines_page
from bonus.claims.models import Claim
from bonus.parts import document_store

from ..access import actor, allow, now
from ..downloads import private_file
from .filing import own_draft
from .forms import DocumentForm
from .lines import estimate
from .views import blueprint, own_claim

Page = str | Response | tuple[str, int]


@blueprint.get("/dossiers/<reference>/pieces")
@allow("company")
def documents(reference: str) -> Page:
    claim = own_draft(reference)
    if claim.status != "draft":
        return redirect(url_for("company.claim", reference=reference))
    if not has_invoices(claim.id):
        return redirect(url_for("company.invoices", reference=reference))
    return _page(claim)


@blueprint.post("/dossiers/<reference>/pieces/<code>/ajout")
@allow("company")
def join(reference: str, code: str) -> Page:
    claim = own_draft(reference)
    form = DocumentForm(prefix=code)
    if not form.validate():
        return _page(claim, {code: form}), 422
    files = ((file.filename or "", file.read()) for file in form.files.data)
    results = join_documents(claim.id, code, files, document_store(), actor(), now())
    failed = [result for result in results if result.sentence]
    if failed:
        return _page(claim, failed=failed), 422
    flash("La pièce est jointe." if len(results) == 1 else "Les pièces sont jointes.", "success")
    return redirect(url_for("company.documents", reference=reference))


def _page(
    claim: Claim, sent: Mapping[str, DocumentForm] | None = None, failed: Sequence[JoinedFile] = ()
) -> str:
    demands = demands_of(claim)
    shown = {demand.code: DocumentForm(formdata=None, prefix=demand.code) for demand in demands}
    return render_template(
        "company/documents.html",
        claim=claim,
        parts=shown | dict(sent or {}),
        failed=failed,
        demands=demands,
        assessment=estimate(claim, lines_page(claim.id, 1)),
    )


@blueprint.post("/dossiers/<reference>/pieces/<document>/retrait")
@allow("company")
def remove_joined(reference: str, document: str) -> Response:
    claim = own_draft(reference)
    remove_document(claim.id, document, actor(), now())
    flash("La pièce est retirée du dossier.", "success")
    return redirect(url_for("company.documents", reference=reference))


@blueprint.get("/dossiers/<reference>/pieces/<document>")
@allow("company")
def joined(reference: str, document: str) -> Response:
    found = document_of(own_claim(reference), document)
    return private_file(document_store().read(found.stored_as), found.original_name, found.media_type)
