"""The service's settings, from the environment, and what makes them unsafe.

Each setting is an environment variable of the same name. ``create_app`` takes a mapping that
overrides them (tests, the demo). Nothing secret has a default.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from stdnum import iban

from .adapters.antivirus import read_clamd_url
from .adapters.company_directory import read_directory_url
from .adapters.de_minimis_register import read_register_url
from .adapters.mail import is_address, read_mail_url
from .adapters.proconnect.settings import problems_of as proconnect_problems
from .errors import UnsafeConfiguration

MEGABYTE = 1024 * 1024
MINIMUM_SECRET_LENGTH = 32
MINIMUM_DIFFERENT_CHARACTERS = 8
IDENTITY = ("SERVICE_ADDRESS", "SERVICE_EMAIL", "SERVICE_TELEPHONE")
"""What people are told to write to: an installation gives its own."""
NEEDED_OUTSIDE = ("MAIL_URL", "COMPANY_DIRECTORY_URL", "DE_MINIMIS_REGISTER_URL")
"""What is embedded in a demonstration alone."""

DEFAULTS: dict[str, Any] = {
    "DATABASE_URL": "",
    "REDIS_URL": "",
    "SECRET_KEY": "",
    "DATA_FOLDER": "instance",
    "PUBLIC_URL": "http://127.0.0.1:5000",
    "DEMO": False,
    "TESTING": False,
    "SECURE_COOKIES": True,
    "TRUSTED_PROXIES": 0,
    "SEAL_KEY_FILE": "",
    "SEAL_KEY_PASSPHRASE": "",
    # The key that signs the 2D-Doc of certificates: P-256, in a PKCS#12 file. Empty: they bear none.
    "CODE_KEY_FILE": "",
    "CODE_KEY_PASSPHRASE": "",
    "MAIL_URL": "",
    "CLAMD_URL": "",
    # As registered with ProConnect; levels are separated by spaces. Without an issuer, people sign in by password only.
    "PROCONNECT_ISSUER": "",
    "PROCONNECT_CLIENT_ID": "",
    "PROCONNECT_CLIENT_SECRET": "",
    "PROCONNECT_ACR_VALUES": "",
    "PROCONNECT_PROOF_ACR_VALUES": "",
    # Of the levels above, those by which ProConnect has asked for a second factor: we then ask none at sign-in.
    "PROCONNECT_SECOND_FACTOR_ACR_VALUES": "",
    "PROCONNECT_PKCE": False,
    "PROCONNECT_ALGORITHM": "RS256",
    # The "recherche d'entreprises" API, or one of its form; empty: the embedded file of fictitious companies.
    "COMPANY_DIRECTORY_URL": "",
    # The central register of de minimis aids (art. 7); empty: a file of the data folder.
    "DE_MINIMIS_REGISTER_URL": "",
    "DE_MINIMIS_REGISTER_TOKEN": "",
    # Who pays, and who answers: printed on acknowledgements, written into payment files.
    "SERVICE_NAME": "Service du Bonus Souveraineté",
    "SERVICE_ADDRESS": "139 rue de Bercy, 75012 Paris",
    "SERVICE_EMAIL": "contact@bonus-souverainete.example",
    "SERVICE_TELEPHONE": "01 00 00 00 00",
    "DEBTOR_NAME": "Bonus Souverainete - Agence comptable",
    "DEBTOR_IBAN": "",
    "DEBTOR_BIC": "",
    "DEBTOR_TOWN": "Paris",
    "DEBTOR_COUNTRY": "FR",
    # The folder into which the bank's channel (EBICS, SFTP) writes its answers; empty: they are handed in by page.
    "BANK_INBOX": "",
}

FIXED: dict[str, Any] = {
    # One upload: six invoices of the largest size, or many of the usual one.
    "MAX_CONTENT_LENGTH": 64 * MEGABYTE,
    "MAX_FORM_MEMORY_SIZE": 2 * MEGABYTE,
    "MAX_FORM_PARTS": 2_000,
    "PERMANENT_SESSION_LIFETIME": timedelta(hours=8),
    # How long the second factor holds for the next grave acts (deciding, paying) before it is asked again.
    "SECOND_FACTOR_FRESH": timedelta(minutes=5),
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "REMEMBER_COOKIE_HTTPONLY": True,
    "BABEL_DEFAULT_LOCALE": "fr",
    "BABEL_DEFAULT_TIMEZONE": "Europe/Paris",
    "WTF_CSRF_TIME_LIMIT": 8 * 3600,
    # What is written in the database is in no log: a failure would quote links that wait to leave, and people.
    "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True, "hide_parameters": True},
    "RATELIMIT_STRATEGY": "moving-window",
    "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
}

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


def _from_environment(name: str, default: Any) -> Any:
    text = os.environ.get(name)
    if text is None:
        return default
    if isinstance(default, bool):
        if text.lower() not in _TRUE | _FALSE:
            raise UnsafeConfiguration(f"{name} must be true or false, not {text!r}.")
        return text.lower() in _TRUE
    if isinstance(default, int):
        if not text.isdecimal():
            raise UnsafeConfiguration(f"{name} must be a whole number, not {text!r}.")
        return int(text)
    return text


def load_settings(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The settings in force: defaults, then the environment, then ``overrides``."""
    settings = {name: _from_environment(name, default) for name, default in DEFAULTS.items()}
    settings.update(overrides or {})
    url = settings["DATABASE_URL"]
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    settings["SQLALCHEMY_DATABASE_URI"] = url or "sqlite://"
    settings["DATA_FOLDER"] = str(Path(settings["DATA_FOLDER"]).absolute())
    settings["SESSION_COOKIE_SECURE"] = settings["REMEMBER_COOKIE_SECURE"] = settings["SECURE_COOKIES"]
    settings["SESSION_COOKIE_NAME"] = "__Host-bonus" if settings["SECURE_COOKIES"] else "bonus"
    # The limiter has its own name for a socket's address.
    settings["RATELIMIT_STORAGE_URI"] = (
        settings["REDIS_URL"].replace("unix://", "redis+unix://") or "memory://"
    )
    return {**FIXED, **settings}


