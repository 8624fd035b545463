"""What the European (EN 16931) and French (BR-FR) rules of an invoice say, in the words of who reads them.

The tables hold the rules that people meet. Any other gets a general sentence and the rule's own text beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .model import STRUCTURE, RuleFinding

WHAT_TO_DO = "Prévenez votre fournisseur\u00a0; cela n’empêche pas le dépôt."
"""These rules bind who writes the invoice, not who files it."""

_WHO = {"seller": "du vendeur", "buyer": "du client"}

_EUROPEAN = {
    "BR-01": "La facture n’indique pas la norme qu’elle suit.",
    "BR-04": "La facture ne dit pas si elle est une facture ou un avoir.",
    "BR-06": "Le nom du vendeur manque.",
    "BR-07": "Le nom du client manque.",
    "BR-08": "L’adresse du vendeur manque.",
    "BR-09": "Le pays du vendeur manque dans son adresse.",
    "BR-10": "L’adresse du client manque.",
    "BR-11": "Le pays du client manque dans son adresse.",
    "BR-12": "La somme des lignes hors taxes manque.",
    "BR-13": "Le total hors taxes manque.",
    "BR-14": "Le total TTC manque.",
    "BR-15": "Le montant à payer manque.",
    "BR-16": "La facture n’a aucune ligne.",
    "BR-21": "La ligne n’a pas de numéro.",
    "BR-22": "La quantité manque.",
    "BR-23": "L’unité de la quantité manque.",
    "BR-24": "Le montant de la ligne manque.",
    "BR-25": "Le nom de ce qui est vendu manque.",
    "BR-26": "Le prix unitaire manque.",
    "BR-27": "Le prix unitaire est négatif.",
    "BR-28": "Le prix unitaire avant remise est négatif.",
    "BR-29": "La période de facturation finit avant de commencer.",
    "BR-30": "La période de la ligne finit avant de commencer.",
    "BR-33": "Une remise sur le total n’est pas expliquée.",
    "BR-38": "Des frais ajoutés au total ne sont pas expliqués.",
    "BR-42": "Une remise de la ligne n’est pas expliquée.",
    "BR-44": "Des frais ajoutés à la ligne ne sont pas expliqués.",
    "BR-45": "Dans le détail de la TVA, une base manque.",
    "BR-46": "Dans le détail de la TVA, un montant de TVA manque.",
    "BR-47": "Dans le détail de la TVA, une catégorie manque.",
    "BR-48": "Dans le détail de la TVA, un taux manque.",
    "BR-49": "Le moyen de paiement n’est pas précisé.",
    "BR-50": "Le compte bancaire où payer manque.",
    "BR-51": "La facture porte un numéro de carte bancaire en entier.",
    "BR-52": "Un document joint à la facture n’a pas de référence.",
    "BR-53": "Le total de la TVA manque dans la monnaie de la comptabilité.",
    "BR-55": "La facture d’origine est citée sans son numéro.",
    "BR-57": "Le pays de livraison manque.",
    "BR-61": "Le paiement se fait par virement, mais le compte où virer manque.",
    "BR-62": "L’adresse électronique du vendeur ne dit pas de quel type elle est.",
    "BR-63": "L’adresse électronique du client ne dit pas de quel type elle est.",
    "BR-CO-03": "La TVA a deux dates d’exigibilité\u00a0: il en faut une seule.",
    "BR-CO-04": "La ligne n’a pas de catégorie de TVA.",
    "BR-CO-09": "Un numéro de TVA ne commence pas par le code de son pays.",
    "BR-CO-10": "La somme des lignes n’est pas celle qui est indiquée.",
    "BR-CO-11": "La somme des remises n’est pas celle qui est indiquée.",
    "BR-CO-12": "La somme des frais n’est pas celle qui est indiquée.",
    "BR-CO-13": "Le total hors taxes n’est pas la somme des lignes, moins les remises, plus les frais.",
    "BR-CO-14": "Le total de la TVA n’est pas la somme de son détail par taux.",
    "BR-CO-15": "Le total TTC n’est pas le total hors taxes plus la TVA.",
    "BR-CO-16": "Le montant à payer n’est pas le total TTC moins ce qui est déjà payé.",
    "BR-CO-17": "Dans le détail de la TVA, un montant n’est pas sa base multipliée par son taux.",
    "BR-CO-18": "Le détail de la TVA manque.",
    "BR-CO-19": "La période de facturation n’a ni début ni fin.",
    "BR-CO-20": "La période de la ligne n’a ni début ni fin.",
    "BR-CO-25": "Il manque la date d’échéance ou les conditions de paiement.",
    "BR-CO-26": "Rien n’identifie le vendeur\u00a0: ni SIREN, ni numéro de TVA.",
}
_EUROPEAN |= {
    "BR-CO-21": _EUROPEAN["BR-33"],
    "BR-CO-22": _EUROPEAN["BR-38"],
    "BR-CO-23": _EUROPEAN["BR-42"],
    "BR-CO-24": _EUROPEAN["BR-44"],
}
"""By the rule's number. Two that say one thing have one sentence, which is shown once."""

