"""What an offer's name and an invoice line say once read: their telling words and their numbers. Pure.

Case, accents, plurals, billing words, seat counts, periods and prices are put aside, so that what is left
can be compared. French first; English and German, since suppliers of other EEA states sell too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from text_unidecode import unidecode


def singular(word: str) -> str:
    """A folded word without its plural: journaux → journal, réseaux → reseau. Words with digits stay."""
    if len(word) < 4 or not word.isalpha():
        return word
    if word.endswith("aux") and not word.endswith("eaux"):
        return word[:-2] + "l"
    return word[:-1] if word[-1] in "sx" else word


def _words(text: str) -> frozenset[str]:
    return frozenset(singular(word) for word in text.split())


SMALL_WORDS = _words(
    "a an and as au aux avec by das de der des die du en et for fur in la le les mit notre of on ou par per "
    "pour sa ses son sur the to und un une vos votre with"
)
BILLING_WORDS = _words(
    # fr
    "abonnement abo annee annuel annuelle droit droits echeance exercice facturation facture forfait ht "
    "journee lic licence mensualite mensuel mensuelle no num numero periode prelevement prix quantite qte "
    "reconduction redevance ref reference renouvellement semestriel semestrielle souscription tarif ttc tva "
    "trimestriel trimestrielle unitaire usage utilisation ram memoire "
    # en, de
    "annual billing charge fee license monthly quarterly renewal subscription yearly "
    "gebuhr jahresabonnement jahrlich lizenz lizenzen monatlich"
)
DURATIONS = _words(
    "h heure j jour journee semaine mois trimestre semestre an annee "
    "hour day week month quarter year stunde tag woche monat monate jahr jahre"
)
CAPACITIES = {
    "mo": "mo",
    "mb": "mo",
    "go": "go",
    "gb": "go",
    "gio": "go",
    "to": "to",
    "tb": "to",
    "tio": "to",
}
COUNTED = _words(
    "agent apprenant benutzer boite bulletin collaborateur compte credit document dossier eleve employe envoi "
    "etudiant identite instance jeton licence lic ligne node noeud nutzer page participant personne place poste "
    "praticien salarie seat serveur siege titulaire usager user util utilisateur"
)
"""What seats and volumes are counted in."""
NOISE = SMALL_WORDS | BILLING_WORDS | DURATIONS
"""What any invoice says of anything."""

SOFT = _words("application appli logiciel offre outil plateforme produit progiciel service software solution")
"""Words that a line may put before a product's name without naming another (« logiciel Hector Paie »)."""

LABOUR = _words("j jour journee day tag")
"""Counted in days, a line sells somebody's work."""

WEAK = SOFT | _words("acces cloud donnees gestion module online pack suite systeme")
"""Words that, alone, name no offer."""

TELLTALES = _words(
    # services around an offer
    "accompagnement assistance atelier audit beratung coaching configuration conseil consulting deploiement "
    "developpement einrichtung expertise formation installation integration maintenance migration mise "
    "onboarding parametrage passage raccordement reprise restauration schulung setup support training upgrade "
    "vers wartung "
    # goods
    "boitier cable carte casque cle disque ecran imprimante lecteur materiel micro ordinateur scanner tablette "
    # discounts and costs
    "acompte avoir caution deplacement discount escompte expedition frais livraison penalite port rabais "
    "rabatt remise ristourne shipping transport versand versandkosten "
    # what is taken out
    "except excepte hors ohne sans sauf without "
    # editions
    "avance basic basique business enterprise entreprise essentiel essential gold light lite max "
    "plus premium pro professionnel silver standard starter ultimate"
)
"""Words that, unless the offer's own name bears them, say that another thing is sold."""

SHORT_FORMS = {
    "bdd": ("base", "donnee"),
    "hebgt": ("hebergement",),
    "ia": ("intelligence", "artificielle"),
    "msg": ("messagerie",),
    "rh": ("ressource", "humaine"),
    "std": ("standard",),
}

_MONTHS = (
    "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|"
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "januar|februar|marz|juni|juli|oktober|dezember"
)
_EACH = "utilisateur|poste|compte|mois|an|jour|user|seat|month|year|nutzer|benutzer|monat|jahr"
_ASIDES = re.compile(
    "|".join(
        (
            # a day, a month, a quarter
            r"\d{4}-\d{2}-\d{2}",
            r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}",
            r"\d{1,2}/\d{4}",
            r"\d{1,2}/\d{2}\b",
            rf"\b(?:\d{{1,2}}(?:er)? )?(?:{_MONTHS})\b(?: 20\d\d\b)?",
            r"\b[qst][1-4][ -]20\d\d\b",
            r"\b\d(?:er|e|eme|st|nd|rd|th) (?:trimestre|semestre|quarter)\b",
            r"\b(?:semaine|week) \d+\b",
            # prices and rates
            r"\b\d[\d .,]* ?eur(?:os?)?\b",
            r"\b\d+(?:[.,]\d+)? ?%",
            r"\bhors (?:taxes?|tva)\b",
            rf"\b(?:par|per|pro|je) (?:{_EACH})s?\b",
            # how many
            rf"\b(?!x(?:64|86)\b)x ?\d+\b(?: (?:{'|'.join(sorted(COUNTED))})s?\b)?",
            r"\b\d+ ?x\b(?! ?\d)",
            # papers and terms
            r"\b(?:bc|bon|commande|contrat|devis|ref|reference) ?(?:no)? ?[.:]? ?(?:[a-z]{1,4}-?)?\d[\w/-]*",
            r"\bsans (?:engagement|surcout)\b",
            r"\bmises? a disposition\b",
        )
    )
)
"""What is put aside before the words of a line are read."""
_SEPARATORS = re.compile(r"[;:()\[\]|\n]|,(?!\d)|\s-+\s|\s/\s")
_INCLUDED = re.compile(r"\b(?:inclu(?:s|se|ses)|compri(?:s|se|ses)|included|inklusive)\b")
_SOMEWHERE = re.compile(r"\s*(?:agence|etablissement|filiale|site)s? (?:de|du|des|a) ")
_SUPPLEMENTARY = _words("supplementaire additionnel additionnelle")
_VOLUMES = COUNTED | _words("espace stockage volume capacite")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_TOKEN = re.compile(_NUMBER.pattern + r"(?=(?:[gmt][bo]|[gt]io|[hj])?\b)|[a-z0-9]+\.?")

