"""Letters of dossiers, and the pages where they are read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bonus.claims.filing import abandon
from bonus.claims.letter_models import Letter
from bonus.claims.models import Claim
from bonus.claims.notification import record_opening
from bonus.claims.reasons_requests import ask_reasons, give_reasons
from bonus.claims.revocations import decide_revocation, observe, open_revocation
from bonus.extensions import db
from bonus.parts import document_store

from .papers import plain_pdf
from .requests import at
from .revocations import FACTS, WHY, granted
from .silence import refused_by_silence
from .world import NOW, ON, Dossier, World, decided, run_jobs, set_envelope

OBSERVED = "Le service a bien été rendu\u00a0: voici le procès-verbal de recette."

ON_A_DOSSIER = (
    *("agent.revocation", "agent.revocation_decision", "agent.reasons"),
    *("company.observations", "company.ask_for_reasons"),
)
OF_A_LETTER = ("company.letter", "company.letter_pdf", "agent.letter", "agent.letter_pdf")


def letter_of(dossier: Dossier, kind: str | None = None) -> Letter:
    """The last letter of a dossier, of one kind if wanted; a context is pushed."""
    query = select(Letter).where(Letter.claim_id == dossier.id).order_by(Letter.id.desc())
    if kind is not None:
        query = query.where(Letter.kind == kind)
    return db.session.scalars(query.limit(1)).one()


def letter_addresses(dossier: Dossier) -> dict[str, dict[str, Any]]:
    """The values of the addresses of a settled dossier's letter; a context is pushed."""
    reference = letter_of(dossier).reference
    db.session.rollback()
    whose = {
        name: {("reference" if name.startswith("company") else "number"): dossier.number}
        for name in ON_A_DOSSIER
    }
    edited: dict[str, dict[str, Any]] = {
        "letters.template": {"kind": "refused"},
        "letters.version": {"kind": "refused", "version": 0},
        "letters.version_pdf": {"kind": "refused", "version": 0},
    }
    return (
        whose
        | edited
        | {
            name: {
                "letter": reference,
                ("reference" if name.startswith("company") else "number"): dossier.number,
            }
            for name in OF_A_LETTER
        }
    )


def letter_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of letters, each under a name: who opens it, and its address."""
    refused = decided(world, outcome="refuse", reasons="La solution n’est pas celle de la facture (art. 4).")
    granted = decided(world)
    set_envelope(world, 100)
    waiting = decided(world)
    run_jobs(world)
    with world.app.app_context():
        abandon(waiting.id, world.owner, NOW)  # else those who come later would wait behind it
    set_envelope(world, 50_000_000_00)
    pages: dict[str, tuple[str | None, str]] = {}
    with world.app.app_context():
        for name, dossier in (("granted", granted), ("refused", refused), ("waiting", waiting)):
            kind = "waiting" if name == "waiting" else None
            path = f"{dossier.number}/courriers/{letter_of(dossier, kind).reference}"
            pages[f"letter {name}"] = (world.owner.email, f"/entreprise/dossiers/{path}")
            pages[f"letter {name}, agent"] = (world.reviewer.email, f"/agent/dossiers/{path}")
        db.session.rollback()
    return pages | _after_decisions(world)


def _after_decisions(world: World) -> dict[str, tuple[str | None, str]]:
    """A dossier that may be taken back, one heard, one that answered, one taken back; a refusal by silence, its reasons
    asked for, or given."""
    new, running, said, gone = (granted(world, day=ON - timedelta(days=40)) for _ in range(4))
    day = at(ON - timedelta(days=20))
    with world.app.app_context():
        for dossier in (running, said, gone):
            open_revocation(dossier.id, "conditions", FACTS, world.reviewer, day)
            record_opening(db.session.get_one(Claim, dossier.id), world.owner, day)
        files = [("proces-verbal.pdf", plain_pdf(words="PV"))]
        observe(said.id, OBSERVED, files, document_store(), world.owner, day)
        decide_revocation(gone.id, "revoke", WHY, world.officer, at(ON))
        silent, owed, given = (
            refused_by_silence(world, day=ON, filed=ON - timedelta(days=62)) for _ in range(3)
        )
        for dossier in (owed, given):
            ask_reasons(dossier.id, world.owner, NOW)
        give_reasons(given.id, WHY, world.reviewer, NOW)
        db.session.rollback()
    run_jobs(world)
    owner, reviewer, officer = world.owner.email, world.reviewer.email, world.officer.email
    mine, claims = "/entreprise/dossiers", "/agent/dossiers"
    pages: dict[str, tuple[str | None, str]] = {
        "reasons and revocations": (reviewer, "/agent/motifs-et-retraits"),
        "revocation proposed": (reviewer, f"{claims}/{new.number}/retrait"),
        "revocation to decide": (officer, f"{claims}/{said.number}/retrait"),
        "revocation heard, reviewer": (reviewer, f"{claims}/{running.number}/retrait"),
        "revocation decided": (officer, f"{claims}/{gone.number}/retrait"),
        "letter templates": (world.administrator.email, "/admin/lettres"),
        "letter template": (world.administrator.email, "/admin/lettres/hearing"),
        "letter version": (world.administrator.email, "/admin/lettres/granted/versions/0"),
        "revocation running": (reviewer, f"{claims}/{running.number}"),
        "revocation, company": (owner, f"{mine}/{running.number}"),
        "revocation, company answered": (owner, f"{mine}/{said.number}"),
        "revoked, company": (owner, f"{mine}/{gone.number}"),
        "observations": (owner, f"{mine}/{running.number}/observations"),
        "silence, company": (owner, f"{mine}/{silent.number}"),
        "reasons owed, company": (owner, f"{mine}/{owed.number}"),
        "reasons given, company": (owner, f"{mine}/{given.number}"),
        "reasons to give": (reviewer, f"{claims}/{owed.number}/motifs"),
        "reasons given": (reviewer, f"{claims}/{given.number}/motifs"),
    }
    with world.app.app_context():
        for name, dossier in (
            ("hearing", running),
            ("revoked", gone),
            ("silence", silent),
            ("reasons", given),
        ):
            path = f"{mine}/{dossier.number}/courriers/{letter_of(dossier, name).reference}"
            pages[f"letter {name}"] = (owner, path)
        db.session.rollback()
    return pages
