"""Looking at imports: the list of them, one of them, its report."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from bonus.errors import NotFound
from bonus.extensions import db
from bonus.parts import document_store
from bonus.registry.scheme_models import RegistryImport

from .report import Report

PAGE = 30
LARGEST = 2**31
"""Beyond the numbers that both databases have room for."""


@dataclass(frozen=True)
class Listing:
    """One page of imports, the latest first."""

    items: list[RegistryImport]
    page: int
    pages: int
    total: int


def locked(import_id: int) -> RegistryImport | None:
    """The import with this number as it is now, nobody else changing it until the transaction ends; or None."""
    if import_id >= LARGEST:
        return None
    return db.session.scalars(
        select(RegistryImport)
        .where(RegistryImport.id == import_id)
        .with_for_update(of=RegistryImport)
        .execution_options(populate_existing=True)
    ).one_or_none()


def import_numbered(import_id: int) -> RegistryImport:
    """The import with this number. Raises NotFound."""
    found = db.session.get(RegistryImport, import_id) if import_id < LARGEST else None
    if found is None:
        raise NotFound("import.unknown", "Cet import n’existe pas.")
    return found


def imports_page(page: int) -> Listing:
    """A page (from 1) of imports, the latest first; beyond the last, the last."""
    total = db.session.scalar(select(func.count()).select_from(RegistryImport)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    items = db.session.scalars(
        select(RegistryImport).order_by(RegistryImport.id.desc()).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    return Listing(list(items), page, pages, total)


def applied_before(found: RegistryImport) -> RegistryImport | None:
    """An earlier import of the same file, byte for byte, by the same certifier, that was done."""
    return db.session.scalars(
        select(RegistryImport)
        .where(
            RegistryImport.sha256 == found.sha256,
            RegistryImport.certifier_id == found.certifier_id,
            RegistryImport.status == "done",
            RegistryImport.id < found.id,
        )
        .order_by(RegistryImport.id.desc())
        .limit(1)
    ).one_or_none()


def report_of(found: RegistryImport) -> Report | None:
    """What was kept of an import: its preview, then what was done; None before it is read."""
    if found.report_stored_as is None:
        return None
    return Report(document_store().path(found.report_stored_as))
