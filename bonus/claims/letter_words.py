"""The words of letters, pure: their kinds, and the small language their templates are written in.

A template is a title and a text. A blank line parts paragraphs; ``## `` begins a heading; ``{nom}`` stands for a
value of a closed list. Some names stand for whole paragraphs and are alone in theirs (``{recours}``). There is
nothing else: no code, no condition, and what a value holds is never read as a template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bonus.errors import InvalidInput
from bonus.money import NBSP
from bonus.regulation.strict_yaml import read_yaml
from bonus.regulation.wording import french

from .unseen import require_seen

KINDS = {
    "granted": "Décision d’accord",
    "partly_granted": "Décision d’accord en partie",
    "refused": "Décision de refus",
    "pending": "Lignes en attente d’un label",
    "rule": "Décision prise par règle",
    "appeal": "Décision sur recours",
    "confirmed": "Recours rejeté, décision confirmée",
    "annulled": "Recours accueilli, décision annulée",
    "rejected_late": "Recours rejeté, hors délai",
    "silence": "Refus né du silence",
    "waiting": "Mise en liste d’attente",
    "reasons": "Motifs d’un refus né du silence",
    "hearing": "Retrait envisagé",
    "revoked": "Retrait d’une décision",
    "dropped": "Retrait abandonné",
}
"""The kinds of letters: code → what people read."""

VALUES = {
    "numero": ("Le numéro du dossier", "2026-000123"),
    "entreprise": ("Le nom de l’entreprise", "Atelier Fictif SAS"),
    "siren": ("Son SIREN", f"900{NBSP}300{NBSP}401"),
    "date_depot": ("Le jour du dépôt", f"10{NBSP}septembre{NBSP}2026"),
    "date_decision": ("Le jour de l’acte", f"3{NBSP}novembre{NBSP}2026"),
    "service": ("Le nom du service", "Service du Bonus Souveraineté"),
    "adresse_service": ("Son adresse postale", "1 rue de l’Exemple, 75000 Paris"),
    "courriel_service": ("Son courriel", "service@exemple.fr"),
    "montant": ("Le bonus accordé, reconnu ou retiré", f"4{NBSP}500,00{NBSP}€"),
    "rang": ("Le rang dans la liste d’attente", "12"),
    "file": ("La file du rang", "micro-entreprises et PME"),
    "fondement": (
        "Le fondement du retrait et son article",
        f"La décision était illégale (CRPA, art.{NBSP}L242-1)",
    ),
    "jours_observations": ("Les jours laissés pour répondre", "15"),
    "date_recours": ("Le jour où le recours a été formé", f"20{NBSP}novembre{NBSP}2026"),
    "date_contestee": ("Le jour de la décision contestée", f"3{NBSP}novembre{NBSP}2026"),
    "dernier_jour": ("Le dernier jour où le recours pouvait être formé", f"4{NBSP}janvier{NBSP}2027"),
    "date_demande": ("Le jour où les motifs ont été demandés", f"12{NBSP}novembre{NBSP}2026"),
}
"""What a name stands for, inside a sentence: name → (what it is, an example)."""

BLOCKS = {
    "sens": "Ce qui est décidé, en une phrase",
    "lignes": "Le tableau des lignes, ou la référence à la liste jointe",
    "motifs": "Les motifs, en droit et en fait",
    "faits": "Les faits retenus contre la décision",
    "suite": "Ce que devient la demande, une fois la décision annulée",
    "observations": "Comment présenter des observations",
    "algorithme": "La mention du traitement algorithmique (CRPA L311-3-1)",
    "recours": "Les voies de recours",
    "delai_recours": "Le délai de recours",
    "signature": "Le nom et la qualité de l’auteur",
}
"""What stands for whole paragraphs: name → what it is."""

_EVERYWHERE = frozenset(
    {
        "numero",
        "entreprise",
        "siren",
        "date_depot",
        "date_decision",
        "service",
        "adresse_service",
        "courriel_service",
    }
)
_REMEDIES = ("recours", "delai_recours")
_DECISION = ("lignes", "algorithme", *_REMEDIES, "signature")
_REASONED = ("motifs", *_DECISION)
_ANSWERED = ("date_recours", "motifs", *_REMEDIES, "signature")
REQUIRED: dict[str, tuple[str, ...]] = {
    "granted": _REASONED,
    "partly_granted": _REASONED,
    "refused": _REASONED,
    "pending": _REASONED,
    "rule": ("sens", *_REASONED),
    "appeal": ("sens", *_REASONED),
    "confirmed": _ANSWERED,
    "annulled": ("suite", *_ANSWERED),
    "rejected_late": ("dernier_jour", *_ANSWERED),
    "silence": _REMEDIES,
    "waiting": ("montant", "rang", *_REMEDIES, "signature"),
    "reasons": ("motifs", *_REMEDIES, "signature"),
    "hearing": ("fondement", "faits", "jours_observations", "observations", "signature"),
    "revoked": ("fondement", "motifs", *_REMEDIES, "signature"),
    "dropped": ("signature",),
}
"""What the law wants said in each kind (art. 11; CRPA L211-2, L212-1, L311-3-1, R421-5 of the CJA)."""
_OPTIONAL: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("granted", "partly_granted", "refused", "pending", "rule", "appeal"), frozenset({"montant", "sens"})
    ),
    **dict.fromkeys(("confirmed", "annulled", "rejected_late"), frozenset({"date_contestee"})),
    "waiting": frozenset({"file", "algorithme"}),
    "reasons": frozenset({"date_demande"}),
    "revoked": frozenset({"montant", "faits"}),
    "dropped": frozenset({"motifs", "fondement"}),
}
MOST_TITLE, MOST_TEXT = 120, 12_000
_NAME = re.compile(r"\{ *([a-z_]{1,40}) *\}")


def names_of(kind: str) -> list[str]:
    """The names a kind of letter knows, values first."""
    known = _EVERYWHERE | set(REQUIRED[kind]) | _OPTIONAL.get(kind, frozenset())
    return [name for name in (*VALUES, *BLOCKS) if name in known]


@dataclass(frozen=True)
class Template:
    """The words of a kind of letter; ``version`` 0 is the text that ships with the software."""

    kind: str
    version: int
    title: str
    text: str


@dataclass(frozen=True)
class Block:
    """A part of a letter: ``heading``, ``text``, ``signature`` (lines), or ``lines`` (the table of its lines)."""

    form: str
    text: str = ""


def shipped(kind: str) -> Template:
    """The template that ships with the software, checked."""
    return _shipped()[kind]


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Template]:
    read = read_yaml((Path(__file__).parent / "letters.yaml").read_bytes())
    if set(read) != set(KINDS):
        raise ValueError(f"letters.yaml does not hold every kind: {set(read) ^ set(KINDS)}")
    found = {}
    for kind, words in read.items():
        title, text = check(kind, str(words["title"]), str(words["text"]))
        found[kind] = Template(kind, 0, title, text)
    return found


def check(kind: str, title: str, text: str) -> tuple[str, str]:
    """A title and a text, trimmed, fit to be the template of a kind. Raises InvalidInput with what is wrong: an unknown
    name, stray braces, a block that is not alone, something the law wants said that is not there."""
    text = text.replace("\r\n", "\n")
    require_seen(title, "title", code="letter.template")
    require_seen(text, "text", code="letter.template")
    title = " ".join(title.split())
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()
    if not title or len(title) > MOST_TITLE:
        raise _wrong("title", f"Donnez un titre de {MOST_TITLE} caractères au plus.")
    if not text or len(text) > MOST_TEXT:
        raise _wrong("text", "Écrivez le texte de la lettre, en 12 000 caractères au plus.")
    if "\t" in text or "\r" in text:
        raise _wrong("text", "Le texte contient une tabulation : mettez une espace à la place.")
    _check_names(kind, title, "title")
    if any(name in BLOCKS for name in _NAME.findall(title)):
        raise _wrong("title", "Le titre ne peut contenir que des champs d’une valeur, comme {numero}.")
    _check_names(kind, text, "text")
    for paragraph in _paragraphs(text):
        for name in _NAME.findall(paragraph):
            if name in BLOCKS and not _NAME.fullmatch(paragraph):
                raise _wrong(
                    "text",
                    f"« {{{name}}} » vaut des paragraphes entiers : mettez-le seul, entre deux lignes vides.",
                )
    present = set(_NAME.findall(text))
    missing = [name for name in REQUIRED[kind] if name not in present]
    if missing:
        listed = " ; ".join(f"« {{{name}}} » ({_description(name)})" for name in missing)
        raise _wrong("text", f"La loi veut que cette lettre dise aussi : {listed}. Ajoutez-le au texte.")
    return title, text


def _check_names(kind: str, text: str, field: str) -> None:
    known = names_of(kind)
    for name in _NAME.findall(text):
        if name not in known:
            raise _wrong(
                field,
                f"« {{{name}}} » n’est pas un champ de cette lettre : prenez-le dans la liste des champs.",
            )
    left = _NAME.sub("", text)
    if "{" in left or "}" in left:
        raise _wrong(
            field, "Des accolades ne forment pas un champ : écrivez-le comme {numero}, ou retirez-les."
        )


def _description(name: str) -> str:
    said = BLOCKS[name] if name in BLOCKS else VALUES[name][0]
    return said[0].lower() + said[1:]


def _wrong(field: str, sentence: str) -> InvalidInput:
    return InvalidInput("letter.template", french(sentence), field=field)


def _paragraphs(text: str) -> list[str]:
    return [paragraph.strip() for paragraph in text.split("\n\n") if paragraph.strip()]


def filled_title(template: Template, values: Mapping[str, str]) -> str:
    """The title with its values."""
    return _NAME.sub(lambda found: values[found[1]], template.title)


def filled(
    template: Template, values: Mapping[str, str], blocks: Mapping[str, Sequence[Block]]
) -> tuple[Block, ...]:
    """The parts of a letter: each name replaced once by its value or its paragraphs. A heading that nothing follows is
    left out. Raises KeyError for a name that was not given."""
    parts: list[Block] = []
    for paragraph in _paragraphs(template.text):
        alone = _NAME.fullmatch(paragraph)
        if alone and alone[1] in BLOCKS:
            parts += blocks[alone[1]]
            continue
        said = _NAME.sub(lambda found: values[found[1]], paragraph)
        if paragraph.startswith("## "):
            parts.append(Block("heading", said.removeprefix("## ").strip()))
        else:
            parts.append(Block("text", " ".join(said.split("\n"))))
    return tuple(
        part
        for rank, part in enumerate(parts)
        if part.form != "heading" or (rank + 1 < len(parts) and parts[rank + 1].form != "heading")
    )
