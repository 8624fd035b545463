"""What is written to people who sign a company up. No company is named in a subject."""

from __future__ import annotations

from bonus.calendar import civil_date, format_date
from bonus.mail import SECRET, NewMail
from bonus.parts import public_url
from bonus.regulation.wording import french
from bonus.siren import spaced_siren

from .models import Company
from .proof_models import Application, ProofLetter, SignUp

_NOT_YOU = "Vous n’avez rien demandé ? Ne faites rien : sans réponse, cette demande s’éteint."


def _company(sign_up: SignUp) -> str:
    return f"{sign_up.identity['name'] or 'sans nom public'} (SIREN {spaced_siren(sign_up.siren)})"


def address_to_prove(sign_up: SignUp, secret: str) -> NewMail:
    """The link that shows that the address is theirs."""
    paragraphs = [
        "Bonjour,",
        f"Vous avez commencé à inscrire l’entreprise {_company(sign_up)} sur le Bonus Souveraineté.",
        (
            "Pour confirmer votre adresse et choisir votre mot de passe, ouvrez ce lien : "
            f"{public_url()}/inscription/lien/{SECRET}"
        ),
        f"Il sert une fois, jusqu’au {format_date(civil_date(sign_up.expires_at))}. Ne le transmettez à personne.",
    ]
    return _mail(
        f"sign_up:{sign_up.id}",
        sign_up.email,
        "Bonus Souveraineté : confirmez votre adresse",
        paragraphs,
        f"Vous recevez ce message parce que cette adresse a été donnée pour inscrire une entreprise. {_NOT_YOU}",
        secret,
    )


def account_there(sign_up: SignUp) -> NewMail:
    """For who has an account: how to add the company with it."""
    paragraphs = [
        "Bonjour,",
        (
            f"Vous avez commencé à inscrire l’entreprise {_company(sign_up)} sur le Bonus Souveraineté. Vous avez déjà "
            "un compte à cette adresse : connectez-vous, puis ajoutez l’entreprise."
        ),
        f"{public_url()}/connexion?suite=/inscription/{sign_up.siren}",
    ]
    return _mail(
        f"sign_up:{sign_up.id}",
        sign_up.email,
        "Bonus Souveraineté : vous avez déjà un compte",
        paragraphs,
        f"Vous recevez ce message parce que cette adresse a été donnée pour inscrire une entreprise. {_NOT_YOU}",
    )


def overtaken(company: Company, other: Application) -> NewMail:
    """For who had begun, when another has shown that they act for the company."""
    paragraphs = [
        "Bonjour,",
        (
            f"Une autre personne vient de montrer qu’elle peut agir pour l’entreprise {company.name} : elle en est "
            "maintenant responsable. Vous n’avez pas, ou plus, accès à cet espace, et le code que vous attendiez ne "
            "sert plus."
        ),
        (
            "Vous travaillez pour cette entreprise ? Demandez une invitation à son responsable. Les brouillons qui y "
            "étaient commencés y sont gardés."
        ),
        f"Votre compte reste ouvert : {public_url()}/connexion",
    ]
    return _mail(
        f"overtaken:{other.id}",
        other.person.email,
        "Bonus Souveraineté : votre inscription d’une entreprise a pris fin",
        paragraphs,
        f"Vous recevez ce message parce que vous aviez commencé à inscrire l’entreprise {company.name} sans avoir "
        "encore montré que vous pouvez agir pour elle.",
    )


def letter_returned(letter: ProofLetter) -> NewMail:
    """For who waits for a letter that came back."""
    company = letter.application.company
    paragraphs = [
        "Bonjour,",
        (
            f"Le courrier envoyé à l’adresse du siège de l’entreprise {company.name} nous est revenu : il n’a pas été "
            "distribué, et son code ne sert plus."
        ),
        (
            "Vérifiez l’adresse du siège dans l’annuaire des entreprises et sur votre boîte aux lettres, puis demandez "
            "un autre courrier."
        ),
        f"{public_url()}/entreprise/preuve/{company.siren}",
    ]
    return _mail(
        f"letter_returned:{letter.id}",
        letter.application.person.email,
        "Bonus Souveraineté : votre courrier nous est revenu",
        paragraphs,
        "Vous recevez ce message parce que vous avez demandé un code par courrier.",
    )


def _mail(
    key: str, to: str, subject: str, paragraphs: list[str], why: str, secret: str | None = None
) -> NewMail:
    return NewMail(key, to, french(subject), french("\n\n".join(paragraphs)), french(why), secret)
