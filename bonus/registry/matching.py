"""Which solution of the registry an invoice line bought: the supplier first, then reference, then words. Pure.

A line is matched only when its reference or its words say so and nothing contradicts them. In any doubt the
person chooses, the likeliest offers first: a question costs a minute, a wrong match an undue bonus.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .likeness import THRESHOLD, Likeness, compare
from .words import TELLTALES, WEAK, read_line, read_offer, same_reference

MARGIN = 10
"""How far behind the best offer the second must stand."""
OTHER_REFERENCE = 10
"""What an offer loses when the line bears a reference that is none of its own."""
SUGGESTED = 5
"""How many offers a question names, at most."""
NEAR = 15
"""Below this score an offer is not even named."""

LONGEST = 500
"""How many characters of a line are read: a longer one is a story, and a person reads it."""

_CHOOSE = "\u00a0: choisissez la solution achetée."
_QUOTED = 60  # characters of a name that a reason quotes: three of them and a sentence fit 300
_CODE = re.compile(r"(?=.*[A-Za-z]).*[\d._/-]")
_PUNCTUATION = '()[]«»“”".,;:!?'
_END_OF_HEAD = re.compile(r"[,;:.(\n]|\s[-–—]\s")


@dataclass(frozen=True)
class Candidate:
    """A solution of the invoice's supplier: its slug, name and the supplier's own reference for it.

    ``names`` and ``references`` are what else it is called, by the registry's keeper or in confirmed matches.
    """

    slug: str
    name: str
    reference: str | None
    names: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def all_names(self) -> list[str]:
        """Its names; a general word (« Abonnement cloud ») is nobody's other name."""
        return [self.name, *(name for name in self.names if not WEAK.issuperset(read_offer(name).words))]

    @property
    def all_references(self) -> set[str]:
        """Its references, as they compare."""
        return {same_reference(reference) for reference in (self.reference, *self.references)} - {""}


@dataclass(frozen=True)
class Match:
    """What was found: the solution's slug, or None when it is a question; how alike, 0 to 100; why, in French.

    ``suggestions``: the slugs that a question offers, the likeliest first. ``reason`` fits 300 characters.
    """

    slug: str | None
    score: int
    reason: str
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Ranked:
    """An offer, the one of its names most like the line, and how alike they are."""

    offer: Candidate
    name: str
    likeness: Likeness
    score: int
    identical: bool


def match_line(
    name: str, reference: str | None, candidates: Sequence[Candidate], *, description: str = ""
) -> Match:
    """Match one line to one of its supplier's solutions, or to none with the reason and suggestions.

    ``name`` and ``description`` are the line's (EN 16931, BT-153 and BT-154), ``reference`` the seller's
    (BT-155). The name decides; the first words of the description complete it, or cast doubt on it. The
    answer does not depend on the order of ``candidates``, whose slugs are distinct.
    """
    if not candidates:
        return Match(None, 0, "Ce fournisseur n’a aucune solution au registre.")
    name, reference = _readable(name), reference if len(reference or "") <= LONGEST else None
    told = _match(name, reference, candidates)
    head = _END_OF_HEAD.split(description[:LONGEST].strip(), maxsplit=1)[0]
    if not head:
        return told
    fuller = _match(f"{name}, {head}", reference, candidates)
    named = [match.slug for match in (told, fuller, _match(head, None, candidates)) if match.slug]
    if len(set(named)) > 1:
        reason = f"Le nom et la description de la ligne désignent deux offres{_CHOOSE}"
        return Match(None, THRESHOLD - 1, reason, tuple(dict.fromkeys(named)))
    if told.slug is None or fuller.slug is not None:
        return fuller if fuller.slug else told
    something_else = TELLTALES & set(read_line(head).words) - set(read_line(name).words)
    return fuller if something_else else told


