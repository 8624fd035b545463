"""Taking back a decision that grants an aid (retrait, art. 11): proposed by a reviewer, the company heard, then decided
by an authorising officer who is somebody else (art. 12).

Unlawful, within four months of the decision (CRPA L242-1); conditions not met (L242-2) or fraud (L241-2), at any time.
The company always has fifteen whole days at least, after the notification of the letter that tells it (L121-1, L122-1).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bonus import outbox
from bonus.accounts.acting import locked_company, person_acting
from bonus.adapters.document_kind import check_document
from bonus.adapters.store import DocumentStore
from bonus.audit.service import Actor, record
from bonus.calendar import civil_date, format_date
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.payments.holding import stop_orders

from . import notice_words
from .changes import change_status, locked_claim
from .documents import file_name, kept_file
from .examination import OFFICER_ACTIONS, REVIEWER_ACTIONS, require_reasons, require_separation
from .letters import ask_letter
from .models import Claim
from .notices import tell
from .revocation_days import decidable_from, first_day_after, hearing_days, last_day, open_revocation_of
from .revocation_models import ARTICLES, GROUNDS, MOST_FACTS, MOST_OBSERVATIONS, Revocation, RevocationFile
from .role_models import OFFICER, REVIEWER
from .roles import take_role
from .status import STATUSES, TABLE, transition
from .unseen import plain_words

REVOKED = "revoked"
"""The kind of the outbox's message by which certificates are corrected."""
MOST_FILES = 10
LEAST_WORDS = 20


def open_revocation(claim_id: int, ground: str, facts: str, actor: Actor, now: datetime) -> Revocation:
    """A reviewer proposes to take back a dossier's decisions: the company is told, and heard; committed.

    Raises InvalidInput for a ground nobody knows or facts that say too little, Refusal when nothing is granted, one is
    open already or the time limit leaves no room for the hearing, Forbidden for the wrong role or under art. 12.
    """
    claim = locked_claim(claim_id)
    if "reviewer" not in actor.roles:
        raise Forbidden("revocation.wrong_role", "Seul un instructeur propose le retrait d’une décision.")
    require_separation(claim, actor, OFFICER_ACTIONS)
    if (claim.status, "revoke") not in TABLE:
        raise Refusal(
            "revocation.nothing_granted",
            f"Ce dossier est «{NBSP}{STATUSES[claim.status].lower()}{NBSP}»{NBSP}: seule une décision qui accorde un "
            "bonus se retire (art. 11).",
        )
    if open_revocation_of(claim.id) is not None:
        sentence = "Un retrait est déjà envisagé sur ce dossier : décidez-le d’abord."
        raise Refusal("revocation.open_already", sentence)
    if ground not in GROUNDS:
        raise InvalidInput("revocation.ground", "Choisissez le fondement du retrait.", field="ground")
    facts = plain_words(facts, "facts")
    if not LEAST_WORDS <= len(facts) <= MOST_FACTS:
        raise InvalidInput(
            "revocation.facts",
            "Dites les faits qui fondent le retrait, en 20 à 5 000 caractères : l’entreprise doit pouvoir y répondre.",
            field="facts",
        )
    today = civil_date(now)
    days, limit = hearing_days(today), last_day(claim, ground)
    # At the earliest the letter is opened today: nothing is decided before its hearing has ended.
    if limit is not None and first_day_after(today, days) > limit:
        sentence = _too_late(limit, days if today <= limit else None)
        raise Refusal("revocation.too_late", sentence, field="ground")
    revocation = Revocation(
        claim=claim,
        ground=ground,
        facts=facts,
        opened_at=now,
        opened_by_id=person_acting(actor),
        status="hearing",
    )
    db.session.add(revocation)
    take_role(claim.id, revocation.opened_by_id, REVIEWER, now)
    db.session.flush()
    letter_facts = {"revocation": revocation.id, "days": days}
    ask_letter(claim, "hearing", f"hearing:{revocation.id}", now, facts=letter_facts)
    words = notice_words.hearing(str(claim.number), days)
    tell(claim, "hearing", words, now, about=f"revocation:{revocation.id}")
    record(
        "revocation.opened",
        f"claim:{claim.number}",
        actor,
        now,
        ground=ground,
        article=ARTICLES[ground],
        reasons=facts,
    )
    db.session.commit()
    return revocation


def observe(
    claim_id: int,
    text: str,
    files: Sequence[tuple[str, bytes]],
    store: DocumentStore,
    actor: Actor,
    now: datetime,
) -> Revocation:
    """The company's observations, with its documents, once; committed. They are taken until the decision, however late.

    Raises InvalidInput for words or files that cannot be taken (none is then), NotFound when nothing is open, Refusal
    when they are there already, Forbidden for the wrong role.
    """
    claim = locked_claim(claim_id)
    if "company" not in actor.roles:
        raise Forbidden("revocation.wrong_role", "Seule l’entreprise présente ses observations.")
    revocation = _open(claim)
    if revocation.observed_at is not None:
        raise Refusal(
            "revocation.observed",
            f"Vos observations ont été envoyées le {format_date(civil_date(revocation.observed_at))}. Pour ajouter "
            "quelque chose, écrivez à l’instructeur par les messages du dossier.",
        )
    text = text.strip()
    if not LEAST_WORDS <= len(text) <= MOST_OBSERVATIONS:
        raise InvalidInput(
            "revocation.observations", "Écrivez vos observations, en 20 à 5 000 caractères.", field="text"
        )
    if len(files) > MOST_FILES:
        raise InvalidInput("revocation.files", f"Joignez {MOST_FILES} fichiers au plus.", field="files")
    for given, data in files:
        _join(revocation, claim, file_name(given), data, store, now)
    revocation.observations, revocation.observed_at = text, now
    revocation.observed_by_id = person_acting(actor)
    hashes = [document.sha256 for document in revocation.documents]
    record("revocation.observed", f"claim:{claim.number}", actor, now, files=hashes)
    db.session.commit()
    return revocation


