"""The company's answer to the request for documents: files item by item, then one act that sends them (art. 11)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bonus.accounts.acting import person_acting
from bonus.adapters.document_kind import check_document
from bonus.adapters.store import DocumentStore
from bonus.audit.service import Actor, record
from bonus.calendar import civil_date, format_date
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.regulation import load_parameters

from . import notice_words, reviewer_words
from .changes import change_status, locked_claim
from .documents import MAX_FILES, JoinedFile, document_of, join_each, kept_file
from .models import Claim, Document
from .notices import tell
from .request_models import MOST_REASON, DocumentRequest, ItemFile, RequestedItem
from .requests import due_on, request_of
from .reviewers import write_to_reviewer
from .risks import flag
from .status import transition

LEAST_REASON = 10


def unsent_documents(claim: Claim) -> list[Document]:
    """The files joined to an answer that is not sent: the company's alone until then."""
    if claim.status != "awaiting_documents" or (request := request_of(claim.id)) is None:
        return []
    return [document for item in request.items for document in item.documents]


def join_answer(
    claim_id: int,
    item_id: int,
    files: Iterable[tuple[str, bytes]],
    store: DocumentStore,
    actor: Actor,
    now: datetime,
) -> list[JoinedFile]:
    """Join files to one item of the request; each that cannot be taken is named with its reason, the others kept.

    Raises Refusal when the answer is sent or the last day is past, NotFound for an item that is not asked.
    """
    return join_each(files, lambda name, data: _join(claim_id, item_id, name, data, store, actor, now))


def _join(
    claim_id: int, item_id: int, name: str, data: bytes, store: DocumentStore, actor: Actor, now: datetime
) -> None:
    media_type = check_document(data)
    claim, request = _open(claim_id, actor, now)
    item = _item(request, item_id)
    if len(item.files) >= MAX_FILES:
        raise InvalidInput(
            "document.too_many",
            f"{MAX_FILES} fichiers sont déjà joints pour cette pièce : réunissez-les en moins de fichiers.",
        )
    document = kept_file(claim, item.code or "answer", name, data, media_type, store, now)
    db.session.add(document)
    db.session.flush()
    db.session.add(ItemFile(item=item, document=document))
    item.unavailable = None
    record(
        "claim.answer_joined", f"claim:{claim.number}", actor, now, sha256=document.sha256, item=item.position
    )
    db.session.commit()


def remove_from_answer(claim_id: int, reference: str, actor: Actor, now: datetime) -> None:
    """Take a file out of an answer that is not sent. Raises Refusal once it is, NotFound for another file."""
    claim, request = _open(claim_id, actor, now)
    document = document_of(claim, reference)
    found = next((file for item in request.items for file in item.files if file.document is document), None)
    if found is None:
        raise NotFound("document.unknown", "Cette pièce n’est pas dans votre réponse.")
    db.session.delete(found)
    db.session.flush()
    db.session.delete(document)
    record("claim.document_removed", f"claim:{claim.number}", actor, now, sha256=document.sha256)
    db.session.commit()


def explain_absence(claim_id: int, item_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Say why something asked for cannot be given. Raises InvalidInput when it says too little or too much, Refusal
    when the answer is sent, too late, or a file is already joined for it."""
    claim, request = _open(claim_id, actor, now)
    item = _item(request, item_id)
    reason = reason.strip()
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        raise InvalidInput(
            "answer.reason",
            "Dites en quelques mots pourquoi vous ne pouvez pas fournir cette pièce, en 1 000 caractères au plus.",
            field="reason",
        )
    if item.files:
        raise InvalidInput(
            "answer.both", "Un fichier est déjà joint pour cette pièce : retirez-le d’abord.", field="reason"
        )
    item.unavailable = reason
    record("claim.answer_explained", f"claim:{claim.number}", actor, now, item=item.position)
    db.session.commit()


def send_answer(claim_id: int, actor: Actor, now: datetime) -> Claim:
    """Send the answer, once: the dossier goes back under review and its clock runs on, the last day to decide moved
    by the days it stood still (art. 11). Asked on 20 March and answered on 30 March: ten days.

    Raises InvalidInput when an item has neither file nor reason, Refusal when it is sent already or too late.
    """
    claim, request = _open(claim_id, actor, now)
    left = [item.title for item in request.items if not item.files and not item.unavailable]
    if left:
        raise InvalidInput("answer.incomplete", _incomplete(left))
    today, law = civil_date(now), load_parameters()
    claim.decision_due_on = due_on(claim, (today - civil_date(request.asked_at)).days, law)
    request.answered_at, request.answered_by_id = now, person_acting(actor)
    change_status(claim, "answer", actor, now)
    flag(claim, now)  # the examiner opens it on flags of today
    words = notice_words.answer_received(str(claim.number), claim.decision_due_on)
    tell(claim, "answer_received", words, now, about=f"request:{request.id}")
    write_to_reviewer(claim, reviewer_words.ANSWERED, f"answer:{request.id}", now)
    record(
        "claim.documents_answered",
        f"claim:{claim.number}",
        actor,
        now,
        files=[document.sha256 for item in request.items for document in item.documents],
        unavailable=[item.position for item in request.items if item.unavailable],
        decision_due_on=claim.decision_due_on.isoformat(),
    )
    db.session.commit()
    return claim


def _incomplete(titles: Sequence[str]) -> str:
    listed = f"«{NBSP}" + f"{NBSP}», «{NBSP}".join(titles) + f"{NBSP}»"
    return f"Il reste à répondre pour {listed}{NBSP}: joignez un fichier, ou dites pourquoi vous ne le pouvez pas."


def _item(request: DocumentRequest, item_id: int) -> RequestedItem:
    found = next((item for item in request.items if item.id == item_id), None)
    if found is None:
        raise NotFound("request.no_item", "Cette pièce n’est pas demandée pour ce dossier.")
    return found


def _open(claim_id: int, actor: Actor, now: datetime) -> tuple[Claim, DocumentRequest]:
    """The dossier, locked, and its request, which may still be answered."""
    claim = locked_claim(claim_id)
    request = request_of(claim_id)
    if request is None:
        raise NotFound("request.none", "Aucune pièce n’est demandée pour ce dossier.")
    db.session.refresh(request)
    if request.answered_at is not None:
        raise Refusal(
            "request.answered",
            f"Votre réponse a déjà été envoyée le {format_date(civil_date(request.answered_at))} : rien ne s’y ajoute. "
            "Pour dire autre chose, écrivez à l’instructeur par les messages du dossier.",
        )
    if request.ended_at is not None or civil_date(now) > request.answer_by:
        raise Refusal(
            "request.too_late",
            f"Le délai pour répondre a pris fin le {format_date(request.answer_by)}. Ce que vous aviez joint est dans "
            "le dossier, qui est décidé sur ce qu’il contient (art. 11). Vous pouvez encore écrire à l’instructeur.",
        )
    transition(claim.status, "answer", actor.roles)  # given up meanwhile; or the wrong role
    return claim, request
