"""How alike an invoice line and the name of an offer are: the words and numbers that both say, or one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from .words import LABOUR, SOFT, TELLTALES, WEAK, Number, Said, read_offer

THRESHOLD = 80
"""Below this score, of 100, nothing is matched. A word too many or too few keeps any offer below it."""
_SOFT_WEIGHT = 0.3
_ALMOST = 0.85  # what a word is worth when it is mistyped, cut, joined, or given by its initials


@dataclass(frozen=True)
class Likeness:
    """How alike, 0 to 100; what the line says that the name does not (``extra``), and what it leaves out."""

    score: int
    extra: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def compare(line: Said, name: str, known: Collection[str]) -> Likeness:
    """Compare a line with a name of an offer. ``known``: the words of all the supplier's offers, never misspelt.

    The score is Dice's: twice what both say, by what the one says and what the other says. A word or number
    that only one of them says, but for a soft word of the line, keeps it below THRESHOLD; so do words in common
    that are all too general.
    """
    offer = read_offer(name)
    found, guessed, left = _pair(line, offer, known)
    missing = [word for word in offer.words if word not in (*found, *guessed)]
    lacking, unexplained = _numbers(line, offer)
    in_offer = _weight(offer.words) + len(offer.numbers)
    in_both = in_offer - _weight(missing) - len(lacking)
    in_line = in_both + _weight(left) + len(unexplained)
    sure = in_both - (1 - _ALMOST) * _weight(guessed)
    score = round(100 * 2 * sure / (in_offer + in_line)) if sure else 0
    extra = (*(word for word in left if word not in SOFT), *unexplained)
    without = (*missing, *lacking)
    too_general = not offer.numbers and WEAK.issuperset((*found, *guessed))
    if extra or without or too_general:
        score = score * (THRESHOLD - 1) // 100
    return Likeness(score, extra, without)


def _weight(words: Iterable[str]) -> float:
    return sum(_SOFT_WEIGHT if word in SOFT else 1.0 for word in words)


def _numbers(line: Said, offer: Said) -> tuple[list[str], list[str]]:
    """The numbers of the offer that the line lacks, and those of the line that the offer does not explain.

    Of a kind the offer names (Go, months, a count) all must be the same. Of others, seats, periods and volumes
    are what is bought of it; a bare number is one too many, and so are days, unless the offer is itself work.
    """
    kinds = {kind for _, kind in offer.numbers}
    if TELLTALES.isdisjoint(offer.words):
        kinds |= LABOUR
    telling = {number for number in line.numbers if number[1] in kinds} | line.bare
    return _values(offer.numbers - line.numbers), _values(telling - offer.numbers)


def _values(numbers: Iterable[Number]) -> list[str]:
    return [value for value, _ in sorted(numbers)]


# ---------------------------------------------------------------- words


def _pair(line: Said, offer: Said, known: Collection[str]) -> tuple[list[str], list[str], list[str]]:
    """The words of the offer found in the line, those guessed there, and the words of the line left over."""
    borne = (*line.words, *line.counted)
    found = [word for word in offer.words if word in borne]
    missing = [word for word in offer.words if word not in found]
    left = [word for word in dict.fromkeys(borne) if word not in found]
    guessed: list[str] = []
    for words, meant in _readings(line, left, missing, known):
        if set(words) <= set(left) and set(meant) <= set(missing):
            guessed += meant
            left = [word for word in left if word not in words]
            missing = [word for word in missing if word not in meant]
    return found, guessed, [word for word in left if word in line.words]


def _readings(
    line: Said, left: Sequence[str], missing: Sequence[str], known: Collection[str]
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Words of a line with the words of an offer they may be: joined or parted (cyber-sécurité, cybersécurité),
    given by initials (GED), mistyped or cut. All of these keep the first letter."""
    if {word[0] for word in left}.isdisjoint(word[0] for word in missing):
        return
    for size in (2, 3, 4):
        for span in _spans(missing, size):
            yield from (((word,), span) for word in left if _stands_for(word, span))
        for span in _spans(left, size):
            yield from ((span, (word,)) for word in missing if _stands_for(word, span))
    for word in left:
        if word not in known:
            for meant in missing:
                if _mistyped(word, meant) or (word in line.cut and _cut(word, meant)):
                    yield (word,), (meant,)


def _spans(words: Sequence[str], size: int) -> list[Sequence[str]]:
    return [words[start : start + size] for start in range(len(words) - size + 1)]


def _stands_for(word: str, span: Sequence[str]) -> bool:
    if word[0] != span[0][0]:
        return False
    return word == "".join(span) or (len(span) > 2 and word == "".join(part[0] for part in span))


def _mistyped(word: str, meant: str) -> bool:
    """One mistake from six letters on, two from twelve; never the first letter, nor a word with a digit.

    A letter more at the end makes another word (interne, internet), unless it is the feminine's e.
    """
    shorter, longer = sorted((word, meant), key=len)
    allowed = (len(shorter) >= 6) + (len(shorter) >= 12)
    if not allowed or word[0] != meant[0] or not (word.isalpha() and meant.isalpha()):
        return False
    if longer.startswith(shorter) and longer != f"{shorter}e":
        return False
    return OSA.distance(word, meant, score_cutoff=allowed) <= allowed


def _cut(word: str, meant: str) -> bool:
    """French cuts a word after a consonant and before a vowel: « bureaut. » is bureautique, « bureau. » is not."""
    return (
        meant.startswith(word)
        and len(word) >= 4
        and word[-1] not in _VOWELS
        and meant[len(word) :][:1] in _VOWELS
    )


_VOWELS = frozenset("aeiouy")
