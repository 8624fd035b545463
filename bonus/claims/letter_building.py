"""What a letter says, put together from the act it tells of and the words of its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from bonus.calendar import civil_date
from bonus.extensions import db
from bonus.money import format_euros
from bonus.regulation import article_of, load_parameters
from bonus.regulation.wording import french
from bonus.siren import spaced_siren

from .acknowledgement import FullList, ServiceContact, long_date
from .appeal_models import Appeal
from .letter_content import LetterContent, LetterLine
from .letter_models import Letter, ReasonsRequest
from .letter_remedies import (
    QUALITIES,
    after_annulment,
    algorithm,
    how_to_observe,
    outcome_sentence,
    paragraphs,
    remedies,
    said,
    signed,
    time_limit,
)
from .letter_words import Block, Template, filled, filled_title
from .line_list import ISSUES, reason_words
from .models import Claim, DecidedLine, Decision, PurchaseLine
from .replay import BEYOND_THE_LAW
from .revocation_models import Revocation

Blocks = dict[str, Sequence[Block]]


def build_letter(letter: Letter, template: Template, service: ServiceContact) -> LetterContent:
    """The content of a letter. Raises KeyError when the template names what the act does not have."""
    claim, act_on = letter.claim, civil_date(letter.asked_at)
    values = _common(claim, service) | {"date_decision": long_date(act_on)}
    law = load_parameters()
    blocks: dict[str, Sequence[Block]] = {
        "recours": remedies(service, letter.kind),
        "delai_recours": [
            time_limit(
                letter.kind,
                act_on,
                law.integer("notification.unopened_days", act_on),
                law.integer("appeal.months", act_on),
            )
        ],
        "algorithme": algorithm(by_rule=letter.kind == "rule", email=service.email),
    }
    lines: tuple[LetterLine, ...] = ()
    full_list: FullList | None = None
    sealed: tuple[tuple[str, str], ...] = ()
    decision = letter.decision
    if decision is not None and letter.kind != "reasons":
        full_list = FullList(**decision.full_list) if decision.full_list else None
        lines = () if full_list else decided_lines(decision)
        more, parts = _of_decision(decision, full_list)
        sealed = (
            ("Empreinte SHA-256 des faits retenus", decision.facts_sha256),
            ("Version du règlement appliqué (SHA-256)", decision.parameters_version),
        )
    elif letter.kind == "waiting":
        more, parts = _of_waiting(letter)
    elif "appeal" in letter.facts:
        more, parts = _of_appeal(letter, db.session.get_one(Appeal, letter.facts["appeal"]))
    elif letter.kind == "reasons":
        more, parts = _of_reasons(db.session.get_one(ReasonsRequest, letter.facts["request"]))
    else:
        more, parts = _of_revocation(letter, db.session.get_one(Revocation, letter.facts["revocation"]))
    values |= more
    return LetterContent(
        kind=letter.kind,
        template_version=template.version,
        number=str(claim.number),
        title=filled_title(template, values),
        written_on=act_on,
        service=service,
        company_name=claim.company.name,
        siren=claim.company.siren,
        company_address=tuple(
            part
            for part in (claim.company.street, f"{claim.company.postcode} {claim.company.town}".strip())
            if part
        ),
        about=_about(letter),
        blocks=filled(template, values, blocks | parts),
        lines=lines,
        full_list=full_list,
        sealed=sealed,
    )


def _common(claim: Claim, service: ServiceContact) -> dict[str, str]:
    assert claim.filed_at is not None
    return {
        "numero": str(claim.number),
        "entreprise": claim.company.name,
        "siren": spaced_siren(claim.company.siren),
        "date_depot": long_date(civil_date(claim.filed_at)),
        "service": service.name,
        "adresse_service": ", ".join(service.postal_address),
        "courriel_service": service.email,
    }


def _about(letter: Letter) -> tuple[tuple[str, str], ...]:
    assert letter.claim.filed_at is not None
    found = [("Demande déposée le", long_date(civil_date(letter.claim.filed_at)))]
    decision = letter.decision
    if decision is not None and letter.kind != "reasons":
        found.append(("Décision du", long_date(decision.decided_on)))
        if decision.bonus_cents:
            label = "Complément accordé" if granted_before(decision) else "Bonus accordé"
            found.append((label, format_euros(decision.bonus_cents)))
    elif letter.kind == "waiting":
        found.append(("Montant reconnu", format_euros(letter.facts["amount_cents"])))
    return tuple(found)


def decided_lines(decision: Decision) -> tuple[LetterLine, ...]:
    """The lines of a decision as its letter shows them, in their order."""
    rows = db.session.scalars(
        select(DecidedLine)
        .where(DecidedLine.decision_id == decision.id)
        .order_by(DecidedLine.id)
        .options(joinedload(DecidedLine.line).joinedload(PurchaseLine.invoice))
    )
    return tuple(
        LetterLine(
            invoice=row.line.invoice.number,
            position=row.line.position,
            name=row.line.name,
            fate=_fate(row.status, result),
            why=_why(row.reason, result),
            base_cents=row.base_cents,
            rate_bp=row.rate_bp,
            bonus_cents=row.bonus_cents,
        )
        for row, result in zip(rows, decision.result["lines"], strict=True)
    )


def _fate(status: str, result: Mapping[str, Any]) -> str:
    return "Accordée, réduite par un plafond" if result["reductions"] else ISSUES[status]


def _why(reason: str | None, result: Mapping[str, Any]) -> str:
    if reason is None:
        cuts = sorted({article_of(cut["article"]) for cut in result["reductions"]})
        return french(f"Plafond : {', '.join(cuts)}") if cuts else ""
    article = "art. 11" if reason in BEYOND_THE_LAW else article_of(reason)
    return f"{reason_words(reason)} ({article})".replace("art. ", "art.\u00a0")


def granted_before(decision: Decision) -> int:
    """What a decision on an appeal adds to: what those before it granted, in cents; 0 for any other."""
    if decision.kind != "appeal":
        return 0
    return sum(one.bonus_cents for one in decision.claim.decisions if one.rank < decision.rank)


def _of_decision(decision: Decision, full_list: FullList | None) -> tuple[dict[str, str], Blocks]:
    amount = format_euros(decision.bonus_cents)
    table = [Block("lines")]
    if full_list is not None:
        count = f"{full_list.lines:,}".replace(",", "\u00a0")
        table = [
            said(
                f"Le sort de chacune des {count} lignes figure dans la liste jointe à cette décision (fichier CSV, "
                f"dans votre espace). Son empreinte SHA-256 : {full_list.sha256}."
            )
        ]
    who = decision.decided_by
    if who is not None:
        signature = signed(who.name, QUALITIES["officer"])
    elif decision.kind == "rule":
        signature = signed(None, "Décision prise par règle, au nom de l’ordonnateur (art.\u00a012)")
    else:
        signature = signed(None, "Refus né du silence gardé par l’administration (art.\u00a011)")
    already = granted_before(decision)
    before = format_euros(already) if already and decision.bonus_cents else None
    return {"montant": amount}, {
        "sens": [outcome_sentence(decision.outcome, amount, before=before)],
        "lignes": table,
        "motifs": paragraphs(decision.reasons),
        "signature": [signature],
    }


def _of_waiting(letter: Letter) -> tuple[dict[str, str], Blocks]:
    facts = letter.facts
    queue = "micro-entreprises et PME" if facts["reserved"] else "autres bénéficiaires"
    values = {
        "montant": format_euros(facts["amount_cents"]),
        "rang": str(facts["rank"]),
        "file": "toutes entreprises" if facts.get("one_queue") else queue,
    }
    signature = signed(facts["signed_by"], QUALITIES["officer"])
    if facts["signed_by"] is None:
        signature = signed(None, "Décision prise par règle, au nom de l’ordonnateur (art.\u00a012)")
    return values, {"signature": [signature]}


def _of_reasons(request: ReasonsRequest) -> tuple[dict[str, str], Blocks]:
    assert request.reasons is not None
    assert request.answered_by is not None
    return {"date_demande": long_date(civil_date(request.asked_at))}, {
        "motifs": paragraphs(request.reasons),
        "signature": [signed(request.answered_by.name, QUALITIES["reviewer"])],
    }


def _of_appeal(letter: Letter, appeal: Appeal) -> tuple[dict[str, str], Blocks]:
    assert appeal.decided_by is not None
    until, again = appeal.appeal_until, letter.facts.get("decision_due_on")
    return {
        "date_recours": long_date(civil_date(appeal.filed_at)),
        "date_contestee": long_date(appeal.contested[1]),
        "dernier_jour": long_date(until) if until is not None else "",
    }, {
        "motifs": paragraphs(appeal.answer or ""),
        "suite": after_annulment(
            date.fromisoformat(again) if again else None, letter.facts.get("restored_cents")
        ),
        "signature": [signed(appeal.decided_by.name, QUALITIES["officer"])],
    }


def _of_revocation(letter: Letter, revocation: Revocation) -> tuple[dict[str, str], Blocks]:
    values = {
        "montant": format_euros(letter.claim.granted_cents),
        "fondement": revocation.ground_words,
        "jours_observations": str(letter.facts.get("days", "")),
    }
    who = revocation.decided_by
    return values, {
        "faits": paragraphs(revocation.facts),
        "motifs": paragraphs(revocation.reasons or ""),
        "observations": how_to_observe(),
        "signature": [
            signed(who.name, QUALITIES["officer"])
            if who is not None and letter.kind != "hearing"
            else signed(revocation.opened_by.name, QUALITIES["reviewer"])
        ],
    }
