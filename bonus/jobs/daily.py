"""The jobs of each day, begun once a civil day in Paris, whichever relays run.

All look at what is, not at what changed since the last run: a day without any relay is made up for by the next.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bonus import outbox
from bonus.audit.verification import head_anchor
from bonus.budget.acts import LAPSE_CREDITS, lapse_envelopes
from bonus.budget.serving import serve
from bonus.budget.waiting import SERVE
from bonus.calendar import civil_date, format_date
from bonus.claims.announcements import ANNOUNCE, announce
from bonus.claims.appeals import lapse_appeals
from bonus.claims.assignment import assign_unassigned
from bonus.claims.cards_rebuild import TIDY, tidy
from bonus.claims.deadline_notices import REMIND, remind
from bonus.claims.due_warnings import WARN, warn
from bonus.claims.lane_decisions import LANE, ask_for_decisions
from bonus.claims.lane_seeds import close_books, prepare_seeds
from bonus.claims.reporting_measures import MEASURE, measure
from bonus.claims.request_ends import END, end_requests, remind_answers
from bonus.claims.risks import FLAG, flag_open
from bonus.claims.silence import LAPSE, record_silences
from bonus.claims.waking import wake_what_may
from bonus.extensions import db
from bonus.money import NBSP
from bonus.outbox import OutboxMessage
from bonus.payments.debts import set_aside_barred
from bonus.recoveries.bars import bar_what_is
from bonus.recoveries.plans import follow_plans

_log = structlog.get_logger()
WAKE = "wake_waiting"
ANCHOR = "anchor_audit"
TITRES = "follow_titres"
KINDS = (
    ANNOUNCE,
    WAKE,
    REMIND,
    END,
    LAPSE,
    WARN,
    FLAG,
    LANE,
    ANCHOR,
    TIDY,
    MEASURE,
    LAPSE_CREDITS,
    SERVE,
    TITRES,
)
"""The outbox's messages of a day; what each is about is the day, by its ordinal."""


def post_day(now: datetime) -> None:
    """Ask for the jobs of the day of ``now``, unless that is done; committed. Of two who ask at once, one does."""
    day = civil_date(now).toordinal()
    for kind in KINDS:
        if outbox.is_posted(kind, day):
            continue
        try:
            with db.session.begin_nested():
                outbox.post(kind, day, now)
        except IntegrityError:
            pass  # another relay asked at the same moment
    db.session.commit()


def wake_waiting(_day: int, now: datetime) -> None:
    """The job that takes up the dossiers whose lines need not wait any longer (art. 11)."""
    wake_what_may(now)


def remind_deadlines(_day: int, now: datetime) -> None:
    """The job that tells companies which last days to file are near (art. 5.5)."""
    remind(now)


def follow_requests(_day: int, now: datetime) -> None:
    """The job that ends the requests for documents left without an answer, and recalls those still open (art. 11)."""
    end_requests(now)
    remind_answers(now)


def note_silences(_day: int, now: datetime) -> None:
    """The job that records the refusals born of silence, on appeals and on demands (art. 11)."""
    lapse_appeals(now)
    record_silences(now)


def warn_reviewers(_day: int, now: datetime) -> None:
    """The job that warns reviewers of the last days to decide that are near (art. 11)."""
    warn(now)


def flag_risks(_day: int, now: datetime) -> None:
    """The job that looks again at the risks of open dossiers (art. 12)."""
    flag_open(now)


def anchor_audit(_day: int, _now: datetime) -> None:
    """The job that writes, outside the database, where the log of acts has come to: see ``flask audit verify``."""
    anchor = head_anchor()
    _log.info("audit.anchor", anchor=str(anchor) if anchor else None)


def tidy_lists(_day: int, now: datetime) -> None:
    """The job that keeps the agents’ lists whole, and gives by rule the dossiers that nobody is in charge of."""
    tidy(now)
    assign_unassigned(now)


def follow_titres(_day: int, now: datetime) -> None:
    """The job that bars what of titres has had its time, looks at the instalments that were missed, and sets aside the
    orders whose debt is barred (art. 14)."""
    bar_what_is(now)
    set_aside_barred(now)
    follow_plans(now)


def measure_months(_day: int, now: datetime) -> None:
    """The job that counts the months for the service's report."""
    measure(now)


def lapse_credits(_day: int, now: datetime) -> None:
    """The job that lets lapse what the budget years that are over did not commit (art. 10)."""
    lapse_envelopes(now)


