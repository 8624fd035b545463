"""Signing a company up by its SIREN: whose it is, an e-mail address proven by a link, then a space to draft in.

No account exists before its link is opened, and the password is chosen there: nobody prepares one for somebody else's
address. The page answers the same whether or not the address has an account.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from bonus.accounts.invitations import MOST_NAME
from bonus.accounts.models import CompanyMember, Person
from bonus.accounts.service import actor_of, hash_password
from bonus.adapters.company_directory import Identity
from bonus.adapters.einvoice.party import siren_is_valid, siret_is_valid
from bonus.adapters.mail import is_address
from bonus.audit.service import Actor, record
from bonus.calendar import format_date
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import post_mail
from bonus.money import NBSP

from .models import Company
from .proof import ALREADY_PROVEN, is_proven, require_no_agent
from .proof_models import Application, SignUp
from .sign_up_words import account_there, address_to_prove

LASTS = timedelta(days=2)
"""How long a link serves."""
KEPT = timedelta(days=30)
"""How long an unfinished sign-up is kept: it names someone who may have asked for nothing."""
MOST_A_DAY = 5
"""Mails to one address a day: nobody's box is filled from here."""
MOST_OPEN = 10
"""Companies one person may have begun without proving: nobody takes the directory for themselves."""
_SEPARATORS = re.compile(r"[\s.\-\u00a0\u202f]")
_NAF = re.compile(r"([0-9]{2})\.?([0-9]{2}[A-Z])")
_POSTCODE = re.compile(r"[0-9]{5}")


def read_siren(typed: str) -> tuple[str, bool]:
    """The SIREN a person typed, spaces or not; a SIRET gives its own, and True. Raises InvalidInput."""
    number = _SEPARATORS.sub("", typed)
    if siren_is_valid(number) and number.strip("0"):
        return number, False
    if siret_is_valid(number) and number[:9].strip("0"):
        return number[:9], True
    wrong = number.isdecimal() and len(number) in (9, 14)
    sentence = (
        f"Ce numéro contient une erreur de copie{NBSP}: sa clé est fausse. Relisez-le."
        if wrong
        else "Écrivez les 9 chiffres du SIREN de votre entreprise, par exemple 910 000 009."
    )
    raise InvalidInput("sign_up.wrong_siren", sentence, field="siren")


def declared_identity(siren: str, name: str, street: str, postcode: str, town: str, naf: str) -> Identity:
    """An identity typed by a person, when the directory says none. Raises InvalidInput."""
    name, street, town = (" ".join(text.split()) for text in (name, street, town))
    code = _NAF.fullmatch(_SEPARATORS.sub("", naf).upper())
    checks = [
        (0 < len(name) <= 200, "name", "Indiquez le nom de l’entreprise, en 200 caractères au plus."),
        (
            0 < len(street) <= 200,
            "street",
            "Indiquez le numéro et la voie du siège, en 200 caractères au plus.",
        ),
        (_POSTCODE.fullmatch(postcode.strip()) is not None, "postcode", "Un code postal a 5 chiffres."),
        (0 < len(town) <= 100, "town", "Indiquez la commune, en 100 caractères au plus."),
        (code is not None, "naf", "Un code NAF (ou APE) s’écrit 62.01Z."),
    ]
    for good, field, sentence in checks:
        if not good:
            raise InvalidInput(f"sign_up.{field}", sentence, field=field)
    assert code is not None
    return Identity(siren, name, f"{code[1]}.{code[2]}", street, postcode.strip(), town)


def require_active(identity: Identity) -> None:
    """Raises Refusal for a company that has closed (art. 2): it is no beneficiary."""
    if not identity.active:
        since = f" depuis le {format_date(identity.closed_on)}" if identity.closed_on else ""
        raise Refusal(
            "sign_up.closed",
            f"D’après l’annuaire des entreprises, cette entreprise est fermée{since}{NBSP}: elle ne peut pas recevoir "
            f"le bonus (art. 2). L’annuaire se trompe{NBSP}? Écrivez-nous.",
            field="siren",
        )


def company_of(siren: str) -> Company | None:
    """The company that has a space here under this SIREN, proven or not."""
    return db.session.scalars(select(Company).where(Company.siren == siren)).one_or_none()


def require_open(siren: str) -> None:
    """Raises Refusal when someone has proven that they act for this company: they invite, nobody signs up."""
    company = company_of(siren)
    if company is not None and is_proven(company):
        raise Refusal("company.already_proven", ALREADY_PROVEN, field="siren")


def ask_account(
    identity: Identity, source: str, name: str, email: str, next_page: str | None, now: datetime
) -> None:
    """Send a link to the address, that opens an account and the company's space. An address that has an account is
    told so, by mail alone.

    ``source`` is a code of IDENTITY_SOURCES. Raises InvalidInput (name, address, too many mails), Refusal.
    """
    name, email = " ".join(name.split()), email.strip().lower()
    if not 0 < len(name) <= MOST_NAME:
        raise InvalidInput(
            "account.name", f"Indiquez votre nom, en {MOST_NAME} caractères au plus.", field="name"
        )
    if not is_address(email):
        raise InvalidInput(
            "sign_up.wrong_address",
            "Écrivez votre adresse électronique, par exemple prenom.nom@entreprise.fr.",
            field="email",
        )
    require_active(identity)
    require_open(identity.siren)
    db.session.execute(delete(SignUp).where(SignUp.sent_at < now - KEPT))
    sent = db.session.scalar(
        select(func.count())
        .select_from(SignUp)
        .where(SignUp.email == email, SignUp.sent_at > now - timedelta(days=1))
    )
    if (sent or 0) >= MOST_A_DAY:
        raise InvalidInput(
            "sign_up.too_many_mails",
            f"{MOST_A_DAY} messages sont déjà partis à cette adresse depuis hier{NBSP}: cherchez-les, ou recommencez "
            "demain.",
            field="email",
        )
    secret = secrets.token_urlsafe(32)
    taken = db.session.scalars(select(Person.id).where(Person.email == email)).first() is not None
    sign_up = SignUp(
        email=email,
        name=name,
        siren=identity.siren,
        identity=identity.to_dict(),
        identity_source=source,
        next_page=next_page,
        secret_sha256=_digest(secret),
        taken=taken,
        sent_at=now,
        expires_at=now + LASTS,
    )
    db.session.add(sign_up)
    db.session.flush()
    post_mail(account_there(sign_up) if taken else address_to_prove(sign_up, secret), now)
    record(
        "sign_up.asked", f"siren:{identity.siren}", Actor("visitor"), now, sign_up=sign_up.id, source=source
    )
    db.session.commit()


