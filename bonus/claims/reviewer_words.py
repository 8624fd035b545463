"""The mails that tell a reviewer that something came on their dossier: never what it says."""

from __future__ import annotations

from bonus.money import NBSP
from bonus.regulation.wording import french

MESSAGE, ANSWERED, WITHDRAWN = "message", "answered", "withdrawn"
_SUBJECTS = {
    MESSAGE: "un message sur un dossier",
    ANSWERED: "des pièces sont arrivées",
    WITHDRAWN: "un dossier est abandonné par son entreprise",
}
_SENTENCES = {
    MESSAGE: "L’entreprise vous a écrit sur le dossier {number}. Lisez son message, et répondez-lui :",
    ANSWERED: "L’entreprise a répondu à votre demande de pièces sur le dossier {number}. Le délai de décision court "
    "de nouveau (art. 11) :",
    WITHDRAWN: "L’entreprise s’est désistée du dossier {number} : vous n’avez plus à l’examiner. Il reste "
    "à votre disposition :",
}
WHY = french("Vous recevez ce message parce que vous instruisez ce dossier pour le Bonus Souveraineté.")


def reviewer_mail(kind: str, number: str, url: str) -> tuple[str, str]:
    """The subject and the text of the mail of one of the three kinds, about a dossier by its number."""
    subject = french(f"Bonus Souveraineté : {_SUBJECTS[kind]} (dossier {number})")
    said = french(f"Bonjour,\n\n{_SENTENCES[kind].format(number=number)}\n{url}")
    return subject, said.replace("art. ", f"art.{NBSP}")
