"""The parts an application is made of beside its database, built once from its settings when first needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from flask import current_app

from .adapters import fonts
from .adapters.antivirus import Antivirus
from .adapters.company_directory import CompanyDirectory, HttpDirectory, LocalDirectory
from .adapters.de_minimis_register import DeMinimisRegister, HttpRegister, LocalRegister
from .adapters.draw_seeds import SeedSafe
from .adapters.letter_codes import letter_key
from .adapters.mail import MaildirMailer, Mailer, SmtpMailer, read_mail_url
from .adapters.post import PostFolder
from .adapters.seal import Sealer
from .adapters.second_factor import derived_key
from .adapters.sepa import Address, BankAccount
from .adapters.store import DocumentStore
from .adapters.two_d_doc import CodeSigner
from .claims.acknowledgement import ServiceContact

if TYPE_CHECKING:
    from .adapters.proconnect.client import ProConnect

Part = TypeVar("Part")
PROCONNECT_BACK = "/connexion/proconnect/retour"
"""Where ProConnect sends people back; registered there with the service's address before it."""


@dataclass(frozen=True)
class Issuer:
    """Who issues certificates: contact printed, seal, address of the public page, and whether it is a demo."""

    contact: ServiceContact
    sealer: Sealer
    public_url: str
    demo: bool
    code_signer: CodeSigner | None = None


def _once(name: str, build: Callable[[], Part]) -> Part:
    key = f"bonus.{name}"
    if key not in current_app.extensions:
        current_app.extensions[key] = build()
    return cast(Part, current_app.extensions[key])


def document_store() -> DocumentStore:
    """Where the files people send are kept."""
    settings = current_app.config

    def build() -> DocumentStore:
        antivirus = Antivirus(settings["CLAMD_URL"]) if settings["CLAMD_URL"] else None
        return DocumentStore(Path(settings["DATA_FOLDER"]) / "documents", antivirus)

    return _once("store", build)


def sealer() -> Sealer:
    """The service's seal. Raises UnsafeConfiguration when its key cannot be used."""
    settings = current_app.config
    return _once(
        "sealer", lambda: Sealer.from_pkcs12(Path(settings["SEAL_KEY_FILE"]), settings["SEAL_KEY_PASSPHRASE"])
    )


def code_signer() -> CodeSigner | None:
    """The key of the 2D-Doc codes, None when the service has none. Raises UnsafeConfiguration when it is unusable."""
    settings = current_app.config
    file = settings.get("CODE_KEY_FILE")
    if not file:
        return None
    return _once("code_signer", lambda: CodeSigner.from_pkcs12(Path(file), settings["CODE_KEY_PASSPHRASE"]))


def ready_fonts() -> None:
    """Have the typeface of our documents ready; converted once, it is kept for the other processes."""
    fonts.register(Path(current_app.config["DATA_FOLDER"]) / "fonts")


def service_contact() -> ServiceContact:
    """The service in charge, as printed on what it sends."""
    settings = current_app.config
    return ServiceContact(
        name=settings["SERVICE_NAME"],
        postal_address=tuple(part.strip() for part in settings["SERVICE_ADDRESS"].split(",")),
        email=settings["SERVICE_EMAIL"],
        telephone=settings["SERVICE_TELEPHONE"],
    )


def issuer() -> Issuer:
    """Who issues certificates."""
    settings = current_app.config
    ready_fonts()
    return Issuer(service_contact(), sealer(), settings["PUBLIC_URL"], settings["DEMO"], code_signer())


def public_url() -> str:
    """Where people find the service, without a last slash."""
    return str(current_app.config["PUBLIC_URL"]).rstrip("/")


def proconnect() -> ProConnect | None:
    """ProConnect, None when the service was not given the means to use it. Raises ValueError for half of them."""
    from .adapters.proconnect.client import ProConnect
    from .adapters.proconnect.settings import read_settings

    def build() -> ProConnect | None:
        settings = read_settings(current_app.config)
        return ProConnect(settings, f"{public_url()}{PROCONNECT_BACK}") if settings else None

    return _once("proconnect", build)


def mail_folder() -> Path:
    """Where mail is kept when it does not leave."""
    return Path(current_app.config["DATA_FOLDER"]) / "mail"


def mailer() -> Mailer:
    """How mail leaves: by the server of MAIL_URL; into a folder when there is none, or in a demonstration, which
    writes to nobody."""
    settings = current_app.config

    def build() -> Mailer:
        if settings["DEMO"] or not settings["MAIL_URL"]:
            return MaildirMailer(mail_folder())
        return SmtpMailer(read_mail_url(settings["MAIL_URL"]))

    return _once("mailer", build)


def company_directory() -> CompanyDirectory:
    """Where a SIREN is looked up: at COMPANY_DIRECTORY_URL, else in the embedded file of fictitious companies."""
    settings = current_app.config

    def build() -> CompanyDirectory:
        url = settings["COMPANY_DIRECTORY_URL"]
        return HttpDirectory(url) if url else LocalDirectory()

    return _once("directory", build)


def de_minimis_register() -> DeMinimisRegister:
    """The central register of de minimis aids: at DE_MINIMIS_REGISTER_URL, else the file of the data folder."""
    settings = current_app.config

    def build() -> DeMinimisRegister:
        url = settings["DE_MINIMIS_REGISTER_URL"]
        if url:
            return HttpRegister(url, settings["DE_MINIMIS_REGISTER_TOKEN"])
        return LocalRegister(Path(settings["DATA_FOLDER"]) / "registre-de-minimis.jsonl")

    return _once("de_minimis_register", build)


def post_folder() -> PostFolder:
    """Where letters on paper are left to be printed and posted."""
    return _once("post", lambda: PostFolder(Path(current_app.config["DATA_FOLDER"]) / "post"))


def code_key() -> bytes:
    """The key that the codes of letters are drawn with."""
    return letter_key(str(current_app.config["SECRET_KEY"]))


def factor_key(use: str) -> bytes:
    """The key for one ``use`` of the agents' second factor ("secret", "recovery")."""
    return derived_key(str(current_app.config["SECRET_KEY"]), use)


def seed_safe() -> SeedSafe:
    """Where the seeds of the fast lane's draws are made and closed until their day is past (art. 12)."""
    return _once("seed_safe", lambda: SeedSafe(str(current_app.config["SECRET_KEY"])))


def is_demo() -> bool:
    """Whether this is a demonstration: its documents say so."""
    return bool(current_app.config["DEMO"])


def debtor() -> BankAccount:
    """The account that pays."""
    settings = current_app.config
    return BankAccount(
        holder=settings["DEBTOR_NAME"],
        iban=settings["DEBTOR_IBAN"],
        address=Address(town=settings["DEBTOR_TOWN"], country=settings["DEBTOR_COUNTRY"]),
        bic=settings["DEBTOR_BIC"] or None,
    )