def problems(settings: Mapping[str, Any]) -> list[str]:
    """Every reason why a service must not be started with these settings (English sentences)."""
    if settings["TESTING"]:
        return []
    required = (
        "SECRET_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "SEAL_KEY_FILE",
        "SEAL_KEY_PASSPHRASE",
        "DEBTOR_IBAN",
    )
    found = [f"{name} is not set." for name in required if not settings[name]]
    found += _unusable(settings)
    return found if settings["DEMO"] else found + _unfit_for_production(settings)


def _unusable(settings: Mapping[str, Any]) -> list[str]:
    secret, account, seal = (settings[name] for name in ("SECRET_KEY", "DEBTOR_IBAN", "SEAL_KEY_FILE"))
    checks = [
        (
            0 < len(secret) < MINIMUM_SECRET_LENGTH,
            f"SECRET_KEY is shorter than {MINIMUM_SECRET_LENGTH} characters.",
        ),
        (
            secret and len(set(secret)) < MINIMUM_DIFFERENT_CHARACTERS,
            "SECRET_KEY repeats a few characters: draw a random one.",
        ),
        (account and not iban.is_valid(account), "DEBTOR_IBAN is not a valid IBAN."),
        (
            settings["BANK_INBOX"] and not Path(settings["BANK_INBOX"]).is_dir(),
            "BANK_INBOX is not a folder.",
        ),
        (seal and not Path(seal).is_file(), "SEAL_KEY_FILE is not a file."),
    ]
    found = [sentence for wrong, sentence in checks if wrong] + _unusable_addresses(settings)
    return found + proconnect_problems(settings)


def _unusable_addresses(settings: Mapping[str, Any]) -> list[str]:
    found = [] if is_address(settings["SERVICE_EMAIL"]) else ["SERVICE_EMAIL is not an e-mail address."]
    readers: dict[str, Callable[[str], object]] = {
        "MAIL_URL": read_mail_url,
        "CLAMD_URL": read_clamd_url,
        "COMPANY_DIRECTORY_URL": read_directory_url,
        "DE_MINIMIS_REGISTER_URL": read_register_url,
    }
    for name, read in readers.items():
        if settings[name]:
            try:
                read(settings[name])
            except ValueError as error:
                found.append(str(error))
    return found


def _unfit_for_production(settings: Mapping[str, Any]) -> list[str]:
    found = [f"{name} is not set." for name in IDENTITY if settings[name] == DEFAULTS[name]]
    found += [f"{name} is not set." for name in NEEDED_OUTSIDE if not settings[name]]
    if settings["DATABASE_URL"].startswith("sqlite"):
        found.append("DATABASE_URL must name a PostgreSQL database: SQLite is for the demo.")
    if not settings["SECURE_COOKIES"]:
        found.append("SECURE_COOKIES is off: only the demo may do without https.")
    if not settings["PUBLIC_URL"].startswith("https://"):
        found.append("PUBLIC_URL must start with https://.")
    return found


def require_database(settings: Mapping[str, Any]) -> None:
    """Raise UnsafeConfiguration unless a database is named: all that a command which only writes there needs."""
    if not settings["DATABASE_URL"]:
        raise UnsafeConfiguration("DATABASE_URL is not set: there is no database to work on.")


def ensure_safe(settings: Mapping[str, Any]) -> None:
    """Raise UnsafeConfiguration, with every reason in one message, unless the settings are safe."""
    found = problems(settings)
    if found:
        raise UnsafeConfiguration("The service cannot start: " + " ".join(found))
