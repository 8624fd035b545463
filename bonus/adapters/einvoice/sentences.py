"""Why a file is not taken: a stable code and the French sentence its sender reads."""

from __future__ import annotations

from .model import InvoiceUnreadable

_NBSP = "\u00a0"
_VALUE = f"«{_NBSP}{{value}}{_NBSP}»"
_ASK = (
    "Demandez à votre fournisseur le fichier Factur-X d’origine (PDF avec facture intégrée), "
    "ou le fichier XML CII ou UBL."
)
_ASK_CORRECTED = "Demandez une facture corrigée à votre fournisseur."
_DISAGREE = f"Les montants de cette facture ne concordent pas{_NBSP}:"

SENTENCES = {
    # The file.
    "invoice.empty": "Ce fichier est vide. Vérifiez le fichier et déposez-le à nouveau.",
    "invoice.too_large": (
        "Ce fichier est trop volumineux ({value}). "
        f"Une facture électronique ne doit pas dépasser 10{_NBSP}Mo."
    ),
    "invoice.not_pdf_nor_xml": f"Ce fichier n’est ni un PDF ni un fichier XML. {_ASK}",
    "invoice.unreadable": f"Ce fichier n’a pas pu être lu. {_ASK}",
    "invoice.bomb": (
        "Ce fichier contient des données anormalement volumineuses une fois décompressées. "
        "Il est refusé par sécurité."
    ),
    "invoice.too_slow": "La lecture de ce fichier demande trop de temps. Il est refusé par sécurité.",
    # The PDF.
    "invoice.pdf_damaged": f"Ce PDF est endommagé ou incomplet{_NBSP}: il n’a pas pu être lu. {_ASK}",
    "invoice.pdf_encrypted": (
        "Ce PDF est protégé par un chiffrement ou un mot de passe. "
        "Demandez à votre fournisseur un fichier sans protection."
    ),
    "invoice.pdf_without_invoice": f"Ce PDF ne contient pas de facture électronique. {_ASK}",
    "invoice.pdf_several": (
        "Ce PDF contient plusieurs factures électroniques différentes. Déposez un fichier par facture."
    ),
    "invoice.pdf_active": (
        "Ce PDF contient un programme ou une action automatique (JavaScript, lancement, envoi de formulaire). "
        "Il est refusé par sécurité. Demandez à votre fournisseur un PDF sans programme."
    ),
    "invoice.pdf_annex": (
        f"Ce PDF contient un fichier joint d’un type qui n’est pas accepté{_NBSP}: {_VALUE}. "
        "Il est refusé par sécurité. Demandez à votre fournisseur un PDF sans ce fichier."
    ),
    # The XML.
    "invoice.xml_malformed": (
        f"Ce fichier XML est mal formé ou incomplet{_NBSP}: il n’a pas pu être lu. {_ASK}"
    ),
    "invoice.xml_encoding": (
        f"Ce fichier XML utilise un codage de caractères qui n’est pas accepté{_NBSP}: {_VALUE}. "
        "Demandez un fichier en UTF-8."
    ),
    "invoice.doctype": (
        "Ce fichier XML contient une déclaration de type ou des entités (DOCTYPE), interdites par sécurité. "
        "Demandez à votre fournisseur un fichier sans cette déclaration."
    ),
    "invoice.not_an_invoice": (
        f"Ce fichier XML n’est pas une facture{_NBSP}: son contenu est de type {_VALUE}. {_ASK}"
    ),
    "invoice.zugferd1": (
        f"Cette facture est au format ZUGFeRD{_NBSP}1.0, qui n’est plus accepté. "
        "Demandez à votre fournisseur un fichier Factur-X."
    ),
    "invoice.too_many_lines": (
        f"Cette facture contient trop de lignes (plus de 3{_NBSP}000) pour être traitée."
    ),
    "invoice.too_many_rates": (
        "Cette facture contient trop de taux de TVA différents (plus de 100) pour être traitée."
    ),
    "invoice.repeated_term": (
        "Le champ {value} figure plusieurs fois dans cette facture, avec des valeurs différentes. "
        f"{_ASK_CORRECTED}"
    ),
    # What the invoice says of itself.
    "invoice.currency": (
        f"Cette facture est en devise {_VALUE}. Seules les factures en euros (EUR) sont acceptées."
    ),
    "invoice.no_currency": (
        "Cette facture n’indique pas sa devise (BT-5). Seules les factures en euros (EUR) sont acceptées."
    ),
    "invoice.no_number": f"Cette facture n’a pas de numéro (BT-1). {_ASK_CORRECTED}",
    "invoice.number_too_long": (
        f"Le numéro de cette facture (BT-1) dépasse 100{_NBSP}caractères. {_ASK_CORRECTED}"
    ),
    "invoice.no_date": f"Cette facture n’a pas de date d’émission (BT-2). {_ASK_CORRECTED}",
    "invoice.unreadable_date": (
        f"La date d’émission de cette facture (BT-2) est illisible{_NBSP}: {_VALUE}. {_ASK_CORRECTED}"
    ),
    "invoice.absurd_date": (
        f"La date d’émission de cette facture ({{value}}) n’est pas vraisemblable. {_ASK_CORRECTED}"
    ),
    "invoice.no_type": f"Ce document n’indique pas s’il est une facture ou un avoir (BT-3). {_ASK_CORRECTED}",
    "invoice.type_code": (
        f"Ce document n’est ni une facture ni un avoir{_NBSP}: son code de type est {_VALUE} (BT-3)."
    ),
    "invoice.proforma": (
        f"Ce document est une facture pro forma{_NBSP}: ce n’est pas la preuve d’un achat. "
        "Déposez la facture définitive."
    ),
    # Its amounts.
    "invoice.no_amounts": f"Cette facture n’indique pas son total hors TVA (BT-109). {_ASK_CORRECTED}",
    "invoice.line_without_amount": (
        f"La ligne {{value}} de cette facture n’indique pas son montant hors TVA (BT-131). {_ASK_CORRECTED}"
    ),
    "invoice.amount": f"Le montant {_VALUE} n’est pas un nombre lisible. {_ASK_CORRECTED}",
    "invoice.amount_decimals": f"Le montant {_VALUE} a plus de deux décimales. {_ASK_CORRECTED}",
    "invoice.amount_too_large": f"Le montant {_VALUE} n’est pas vraisemblable. {_ASK_CORRECTED}",
    "invoice.sum_of_lines": (
        f"{_DISAGREE} la somme des lignes est de {{computed}}, "
        "le total des lignes indiqué (BT-106) est de {given}. " + _ASK_CORRECTED
    ),
    "invoice.sum_of_allowances": (
        f"{_DISAGREE} la somme des remises est de {{computed}}, "
        "le total des remises indiqué (BT-107) est de {given}. " + _ASK_CORRECTED
    ),
    "invoice.sum_of_charges": (
        f"{_DISAGREE} la somme des frais est de {{computed}}, "
        "le total des frais indiqué (BT-108) est de {given}. " + _ASK_CORRECTED
    ),
    "invoice.net_total": (
        f"{_DISAGREE} les lignes, moins les remises, plus les frais, font {{computed}}, "
        "le total hors TVA indiqué (BT-109) est de {given}. " + _ASK_CORRECTED
    ),
}


def refusal(code: str, **values: str) -> InvoiceUnreadable:
    """Make the refusal of this code; ``values`` complete its sentence."""
    return InvoiceUnreadable(code, SENTENCES[code].format(**values))
