"""The jobs in French, for the agents who look after them: what each does, and why it failed."""

from __future__ import annotations

from bonus.regulation.wording import french

KIND_WORDS = {
    "pay": "Ordre de paiement",
    "certify": "Attestation fiscale",
    "register": "Inscription au registre central des aides de minimis",
    "follow_registry": "Suites d’un changement du registre des labels",
    "letter": "Courrier à sceller",
    "revoked": "Attestations à corriger après un retrait",
    "restored": "Attestations à rétablir après un recours",
    "mail": "Courriel",
    "proof_letter": "Courrier à poster",
    "announce_ends": "Annonce des échéances de certifications",
    "bulk_act": "Action groupée",
    "wake_waiting": "Reprise des lignes en attente d’un label",
    "table_read": "Lecture d’un tableau d’achats",
    "table_take": "Reprise d’un tableau d’achats",
    "remind_deadlines": "Rappel des dates limites de dépôt",
    "end_requests": "Fin des demandes de pièces",
    "record_silence": "Inscription des refus nés du silence",
    "warn_due": "Rappel des décisions à prendre",
    "flag_risks": "Signaux de risque",
    "flag_touched": "Signaux de risque après un changement du registre",
    "flag_account": "Signaux de risque d’un compte bancaire",
    "anchor_audit": "Repère du journal",
    "tidy_cards": "Entretien des listes",
    "measure_months": "Chiffres des mois",
    "fast_lane": "Voie rapide",
    "lane_decide": "Décision par règle",
    "registry_read": "Lecture d’un fichier de certificateur",
    "registry_apply": "Import d’un fichier de certificateur",
    "serve_waiting": "Service de la liste d’attente",
    "batch_work": "Travail sur un lot de paiements",
    "bank_credit": "Remboursement reçu par la banque",
    "recovered": "Suites d’un remboursement",
    "undue_certificates": "Attestations après un indu",
    "follow_titres": "Suivi des titres de perception",
    "lapse_credits": "Annulation des crédits de l’année close",
    "bank_file": "Lecture d’une réponse de la banque",
    "bank_inbox": "Relève du dossier des réponses de la banque",
    "mass_notice": "Envoi groupé d’avis de sommes indues",
    "recovery_letter": "Courrier sur une somme indue",
}
"""Kind of message → what it does. One that is missing is shown by its code."""

MONEY_KINDS = frozenset(
    {"pay", "register", "batch_work", "bank_file", "bank_inbox", "bank_credit", "recovered", "serve_waiting"}
)
"""Those that pay, or tell of public money: the accounting officer looks after them too, and acts on them with a second
factor. The others are the administrator's."""

_AWAY = {
    "OperationalError": "La base de données ne répondait pas, ou était trop occupée.",
    "InterfaceError": "La base de données ne répondait pas.",
    "MailAway": "Le serveur de courriel ne répond pas.",
    "MailPostponed": "Le serveur de courriel demande d’attendre.",
    "RegisterAway": "Le registre central des aides de minimis ne répond pas.",
    "DirectoryAway": "L’annuaire des entreprises ne répond pas.",
}
_BUG = {
    "JobTimeoutException": "Ce travail prenait trop de temps : il a été arrêté.",
    "ProcessDied": "Le processus qui faisait ce travail s’est arrêté net, sans pouvoir dire pourquoi : mémoire "
    "épuisée, ou arrêt forcé. Faites-le vérifier par l’équipe technique, puis relancez.",
    "JobLost": "Ce travail a été pris, puis perdu sans avoir rien dit : son serveur s’est arrêté, ou la "
    "file l’a oublié.",
}


def kind_words(kind: str) -> str:
    """What a kind of message does."""
    return KIND_WORDS.get(kind, kind)


def why(cause: str | None, error: str | None) -> str:
    """Why a message failed, in a sentence a person can act on; never what the software said of itself."""
    name, _, sentence = (error or "").partition(": ")
    if cause == "refused":
        return french(sentence or name)
    if cause == "away":
        return french(_AWAY.get(name, "Une partie du service ne répondait pas."))
    return french(
        _BUG.get(name, "Une erreur du logiciel : donnez sa référence à l’équipe technique, puis relancez.")
    )