def _join(
    revocation: Revocation, claim: Claim, name: str, data: bytes, store: DocumentStore, now: datetime
) -> None:
    try:
        document = kept_file(claim, "observation", name, data, check_document(data), store, now)
    except InvalidInput as refusal:
        raise InvalidInput(
            refusal.code, f"«{NBSP}{name}{NBSP}»{NBSP}: {refusal.sentence}", field="files"
        ) from None
    db.session.add(document)
    db.session.flush()
    revocation.files.append(RevocationFile(document=document))


def decide_revocation(claim_id: int, outcome: str, reasons: str, actor: Actor, now: datetime) -> Revocation:
    """An authorising officer takes the decisions back (``revoke``) or does not (``drop``), with reasons; committed.

    Raises InvalidInput without reasons, Forbidden for the wrong role or under art. 12, NotFound when nothing is open,
    Refusal while the company is being heard, or past the time limit.
    """
    if outcome not in ("revoke", "drop"):
        raise ValueError(f"not an outcome: {outcome!r}")
    claim = locked_claim(claim_id)
    revocation = _open(claim)
    transition(claim.status, "revoke", actor.roles)
    require_separation(claim, actor, REVIEWER_ACTIONS)
    if actor.person_id == revocation.opened_by_id:
        sentence = "Vous avez proposé ce retrait : une autre personne doit en décider (art. 12)."
        raise Forbidden("claim.same_person", sentence)
    reasons = require_reasons(reasons)
    if outcome == "revoke":
        _require_in_time(revocation, civil_date(now))
    revocation.status = "revoked" if outcome == "revoke" else "dropped"
    revocation.decided_at, revocation.decided_by_id = now, person_acting(actor)
    revocation.reasons = reasons
    take_role(claim.id, revocation.decided_by_id, OFFICER, now)
    if outcome == "revoke":
        _revoke(revocation, claim, reasons, actor, now)
    else:
        ask_letter(claim, "dropped", f"dropped:{revocation.id}", now, facts={"revocation": revocation.id})
        words = notice_words.revocation_dropped(str(claim.number))
        tell(claim, "revocation_dropped", words, now, about=f"revocation:{revocation.id}")
        record("revocation.dropped", f"claim:{claim.number}", actor, now, reasons=reasons)
    db.session.commit()
    return revocation


def _revoke(revocation: Revocation, claim: Claim, reasons: str, actor: Actor, now: datetime) -> None:
    """What follows: nothing more is paid, certificates are corrected. What was granted still consumes the ceilings
    until it is repaid (art. 14), so decisions and credits stay as they are."""
    locked_company(claim.company_id)  # an order made at this moment is held too, or comes after
    change_status(claim, "revoke", actor, now, reason=reasons)
    stopped = stop_orders(claim.id, now)
    outbox.post(REVOKED, revocation.id, now)
    ask_letter(claim, "revoked", f"revoked:{revocation.id}", now, facts={"revocation": revocation.id})
    words = notice_words.revoked(str(claim.number))
    tell(claim, "revoked", words, now, about=f"revocation:{revocation.id}")
    record(
        "claim.revoked",
        f"claim:{claim.number}",
        actor,
        now,
        ground=revocation.ground,
        article=ARTICLES[revocation.ground],
        reasons=reasons,
        bonus_cents=claim.granted_cents,
        held=list(stopped.held),
        sent=list(stopped.sent),
        undue_cents=stopped.sent_cents,
    )


def _require_in_time(revocation: Revocation, today: date) -> None:
    first, limit = decidable_from(revocation, today), last_day(revocation.claim, revocation.ground)
    if first is None:
        raise Refusal(
            "revocation.not_notified",
            f"L’entreprise n’a pas encore ouvert la lettre qui l’invite à s’expliquer{NBSP}: elle a ensuite au moins "
            f"{hearing_days(civil_date(revocation.opened_at))} jours pour répondre (CRPA, art. L121-1).",
        )
    if today < first:
        raise Refusal(
            "revocation.hearing",
            f"L’entreprise peut présenter ses observations{NBSP}: le retrait se décide à partir du "
            f"{format_date(first)} (CRPA, art. L121-1).",
        )
    if limit is not None and today > limit:
        raise Refusal("revocation.too_late", _too_late(limit, None))


def _too_late(limit: date, days: int | None) -> str:
    said = f"Une décision illégale se retire dans les quatre mois, le {format_date(limit)} au plus tard (CRPA, L242-1)"
    short = f"l’entreprise doit d’abord avoir {days} jours pour répondre, et ils n’y tiennent plus"
    why = "ce délai est passé" if days is None else short
    return f"{said}{NBSP}: {why}. Laissez la décision, ou voyez si un autre fondement s’applique."


def _open(claim: Claim) -> Revocation:
    revocation = open_revocation_of(claim.id)
    if revocation is None:
        raise NotFound("revocation.none", "Aucun retrait n’est envisagé sur ce dossier.")
    db.session.refresh(revocation)
    return revocation
