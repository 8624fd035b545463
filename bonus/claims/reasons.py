"""The reasons in law and in fact of a decision (art. 11): one paragraph a line, or a group of lines when they are many.

Of a large dossier nobody reads 50,000 paragraphs, and to write out each step of each line takes longer than all the
rest. Its decision says each reason once, on how many lines, with one of them worked out in full; the outcome and the
reason of every line stand in a list that is kept with it, its SHA-256 in the reasons. The working of any line is
given on request from the sealed facts, under the text of that day (``working``).
"""

from __future__ import annotations

from collections.abc import Sequence

from bonus.money import NBSP, format_euros
from bonus.regulation import explain, explain_rate
from bonus.regulation.wording import french

from .acknowledgement import FullList
from .assessing import AssessedLine
from .cuts import EXAMINED, in_words

MOST_EXPLAINED = 200
"""Lines of a decision that are each explained in it, their working sealed with it."""

_STATUSES = {
    "eligible": ("accordée", "accordées"),
    "pending": ("en attente du label", "en attente du label"),
    "refused": ("refusée", "refusées"),
}


def reasons_of_the_law(lines: Sequence[AssessedLine], full_list: FullList | None) -> str:
    """The reasons, one paragraph a line: all of them where something is refused or cut, the rate and the amount where
    all is granted. With ``full_list``, one paragraph for the lines that share one reason."""
    if full_list is None:
        return "\n".join(f"{_name(assessed)}{NBSP}: {_why(assessed)}" for assessed in lines)
    groups: dict[tuple[object, ...], list[AssessedLine]] = {}
    for assessed in lines:
        result = assessed.result
        cuts = tuple(cut["article"] for cut in result["reductions"])
        examined = (words := result.get(EXAMINED)) and (words["action"], words["ground"], words["facts"])
        groups.setdefault((result["status"], result["reason"], cuts, examined), []).append(assessed)
    return "\n".join([*(_group(*group) for group in groups.items()), listed_in(full_list)])


def listed_in(full_list: FullList) -> str:
    """Where the outcome and the reason of each line are."""
    return french(
        f"Le sort et le motif de chacune des {_count(full_list.lines)} lignes figurent dans la liste jointe à cette "
        f"décision (fichier CSV, empreinte SHA-256 : {full_list.sha256})."
    )


def _group(kind: tuple[object, ...], lines: Sequence[AssessedLine]) -> str:
    one, several = _STATUSES[str(kind[0])]
    cut = " et réduite par un plafond" if kind[2] else ""
    if kind[3] and kind[0] != "refused":
        cut = f" pour une partie de son montant{cut}"
    if len(lines) == 1:
        return f"1 ligne {one}{cut}. {_name(lines[0])}{NBSP}: {_why(lines[0])}"
    cut = cut.replace("réduite", "réduites").replace("de son montant", "de leur montant")
    cents = sum(assessed.bonus_cents for assessed in lines)
    amount = f", pour un bonus de {format_euros(cents)} en tout" if cents else ""
    return (
        f"{_count(len(lines))} lignes {several}{cut}{amount}. Par exemple, {_name(lines[0], 'facture')}{NBSP}: "
        f"{_why(lines[0])}"
    )


def _count(number: int) -> str:
    return f"{number:,}".replace(",", NBSP)


def _name(assessed: AssessedLine, word: str = "Facture") -> str:
    return f"{word} {assessed.line.invoice.number}, ligne {assessed.line.position}"


def _why(assessed: AssessedLine) -> str:
    steps = assessed.explained["trace"]
    if assessed.result["status"] == "eligible" and not assessed.result["reductions"]:
        if EXAMINED in assessed.result:
            return f"{in_words(assessed.result[EXAMINED])} {explain_rate(steps)}. {steps[-1]['sentence']}"
        return f"{explain_rate(steps)}. {steps[-1]['sentence']}"
    return explain(steps)
