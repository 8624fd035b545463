"""Answering the request for documents: item by item, each saved at once; then one act sends it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.claims.answers import explain_absence, join_answer, remove_from_answer, send_answer
from bonus.claims.documents import JoinedFile
from bonus.claims.models import Claim
from bonus.claims.request_models import DocumentRequest
from bonus.claims.requests import request_of
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.parts import document_store

from ..access import actor, allow, now
from ..fields import add_refusal
from .forms import AbsenceForm, AnswerForm, DocumentForm
from .views import acted_claim, blueprint

Page = str | Response | tuple[str, int]


def _answered_claim(reference: str) -> tuple[Claim, DocumentRequest]:
    """The dossier and its request while an answer may be prepared; else the dossier's page is shown instead."""
    claim = acted_claim(reference)
    request = request_of(claim.id)
    if request is None:
        abort(redirect(url_for("company.claim", reference=reference)))
    return claim, request


@blueprint.route("/dossiers/<reference>/reponse", methods=["GET", "POST"])
@allow("company")
def answer(reference: str) -> Page:
    claim, request = _answered_claim(reference)
    form = AnswerForm()
    if form.validate_on_submit():
        return _act(
            reference,
            form,
            lambda: send_answer(claim.id, actor(), now()),
            "Votre réponse est envoyée. Le délai de décision court de nouveau.",
            "company.claim",
        )
    if claim.status != "awaiting_documents":
        return redirect(url_for("company.claim", reference=reference))
    return _page(claim, request, form)


@blueprint.post("/dossiers/<reference>/reponse/<int(max=2147483647):item_id>/ajout")
@allow("company")
def answer_join(reference: str, item_id: int) -> Page:
    claim, request = _answered_claim(reference)
    form = DocumentForm(prefix=f"piece-{item_id}")
    if not form.validate():
        return _page(claim, request, AnswerForm(formdata=None), parts={item_id: form}), 422
    files = ((file.filename or "", file.read()) for file in form.files.data)
    try:
        results = join_answer(claim.id, item_id, files, document_store(), actor(), now())
    except Refusal as refusal:
        return _too_late(reference, refusal)
    failed = [result for result in results if result.sentence]
    if failed:
        return _page(claim, request, AnswerForm(formdata=None), failed=failed), 422
    flash(
        "Le fichier est joint à votre réponse." if len(results) == 1 else "Les fichiers sont joints.",
        "success",
    )
    return redirect(url_for("company.answer", reference=reference, _anchor=f"piece-{item_id}"))


@blueprint.post("/dossiers/<reference>/reponse/<int(max=2147483647):item_id>/motif")
@allow("company")
def answer_absence(reference: str, item_id: int) -> Page:
    claim, _ = _answered_claim(reference)
    form = AbsenceForm(prefix=f"motif-{item_id}")
    if not form.validate():
        return _page(*_answered_claim(reference), AnswerForm(formdata=None), absences={item_id: form}), 422
    return _act(
        reference,
        form,
        lambda: explain_absence(claim.id, item_id, form.reason.data or "", actor(), now()),
        "Votre explication est enregistrée.",
        "company.answer",
        item_id,
    )


@blueprint.post("/dossiers/<reference>/reponse/pieces/<document>/retrait")
@allow("company")
def answer_removal(reference: str, document: str) -> Page:
    claim, _ = _answered_claim(reference)
    return _act(
        reference,
        AnswerForm(formdata=None),
        lambda: remove_from_answer(claim.id, document, actor(), now()),
        "Le fichier est retiré de votre réponse.",
        "company.answer",
    )


def _act(
    reference: str,
    form: AnswerForm | AbsenceForm,
    act: Callable[[], object],
    done: str,
    then: str,
    item_id: int | None = None,
) -> Page:
    try:
        act()
    except InvalidInput as refusal:
        db.session.rollback()
        add_refusal(form, refusal)
        absences = {item_id: form} if item_id is not None and isinstance(form, AbsenceForm) else {}
        whole = form if isinstance(form, AnswerForm) else AnswerForm(formdata=None)
        return _page(*_answered_claim(reference), whole, absences=absences), 422
    except Refusal as refusal:
        return _too_late(reference, refusal)
    flash(done, "success")
    return redirect(url_for(then, reference=reference))


def _too_late(reference: str, refusal: Refusal) -> Response:
    """Answered by a colleague, too late, given up: said on the dossier's page, where what was sent is."""
    db.session.rollback()
    if refusal.status == 404:
        abort(404)
    flash(refusal.sentence, "error")
    return redirect(url_for("company.claim", reference=reference))


def _page(
    claim: Claim,
    request: DocumentRequest,
    form: AnswerForm,
    *,
    parts: dict[int, DocumentForm] | None = None,
    absences: dict[int, AbsenceForm] | None = None,
    failed: Sequence[JoinedFile] = (),
) -> str:
    shown = {item.id: DocumentForm(formdata=None, prefix=f"piece-{item.id}") for item in request.items}
    reasons = {
        item.id: AbsenceForm(
            formdata=None, prefix=f"motif-{item.id}", data={"reason": item.unavailable or ""}
        )
        for item in request.items
    }
    return render_template(
        "company/answer.html",
        claim=claim,
        document_request=request,
        form=form,
        parts=shown | (parts or {}),
        absences=reasons | (absences or {}),
        failed=failed,
        today=civil_date(now()),
    )
