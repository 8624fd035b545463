"""`flask accounts …`: the first administrator, who opens all other accounts of agents."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from . import clock
from .accounts.agents import add_first_administrator
from .errors import Refusal
from .money import NBSP

accounts = AppGroup("accounts", help="Les comptes des agents.")


def register(app: Flask) -> None:
    """Add these commands to the application."""
    app.cli.add_command(accounts)


@accounts.command("add-administrator")
@click.argument("email", metavar="ADRESSE")
@click.argument("name", metavar="NOM")
def add_administrator(email: str, name: str) -> None:
    """Ouvre le compte d’un administrateur et écrit le lien par lequel il choisit son mot de passe."""
    try:
        link = add_first_administrator(email, name, clock.now())
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    click.echo(f"À ouvrir dans les trois jours, par cette personne seule{NBSP}:")
    click.echo(link)
