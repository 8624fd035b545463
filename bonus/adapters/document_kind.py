"""Documents sent beside the invoices (proofs, contracts, bank details): opened apart before they are kept.

Another process looks whether a PDF acts (scripts, programs to start, files that are no annex) and draws the first
page, with bounds on time and memory: what cannot be shown to an agent, or would act on who opens it, is refused.
"""

from __future__ import annotations

from bonus.errors import InvalidInput
from bonus.money import NBSP

from .einvoice.sandbox import ReaderError
from .media_types import media_type
from .paper import PAGES

MAX_BYTES = 10_000_000
_SENTENCES = {
    "document.empty": "Ce fichier est vide : vérifiez-le, puis envoyez-le de nouveau.",
    "document.too_large": (
        "Ce fichier dépasse {value}\u00a0Mo : réduisez-le ou coupez-le en plusieurs fichiers."
    ),
    "document.kind": "Ce fichier n’est ni un PDF, ni une image PNG ou JPEG lisible : convertissez-le.",
    "document.damaged": (
        "Ce fichier est endommagé ou incomplet : il ne peut pas être affiché. Enregistrez-le à nouveau, puis "
        "envoyez-le."
    ),
    "document.encrypted": "Ce PDF est protégé par un mot de passe : envoyez-en une copie sans protection.",
    "document.active": (
        "Ce PDF contient un programme ou une action automatique (JavaScript, lancement, envoi de formulaire). Il est "
        "refusé par sécurité : imprimez-le en PDF, puis envoyez cette copie."
    ),
    "document.annex": (
        "Ce PDF contient un fichier joint d’un type qui n’est pas accepté : {value}. Il est refusé par sécurité : "
        "imprimez-le en PDF, puis envoyez cette copie."
    ),
    "document.pixels": "Cette image est trop grande pour être lue : réduisez-la, puis envoyez-la de nouveau.",
    "document.bomb": (
        "Ce fichier contient des données anormalement volumineuses une fois décompressées. Il est refusé par sécurité."
    ),
    "document.too_slow": "L’ouverture de ce fichier demande trop de temps. Il est refusé par sécurité.",
}
"""Why a document is not taken: a stable code and the French sentence its sender reads."""
_CODES = {
    "paper.image_too_large": "document.pixels",
    "invoice.bomb": "document.bomb",
    "invoice.pdf_active": "document.active",
    "invoice.pdf_annex": "document.annex",
    "invoice.pdf_encrypted": "document.encrypted",
}
"""What the process answers, where it is not simply that the file is damaged."""


def check_document(data: bytes, most_bytes: int = MAX_BYTES) -> str:
    """The media type of a document that is safe to keep and can be shown: PDF, PNG or JPEG, whatever its name says.

    Raises InvalidInput, with a French sentence, for anything else: empty, larger than ``most_bytes``, damaged,
    protected, acting on who opens it, or too costly to open.
    """
    if not data:
        raise _refusal("document.empty")
    if len(data) > most_bytes:
        raise _refusal("document.too_large", str(most_bytes // 1_000_000))
    kind = media_type(data)
    if kind is None:
        raise _refusal("document.kind")
    try:
        answer = PAGES.ask(b"C", data)
    except ReaderError as failed:
        raise _refusal("document.too_slow" if failed.late else "document.damaged") from failed
    if "error" in answer:
        raise _refusal(_CODES.get(answer["error"], "document.damaged"), answer.get("value", ""))
    return kind


def _refusal(code: str, value: str = "") -> InvalidInput:
    return InvalidInput(code, _SENTENCES[code].format(value=value).replace(" :", f"{NBSP}:"))
