"""What the registry keeper does with a certifier's file: hand it in, look at what it would change, decide.

It is read, then written in the registry, by jobs (``steps``). A status only goes forward: queued, reading,
previewed, applying, done; refused or abandoned on the way.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from bonus import outbox
from bonus.audit.service import Actor, record
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.parts import document_store
from bonus.registry.files import MAX_FILE_BYTES
from bonus.registry.files.source import refusal
from bonus.registry.labels import certifier_named
from bonus.registry.scheme_models import RegistryImport
from bonus.regulation.wording import french

from .listing import locked

READ, APPLY = "registry_read", "registry_apply"
"""The kinds of the outbox's messages: their subject is an import."""
UNDER_WAY = frozenset({"queued", "reading", "applying"})
ENDED = frozenset({"done", "refused", "abandoned"})
_NAME_LENGTH = 255


def receive(file_name: str, data: bytes, certifier: str, actor: Actor, now: datetime) -> RegistryImport:
    """Keep a certifier's file and have it read; committed. ``certifier`` is a slug.

    Raises InvalidInput when it is empty or too large, NotFound for an unknown certifier.
    """
    found = certifier_named(certifier)
    if not data:
        raise _at_the_file(refusal("import.empty"))
    if len(data) > MAX_FILE_BYTES:
        raise _at_the_file(refusal("import.too_large"))
    return _receive(
        RegistryImport(
            certifier_id=found.id,
            file_name=file_name[-_NAME_LENGTH:] or "fichier",
            sha256=hashlib.sha256(data).hexdigest(),
            stored_as=document_store().save(data),
            created_by_id=actor.person_id,
            created_at=now,
        ),
        actor,
        now,
    )


def _receive(found: RegistryImport, actor: Actor, now: datetime) -> RegistryImport:
    db.session.add(found)
    db.session.flush()
    outbox.post(READ, found.id, now)
    record(
        "registry.file_received",
        f"import:{found.id}",
        actor,
        now,
        certifier=found.certifier.slug,
        file=found.file_name,
        sha256=found.sha256,
    )
    db.session.commit()
    return found


def _at_the_file(error: InvalidInput) -> InvalidInput:
    return InvalidInput(error.code, error.sentence, field="file")


def ask_to_apply(import_id: int, actor: Actor, now: datetime, *, keep_good: bool) -> RegistryImport:
    """Have a previewed file applied; committed. ``keep_good``: the rows that are good, the others left out.

    Raises NotFound, Refusal when it is not (or no longer) to be applied or changes nothing, InvalidInput when it has
    faulty rows and these are not to be left out.
    """
    found = _to_change(import_id)
    if found.status != "previewed":
        raise Refusal(
            "import.not_previewed",
            french("Cet import n’attend plus de décision : rechargez la page pour voir où il en est."),
        )
    if found.added + found.changed + found.ended + found.reinstated == 0:
        raise Refusal("import.nothing", "Aucune bonne ligne de ce fichier ne change le registre.")
    if found.faults and not keep_good:
        raise InvalidInput(
            "import.faulty_rows",
            "Ce fichier a des lignes fautives. Corrigez-le et déposez-le à nouveau, ou importez ses bonnes lignes "
            "sans elles.",
        )
    found.status, found.keep_good, found.decided_by_id = "applying", bool(found.faults), actor.person_id
    found.progress_done, found.progress_total = 0, found.rows
    outbox.post(APPLY, found.id, now)
    record("registry.import_asked", f"import:{found.id}", actor, now, keep_good=found.keep_good)
    db.session.commit()
    return found


def abandon(import_id: int, actor: Actor, now: datetime) -> RegistryImport:
    """Give up a file that is not applied; committed. Its file and its report are kept.

    Raises NotFound, Refusal when it is applied, or being so, or ended.
    """
    found = _to_change(import_id)
    if found.status not in {"queued", "reading", "previewed"}:
        raise Refusal(
            "import.too_late",
            french("Cet import ne peut plus être abandonné : rechargez la page pour voir où il en est."),
        )
    found.status, found.finished_at = "abandoned", now
    record("registry.import_abandoned", f"import:{found.id}", actor, now)
    db.session.commit()
    return found


def read_again(import_id: int, actor: Actor, now: datetime) -> RegistryImport:
    """Start again from the file of an import that ended: a new one; committed.

    Raises NotFound, Refusal while that one is under way.
    """
    ended = _to_change(import_id)
    if ended.status not in ENDED:
        raise Refusal("import.under_way", "Cet import n’est pas terminé.")
    return _receive(
        RegistryImport(
            certifier_id=ended.certifier_id,
            file_name=ended.file_name,
            sha256=ended.sha256,
            stored_as=ended.stored_as,
            created_by_id=actor.person_id,
            created_at=now,
        ),
        actor,
        now,
    )


def _to_change(import_id: int) -> RegistryImport:
    found = locked(import_id)
    if found is None:
        raise NotFound("import.unknown", "Cet import n’existe pas.")
    return found
