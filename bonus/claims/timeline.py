"""Where a dossier stands for its company: what is awaited, of whom, until when; and its dated steps. Pure.

What the State's agents do among themselves (a proposal, its sending back) is no step of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bonus.calendar import appeal_deadline, format_date, silence_day
from bonus.money import NBSP
from bonus.regulation.wording import french

from .payment_words import Payment, payment_awaited, payment_step
from .status import INTERNAL, STATUSES

WHO = {"company": "Votre entreprise", "administration": "L’administration", "nobody": "Personne"}
"""Of whom something is awaited: code → what people read."""

_BAD = frozenset({"refused", "abandoned", "revoked", "annulled"})
_UNDER_WAY = frozenset({"filed", "under_review", "proposed"})
_TITLES = {
    "file": "Dossier déposé",
    "review": "Examen commencé",
    "ask": "Pièces demandées",
    "answer": "Votre réponse est reçue",
    "expire": "Fin du délai pour répondre",
    "lapse": "Fin du délai de décision\u00a0: le silence vaut rejet",
    "abandon": "Désistement",
    "wake": "Reprise des lignes qui attendaient leur label",
    "annul": "Décision annulée sur recours",
    "reopen": "Votre demande est de nouveau examinée",
    "restore": "Retrait annulé : la décision s’applique de nouveau",
}


@dataclass(frozen=True)
class Change:
    """One change of status, by the codes of the status table."""

    at: datetime
    action: str
    new_status: str


@dataclass(frozen=True)
class Request:
    """The request for documents: the last day to answer, included; how many things are asked, and files sent."""

    answer_by: date
    asked: int
    files: int = 0


@dataclass(frozen=True)
class Story:
    """What is known of a dossier: ``due_on`` is the last day to decide; ``today`` the civil day in Paris."""

    status: str
    changes: Sequence[Change]
    today: date
    due_on: date | None = None
    request: Request | None = None
    payments: Sequence[Payment] = ()
    decided_before: bool = False  # a first decision stands, lines that waited are examined
    rule_on: date | None = None  # the day a rule decides it, while it is in the fast lane (art. 12)


@dataclass(frozen=True)
class Awaited:
    """What is awaited: of whom (a code of ``WHO``), in a sentence, until ``by`` when there is a day; what ``silence``
    then means."""

    who: str
    sentence: str
    by: date | None = None
    silence: str = ""


@dataclass(frozen=True)
class Step:
    """One step. ``at`` is when it was; ``when`` words for what is to come. ``state``: done, current, next or bad."""

    title: str
    state: str
    at: datetime | date | None = None
    when: str = ""
    text: str = ""


def awaited(story: Story) -> Awaited:
    """What a dossier waits for, first thing its company reads."""
    status = story.status
    if status in _UNDER_WAY:
        return _decision_awaited(story)
    if status == "awaiting_documents":
        return _answer_awaited(story)
    if status == "draft":
        return _said("company", "Terminez ce brouillon, puis déposez-le.")
    if status == "waiting_list":
        return _said(
            "administration",
            "Les crédits ouverts ne suffisent pas. Votre dossier garde son rang dans la liste d’attente, et sera "
            "décidé dès que des crédits s’ouvrent ; il ne donne pour l’instant aucun droit à paiement (art. 10).",
        )
    if status == "pending":
        return _said(
            "nobody",
            "Le label de vos lignes est suspendu : elles attendent qu’il soit rétabli ou retiré, douze mois au plus "
            "(art. 11). Vous n’avez rien à faire.",
        )
    if status in ("granted", "partly_granted"):
        return _said(*payment_awaited(story.payments))
    return _said("nobody", _CLOSED[status])


def observations_awaited(decidable: date | None) -> Awaited:
    """What a company whose decision may be taken back reads first (CRPA L121-1); ``decidable`` is the first day it may
    be, when that is known."""
    silence = "Sans réponse, la décision se prend sur ce que contient le dossier."
    eve = decidable - timedelta(days=1) if decidable is not None else None
    return _said(
        "company", "Nous envisageons de retirer la décision : présentez vos observations.", eve, silence
    )


_CLOSED = {
    "refused": "Votre demande est refusée. Les motifs et les voies de recours sont plus bas.",
    "abandoned": "Vous avez abandonné ce dossier : il n’est plus examiné.",
    "revoked": "La décision a été retirée. Les voies de recours sont plus bas.",
    "annulled": "La décision a été annulée à la suite d’un recours.",
}


def _decision_awaited(story: Story) -> Awaited:
    due_on = story.due_on
    assert due_on is not None  # filed
    subject = "les lignes qui attendaient leur label" if story.decided_before else "votre dossier"
    demand = "ces lignes sont refusées" if story.decided_before else "votre demande est refusée"
    if story.today > due_on:
        appeal = format_date(appeal_deadline(silence_day(due_on)))
        return _said(
            "administration",
            f"Le délai de décision a pris fin le {format_date(due_on)} sans réponse : le silence vaut rejet (art. 11). "
            f"Vous pouvez demander pourquoi, et contester jusqu’au {appeal} inclus.",
        )
    doing = f"L’administration examine {subject}."
    if story.rule_on is not None and story.status == "filed":
        day = format_date(story.rule_on)
        doing = f"Voie rapide : une règle décidera {subject} le {day}, si ses conditions sont encore réunies (art. 12)."
    elif story.status == "filed" and not story.decided_before:
        doing = f"Un instructeur va prendre {subject}."
    return _said(
        "administration",
        f"{doing} Vous n’avez rien à faire.",
        due_on,
        f"Sans réponse ce jour-là, {demand} : le silence vaut rejet. Vous pouvez alors demander pourquoi, et contester "
        "(art. 11).",
    )


def _answer_awaited(story: Story) -> Awaited:
    request, due_on = story.request, story.due_on
    assert request is not None
    assert due_on is not None
    if story.today > request.answer_by:
        return _said(
            "administration",
            f"Le délai pour répondre a pris fin le {format_date(request.answer_by)} : votre dossier est décidé sur ce "
            "qu’il contient (art. 11).",
            due_on,
        )
    what = "la pièce demandée" if request.asked == 1 else f"les {request.asked} pièces demandées"
    return _said(
        "company",
        f"Envoyez {what}. Jusque-là, le délai de décision est suspendu (art. 11).",
        request.answer_by,
        "Sans réponse ce jour-là, votre dossier est décidé sur ce qu’il contient, au plus tard le "
        f"{format_date(due_on)}.",
    )


def steps(story: Story) -> list[Step]:
    """The dated steps of a dossier, then what comes."""
    found: list[Step] = []
    for change in story.changes:
        if change.action not in INTERNAL:
            found.append(_done(change, story))
            if change.action == "file":
                found.append(Step("Accusé de réception remis", "done", change.at))
    return found + _to_come(story) + [_paid(payment) for payment in story.payments]


def _done(change: Change, story: Story) -> Step:
    state = "bad" if change.new_status in _BAD or change.action == "expire" else "done"
    text = ""
    if change.action == "ask" and story.request is not None:
        until = format_date(story.request.answer_by)
        text = f"{_count(story.request.asked, 'pièce')}, à envoyer avant la fin du {until}."
    elif change.action == "answer" and story.request is not None:
        text = f"{_count(story.request.files, 'fichier')}. Le délai de décision court de nouveau."
    elif change.action == "expire":
        text = "Le dossier est décidé sur ce qu’il contient (art. 11)."
    return Step(_title(change), state, change.at, text=_french(text))


def _title(change: Change) -> str:
    if change.action in ("decide", "serve"):
        if change.new_status == "waiting_list":
            return "Mise en liste d’attente"
        return _french(f"Décision : {STATUSES[change.new_status].lower()}")
    # What is not named is told by what it led to: an act yet to come shows no code.
    return _TITLES.get(change.action, STATUSES[change.new_status])


def _to_come(story: Story) -> list[Step]:
    status, due_on = story.status, story.due_on
    paying = Step("Versement", "next", text="Si le bonus est accordé.")
    if status in _UNDER_WAY and due_on is not None:
        late = story.today > due_on
        begun = any(change.action in ("review", "ask") for change in story.changes)
        when = f"{'attendue' if late else 'au plus tard'} le {format_date(due_on)}"
        if story.rule_on is not None and status == "filed":
            rule = Step("Voie rapide", "current", when=f"décision par règle le {format_date(story.rule_on)}")
            return [rule, Step("Décision", "next", when=when), paying]
        now = Step(
            "Examen de votre dossier", "current", text="" if begun else "Un instructeur va le prendre."
        )
        return [now, Step("Décision", "next", when=when), paying]
    if status == "awaiting_documents" and story.request is not None and due_on is not None:
        until = f"avant la fin du {format_date(story.request.answer_by)}"
        return [
            Step("Votre réponse", "current", when=until),
            Step("Décision", "next", when=f"au plus tard le {format_date(due_on)}"),
            paying,
        ]
    if status == "waiting_list":
        return [Step("Décision", "current", when="dès que des crédits s’ouvrent"), paying]
    if status == "pending":
        return [Step("Fin de la suspension du label", "current", text="Il doit être rétabli ou retiré.")]
    return []


def _paid(payment: Payment) -> Step:
    on = format_date(payment.on) if payment.on is not None else ""
    title, state, when, text = payment_step(payment, on)
    return Step(title, state, when=when, text=_french(text))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}" if number else f"Aucun {word}"


def _said(who: str, sentence: str, by: date | None = None, silence: str = "") -> Awaited:
    return Awaited(who, _french(sentence), by, _french(silence))


def _french(text: str) -> str:
    return french(text).replace("art. ", f"art.{NBSP}")
