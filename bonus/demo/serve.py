"""The demonstration in a browser: everything is started, watched and stopped from one process."""

from __future__ import annotations

import contextlib
import logging
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server

from bonus import create_app
from bonus.calendar import civil_date
from bonus.errors import Refusal

from .cast import CAST, PASSWORD
from .folder import migrate, open_folder, settings_of
from .invoices import make_invoices
from .processes import EmbeddedServices, port_is_free
from .seed import is_seeded, seed

HOST = "127.0.0.1"
Say = Callable[[str], None]


def serve(folder: Path, port: int, *, fresh: bool, say: Say) -> None:
    """Serve until Ctrl-C. Raises Refusal, before anything is made, when the port or the folder cannot be used."""
    if not port_is_free(HOST, port):
        raise Refusal(
            "demo.port", f"Le port {port} est déjà pris sur cette machine : arrêtez ce qui l’occupe, ou choisissez --port."
        )
    open_folder(folder, fresh=fresh)
    now = datetime.now(UTC)
    url = f"http://{HOST}:{port}"
    settings = settings_of(folder, url, now)
    _prepare(settings, folder, now, say)
    environment = {name: str(value) for name, value in settings.items()}
    say("Démarrage de la file (Valkey) et de l’exécutant (RQ)…")
    with EmbeddedServices(folder / "services", environment) as services:
        app = create_app(settings | {"REDIS_URL": services.redis_url, "DEMO_ACCOUNTS": _accounts()})
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line a request would hide what we say
        server = make_server(HOST, port, app, threaded=True)
        _welcome(url, folder, say)
        _until_interrupted(server)
        say("\nArrêt…")
    say("Tout est arrêté. Les données sont gardées : relancez la même commande pour les retrouver.")


def _until_interrupted(server: BaseWSGIServer) -> None:
    # A shell that starts us in the background has Ctrl-C ignored: we want to hear it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    server.server_close()


def _prepare(settings: dict[str, Any], folder: Path, now: datetime, say: Say) -> None:
    say("Base de données…")
    app = create_app(settings)
    migrate(app)
    with app.app_context():
        if is_seeded():
            say("Données de la démonstration précédente retrouvées.")
            return
        say("Données de référence : registre, enveloppe, entreprise, agents…")
        today = civil_date(now)
        seed(today, now)
    samples = folder / "factures"
    samples.mkdir(exist_ok=True)
    for name, content in make_invoices(today):
        (samples / name).write_bytes(content)


def _accounts() -> list[tuple[str, str, str]]:
    return [(member.role, member.email, PASSWORD) for member in CAST]


def _welcome(url: str, folder: Path, say: Say) -> None:
    say(f"\nLe service répond sur {url}\n")
    say(f"Mot de passe de tous les comptes : {PASSWORD}")
    for member in CAST:
        say(f"  {member.role:<22} {member.email}")
    say(f"\nFactures à déposer : {folder / 'factures'}")
    say("Ctrl-C arrête tout.")
