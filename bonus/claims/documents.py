"""The documents a dossier must hold to be complete (art. 11): what is asked, what is there, what misses."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bonus.adapters.document_kind import check_document
from bonus.adapters.store import DocumentStore
from bonus.audit.service import Actor, record
from bonus.errors import InvalidInput, NotFound
from bonus.extensions import db
from bonus.regulation import Parameters, Purchase, load_parameters, required_documents

from .intake import locked_draft
from .lines import lines_among
from .models import Claim, Document, Invoice, PurchaseLine
from .purposes import PURPOSES

INVOICES = ("invoice", "table")
"""The purposes of what holds the purchases themselves: it comes and goes with them."""
MAX_FILES = 20
"""How many files may be joined for one demand."""
NAME_LENGTH = 255
EXAMPLES = 3
"""How many of the lines that ask for a document are named."""


@dataclass(frozen=True)
class Demand:
    """A document asked for: its code and French name, how many lines ask for it, some of them, and what was joined."""

    code: str
    name: str
    rule: str
    count: int
    examples: list[PurchaseLine]
    joined: list[Document]

    @property
    def is_missing(self) -> bool:
        """Whether nothing was joined for it."""
        return not self.joined


@dataclass(frozen=True)
class JoinedFile:
    """What became of one file: None, or the French sentence that says why it was not taken."""

    name: str
    sentence: str | None = None


@dataclass(frozen=True)
class _Alike:
    """Lines that ask for the same documents: the first one's id, and how many they are."""

    purchase: Purchase
    first_id: int
    count: int


def demands_of(
    claim: Claim, law: Parameters | None = None, *, besides: Collection[Document] = ()
) -> list[Demand]:
    """What the parameters ask of a dossier, in their order; joined documents that nothing asks for come last.

    ``besides``: documents that are passed over, as if they were not there."""
    kinds = _kinds_of_lines(claim.id)
    joined: dict[str, list[Document]] = {}
    for document in claim.documents:
        if document not in besides:
            joined.setdefault(document.purpose, []).append(document)
    asked = []
    for one in required_documents([kind.purchase for kind in kinds], law or load_parameters()):
        asking = [kinds[rank] for rank in one.lines]
        examples = lines_among(claim.id, [kind.first_id for kind in asking[:EXAMPLES]])
        count = sum(kind.count for kind in asking)
        asked.append(Demand(one.code, one.name, one.rule, count, examples, joined.pop(one.code, [])))
    unasked = [
        Demand(code, PURPOSES[code], "never", 0, [], documents)
        for code, documents in joined.items()
        if code not in INVOICES
    ]
    return asked + unasked


def _kinds_of_lines(claim_id: int) -> list[_Alike]:
    """The lines that buy something, those alike together: a dossier may have 50,000."""
    apart = (
        Invoice.issued_on,
        PurchaseLine.service_start,
        PurchaseLine.service_end,
        PurchaseLine.replaces_foreign,
        Invoice.source,
    )
    first = func.min(PurchaseLine.id)
    rows = db.session.execute(
        select(*apart, first, func.count())
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .where(Invoice.claim_id == claim_id, Invoice.is_credit_note.is_(False))
        .group_by(*apart)
        .order_by(first)
    )
    return [
        _Alike(Purchase(issued_on, start, end, foreign, source == "table"), first_id, count)
        for issued_on, start, end, foreign, source, first_id, count in rows
    ]


def missing_documents(claim: Claim) -> list[Demand]:
    """What is asked and not joined: the dossier is not complete without it (art. 11)."""
    return [demand for demand in demands_of(claim) if demand.is_missing]


def join_documents(
    claim_id: int,
    code: str,
    files: Iterable[tuple[str, bytes]],
    store: DocumentStore,
    actor: Actor,
    now: datetime,
) -> list[JoinedFile]:
    """Join files to a draft for one demand; each that cannot be taken is named with its reason, the others kept.

    Raises Refusal when the dossier is no longer a draft, NotFound for what it does not ask.
    """
    return join_each(files, lambda name, data: _join(claim_id, code, name, data, store, actor, now))


def join_each(files: Iterable[tuple[str, bytes]], join: Callable[[str, bytes], None]) -> list[JoinedFile]:
    """Join each file, by its name and content, in a transaction of its own; what became of it, in their order."""
    results = []
    for given, data in files:
        name = file_name(given)
        try:
            join(name, data)
        except InvalidInput as refusal:
            db.session.rollback()
            results.append(JoinedFile(name, refusal.sentence))
        else:
            results.append(JoinedFile(name))
    return results


def _join(
    claim_id: int, code: str, name: str, data: bytes, store: DocumentStore, actor: Actor, now: datetime
) -> None:
    media_type = check_document(data)
    claim = locked_draft(claim_id)
    demand = next((one for one in demands_of(claim) if one.code == code), None)
    if demand is None:
        raise NotFound("document.not_asked", "Cette pièce n’est pas demandée pour ce dossier.")
    if len(demand.joined) >= MAX_FILES:
        raise InvalidInput(
            "document.too_many",
            f"{MAX_FILES} fichiers sont déjà joints pour cette pièce : réunissez-les en moins de fichiers.",
        )
    document = kept_file(claim, code, name, data, media_type, store, now)
    db.session.add(document)
    record("claim.document_joined", f"claim:{claim.id}", actor, now, sha256=document.sha256, purpose=code)
    db.session.commit()


def file_name(given: str) -> str:
    """The name a file is kept under: what a browser sent, without its folders."""
    return given.replace("\\", "/").rsplit("/", 1)[-1][:NAME_LENGTH] or "fichier"


def kept_file(
    claim: Claim, purpose: str, name: str, data: bytes, media_type: str, store: DocumentStore, now: datetime
) -> Document:
    """A checked file put in the store, as a document of a locked dossier. Raises InvalidInput when the dossier has
    it already, or the antivirus refuses it."""
    sha256 = hashlib.sha256(data).hexdigest()
    same = next((document for document in claim.documents if document.sha256 == sha256), None)
    if same is not None:
        raise InvalidInput(
            "document.same_file",
            f"Ce fichier est déjà dans le dossier, sous « {PURPOSES[same.purpose]} » : joignez-en un autre.",
        )
    return Document(
        reference=secrets.token_urlsafe(16),
        claim=claim,
        original_name=name,
        media_type=media_type,
        size=len(data),
        sha256=sha256,
        stored_as=store.save(data),
        added_at=now,
        purpose=purpose,
    )


def remove_document(claim_id: int, reference: str, actor: Actor, now: datetime) -> None:
    """Take a joined document out of a draft. Raises Refusal once filed, NotFound when it is not one of its."""
    claim = locked_draft(claim_id)
    document = document_of(claim, reference)
    if document.purpose in INVOICES:
        raise _unknown()
    db.session.delete(document)
    record("claim.document_removed", f"claim:{claim.id}", actor, now, sha256=document.sha256)
    db.session.commit()


def document_of(claim: Claim, reference: str) -> Document:
    """The document of a dossier under that reference. Raises NotFound."""
    found = next((document for document in claim.documents if document.reference == reference), None)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("document.unknown", "Cette pièce n’est pas dans le dossier.")
