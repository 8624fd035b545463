"""The letters on an undue sum (art. 14): what they say, put together from it, then sealed once and kept as sent."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from sqlalchemy import select

from bonus.accounts.models import Person
from bonus.adapters.pdf_recovery import recovery_pdf
from bonus.audit.service import SERVICE, record
from bonus.calendar import civil_date
from bonus.claims.acknowledgement import Section, ServiceContact, long_date
from bonus.claims.letter_remedies import QUALITIES, remedies, time_limit
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.money import NBSP, format_euros
from bonus.parts import debtor
from bonus.parts import issuer as the_issuer
from bonus.regulation import load_parameters
from bonus.regulation.wording import french

from .letter_content import UndueLetter, UndueLine
from .models import Recovery, RecoveryLetter, RecoveryLine, RecoveryOrder
from .parts import claimed_times
from .settlement_words import barred_from
from .status import ORIGINS

MOST_LINES = 200
"""Lines written in a letter; the others are read in the company's space."""


def write_letter(letter_id: int, now: datetime) -> None:
    """The job that writes a letter; one that is written is left as it is. Raises NotFound."""
    letter = db.session.scalars(
        select(RecoveryLetter)
        .where(RecoveryLetter.id == letter_id)
        .with_for_update(of=RecoveryLetter)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if letter is None:
        raise NotFound("letter.unknown", "Ce courrier n’existe pas.")
    if letter.written_at is not None:
        db.session.rollback()
        return
    issuer = the_issuer()
    content = build_letter(letter, issuer.contact)
    pdf = issuer.sealer.seal(
        recovery_pdf(content, demo=issuer.demo),
        signed_at=now,
        reason=f"{content.title}, dossier {content.claim_number}",
        location="Paris",
    )
    letter.content, letter.content_sha256 = content.to_dict(), content.digest()
    letter.pdf, letter.pdf_sha256 = pdf, hashlib.sha256(pdf).hexdigest()
    letter.written_at = now
    record(
        "recovery.letter_written",
        f"claim:{letter.recovery.claim.number}",
        SERVICE,
        now,
        recovery=letter.recovery.number,
        kind=letter.kind,
        content_sha256=letter.content_sha256,
        pdf_sha256=letter.pdf_sha256,
    )
    db.session.commit()


def written_letter(recovery: Recovery, kind: str) -> RecoveryLetter:
    """The written letter of that kind. Raises NotFound."""
    found = next((one for one in recovery.letters if one.kind == kind and one.written_at is not None), None)
    if found is None:
        raise NotFound("letter.unknown", "Ce courrier n’existe pas, ou n’est pas encore écrit.")
    return found


def file_name(letter: RecoveryLetter) -> str:
    """The name its PDF is handed out under."""
    number = letter.recovery.number
    if letter.kind == "titre" and letter.recovery.order is not None:
        number = letter.recovery.order.number
    return f"{_NAMES[letter.kind]}-{number}.pdf"


_NAMES = {"notice": "notification-indu", "titre": "titre-de-perception", "dropped": "indu-abandonne"}


def build_letter(letter: RecoveryLetter, service: ServiceContact) -> UndueLetter:
    """The content of a letter, from the undue sum as it is once the act is done."""
    recovery, on = letter.recovery, civil_date(letter.asked_at)
    claim, company = recovery.claim, recovery.claim.company
    order = recovery.order
    number = order.number if letter.kind == "titre" and order is not None else recovery.number
    lines, unlisted = _lines(recovery) if letter.kind != "dropped" else ((), 0)
    opening, sections = _words(letter, service, on)
    who = recovery.proposed_by if letter.kind == "notice" else recovery.decided_by
    return UndueLetter(
        kind=letter.kind,
        number=number,
        claim_number=str(claim.number),
        title=f"{letter.title} {number}",
        written_on=on,
        service=service,
        company_name=company.name,
        siren=company.siren,
        company_address=tuple(
            part for part in (company.street, f"{company.postcode} {company.town}".strip()) if part
        ),
        about=_about(letter),
        opening=opening,
        lines=lines,
        unlisted=unlisted,
        amount_cents=recovery.amount_cents,
        sections=sections,
        signature=_signature(who, "reviewer" if letter.kind == "notice" else "officer"),
    )


def _signature(who: Person | None, role: str) -> tuple[str, str]:
    return (who.name if who is not None else "", QUALITIES[role])


def _barred_from(order: RecoveryOrder) -> str:
    times = claimed_times(order)
    return long_date(times[0][0]) if len(times) == 1 else barred_from(times)


def _about(letter: RecoveryLetter) -> tuple[tuple[str, str], ...]:
    recovery, order = letter.recovery, letter.recovery.order
    rows = [("Origine", ORIGINS[recovery.origin])]
    if letter.kind == "titre" and order is not None:
        rows += [
            ("Montant à payer", format_euros(order.amount_cents)),
            ("Prescrit à partir du", _barred_from(order)),
        ]
    elif letter.kind == "notice":
        rows.append(("Somme en cause", format_euros(recovery.amount_cents)))
    return tuple(rows)


def _lines(recovery: Recovery) -> tuple[tuple[UndueLine, ...], int]:
    """What differs, line by line, each decision's in turn; and how many are left for the space."""
    found = [
        UndueLine(
            name=str(one["name"]),
            where=f"Facture {one['invoice']}, ligne{NBSP}{one['position']}",
            why=str(one["why"]),
            granted_cents=int(one["granted_cents"]),
            due_cents=int(one["due_cents"]),
        )
        for line in recovery.lines
        for one in line.details
    ]
    return tuple(found[:MOST_LINES]), max(0, len(found) - MOST_LINES)


def _words(
    letter: RecoveryLetter, service: ServiceContact, on: date
) -> tuple[tuple[str, ...], tuple[Section, ...]]:
    recovery, order = letter.recovery, letter.recovery.order
    if letter.kind == "notice":
        return _notice(recovery, on)
    if letter.kind == "titre" and order is not None:
        return _titre(recovery, order, service, on)
    opening = f"L’indu {recovery.number}, qui vous a été notifié, est abandonné : rien ne vous est réclamé à ce titre."
    return (_said(opening),), (Section("Pourquoi", _paragraphs(recovery.reasons or "")),)


def _notice(recovery: Recovery, on: date) -> tuple[tuple[str, ...], tuple[Section, ...]]:
    law = load_parameters()
    days, unopened = law.integer("recovery.reply_days", on), law.integer("notification.unopened_days", on)
    opening = (
        _said(
            f"Une partie de l’aide versée pour votre dossier {recovery.claim.number} paraît indue : "
            f"{format_euros(recovery.amount_cents)} (art. 14). Rien n’est décidé. Vous pouvez d’abord répondre."
        ),
        _said(
            "Chaque montant est celui que donne le règlement, appliqué aux faits tels qu’ils auraient dû être, sous le "
            "texte du jour de votre décision."
        ),
    )
    latest = long_date(on + timedelta(days=days))
    return opening, (
        Section("Les faits", _paragraphs(recovery.facts)),
        Section("Ce qui est retenu", tuple(str(one["words"]) for one in recovery.changes)),
        Section("Le calcul", _by_decision(recovery)),
        Section(
            "Votre réponse",
            (
                _said(
                    f"Vous avez {days} jours à partir de la notification de cette lettre. Elle est notifiée le jour "
                    f"où vous l’ouvrez dans votre espace ou, si vous ne l’ouvrez pas dans les {unopened} jours, le "
                    f"jour de la mise à disposition : répondez alors jusqu’au {latest} inclus (art. 11 "
                    "et 14)."
                ),
                _said(
                    "Répondez depuis la page de cet indu, avec les pièces utiles. Vous pouvez vous faire assister par "
                    "un conseil ou représenter par un mandataire de votre choix (CRPA, art. L122-1)."
                ),
                _said(
                    "Passé ce délai, un ordonnateur, qui n’est pas la personne qui vous écrit, émet un titre de "
                    "perception ou abandonne l’indu (art. 12 et 14)."
                ),
            ),
        ),
    )


def _titre(
    recovery: Recovery, order: RecoveryOrder, service: ServiceContact, on: date
) -> tuple[tuple[str, ...], tuple[Section, ...]]:
    law, account = load_parameters(), debtor()
    opening = (
        _said(
            f"L’État vous réclame {format_euros(order.amount_cents)}, versés à tort pour votre dossier "
            f"{recovery.claim.number} (art. 14). Ce titre de perception rend cette somme exigible."
        ),
    )
    limit = time_limit(
        "titre", on, law.integer("notification.unopened_days", on), law.integer("appeal.months", on)
    )
    return opening, (
        Section("Les faits", _paragraphs(recovery.facts)),
        Section("Ce qui est retenu", tuple(str(one["words"]) for one in recovery.changes)),
        Section("Le calcul", _by_decision(recovery)),
        Section("Les motifs", _paragraphs(recovery.reasons or "")),
        Section(
            "Comment payer",
            (
                _said(
                    f"Par virement à {account.holder}, IBAN {_iban(account.iban)}, en indiquant la référence "
                    f"{order.number} et elle seule. La somme peut aussi être compensée sur un bonus à venir, ou payée "
                    f"en plusieurs fois : demandez-le à {service.email} (art. 14)."
                ),
                _said(
                    f"Ce qui ne serait pas payé ne pourra plus vous être réclamé à partir du "
                    f"{_barred_from(order)}, cinq ans après le versement (art. 14)."
                ),
            ),
        ),
        Section(
            "Si vous contestez ce titre",
            (*(block.text for block in remedies(service, "titre")), limit.text),
        ),
    )


def _by_decision(recovery: Recovery) -> tuple[str, ...]:
    return tuple(_sum_of(line) for line in recovery.lines if line.undue_cents or line.unpaid_cents)


def _sum_of(line: RecoveryLine) -> str:
    first = (
        f"Décision du {long_date(line.decision.decided_on)} : {format_euros(line.granted_cents)} accordés, "
        f"{format_euros(line.due_cents)} dus, {format_euros(line.paid_cents)} versés"
    )
    parts = [first]
    if line.former_cents:
        parts.append(f"{format_euros(line.former_cents)} déjà réclamés")
    parts.append(f"soit {format_euros(line.undue_cents)} indus")
    said = ", ".join(parts) + "."
    if line.unpaid_cents:
        said += f" De ce qui n’est pas versé, {format_euros(line.unpaid_cents)} ne le seront pas."
    return _said(said)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _iban(iban: str) -> str:
    return NBSP.join(iban[start : start + 4] for start in range(0, len(iban), 4))


def _said(text: str) -> str:
    return french(text).replace("art. ", f"art.{NBSP}")
