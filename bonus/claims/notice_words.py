"""The words of notices: what a company reads in its space, and the mail that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bonus.calendar import format_date
from bonus.money import NBSP
from bonus.regulation.wording import french

from .notice_kinds import NEXT, SUBJECTS

MOST_SENTENCE = 500
_MOST_LISTED = 3
_LONGEST_NUMBER, _LONGEST_NAME = 60, 120


@dataclass(frozen=True)
class MailWords:
    """A mail: its subject, without amount nor name; its text; and why one receives it."""

    subject: str
    text: str
    why: str


def received(number: str, due_on: date) -> str:
    """A dossier is filed; ``due_on`` is the last day to decide (art. 11)."""
    return _said(
        f"Nous avons reçu votre dossier {number}. Nous décidons au plus tard le {format_date(due_on)} (art. 11)."
    )


def documents_asked(number: str, answer_by: date) -> str:
    """Documents are asked of a filed dossier, until a day included (art. 11)."""
    return _said(
        f"Il manque des pièces à votre dossier {number}. Envoyez-les avant la fin du {format_date(answer_by)} : "
        "jusque-là, le délai de décision est suspendu (art. 11)."
    )


def filing_deadline(invoices: Sequence[str], last_day: date) -> str:
    """Invoices of a draft, by their numbers, can be filed until a day included (art. 5.5)."""
    day = format_date(last_day)
    names = [_shortened(number) for number in invoices[:_MOST_LISTED]]
    if len(invoices) == 1:
        return _said(
            f"La facture {names[0]} de votre brouillon doit être déposée au plus tard le {day} (art. 5.5)."
        )
    listed = ", ".join(names) + (", …" if len(invoices) > _MOST_LISTED else "")
    count = len(invoices)
    return _said(
        f"{count} factures de votre brouillon doivent être déposées au plus tard le {day} : {listed} (art. 5.5)."
    )


def answer_deadline(number: str, answer_by: date) -> str:
    """The answer to a request for documents is awaited until a day included (art. 11)."""
    return _said(
        f"Les pièces demandées pour votre dossier {number} sont attendues au plus tard le {format_date(answer_by)}. "
        "Ensuite, il est décidé sur ce qu’il contient (art. 11)."
    )


def answer_received(number: str, due_on: date) -> str:
    """The answer is there; ``due_on`` is the last day to decide, moved by the days the clock stood still (art. 11)."""
    return _said(
        f"Nous avons reçu votre réponse pour le dossier {number}. Le délai de décision court de nouveau : nous "
        f"décidons au plus tard le {format_date(due_on)} (art. 11)."
    )


def answer_ended(number: str, answer_by: date, due_on: date) -> str:
    """The last day to answer is past without an answer (art. 11)."""
    return _said(
        f"Le délai pour envoyer les pièces de votre dossier {number} a pris fin le {format_date(answer_by)}. Il est "
        f"décidé sur ce qu’il contient, au plus tard le {format_date(due_on)} (art. 11)."
    )


def message(number: str) -> str:
    """The reviewer wrote; what they wrote is read on the dossier's page."""
    return _said(f"L’instructeur de votre dossier {number} vous a écrit.")


def withdrawn(number: str) -> str:
    """The company withdrew its dossier (désistement)."""
    return _said(
        f"Vous vous êtes désisté de votre dossier {number} : il ne sera pas décidé. Ses factures peuvent servir dans "
        "un autre dossier, tant qu’elles sont dans les délais (art. 5.3 et 5.5)."
    )


def decided(number: str) -> str:
    """A decision is made. What it grants is read on its page, where opening it notifies it (art. 11)."""
    return _said(
        f"Une décision est rendue sur votre dossier {number} : elle est disponible dans votre espace."
    )


def silence(number: str, due_on: date, *, some: bool) -> str:
    """Nobody decided in time: silence is a refusal; of ``some`` lines only, those that had waited (art. 11)."""
    what = "les lignes qui attendaient leur label sont refusées" if some else "votre demande est refusée"
    return _said(
        f"Aucune décision n’a été prise sur votre dossier {number} avant la fin du {format_date(due_on)} : le silence "
        f"vaut rejet, {what} (art. 11). Vous pouvez demander pourquoi, et contester."
    )


def appeal_filed(number: str, due_on: date) -> str:
    """An appeal is received; ``due_on`` is the last day to answer it (CRPA L411-7)."""
    return _said(
        f"Nous avons reçu votre recours sur le dossier {number}. Nous y répondons au plus tard le "
        f"{format_date(due_on)} ; sans réponse ce jour-là, il est rejeté (CRPA, art. L411-7)."
    )


def appeal_answered(number: str) -> str:
    """An appeal is answered. What it comes to is read on its page."""
    return _said(f"Une réponse est donnée à votre recours sur le dossier {number}.")