def sign_up_of(secret: str, now: datetime, *, lock: bool = False) -> SignUp:
    """The sign-up a link opens. Raises NotFound for a link of none, Refusal when it is over."""
    query = select(SignUp).where(SignUp.secret_sha256 == _digest(secret), SignUp.taken.is_(False))
    if lock:
        query = query.with_for_update(of=SignUp).execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("sign_up.unknown", "Ce lien n’existe pas, ou il est trop ancien.")
    if found.used_at is not None:
        raise Refusal("sign_up.used", "Ce lien a déjà servi. Connectez-vous pour ouvrir votre espace.")
    if now >= found.expires_at:
        raise Refusal("sign_up.expired", f"Ce lien a expiré{NBSP}: recommencez l’inscription.")
    return found


def finish(secret: str, password: str, address: str | None, now: datetime) -> tuple[Person, Company]:
    """Create the account of who opened the link, and begin their company's space.

    Raises InvalidInput (password), NotFound, Refusal when the link is over, the account exists, or the company was
    proven meanwhile.
    """
    password_hash = hash_password(password)  # before the lock: it takes its time
    sign_up = sign_up_of(secret, now, lock=True)
    exists = Refusal(
        "sign_up.account_exists",
        f"Un compte existe déjà à cette adresse{NBSP}: connectez-vous, puis ajoutez l’entreprise.",
    )
    if db.session.scalars(select(Person.id).where(Person.email == sign_up.email)).first() is not None:
        raise exists
    person = Person(email=sign_up.email, name=sign_up.name, password_hash=password_hash, created_at=now)
    db.session.add(person)
    try:
        db.session.flush()
    except IntegrityError:  # an invitation accepted, or another link opened, at the same moment
        db.session.rollback()
        raise exists from None
    sign_up.used_at = now
    company = _begin(person, Identity.from_dict(sign_up.identity), sign_up.identity_source, address, now)
    db.session.commit()
    return person, company


def begin_company(
    person: Person, identity: Identity, source: str, address: str | None, now: datetime
) -> Company:
    """Begin the space of one more company, for someone who has an account.

    Begun already by this person, it is the same one. Raises Refusal when it has closed, is proven and another's, when
    the person has begun too many, or is an agent of the State.
    """
    require_active(identity)
    require_no_agent(person)
    there = company_of(identity.siren)
    if there is not None and any(one.company_id == there.id for one in person.memberships):
        return there
    begun = db.session.scalar(
        select(func.count())
        .select_from(Application)
        .where(Application.person_id == person.id, Application.ended_at.is_(None))
    )
    if (begun or 0) >= MOST_OPEN:
        raise Refusal(
            "sign_up.too_many",
            f"Vous avez déjà {MOST_OPEN} inscriptions à terminer{NBSP}: prouvez d’abord votre droit d’agir pour l’une "
            "d’elles.",
        )
    company = _begin(person, identity, source, address, now)
    db.session.commit()
    return company


def _begin(person: Person, identity: Identity, source: str, address: str | None, now: datetime) -> Company:
    """The company and its first person, who drafts; or, when another began it, a right to ask for a letter alone."""
    require_active(identity)
    company = company_of(identity.siren)
    first = company is None
    if company is None:
        company, first = _entered(identity, source, now)
    if is_proven(company):
        raise Refusal("company.already_proven", ALREADY_PROVEN)
    if first:
        person.memberships.append(CompanyMember(company=company, role="owner"))
    known = select(Application.id).where(
        Application.company_id == company.id, Application.person_id == person.id
    )
    if db.session.scalars(known).first() is None:
        db.session.add(Application(company_id=company.id, person_id=person.id, created_at=now))
        db.session.flush()
        record(
            "company.begun",
            f"company:{company.siren}",
            actor_of(person, address),
            now,
            source=source,
            first=first,
        )
    return company


def _entered(identity: Identity, source: str, now: datetime) -> tuple[Company, bool]:
    """The company, entered now, and True; False when another entered it at the same moment."""
    company = Company(
        siren=identity.siren, created_at=now, headcount=0, turnover_cents=0, balance_sheet_cents=0, naf=""
    )
    fill(company, identity, source)
    try:
        with db.session.begin_nested():
            db.session.add(company)
    except IntegrityError:
        return db.session.scalars(select(Company).where(Company.siren == identity.siren)).one(), False
    return company, True


def fill(company: Company, identity: Identity, source: str) -> None:
    """Write an identity on a company, and where it comes from. A typed one says nothing of its nature."""
    company.name, company.naf = identity.name, identity.naf
    company.street, company.postcode, company.town = identity.street, identity.postcode, identity.town
    company.identity_source = source
    company.founded_on = identity.founded_on or company.founded_on
    if source == "directory":
        company.kind = "public_body" if identity.public_body else "enterprise"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
