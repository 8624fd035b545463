"""`flask certificate …`: certificates checked from the command line, and the signed list of those revoked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError, ProgrammingError

from .adapters.seal_check import SealTrust
from .certificates.revocation_list import MOST_BYTES, RevocationList, read_list, signed_list
from .certificates.verification import verify_file, verify_offline
from .clock import now
from .errors import InvalidInput, UnsafeConfiguration
from .extensions import db
from .parts import sealer

certificate = AppGroup("certificate", help="Les attestations fiscales.")
MOST_OF_A_FILE = 64 * 1024 * 1024
"""Far more than a certificate of 50,000 lines: what is longer is none, and is not read."""
_WORDS = {"unchecked": "seal valid, revocation unknown"}

Verdict = tuple[str, str | None]


def register(app: Flask) -> None:
    """Add these commands to the application."""
    app.cli.add_command(certificate)


@certificate.command("verify")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--list",
    "list_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Une liste de révocations publiée par le service ; la base de données n’est alors pas lue.",
)
@click.option(
    "--trust",
    "trust_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Les certificats d’un cachet du service (PEM), d’hier ou d’aujourd’hui. Peut être répétée.",
)
def verify(files: tuple[Path, ...], list_file: Path | None, trust_files: tuple[Path, ...]) -> None:
    """Dit, une ligne par fichier, s’il est une attestation authentique.

    genuine, revoked, altered, unknown, ou « seal valid, revocation unknown » sans base de données ni liste. État de
    sortie 1 si tous les fichiers ne sont pas authentiques.
    """
    trust = _trust(trust_files)
    verdict = _with_list(_read_list(list_file, trust), trust) if list_file else _with_database(trust)
    states = []
    for path in files:
        state, replaced_by = verdict(_content(path))
        states.append(state)
        said = _WORDS.get(state, state)
        click.echo(f"{path}: {said}" + (f" (replaced by {replaced_by})" if replaced_by else ""))
    sys.exit(0 if all(state == "genuine" for state in states) else 1)


@certificate.command("list")
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Fichier écrit.")
def revocations(out: Path | None) -> None:
    """Écrit la liste signée des attestations révoquées, à publier chaque jour."""
    text = signed_list(sealer(), now())
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


def _trust(files: tuple[Path, ...]) -> SealTrust:
    """The certificates given, and those of the service's own seal where it has one."""
    try:
        trust = sealer().trust
    except UnsafeConfiguration:
        trust = SealTrust(())
        if not files:
            raise click.UsageError(
                "Aucun cachet n’est connu : donnez ses certificats avec --trust."
            ) from None
    for file in files:
        try:
            trust = trust.joined(SealTrust.from_pem(file.read_bytes()))
        except ValueError:
            raise click.UsageError(f"{file} ne contient aucun certificat.") from None
    return trust


def _read_list(file: Path, trust: SealTrust) -> RevocationList:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise click.UsageError(f"{file} est trop long pour une liste de révocations.")
        return read_list(file.read_text(encoding="utf-8", errors="replace"), trust)
    except InvalidInput as refusal:
        raise click.UsageError(refusal.sentence) from refusal


def _with_list(revocations: RevocationList, trust: SealTrust) -> Callable[[bytes], Verdict]:
    return lambda pdf: verify_offline(pdf, trust, revocations)


def _with_database(trust: SealTrust) -> Callable[[bytes], Verdict]:
    """By the database; where there is none, by the seal alone."""

    def verdict(pdf: bytes) -> Verdict:
        if not _has_database():
            return verify_offline(pdf, trust, None)
        try:
            found = verify_file(pdf, trust)
        except (OperationalError, ProgrammingError):
            db.session.rollback()
            return verify_offline(pdf, trust, None)
        return found.state, found.replaced_by

    return verdict


def _has_database() -> bool:
    """SQLite makes the file that it does not find: it is looked for first."""
    url = make_url(current_app.config["DATABASE_URL"])
    return not (url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists())


def _content(path: Path) -> bytes:
    """What is read of a file: nothing of one that cannot be read, or is too long to be a certificate."""
    try:
        return path.read_bytes() if path.stat().st_size <= MOST_OF_A_FILE else b""
    except OSError as error:
        click.echo(f"{path}: {error.strerror}", err=True)
        return b""
