"""What a certification's life may be: each sentence a person reads when it may not. Pure (art. 4)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bonus.calendar import add_months, format_date
from bonus.errors import Forbidden, InvalidInput
from bonus.regulation.wording import capitalised, french

from .history import Event, Life

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
EVENT_WORDS = {"suspended": "suspension", "reinstated": "rétablissement", "withdrawn": "retrait"}


MOST_TEXT = 200
"""Characters of a name, or of the reference of an evidence."""
MOST_REFERENCE = 80


def invalid(code: str, sentence: str, field: str) -> InvalidInput:
    """The refusal of what was entered in ``field``, its sentence with the spaces French wants."""
    return InvalidInput(code, french(sentence), field=field)


def check_text(text: str, what: str, most: int, field: str) -> None:
    """Raise InvalidInput unless ``text`` is one line of ``most`` characters at most; ``what`` names it in the
    sentence ("la référence")."""
    if not text.strip():
        raise invalid("registry.text_missing", f"Indiquez {what}.", field)
    if len(text) > most:
        raise invalid(
            "registry.text_too_long",
            f"{capitalised(what)} compte {len(text)} caractères : {most} au plus.",
            field,
        )
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise invalid(
            "registry.text_control",
            f"{capitalised(what)} contient un caractère invisible : écrivez ce texte à nouveau.",
            field,
        )


@dataclass(frozen=True)
class Audit:
    """What the certifier found: each criterion of the label, in its order; the day; the reference of the evidence."""

    criteria: tuple[bool, ...] = ()
    audited_on: date | None = None
    evidence: str | None = None


@dataclass(frozen=True)
class Terms:
    """A label on a day: its name, who grants it (ids of certifiers), its axes (none: every one), its criteria."""

    name: str
    certifiers: frozenset[int]
    axes: frozenset[str]
    criteria: tuple[str, ...]


def check_terms(
    terms: Terms, certifier_id: int, certifier_name: str, axis: str, audit: Audit, today: date
) -> None:
    """Raise unless this certifier grants this label for an offer of this axis, its criteria met.

    Raises Forbidden for another's label, InvalidInput for the rest.
    """
    if certifier_id not in terms.certifiers:
        raise Forbidden(
            "registry.not_your_label",
            french(
                f"Le label {terms.name} n’est pas délivré par {certifier_name} : il ne peut pas l’inscrire."
            ),
            field="label",
        )
    if terms.axes and axis not in terms.axes:
        raise invalid(
            "registry.axis_not_covered",
            f"Le label {terms.name} ne couvre pas l’usage de cette solution.",
            "label",
        )
    check_audit(audit, terms.criteria, terms.name, today)


def check_life(life: Life, today: date) -> None:
    """Raise InvalidInput unless these facts can stand together, as of ``today``.

    Facts are learned in any order, so a suspension may follow another: what came between may still be unknown.
    """
    check_dates(life.valid_from, life.valid_until, today)
    suspended = False
    withdrawn: Event | None = None
    for event in life.events:
        _check_day(event, life, today)
        # A retroactive withdrawal holds whatever the day it was decided: others may stand after it.
        if withdrawn is not None and not withdrawn.retroactive and not event.retroactive:
            raise invalid(
                "registry.after_withdrawal",
                f"Cette certification est retirée depuis le {format_date(withdrawn.on)}, et rien ne revient sur un "
                f"retrait (art. 4) : un autre événement ({EVENT_WORDS[event.type]}) est daté du "
                f"{format_date(event.on)}. Corrigez celui des deux qui est faux.",
                "on",
            )
        if event.type == "reinstated" and not suspended:
            raise _not_suspended(event)
        if event.type == "withdrawn":
            if event.retroactive and withdrawn is not None and withdrawn.retroactive:
                raise _never_counted(withdrawn)
            if event.retroactive or withdrawn is None:
                withdrawn = event
        suspended = suspended or event.type == "suspended"


def check_news(life: Life, fact_id: int) -> None:
    """Raise InvalidInput when the event that this fact tells changes nothing: a certification suspended twice,
    reinstated without being suspended, or that never counted."""
    suspended_on: date | None = None
    for event in life.events:
        if event.fact_id == fact_id:
            if event.type == "suspended" and suspended_on is not None:
                raise invalid(
                    "registry.already_suspended",
                    f"Cette certification est déjà suspendue depuis le {format_date(suspended_on)}.",
                    "on",
                )
            if event.type == "reinstated" and suspended_on is None:
                raise _not_suspended(event)
            return
        if event.retroactive:
            raise _never_counted(event)
        if event.type == "reinstated":
            suspended_on = None
        elif event.type == "suspended":
            suspended_on = suspended_on or event.on


def _not_suspended(event: Event) -> InvalidInput:
    return invalid(
        "registry.not_suspended",
        f"Cette certification n’est pas suspendue au {format_date(event.on)} : il n’y a rien à rétablir.",
        "on",
    )


def _never_counted(withdrawal: Event) -> InvalidInput:
    return invalid(
        "registry.already_withdrawn",
        f"Cette certification est déjà retirée rétroactivement, le {format_date(withdrawal.on)} : elle est réputée "
        "n’avoir jamais compté (art. 4).",
        "on",
    )


def check_dates(valid_from: date, valid_until: date, today: date) -> None:
    """Raise InvalidInput unless a validity is one: in order, plausible, not begun more than a year from today."""
    if valid_until < valid_from:
        raise invalid(
            "registry.dates",
            "La certification finit avant d’avoir commencé : corrigez les dates.",
            "valid_until",
        )
    if valid_from < EARLIEST or valid_until > LATEST:
        raise invalid(
            "registry.implausible_dates",
            f"Une certification va au plus du {format_date(EARLIEST)} au {format_date(LATEST)} : vérifiez les années.",
            "valid_from" if valid_from < EARLIEST else "valid_until",
        )
    if valid_from > today and valid_from > add_months(today, 12):
        raise invalid(
            "registry.too_far",
            "Cette certification commence dans plus d’un an : vérifiez l’année, ou inscrivez-la plus tard.",
            "valid_from",
        )


def _check_day(event: Event, life: Life, today: date) -> None:
    if event.on > today:
        raise invalid(
            "registry.future_event",
            f"Cet événement ({EVENT_WORDS[event.type]}) est daté du {format_date(event.on)}, dans le futur : "
            "inscrivez-le quand il a lieu.",
            "on",
        )
    if event.on < EARLIEST:
        raise invalid(
            "registry.implausible_dates",
            f"Cet événement ({EVENT_WORDS[event.type]}) est daté du {format_date(event.on)} : vérifiez l’année.",
            "on",
        )
    # A fraud is found when it is found: its withdrawal holds whatever its day.
    if not event.retroactive and not life.valid_from <= event.on <= life.valid_until:
        raise invalid(
            "registry.outside_validity",
            f"Cet événement ({EVENT_WORDS[event.type]}), daté du {format_date(event.on)}, est hors de la validité "
            f"de la certification (du {format_date(life.valid_from)} au {format_date(life.valid_until)}) : vérifiez "
            "les dates.",
            "on",
        )


def check_no_overlap(life: Life, others: Iterable[tuple[str, Life]], label_name: str) -> None:
    """Raise InvalidInput when two certifications of one label would cover the same day of one solution.

    ``others`` are (reference, life). One that was withdrawn leaves the place from that day.
    """
    end = life.covers_until
    if end is None:
        return
    for reference, other in others:
        other_end = other.covers_until
        if other_end is not None and life.valid_from <= other_end and other.valid_from <= end:
            raise invalid(
                "registry.overlap",
                f"La certification {reference} couvre déjà cette solution pour le label {label_name}, du "
                f"{format_date(other.valid_from)} au {format_date(other_end)} : deux certifications d’un même label "
                "ne se chevauchent pas.",
                "valid_from",
            )


def check_audit(audit: Audit, criteria: Sequence[str], label_name: str, today: date) -> None:
    """Raise InvalidInput unless every criterion of the label is recorded as met, with the audit's day and evidence."""
    if audit.audited_on is not None and audit.audited_on < EARLIEST:
        raise invalid(
            "registry.implausible_dates",
            f"L’audit est daté du {format_date(audit.audited_on)} : vérifiez l’année.",
            "audited_on",
        )
    if audit.audited_on is not None and audit.audited_on > today:
        raise invalid(
            "registry.future_audit",
            f"L’audit est daté du {format_date(audit.audited_on)}, dans le futur : corrigez la date.",
            "audited_on",
        )
    if len(audit.criteria) != len(criteria) or not all(audit.criteria):
        missing = next(
            (
                name
                for name, met in zip(criteria, [*audit.criteria, *([False] * len(criteria))], strict=False)
                if not met
            ),
            None,
        )
        sentence = (
            f"Le label {label_name} demande que ce critère soit rempli : « {missing} »."
            if missing
            else f"Le label {label_name} n’a pas autant de critères."
        )
        raise invalid("registry.criteria", sentence, "criteria")
    if criteria and audit.audited_on is None:
        raise invalid("registry.audit_missing", "Indiquez la date de l’audit.", "audited_on")
    if criteria and not (audit.evidence or "").strip():
        raise invalid("registry.evidence_missing", "Indiquez la référence du rapport d’audit.", "evidence")
    if audit.evidence:
        check_text(audit.evidence, "la référence du rapport d’audit", MOST_TEXT, "evidence")
