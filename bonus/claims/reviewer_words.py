"""The mails that tell a reviewer that something came on their dossier: never what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bonus.calendar import format_date
from bonus.money import NBSP
from bonus.regulation.wording import french

MESSAGE, ANSWERED, WITHDRAWN = "message", "answered", "withdrawn"
_SUBJECTS = {
    MESSAGE: "un message sur un dossier",
    ANSWERED: "des pièces sont arrivées",
    WITHDRAWN: "un dossier est abandonné par son entreprise",
}
_SENTENCES = {
    MESSAGE: "L’entreprise vous a écrit sur le dossier {number}. Lisez son message, et répondez-lui :",
    ANSWERED: "L’entreprise a répondu à votre demande de pièces sur le dossier {number}. Le délai de décision court "
    "de nouveau (art. 11) :",
    WITHDRAWN: "L’entreprise s’est désistée du dossier {number} : vous n’avez plus à l’examiner. Il reste "
    "à votre disposition :",
}
WHY = french("Vous recevez ce message parce que vous instruisez ce dossier pour le Bonus Souveraineté.")

WHY_DUE = french("Vous recevez ce message parce que vous instruisez des dossiers du Bonus Souveraineté.")


def reviewer_mail(kind: str, number: str, url: str) -> tuple[str, str]:
    """The subject and the text of the mail of one of the three kinds, about a dossier by its number."""
    subject = french(f"Bonus Souveraineté : {_SUBJECTS[kind]} (dossier {number})")
    said = french(f"Bonjour,\n\n{_SENTENCES[kind].format(number=number)}\n{url}")
    return subject, said.replace("art. ", f"art.{NBSP}")


def due_mail(by_day: Mapping[date, Sequence[str]], total: int, today: date, url: str) -> tuple[str, str]:
    """The subject and the text of the mail on dossiers that are soon to be decided: the numbers of the most pressing
    by their last day, ``total`` in all (art. 11)."""
    listed = sum(len(numbers) for numbers in by_day.values())
    lines = [
        f"Au plus tard le {format_date(day)} ({_left((day - today).days)}) : {', '.join(numbers)}"
        for day, numbers in by_day.items()
    ]
    if total > listed:
        lines.append("Un autre dossier." if total == listed + 1 else f"{total - listed} autres dossiers.")
    what = "un dossier est" if total == 1 else f"{total} dossiers sont"
    text = "\n".join(
        (
            (
                f"Bonjour,\n\n{what.capitalize()} à décider bientôt. Sans décision ce jour-là, le silence vaut rejet "
                "(art. 11).\n"
            ),
            *lines,
            f"\nRetrouvez-les, les vôtres d’abord :\n{url}",
        )
    )
    subject = french(f"Bonus Souveraineté : {what} à décider bientôt")
    return subject, french(text).replace("art. ", f"art.{NBSP}")


def _left(days: int) -> str:
    return "aujourd’hui" if not days else "demain" if days == 1 else f"dans {days} jours"
