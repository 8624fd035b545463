"""The commands of `flask …`."""

from __future__ import annotations

import signal
import sys
from threading import Event

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select, update

from . import config
from .extensions import db
from .jobs.health import health
from .jobs.policy import MAX_ATTEMPTS
from .jobs.relay import relay_forever
from .outbox import OutboxMessage


def register(app: Flask) -> None:
    """Add the service's commands to the application."""
    from . import (
        cli_accounts,
        cli_audit,
        cli_certificates,
        cli_claims,
        cli_controls,
        cli_daily,
        cli_lane,
        cli_ledger,
        cli_registry,
        cli_regulation,
    )
    from .demo.commands import demo

    cli_accounts.register(app)
    cli_audit.register(app)
    cli_certificates.register(app)
    cli_claims.register(app)
    cli_controls.register(app)
    cli_daily.register(app)
    cli_lane.register(app)
    cli_ledger.register(app)
    cli_registry.register(app)
    cli_regulation.register(app)
    for command in (worker, relay, check, outbox, demo):
        app.cli.add_command(command)


@click.command()
@click.option("--burst", is_flag=True, help="Fait ce qui attend, puis s’arrête.")
@with_appcontext
def worker(burst: bool) -> None:
    """Exécute les tâches de la file (ordres de paiement, attestations)."""
    config.ensure_safe(current_app.config)
    from .jobs.worker import run_worker

    run_worker(current_app._get_current_object(), burst=burst)  # type: ignore[attr-defined]


@click.command()
@click.option("--every", default=2.0, show_default=True, help="Secondes entre deux passages.")
@with_appcontext
def relay(every: float) -> None:
    """Met en file ce que les décisions ont écrit dans la boîte d’envoi."""
    config.ensure_safe(current_app.config)
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    relay_forever(stop, every)


@click.command()
@with_appcontext
def check() -> None:
    """Dit si la base, la file et un exécutant répondent ; état de sortie 1 sinon."""
    config.ensure_safe(current_app.config)
    found = health()
    for part, state in found.items():
        click.echo(f"{part}: {state}")
    sys.exit(0 if set(found.values()) == {"ok"} else 1)


@click.command()
@click.option(
    "--again",
    type=int,
    metavar="N°",
    help="Remet ce message en file, ses essais remis à zéro.",
)
@with_appcontext
def outbox(again: int | None) -> None:
    """Montre les messages que le service a renoncé à traiter, avec la raison."""
    given_up = (OutboxMessage.done_at.is_(None), OutboxMessage.attempts >= MAX_ATTEMPTS)
    if again is not None:
        changed = db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == again, *given_up)
            .values(attempts=0, queued_at=None, next_try_at=None)
        )
        db.session.commit()
        if not changed.rowcount:  # type: ignore[attr-defined]
            raise click.ClickException(f"le message n° {again} n’est pas de ceux-là.")
        click.echo(f"Message n° {again} : il sera remis en file.")
        return
    messages = db.session.scalars(select(OutboxMessage).where(*given_up).order_by(OutboxMessage.id)).all()
    for message in messages:
        click.echo(f"n° {message.id} · {message.key} · {message.last_error}")
    click.echo(f"{len(messages)} message{'s' if len(messages) > 1 else ''} à regarder.")