_RATES = {
    "S": "au taux normal ou réduit",
    "Z": "au taux zéro",
    "E": "exonérées",
    "AE": "en autoliquidation",
    "IC": "livrées dans l’Union européenne",
    "G": "exportées",
    "O": "hors du champ de la TVA",
}
_OF_RATES = {
    "01": "La facture a des lignes {what}, que son détail de la TVA ne reprend pas.",
    "02": "La facture a des lignes {what}, mais un numéro de TVA manque ou n’a pas lieu d’être.",
    "05": "Le taux de TVA ne convient pas à des ventes {what}.",
    "08": "Dans le détail de la TVA, la base des ventes {what} n’est pas la somme de leurs lignes.",
    "09": "Dans le détail de la TVA, le montant des ventes {what} n’est pas le bon.",
    "10": "Le motif d’exonération manque ou n’a pas lieu d’être pour des ventes {what}.",
}

_FRENCH = {
    "BR-FR-01": "Un numéro de facture dépasse 35 caractères.",
    "BR-FR-02": "Un numéro de facture a d’autres caractères que des lettres, des chiffres et + - _ /.",
    "BR-FR-03": "Une date n’est pas entre 2000 et 2099, ou n’est pas bien écrite.",
    "BR-FR-04": "Ce type de facture n’est pas admis en France.",
    "BR-FR-05_BT-22_PMT": "La mention de l’indemnité de 40\u00a0€ pour frais de recouvrement manque.",
    "BR-FR-05_BT-22_PMD": "La mention des pénalités de retard manque.",
    "BR-FR-05_BT-22_AAB": "La mention de l’escompte, ou de son absence, manque.",
    "BR-FR-05": "Une mention obligatoire entre professionnels manque.",
    "BR-FR-06": "Une mention obligatoire figure plusieurs fois.",
    "BR-FR-08": "Le cadre de facturation (biens, services ou les deux) manque ou n’existe pas.",
    "BR-FR-09": "Un SIRET n’a pas 14 chiffres, ou ne commence pas par le SIREN.",
    "BR-FR-10": "Le numéro légal du vendeur n’est pas un SIREN de 9 chiffres.",
    "BR-FR-11": "Le numéro légal du client n’est pas un SIREN de 9 chiffres.",
    "BR-FR-12": "L’adresse électronique de facturation du client manque.",
    "BR-FR-13": "L’adresse électronique de facturation du vendeur manque.",
    "BR-FR-15": "Une catégorie de TVA n’existe pas en France.",
    "BR-FR-16": "Un taux de TVA n’existe pas en France.",
    "BR-FR-17": "Un document joint à la facture n’est pas d’un type admis.",
    "BR-FR-18": "Plusieurs documents joints sont donnés comme la version lisible de la facture.",
    "BR-FR-20": "La mention du traitement de la facture n’est pas l’une de celles admises.",
    "BR-FR-21": "L’adresse électronique de facturation du client ne commence pas par son SIREN.",
    "BR-FR-22": "L’adresse électronique de facturation du vendeur ne commence pas par son SIREN.",
    "BR-FR-23": "Une adresse électronique de facturation porte des caractères interdits.",
    "BR-FR-24": "Un identifiant porte des caractères interdits.",
    "BR-FR-25": "Une adresse électronique de facturation dépasse 125 caractères.",
    "BR-FR-26": "Un identifiant dépasse 100 caractères.",
    "BR-FR-32": "Le numéro légal {who} n’est pas un SIREN de 9 chiffres.",
    "BR-FR-CO-10": "Un identifiant ne dit pas de quel type il est, ou figure deux fois.",
    "BR-FR-CO-12": "La facture n’est pas en euros et n’indique pas la TVA en euros.",
    "BR-FR-DEC-01": "Un montant a plus de deux décimales, ou est mal écrit.",
    "BR-FR-DEC-02": "Une quantité a plus de quatre décimales, ou est mal écrite.",
    "BR-FR-DEC-03": "Un prix unitaire est négatif, ou a plus de six décimales.",
    "BR-FR-DEC-04": "Un taux de TVA est mal écrit.",
}
"""By the rule's number, or by its whole identifier where one number says several things."""

