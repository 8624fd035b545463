"""Why something the bank says is kept for a person, and what that person does: data, in French. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bonus.regulation.wording import french

OTHER_ACCOUNT = "other_account"
UNKNOWN_ORDER = "unknown_order"
UNKNOWN_FILE = "unknown_file"
WHICH_ATTEMPT = "which_attempt"
OLDER_ATTEMPT = "older_attempt"
ORDER_MOVED = "order_moved"
WRONG_AMOUNT = "wrong_amount"
WRONG_SUM = "wrong_sum"
OTHER_PAYEE = "other_payee"
GOES_BACK = "goes_back"
PAID_AFTER_REJECTION = "paid_after_rejection"
DEBITED_TWICE = "debited_twice"
TWICE_IN_FILE = "twice_in_file"
SENT_TWICE = "sent_twice"
REVERSAL = "reversal"
UNEXPLAINED_CREDIT = "unexplained_credit"
UNEXPLAINED_DEBIT = "unexplained_debit"
UNKNOWN_STATUS = "unknown_status"
NO_MATCH = "no_match"
BALANCE = "balance"
SAME_IDENTIFIER = "same_identifier"
CONTINUITY = "continuity"
WHICH_TITRE = "which_titre"
UNKNOWN_TITRE = "unknown_titre"
NO_REFERENCE = "no_reference"
TITRE_REFUSED = "titre_refused"
TITRE = "titre"
TITRE_BOOKED = "titre_booked"
ALREADY = "already"
LATE = "late"


@dataclass(frozen=True)
class KeptReason:
    """A reason: what it is in few words, what it means, and what to do."""

    title: str
    means: str
    do: str


def _reason(title: str, means: str, do: str) -> KeptReason:
    return KeptReason(french(title), french(means), french(do))


KEPT = {
    OTHER_ACCOUNT: _reason(
        "Autre compte",
        "Le fichier, ou une partie, concerne un compte qui n’est pas le compte payeur.",
        "Vérifiez pour qui il est, et rendez-le à qui il revient : rien n’en a été appliqué.",
    ),
    UNKNOWN_ORDER: _reason(
        "Ordre inconnu",
        "La banque nomme un ordre qui n’a jamais été envoyé.",
        "Cherchez ce mouvement avec la banque : rien n’a été appliqué.",
    ),
    UNKNOWN_FILE: _reason(
        "Fichier inconnu",
        "La banque répond à un fichier ou à un lot que le service n’a pas envoyé.",
        "Cherchez avec la banque de quel fichier il s’agit.",
    ),
    WHICH_ATTEMPT: _reason(
        "Quel envoi ?",
        "L’ordre a été envoyé plusieurs fois, et la banque ne dit pas de quel envoi elle parle.",
        "Demandez à la banque le fichier concerné, puis changez l’ordre vous-même s’il le faut.",
    ),
    OLDER_ATTEMPT: _reason(
        "Envoi précédent",
        "La réponse concerne un envoi précédent de cet ordre, envoyé de nouveau depuis.",
        "Vérifiez sur le relevé que l’ordre n’est pas payé deux fois ; rappelez le second virement au besoin.",
    ),
    ORDER_MOVED: _reason(
        "Ordre dans un autre état",
        "L’ordre n’est pas dans l’état où cette réponse le concerne : quelqu’un l’a changé, ou ne l’a pas noté remis.",
        "Comparez l’historique de l’ordre et le relevé.",
    ),
    WRONG_AMOUNT: _reason(
        "Montant différent",
        "Le montant n’est pas celui de l’ordre, n’est pas en euros, ou manque.",
        "Comparez avec le relevé et demandez à la banque ce qu’elle a exécuté.",
    ),
    WRONG_SUM: _reason(
        "Somme différente",
        "La somme ou le nombre de virements n’est pas celui du fichier envoyé.",
        "Demandez à la banque le détail, virement par virement.",
    ),
    OTHER_PAYEE: _reason(
        "Autre bénéficiaire",
        "Le compte crédité n’est pas celui de l’ordre.",
        "Appelez la banque sans attendre : l’argent est peut-être parti ailleurs.",
    ),
    GOES_BACK: _reason(
        "Réponse contraire",
        "La banque dit le contraire de ce qu’elle avait dit.",
        "Demandez-lui laquelle des deux réponses est la bonne, puis changez l’ordre vous-même s’il le faut.",
    ),
    PAID_AFTER_REJECTION: _reason(
        "Mouvement après un rejet",
        "De l’argent a bougé pour un virement que la banque avait rejeté.",
        "Ne remettez pas l’ordre à payer avant d’avoir vu le relevé : il est peut-être payé.",
    ),
    DEBITED_TWICE: _reason(
        "Débité deux fois",
        "Le relevé montre deux débits pour le même virement.",
        "Demandez à la banque d’annuler le second.",
    ),
    TWICE_IN_FILE: _reason(
        "Deux fois dans le fichier",
        "Le même fichier dit deux fois la même chose du même virement.",
        "Vérifiez sur le relevé que le mouvement n’a eu lieu qu’une fois.",
    ),
    SENT_TWICE: _reason(
        "Fichier refusé comme doublon",
        "La banque a refusé un second envoi ; elle ne dit rien du premier.",
        "Vérifiez ce que le premier envoi est devenu : les ordres n’ont pas changé.",
    ),
    REVERSAL: _reason(
        "Contre-passation",
        "La banque annule une de ses écritures.",
        "Demandez-lui pourquoi, et ce que devient le virement.",
    ),
    UNEXPLAINED_CREDIT: _reason(
        "Crédit à rapprocher",
        "De l’argent est entré, et la banque ne dit pas que c’est le retour d’un virement.",
        "Cherchez d’où il vient : un retour, ou le remboursement d’un indu.",
    ),
    UNEXPLAINED_DEBIT: _reason(
        "Débit à rapprocher",
        "Un débit ne nomme ni ordre ni lot.",
        "Cherchez à quoi il correspond : frais, ou virement fait hors du service.",
    ),
    UNKNOWN_STATUS: _reason(
        "Réponse inconnue",
        "La banque emploie un statut dont le service ne sait pas ce qu’il fait d’un virement.",
        "Demandez-lui ce qu’il signifie, puis changez l’ordre vous-même s’il le faut.",
    ),
    NO_MATCH: _reason(
        "Le nom ne correspond pas",
        "Le nom du bénéficiaire n’est pas celui du titulaire du compte.",
        "Vérifiez le compte avec l’entreprise ; rappelez le virement s’il n’est pas encore parti.",
    ),
    BALANCE: _reason(
        "Solde inexpliqué",
        "Les écritures du relevé n’expliquent pas l’écart entre ses deux soldes.",
        "Demandez à la banque l’écriture qui manque.",
    ),
    CONTINUITY: _reason(
        "Relevés qui ne se suivent pas",
        "Le solde d’ouverture du relevé n’est pas le solde de clôture du précédent.",
        "Cherchez le relevé qui manque, ou demandez à la banque ce qui a bougé entre les deux.",
    ),
    WHICH_TITRE: _reason(
        "Quel titre ?",
        "Le virement reçu nomme plusieurs titres de perception.",
        "Demandez à l’entreprise ce qu’elle paie, puis enregistrez chaque part sur la page de son titre.",
    ),
    UNKNOWN_TITRE: _reason(
        "Titre inconnu",
        "Le virement reçu nomme un titre de perception qui n’existe pas.",
        "Cherchez qui l’a envoyé, puis enregistrez-le sur le bon titre ou rendez-le.",
    ),
    NO_REFERENCE: _reason(
        "Crédit sans référence propre",
        "La banque ne donne à ce crédit ni référence à lui seul, ni date : il pourrait être compté deux fois.",
        "Demandez-lui sa référence, puis enregistrez-le sur la page du titre.",
    ),
    TITRE_REFUSED: _reason(
        "Remboursement à vérifier",
        "Le titre nommé ne peut recevoir ce paiement tel que la banque le dit.",
        "Lisez ce que le titre a refusé, puis enregistrez le paiement vous-même s’il est juste.",
    ),
    SAME_IDENTIFIER: _reason(
        "Identifiant déjà reçu",
        "Un autre fichier a déjà porté cet identifiant : rien de celui-ci n’a été appliqué.",
        "Comparez les deux fichiers ; si celui-ci est le bon, appliquez-le.",
    ),
}
NOTED = {
    TITRE: french("Remboursement d’un titre de perception : il est en cours d’enregistrement."),
    TITRE_BOOKED: french("Remboursement d’un titre de perception : il est compté, une seule fois."),
    ALREADY: french("Déjà connu : rien ne change."),
    LATE: french("Arrivé après la suite : rien ne change."),
}
