"""Newcomers who sign companies of the embedded directory up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bonus.accounts.models import Person
from bonus.accounts.service import actor_of, add_person
from bonus.adapters.company_directory import Identity, LocalDirectory
from bonus.adapters.letter_codes import code_of
from bonus.companies.letters import ask_letter, send_letter
from bonus.companies.models import Company
from bonus.companies.proof_models import Application, ProofLetter
from bonus.companies.sign_up import ask_account, begin_company, declared_identity
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.parts import code_key, post_folder

from .world import NOW, World

SIREN, SIRET = "910000009", "91000000900019"
UNKNOWN = "910006006"
"""A SIREN with a good key, that the directory does not know."""


def identity(siren: str = SIREN) -> Identity:
    """What the embedded directory says."""
    found = LocalDirectory().find(siren)
    assert found is not None
    return found


def newcomer(name: str) -> Person:
    """Someone with an account, and no company."""
    person = add_person(f"{name}@entreprise.example", f"{name.capitalize()} Dupont", PASSWORD, NOW)
    db.session.commit()
    return person


def begun(person: Person, siren: str = SIREN) -> Company:
    """The company this person signs up."""
    return begin_company(person, identity(siren), "directory", None, NOW)


def code_in(letter: ProofLetter) -> str:
    """The code that the letter bears."""
    return code_of(code_key(), letter.id, letter.nonce)


def link_sent_to(email: str) -> str:
    """The secret of the last link to an address, as long as its mail has not left."""
    found = db.session.scalars(
        select(MailMessage.secret)
        .where(MailMessage.to == email, MailMessage.key.like("sign_up:%"))
        .order_by(MailMessage.id.desc())
        .limit(1)
    ).one()
    assert found is not None
    return found


def printed_code(text: str) -> str:
    """The code as it stands in a letter's text."""
    found = re.search(r"\b([0-9A-Z]{5}-[0-9A-Z]{5})\b", text)
    assert found is not None
    return found[1]


@dataclass(frozen=True)
class SignUps:
    """What there is: ``begun`` is a company with a letter posted, ``typed`` one whose identity was only declared;
    ``link`` opens a sign-up that nobody finished; ``post`` names the letter in its folder."""

    begun: int
    typed: int
    letter: int
    link: str
    post: str


def furnish_sign_ups(world: World) -> SignUps:
    """Newcomers at every step, in the application context that is pushed; those of the world's company proved."""
    for person_id in db.session.scalars(
        select(Person.id).where(Person.memberships.any(company_id=world.company_id))
    ).all():
        db.session.add(
            Application(
                company_id=world.company_id,
                person_id=person_id,
                created_at=NOW,
                ended_at=NOW,
                outcome="proven",
            )
        )
    db.session.commit()
    anne, bruno, tim = newcomer("anne"), newcomer("bruno"), newcomer("tim")
    company = begun(anne)
    begun(bruno)
    letter = ask_letter(SIREN, actor_of(anne), NOW)
    send_letter(letter.id, NOW)
    typed = begin_company(
        tim,
        declared_identity(UNKNOWN, "Société Tapée", "3 rue Neuve", "75011", "Paris", "62.01Z"),
        "declared",
        None,
        NOW,
    )
    ask_letter(UNKNOWN, actor_of(tim), NOW)
    ask_account(identity(), "directory", "Léo Lien", "leo@entreprise.example", None, NOW)
    (posted,), _ = post_folder().letters(0, 1)
    found = SignUps(company.id, typed.id, letter.id, link_sent_to("leo@entreprise.example"), posted.name)
    db.session.rollback()
    return found


def sign_up_addresses(found: SignUps, siren: str) -> dict[str, dict[str, Any]]:
    """Where the pages about sign-ups are; ``siren``: the company of who walks them."""
    to_come = ("sign_up_company", "sign_up_typed", "sign_up_person")
    return {
        **{f"public.{name}": {"siren": "910001007"} for name in to_come},
        "public.sign_up_link": {"secret": found.link},
        "public.demo_letter": {"name": found.post},
        **{f"company.{name}": {"siren": siren} for name in ("one_proof", "letter_request", "proof_code")},
        **{f"agent.{name}": {"company_id": found.typed} for name in ("one_sign_up", "identity_check")},
        "agent.letter_return": {"letter_id": found.letter},
    }


def sign_up_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of newcomers, and of the administrator who looks after them."""
    with world.app.app_context():
        found = furnish_sign_ups(world)
    root, proof, admin = "/inscription", "/entreprise/preuve", world.administrator.email
    anne, bruno, tim = (f"{name}@entreprise.example" for name in ("anne", "bruno", "tim"))
    return {
        "sign up": (None, root),
        **{
            f"sign up, {name}": (None, f"{root}/{siren}")
            for name, siren in {
                "found": "910001007",
                "closed": "910003003",
                "withheld": "910004001",
                "absent": UNKNOWN,
            }.items()
        },
        "sign up, mail": (None, f"{root}/courriel"),
        "sign up, link": (None, f"{root}/lien/{found.link}"),
        "sign up, link, signed in": (anne, f"{root}/lien/{found.link}"),
        "home of a company begun": (anne, "/entreprise"),
        "establishment of a company begun": (anne, "/entreprise/etablissement"),
        "team of a company begun": (anne, "/entreprise/equipe"),
        "bank of a company begun": (anne, "/entreprise/banque"),
        "proof, letter posted": (anne, f"{proof}/{SIREN}"),
        "proof, begun by another": (bruno, f"{proof}/{SIREN}"),
        "proof, address typed": (tim, f"{proof}/{UNKNOWN}"),
        "letters": (None, "/demonstration/courriers"),
        "sign-ups": (admin, "/agent/inscriptions"),
        "sign-up to check": (admin, f"/agent/inscriptions/{found.typed}"),
        "sign-up with a letter": (admin, f"/agent/inscriptions/{found.begun}"),
    }
