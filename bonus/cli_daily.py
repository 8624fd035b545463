"""`flask daily`: the jobs of the day, at once."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from . import clock, config
from .jobs.daily import run_day


def register(app: Flask) -> None:
    """Add the command to the application."""
    app.cli.add_command(daily)


@click.command()
@click.option("--again", is_flag=True, help="Même ce qui est déjà fait aujourd’hui.")
@with_appcontext
def daily(again: bool) -> None:
    """Fait tout de suite les tâches du jour qui ne le sont pas encore : échéances à annoncer, lignes à réveiller.

    Le relais les demande de lui-même, une fois par jour : cette commande sert quand il est arrêté.
    """
    config.ensure_safe(current_app.config)
    for line in run_day(clock.now(), again=again):
        click.echo(line)