def run_day(now: datetime, *, again: bool = False) -> list[str]:
    """Do at once, here, what is left of the day of ``now`` (all of it with ``again``); what was done, in French."""
    post_day(now)
    day = civil_date(now)
    said = [f"Tâches du {format_date(day)}{NBSP}:"]
    for kind, (title, run) in _TASKS.items():
        message = (OutboxMessage.kind == kind, OutboxMessage.subject_id == day.toordinal())
        left = db.session.scalars(
            select(OutboxMessage.id).where(*message, OutboxMessage.done_at.is_(None))
        ).all()
        db.session.rollback()
        if not left and not again:
            said.append(f"- {title}{NBSP}: déjà fait.")
            continue
        said.append(f"- {title}{NBSP}: {run(now)}")
        # The relay's own run, if it is under way, does no harm; if it is not, it need not begin.
        db.session.execute(
            update(OutboxMessage).where(OutboxMessage.id.in_(left)).values(done_at=now, last_error=None)
        )
        db.session.commit()
    return said


def _announced(now: datetime) -> str:
    done = announce(now)
    return ", ".join(
        (
            _count(done.ends, "échéance annoncée", "échéances annoncées"),
            _count(done.supplier_mails, "courriel à un fournisseur", "courriels à des fournisseurs"),
            _count(done.notices, "avis à une entreprise", "avis à des entreprises") + ".",
        )
    )


def _woken(now: datetime) -> str:
    return _count(wake_what_may(now), "dossier repris.", "dossiers repris.")


def _reminded(now: datetime) -> str:
    return _count(remind(now), "rappel à une entreprise.", "rappels à des entreprises.")


def _followed(now: datetime) -> str:
    ended = _count(end_requests(now), "dossier repris sans réponse", "dossiers repris sans réponse")
    return f"{ended}, {_count(remind_answers(now), 'rappel à une entreprise.', 'rappels à des entreprises.')}"


def _silent(now: datetime) -> str:
    appeals = _count(lapse_appeals(now), "recours rejeté par silence", "recours rejetés par silence")
    return (
        f"{appeals}, {_count(record_silences(now).recorded, 'refus né du silence.', 'refus nés du silence.')}"
    )


def _warned(now: datetime) -> str:
    return _count(warn(now), "courriel à un instructeur.", "courriels à des instructeurs.")


def _flagged(now: datetime) -> str:
    return _count(flag_open(now), "dossier aux signaux changés.", "dossiers aux signaux changés.")


def _anchored(_now: datetime) -> str:
    return f"{head_anchor() or 'journal vide'}"


def _tidied(now: datetime) -> str:
    made = _count(tidy(now), "fiche ajoutée", "fiches ajoutées")
    return f"{made}, {_count(assign_unassigned(now), 'dossier attribué.', 'dossiers attribués.')}"


def _measured(now: datetime) -> str:
    return _count(measure(now), "mois compté.", "mois comptés.")


def _lapsed(now: datetime) -> str:
    return _count(lapse_envelopes(now), "enveloppe close.", "enveloppes closes.")


def _served(now: datetime) -> str:
    return _count(
        serve(now), "dossier de la liste d’attente décidé.", "dossiers de la liste d’attente décidés."
    )


def _titres(now: datetime) -> str:
    barred = _count(bar_what_is(now), "titre prescrit", "titres prescrits")
    aside = _count(set_aside_barred(now), "ordre prescrit", "ordres prescrits")
    return f"{barred}, {aside}, {_count(follow_plans(now), 'échéance manquée.', 'échéances manquées.')}"


def _laned(now: datetime) -> str:
    said = (
        _count(prepare_seeds(now), "graine annoncée", "graines annoncées"),
        _count(close_books(now), "tirage publié", "tirages publiés"),
        _count(ask_for_decisions(now), "décision par règle demandée.", "décisions par règle demandées."),
    )
    return ", ".join(said)


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number < 2 else several}"


_TASKS: dict[str, tuple[str, Callable[[datetime], str]]] = {
    ANNOUNCE: ("échéances des certifications", _announced),
    WAKE: ("lignes en attente d’un label", _woken),
    REMIND: ("dates limites de dépôt", _reminded),
    END: ("demandes de pièces", _followed),
    LAPSE: ("délais de décision", _silent),
    WARN: ("décisions à prendre bientôt", _warned),
    FLAG: ("signaux de risque", _flagged),
    LANE: ("voie rapide", _laned),
    ANCHOR: ("repère du journal", _anchored),
    TIDY: ("listes des agents", _tidied),
    MEASURE: ("chiffres des mois", _measured),
    LAPSE_CREDITS: ("crédits des années finies", _lapsed),
    SERVE: ("liste d’attente", _served),
    TITRES: ("titres de perception", _titres),
}