Number = tuple[str, str]


@dataclass(frozen=True)
class Said:
    """What a text says: its telling words in order, those that only count things, and its numbers.

    A number goes with its kind: a unit of capacity or of time, "année", or "" for a count. ``bare`` are the
    numbers that nothing explains (« Pack 50 »): a year, a period or a number of seats is not bare. ``cut``
    are the words that a full stop follows; ``whole`` is all of it, to compare it with another's.
    """

    whole: str
    words: tuple[str, ...]
    counted: tuple[str, ...] = ()
    numbers: frozenset[Number] = frozenset()
    bare: frozenset[Number] = frozenset()
    cut: frozenset[str] = frozenset()


def fold(text: str) -> str:
    """A text without case, accents or elisions; R.H. is rh, Paie+ is paie plus, and 1 000 is 1000."""
    plain = unidecode(text.replace("°", "o ")).lower()
    plain = re.sub(r"\b([a-z])\.(?=[a-z]\b)", r"\1", plain)
    plain = re.sub(r"(?<=\w)\+", " plus", plain)
    plain = re.sub(r"\b(?:[dl]|qu)'|\bd (?=[aeiouyh])(?!an)", " ", plain)
    return re.sub(r"\b(\d{1,3}) (?=\d{3}\b)", r"\1", plain)


@lru_cache(maxsize=4096)
def same_reference(reference: str | None) -> str:
    """Two references are the same when this is: letters and digits alone, without case."""
    return "".join(re.findall(r"[a-z0-9]+", unidecode(reference or "").lower()))


@lru_cache(maxsize=4096)
def read_offer(name: str) -> Said:
    """What the name of an offer says: all of it counts, its numbers too."""
    said = _read(fold(name))
    return replace(said, words=_once(said.words + said.counted), counted=(), bare=said.numbers)


def read_line(text: str) -> Said:
    """What an invoice line says, without what speaks of the buyer, the period, the quantity or the price."""
    folded = fold(text)
    parts: list[Said] = []
    for part in _SEPARATORS.split(_ASIDES.sub(" , ", folded)):
        said = _read(part)
        if not _says_nothing(part, said, later=any(before.words for before in parts)):
            parts.append(said)
    return Said(
        _whole(folded),
        _once([word for said in parts for word in said.words]),
        _once([word for said in parts for word in said.counted]),
        frozenset(number for said in parts for number in said.numbers),
        frozenset(number for said in parts for number in said.bare),
        frozenset(word for said in parts for word in said.cut),
    )


def _whole(folded: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", folded))


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _says_nothing(part: str, said: Said, *, later: bool) -> bool:
    """Whether a part of a line says nothing of what is bought. ``later``: a part with words came before it."""
    words = set(said.words)
    included = _INCLUDED.search(part) is not None
    if words & TELLTALES and not included:
        return False
    more_of_the_same = bool(words & _SUPPLEMENTARY) and words <= _SUPPLEMENTARY | _VOLUMES
    return _SOMEWHERE.match(part) is not None or (later and (included or more_of_the_same))


def _read(folded: str) -> Said:
    """The telling words of a folded text, the things it counts, its numbers with what follows them."""
    words: list[str] = []
    counted: list[str] = []
    numbers: set[Number] = set()
    bare: set[Number] = set()
    raw = _TOKEN.findall(folded)
    tokens = [singular(token.rstrip(".")) for token in raw]
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        after_number = _NUMBER.fullmatch(before) is not None
        if _NUMBER.fullmatch(token):
            number = (token.replace(",", "."), _kind(token, after))
            numbers.add(number)
            if number[1] == "" and after not in COUNTED:
                bare.add(number)
        elif after_number and token in COUNTED:
            counted.append(token)
        elif token not in NOISE and not (after_number and token in CAPACITIES):
            words += SHORT_FORMS.get(token, (token,))
    cut = frozenset(singular(token.rstrip(".")) for token in raw if token.endswith("."))
    return Said(_whole(folded), tuple(words), tuple(counted), frozenset(numbers), frozenset(bare), cut)


def _kind(number: str, unit: str) -> str:
    """What a number counts, from the word after it."""
    if unit in DURATIONS:
        return unit
    if unit in CAPACITIES:
        return CAPACITIES[unit]
    return "année" if re.fullmatch(r"20[1-4]\d", number) and unit not in COUNTED else ""
