"""Characters that do not show, or turn the direction of what stands around them: a letter must read as it is printed.

Pure. A text pasted from elsewhere brings them along; a person who cannot see one is told which it is, and where.
"""

from __future__ import annotations

import unicodedata

from bonus.errors import InvalidInput
from bonus.regulation.wording import french

_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing."""
_TYPED = frozenset("\n\r\t")
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NAMES = {
    "\u00ad": "un trait d’union conditionnel",
    "\u200b": "une espace sans largeur",
    "\u200c": "un antiliant sans largeur",
    "\u200d": "un liant sans largeur",
    "\u2028": "un séparateur de lignes",
    "\u2029": "un séparateur de paragraphes",
    "\u2060": "un gluon de mots",
    "\ufeff": "une espace sans largeur",
}
_SHOWN = 30


def require_seen(text: str, field: str, *, code: str = "text.unseen") -> None:
    """Raise InvalidInput, of a ``field``, at the first character of a text that a reader does not see; ends of lines
    and tabs are none. The sentence names it and says where it stands: its line, and the words before it."""
    for place, letter in enumerate(text):
        if letter not in _TYPED and (letter in _BLANK or unicodedata.category(letter) in _UNSEEN):
            raise InvalidInput(code, _sentence(text, place), field=field)


def plain_words(text: str, field: str) -> str:
    """A text, trimmed, whose reader sees all of it. Raises InvalidInput (``require_seen``)."""
    text = text.strip()
    require_seen(text, field)
    return text


def _sentence(text: str, place: int) -> str:
    letter = text[place]
    name = f"U+{ord(letter):04X}"
    if letter in _TURNING:
        what = f"un caractère invisible qui change le sens de lecture ({name})"
    elif letter in _NAMES:
        what = f"un caractère invisible, {_NAMES[letter]} ({name})"
    else:
        what = f"un caractère invisible ({name})"
    before = text[:place].replace("\r\n", "\n").split("\n")
    words = " ".join(before[-1].split())
    where = (
        f"après « {'…' if len(words) > _SHOWN else ''}{words[-_SHOWN:].strip()} »" if words else "au début"
    )
    if "\n" in text.strip():
        where = f"ligne {len(before)}, {where}" if words else f"au début de la ligne {len(before)}"
    return french(f"Ce texte contient {what}, {where} : effacez ce passage et retapez-le.")