def appeal_annulled(number: str, due_on: date) -> str:
    """An appeal is answered: the decision is annulled, the request examined again until a day (art. 11)."""
    return _said(
        f"Une réponse est donnée à votre recours sur le dossier {number} : la décision est annulée. Votre demande est "
        f"de nouveau examinée, et décidée au plus tard le {format_date(due_on)} (art. 11)."
    )


def appeal_restored(number: str) -> str:
    """An appeal is answered: the withdrawal is annulled, the decision applies again (art. 11)."""
    return _said(
        f"Une réponse est donnée à votre recours sur le dossier {number} : le retrait est annulé. La décision qui vous "
        "accordait un bonus s’applique de nouveau."
    )


def appeal_silence(number: str, due_on: date) -> str:
    """Nobody answered an appeal in time: it is rejected (CRPA L411-7)."""
    return _said(
        f"Aucune réponse n’a été donnée à votre recours sur le dossier {number} avant la fin du {format_date(due_on)} "
        ": le silence vaut rejet (CRPA, art. L411-7). Vous pouvez saisir le tribunal administratif."
    )


def waiting(number: str, rank: int) -> str:
    """The credits are short: the dossier joins the waiting list, at a rank of its queue (art. 10)."""
    return _said(
        f"Les crédits ouverts ne suffisent pas : votre dossier {number} rejoint la liste d’attente, au rang {rank} de "
        "sa file (art. 10)."
    )


def paid(number: str, execution_on: date) -> str:
    """A transfer is in a batch for the bank, to be made on a day (art. 13)."""
    return _said(
        f"Le virement de votre dossier {number} est transmis à la banque, pour exécution le "
        f"{format_date(execution_on)} (art. 13)."
    )


def reasons(number: str) -> str:
    """The reasons of a refusal by silence are given, as the company asked (CRPA L232-4)."""
    return _said(f"Les motifs du refus de votre dossier {number} vous sont communiqués dans votre espace.")


def hearing(number: str, days: int) -> str:
    """A decision may be taken back: the company is heard first (art. 11; CRPA L121-1)."""
    return _said(
        f"Nous envisageons de retirer la décision prise sur votre dossier {number}. Vous avez au moins {days} jours "
        "pour présenter vos observations (art. 11)."
    )


def revoked(number: str) -> str:
    """A decision is taken back (art. 11)."""
    return _said(f"La décision prise sur votre dossier {number} est retirée (art. 11).")


def revocation_dropped(number: str) -> str:
    """A decision that might have been taken back is not."""
    return _said(
        f"La décision prise sur votre dossier {number} n’est pas retirée : elle reste ce qu’elle est."
    )


def account_refused(numbers: Sequence[str], reason: str) -> str:
    """The bank refused or gave back transfers because of the account: another is to be given (art. 13)."""
    shown = ", ".join(numbers[:_MOST_LISTED])
    more = len(numbers) - _MOST_LISTED
    if more > 0:
        shown += f" et {more} autre{'s' if more > 1 else ''}"
    which = f"du dossier {shown}" if len(numbers) == 1 else f"des dossiers {shown}"
    return _said(
        f"La banque n’a pas pu verser le bonus {which}. {reason} Donnez un autre compte : le bonus vous sera versé "
        "dès qu’un agent l’aura vérifié (art. 13)."
    )


def label_ends(solution: str, label: str, ends_on: date) -> str:
    """The label of a solution that a draft relies on ends soon (art. 4)."""
    name, offer = _shortened(label, _LONGEST_NAME), _shortened(solution, _LONGEST_NAME)
    return _said(
        f"Le label {name} de « {offer} », dont dépend un de vos brouillons, se termine le {format_date(ends_on)} "
        "inclus : une facture d’un jour plus tardif n’y donnerait plus droit (art. 4)."
    )


def mail(kind: str, number: str | None, sentence: str, company: str, role: str, url: str) -> MailWords:
    """The mail of a notice. ``number`` is the dossier's, once filed; ``role`` in French; ``url`` where it leads."""
    about = f" (dossier {number})" if number else ""
    return MailWords(
        subject=_said(f"Bonus Souveraineté : {SUBJECTS[kind]}{about}"),
        text=_said("\n\n".join(("Bonjour,", sentence, f"{NEXT[kind]}\n{url}"))),
        why=_said(
            f"Vous recevez ce message parce que vous êtes {role} de l’entreprise {company} pour le Bonus Souveraineté."
        ),
    )


def _said(text: str) -> str:
    """French no-break spaces; an article keeps its number."""
    return french(text).replace("art. ", f"art.{NBSP}")


def _shortened(text: str, most: int = _LONGEST_NUMBER) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