_GENERAL = {
    "": "Une règle européenne de facturation n’est pas respectée.",
    "BR-FR": "Une règle française de facturation n’est pas respectée.",
    "BR-CL": "Un code ne fait pas partie de la liste officielle.",
    "BR-DEC": "Un montant a plus de deux décimales.",
    STRUCTURE: "Le fichier n’a pas tout à fait la forme que son profil demande.",
}


@dataclass(frozen=True, slots=True)
class RuleWarning:
    """One rule that an invoice breaks: a French ``sentence``, the ``rule`` number ("" for the form of the file), the
    ``line`` concerned; ``text`` is the rule's own words, empty where the sentence says it all."""

    rule: str
    line: int | None
    sentence: str
    text: str


def rule_warnings(findings: list[dict[str, object]] | None) -> list[RuleWarning]:
    """What to show of the rules an invoice breaks, each thing said once; ``findings`` as ``RuleFinding.as_json``
    wrote them, None when the rules were not run."""
    said: dict[tuple[str, int | None], RuleWarning] = {}
    for finding in map(RuleFinding.from_json, findings or []):
        one = _warning(finding)
        said.setdefault((one.sentence, one.line), one)
    return list(said.values())


def _warning(finding: RuleFinding) -> RuleWarning:
    shown = "" if finding.rule == STRUCTURE else number_of(finding.rule)
    sentence = _sentence(finding)
    if sentence is not None:
        return RuleWarning(shown, finding.line, sentence, "")
    family = next(
        (family for family in ("BR-FR", "BR-CL", "BR-DEC", STRUCTURE) if finding.rule.startswith(family)),
        "",
    )
    return RuleWarning(shown, finding.line, _GENERAL[family], finding.text)


def number_of(rule: str) -> str:
    """The number of a rule without what it is applied to: « BR-FR-05_BT-22_PMT » and « BR-FR-32-LEGALID » are
    BR-FR-05 and BR-FR-32."""
    kept: list[str] = []
    for part in rule.split("_", maxsplit=1)[0].split("/", maxsplit=1)[0].split("-"):
        kept.append(part)
        if part[:1].isdigit():
            break
    return "-".join(kept)


def _sentence(finding: RuleFinding) -> str | None:
    number = number_of(finding.rule)
    words = _FRENCH.get(finding.rule) or _FRENCH.get(number) or _EUROPEAN.get(number)
    if words is not None:
        who = _WHO.get(finding.place or "", "d’une entreprise citée")
        return words.format(who=who)
    _, _, rest = number.partition("-")
    category, _, rank = rest.partition("-")
    # An invoice's line, a discount and a charge (02 to 04, 05 to 07) break one rule of their category alike.
    rank = {"03": "02", "04": "02", "06": "05", "07": "05"}.get(rank, rank)
    what, template = _RATES.get(category), _OF_RATES.get(rank)
    return template.format(what=what) if what and template else None