def _readable(text: str) -> str:
    """A text on one line and no longer than what is read; cut, it ends with a word that no offer bears."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} etc."


def _match(text: str, reference: str | None, candidates: Sequence[Candidate]) -> Match:
    """Hear the reference, the reference that the text may quote, and the words: all that speak must agree."""
    bearer = _bearer(reference, candidates)
    code = next((chunk for chunk in _codes(text) if _bearer(chunk, candidates)), "")
    quoted = _bearer(code, candidates)
    text = text.replace(code, " ") if code else text
    ranking = _rank(text, reference if bearer or not code else code, candidates)
    named = _named(ranking)
    meant = {offer.slug: offer for offer in (bearer, quoted, named.offer if named else None) if offer}
    if len(meant) > 1:
        names = " et ".join(_quote(offer.name) for offer in meant.values())
        return _question(f"La ligne désigne à la fois {names}{_CHOOSE}", ranking, *meant)
    if bearer:
        return _by_reference(bearer, str(reference), text, ranking, strict=False)
    if quoted:
        return _by_reference(quoted, code, text, ranking, strict=True)
    if named:
        kind = "Nom" if named.name == named.offer.name else "Autre nom"
        reason = f"{kind} de l’offre reconnu\u00a0: {_quote(named.name)} ({named.score} sur 100)."
        return Match(named.offer.slug, named.score, reason)
    return _question(_why_not(ranking, text), ranking)


# ---------------------------------------------------------------- by reference


def _bearer(reference: str | None, candidates: Sequence[Candidate]) -> Candidate | None:
    """The one offer that bears this reference; None when none does, or several."""
    key = same_reference(reference)
    bearers = [offer for offer in candidates if key and key in offer.all_references]
    return bearers[0] if len(bearers) == 1 else None


def _codes(text: str) -> list[str]:
    """The words of a text that look like a reference: CLOUD-24, BC200."""
    chunks = (chunk.strip(_PUNCTUATION) for chunk in text.split())
    return [chunk for chunk in chunks if len(chunk) > 4 and _CODE.match(chunk)]


def _by_reference(
    offer: Candidate, reference: str, text: str, ranking: Sequence[_Ranked], *, strict: bool
) -> Match:
    """The offer of a reference, unless the line says more: « formation », « premium », another number.

    A reference that is only quoted in the text proves less (``strict``): any other word is then a doubt.
    """
    likeness = next(ranked.likeness for ranked in ranking if ranked.offer.slug == offer.slug)
    other_number = any(word[0].isdigit() for word in likeness.missing)
    for word in likeness.extra:
        if strict or word in TELLTALES or (other_number and word[0].isdigit()):
            its = f"La référence {_quote(reference)} est celle de {_quote(offer.name)}"
            said = _quote(_as_written(word, text))
            return _question(f"{its}, mais la ligne dit aussi {said}{_CHOOSE}", ranking, offer.slug)
    return Match(offer.slug, 100, f"Référence {_quote(reference)} de l’offre au registre.")


# ---------------------------------------------------------------- by words


def _rank(text: str, reference: str | None, candidates: Sequence[Candidate]) -> list[_Ranked]:
    """Every offer by its name most alike, the likeliest first."""
    line, key = read_line(text), same_reference(reference)
    known = {word for offer in candidates for name in offer.all_names for word in read_offer(name).words}
    ranking = []
    for offer in candidates:
        loss = OTHER_REFERENCE if key and offer.all_references and key not in offer.all_references else 0
        forms = []
        for name in offer.all_names:
            said = read_offer(name)
            identical = bool(said.words) and line.whole == said.whole
            likeness = Likeness(100) if identical else compare(line, name, known)
            forms.append(_Ranked(offer, name, likeness, max(0, likeness.score - loss), identical))
        ranking.append(max(forms, key=lambda ranked: (ranked.identical, ranked.score, ranked.name)))
    return sorted(ranking, key=lambda ranked: (-ranked.score, ranked.offer.slug))


def _named(ranking: Sequence[_Ranked]) -> _Ranked | None:
    """The one offer that the words name: entirely, or well enough and far before the others."""
    identical = [ranked for ranked in ranking if ranked.identical]
    if len(identical) == 1:
        return identical[0]
    best = ranking[0]
    return best if best.score >= THRESHOLD and not _rivals(ranking) else None


def _rivals(ranking: Sequence[_Ranked]) -> bool:
    return len(ranking) > 1 and ranking[0].score - ranking[1].score < MARGIN


# ---------------------------------------------------------------- questions


def _question(reason: str, ranking: Sequence[_Ranked], *first: str) -> Match:
    """A question, with the likeliest offers; ``first``: the slugs that the line designates."""
    likely = [ranked.offer.slug for ranked in ranking if ranked.score >= NEAR]
    slugs = tuple(dict.fromkeys((*first, *likely)))
    return Match(None, min(ranking[0].score, THRESHOLD - 1), reason, slugs[:SUGGESTED])


def _why_not(ranking: Sequence[_Ranked], text: str) -> str:
    """Why the words name no offer."""
    best = ranking[0]
    if best.score < NEAR:
        return f"Aucune offre de ce fournisseur ne porte ce nom{_CHOOSE}"
    if _rivals(ranking):
        alike = "portent ce nom" if best.score >= THRESHOLD else "ont un nom proche"
        return f"Plusieurs offres de ce fournisseur {alike}{_CHOOSE}"
    near = f"Proche de l’offre {_quote(best.name)}"
    if best.likeness.extra:
        said = min(best.likeness.extra, key=lambda word: word not in TELLTALES)
        return f"{near}, mais la ligne dit aussi {_quote(_as_written(said, text))}{_CHOOSE}"
    if best.likeness.missing:
        lacking = _as_written(best.likeness.missing[0], best.name)
        return f"{near}, mais la ligne ne dit pas {_quote(lacking)}{_CHOOSE}"
    return f"{near}, mais les mots de la ligne sont trop généraux ou trop incertains{_CHOOSE}"


def _as_written(folded: str, text: str) -> str:
    """A folded word as the text writes it."""
    chunks = (chunk.strip(_PUNCTUATION) for chunk in text.split())
    return next((chunk for chunk in chunks if folded in read_offer(chunk).words), folded)


def _quote(text: str) -> str:
    return f"«\u00a0{text if len(text) <= _QUOTED else text[: _QUOTED - 1] + '…'}\u00a0»"
