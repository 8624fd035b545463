"""What others did to a dossier while someone had it open: nobody acts on what they were not shown."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from bonus.audit.service import Actor
from bonus.calendar import PARIS, civil_date, format_date
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.money import NBSP

from .change_models import StatusChange
from .changes import locked_claim

DID = {
    "file": "déposé le dossier",
    "abandon": "abandonné le dossier (désistement)",
    "review": "commencé à instruire le dossier",
    "ask": "demandé des pièces",
    "answer": "répondu à la demande de pièces",
    "expire": "clos la demande de pièces restée sans réponse",
    "propose": "proposé une décision",
    "concur": "donné un second avis conforme",
    "object": "renvoyé la proposition à l’instruction",
    "send_back": "renvoyé le dossier à l’instruction",
    "wake": "repris les lignes qui attendaient leur label",
    "decide": "décidé le dossier",
    "decide_by_rule": "décidé le dossier par règle",
    "serve": "décidé le dossier, des crédits étant ouverts",
    "lapse": "constaté le refus né du silence",
    "revoke": "retiré la décision",
    "reform": "réformé la décision sur recours",
    "annul": "annulé la décision sur recours",
    "reopen": "rendu le dossier à l’instruction, sa décision annulée",
    "restore": "annulé le retrait de la décision sur recours",
}
"""Action → what its author did, in the past."""
MEANWHILE = "claim.meanwhile"
MOST_TOLD = 3


def mark_of(claim_id: int) -> str:
    """The mark of what a page shows: the id of the dossier's last step."""
    last = select(func.max(StatusChange.id)).where(StatusChange.claim_id == claim_id)
    return str(db.session.scalar(last) or 0)


def news_since(claim_id: int, mark: str, actor: Actor) -> Sequence[StatusChange]:
    """The steps that followed a mark and are not of this person; none for a mark that is not one."""
    if not mark.isdecimal() or len(mark) > 9:  # of nine digits, the database knows every number
        return []
    # A step of a job is nobody's: « person_id <> ? » alone would pass it over.
    theirs = func.coalesce(StatusChange.person_id, 0) != (actor.person_id or 0)
    return db.session.scalars(
        select(StatusChange)
        .where(StatusChange.claim_id == claim_id, StatusChange.id > int(mark), theirs)
        .order_by(StatusChange.id.desc())
        .limit(MOST_TOLD)
    ).all()[::-1]


def sentence_of(news: Sequence[StatusChange]) -> str:
    """Who did what and when, in one sentence: « Jeanne Martin a proposé une décision (22 novembre 2026 à 10 h 05) »."""
    told = []
    for change in news:
        clock = change.at.astimezone(PARIS)
        when = f"{format_date(civil_date(change.at))} à {clock.hour}{NBSP}h{NBSP}{clock.minute:02d}"
        who = change.person.name if change.person else "Le service"
        told.append(f"{who} a {DID.get(change.action, 'agi sur le dossier')} ({when})")
    return " ; ".join(told)


def require_as_shown(claim_id: int, mark: str, actor: Actor) -> None:
    """Raise Refusal when another acted on a dossier since the page that bears this mark was shown. The dossier stays
    locked until the transaction ends: what is done next is done on what was shown."""
    locked_claim(claim_id)
    news = news_since(claim_id, mark, actor)
    if news:
        raise Refusal(
            MEANWHILE,
            f"Entre-temps, {_inside(sentence_of(news))}. Rien de votre demande n’a été enregistré : "
            "voici l’état actuel du dossier, et ce que vous aviez saisi est gardé sur cette page.",
        )


def _inside(sentence: str) -> str:
    """A sentence that stands inside another: the name it begins with keeps its capital."""
    return f"le{sentence[2:]}" if sentence.startswith("Le service a") else sentence
