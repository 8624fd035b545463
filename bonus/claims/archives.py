"""A ZIP of invoices: each file in it is read like one sent alone, and has its own result.

Nothing is written to disk under a name of the archive, and nothing is unpacked but in memory, one file at a time.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from bonus.adapters.einvoice.reader import MAX_INVOICE_BYTES
from bonus.adapters.store import DocumentStore
from bonus.audit.service import Actor
from bonus.errors import InvalidInput
from bonus.regulation.wording import french
from bonus.tables.broken import BROKEN_ZIP

from .intake import MAX_DOCUMENTS, FileResult, add_files

MAX_FILES = MAX_DOCUMENTS
MAX_TOTAL_BYTES = 200_000_000
"""What all the files of one archive may come to, unpacked."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_DIRECTORY_ENTRY = b"PK\x01\x02"
_MOST_ENTRIES = 10_000
_ENCRYPTED = 0x1
_KINDS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_LEFT_BEHIND = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")


def add_uploads(
    claim_id: int, files: Iterable[tuple[str, bytes]], store: DocumentStore, actor: Actor, now: datetime
) -> list[FileResult]:
    """Read files into a draft, those of an archive one by one (see ``add_files``).

    Raises Refusal when the dossier is no longer a draft.
    """
    results: list[FileResult] = []
    for name, data in files:
        if not data.startswith(_ZIP):
            results += add_files(claim_id, [(name, data)], store, actor, now)
            continue
        archive = _last(name) or "archive.zip"
        for inner, content in _unpacked(archive, data):
            if isinstance(content, InvalidInput):
                results.append(FileResult(inner, sentence=content.sentence))
                continue
            for result in add_files(claim_id, [(inner, content)], store, actor, now):
                results.append(replace(result, name=f"{result.name} ({archive})"))
    return results


def _unpacked(archive: str, data: bytes) -> Iterator[tuple[str, bytes | InvalidInput]]:
    """The files of an archive, or why one cannot be taken; under the archive's own name, why none can."""
    try:
        with zipfile.ZipFile(io.BytesIO(_counted(data))) as opened:
            entries = _entries(opened)
            left = MAX_TOTAL_BYTES
            for entry in entries:
                name = f"{_last(entry.filename)} ({archive})"
                try:
                    content = _content(opened, entry, left)
                except InvalidInput as refusal:
                    yield name, refusal
                else:
                    left -= len(content)
                    yield _last(entry.filename), content
    except InvalidInput as refusal:
        yield archive, refusal
    except BROKEN_ZIP:
        yield (
            archive,
            _refusal("damaged", "Cette archive est endommagée : refaites-la, ou déposez ses factures."),
        )


def _counted(data: bytes) -> bytes:
    """The archive, once it is known that its directory can be read at little cost."""
    if data.count(_DIRECTORY_ENTRY) > _MOST_ENTRIES:
        raise _too_many()
    return data


def _entries(opened: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    names = {entry.filename for entry in opened.infolist()}
    if "[Content_Types].xml" in names:
        raise _refusal(
            "office",
            "Ce fichier est un document bureautique, pas une archive de factures. Si c’est un tableau de lignes, "
            "chargez-le par « Charger un tableau de lignes ».",
        )
    entries = [
        entry
        for entry in opened.infolist()
        if not entry.is_dir() and not any(part.lower() in _LEFT_BEHIND for part in _parts(entry.filename))
    ]
    if not entries:
        raise _refusal("empty", "Cette archive ne contient aucun fichier.")
    if len(entries) > MAX_FILES:
        raise _too_many()
    return entries


def _content(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """One file, unpacked. Raises InvalidInput when it is protected, too large, damaged, or itself an archive."""
    if entry.flag_bits & _ENCRYPTED:
        raise _refusal(
            "password", "Ce fichier est protégé par un mot de passe : refaites l’archive sans lui."
        )
    if entry.compress_type not in _KINDS:
        raise _refusal(
            "method", "La compression de ce fichier n’est pas connue : refaites l’archive au format ZIP."
        )
    try:
        with opened.open(entry) as file:
            content = file.read(min(MAX_INVOICE_BYTES, left) + 1)  # whatever the directory says of its size
    except BROKEN_ZIP as error:
        raise _refusal("damaged", "Ce fichier est endommagé dans l’archive : refaites-la.") from error
    if len(content) > left:
        raise _refusal("too_large", "Cette archive est trop volumineuse une fois décompressée : découpez-la.")
    if content.startswith(_ZIP):
        raise _refusal("nested", "Ce fichier est une archive dans l’archive : déposez-la à part.")
    return content


def _parts(name: str) -> list[str]:
    return name.replace("\\", "/").split("/")


def _last(name: str) -> str:
    """A name without its folders: where an archive would have its files go is nobody's business."""
    return _parts(name)[-1][:255]


def _too_many() -> InvalidInput:
    return _refusal(
        "too_many", f"Cette archive contient plus de {MAX_FILES} fichiers : découpez-la en plusieurs."
    )


def _refusal(code: str, sentence: str) -> InvalidInput:
    return InvalidInput(f"archive.{code}", french(sentence))
