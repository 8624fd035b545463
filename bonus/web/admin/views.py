"""The administrator's page: the audit log, and whether its chain is whole."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from sqlalchemy import func, select

from bonus.audit.models import AuditEntry
from bonus.audit.service import first_fault
from bonus.extensions import db

from ..access import allow

blueprint = Blueprint("admin", __name__, url_prefix="/agent/journal")
PAGE_SIZE = 50


@blueprint.get("")
@allow("administrator")
def journal() -> str:
    total = db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    entries = db.session.scalars(
        select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    ).all()
    fault = first_fault() if "verifier" in request.args else None
    return render_template(
        "admin/journal.html",
        entries=entries,
        total=total,
        page=page,
        pages=pages,
        verified="verifier" in request.args,
        fault=fault,
    )
