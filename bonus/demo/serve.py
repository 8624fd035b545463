"""The demonstration in a browser: everything is started, watched and stopped from one process."""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from bonus import create_app
from bonus.adapters.company_directory import EXAMPLES
from bonus.calendar import civil_date
from bonus.claims.cards_rebuild import tidy
from bonus.errors import Refusal
from bonus.extensions import db

from .cast import CAST, PASSWORD
from .folder import DATABASE, database_url, migrate, open_folder, settings_of
from .invoices import make_invoices
from .processes import EmbeddedServices
from .seed import close_fiscal_years, seed
from .story import BEGAN, Story
from .words import why

HOST = "127.0.0.1"
Say = Callable[[str], None]


def serve(folder: Path, port: int, *, fresh: bool, story: bool, say: Say) -> None:
    """Serve until Ctrl-C; with ``story``, a new database holds dossiers at each step. Raises Refusal, before
    anything is made, when the port or the folder cannot be used."""
    # A shell that starts us in the background has Ctrl-C ignored: we want to hear it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with (
        _listening(port) as listener,
        open_folder(folder, fresh=fresh),
        contextlib.suppress(KeyboardInterrupt),
    ):
        _serve(folder, port, listener, say, story=story)
    say("Tout est arrêté. Les données sont gardées : relancez la même commande pour les retrouver.")


def _listening(port: int) -> socket.socket:
    """The port, ours from now on: whoever comes before all is ready waits for it."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sentence = f"Le port {port} est déjà pris sur cette machine"
        else:
            sentence = f"Le port {port} ne peut pas être ouvert ({why(error)})"
        raise Refusal("demo.port", f"{sentence} : choisissez-en un autre avec --port.") from error


def _serve(folder: Path, port: int, listener: socket.socket, say: Say, *, story: bool) -> None:
    now = datetime.now(UTC)
    url = f"http://{HOST}:{port}"
    settings = settings_of(folder, url, now)
    prepare(settings, folder, now, say, story=story)
    environment = {name: str(value) for name, value in settings.items()}
    say("Démarrage de la file (Valkey) et de l’exécutant (RQ)…")
    with EmbeddedServices(folder / "services", environment) as services:
        app = create_app(settings | {"REDIS_URL": services.redis_url, "DEMO_ACCOUNTS": _accounts()})
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line a request would hide what we say
        server = make_server(HOST, port, app, threaded=True, fd=listener.fileno())
        _welcome(url, folder, say)
        with contextlib.suppress(KeyboardInterrupt, SystemExit):  # Ctrl-C; SIGTERM, by way of the services
            server.serve_forever()
        server.server_close()
        say("\nArrêt…")


def prepare(settings: dict[str, Any], folder: Path, now: datetime, say: Say, *, story: bool = False) -> None:
    """Bring the database to the code's version; a new one is complete, or is not there at all. With ``story``, a new
    one holds dossiers at each step of the examination."""
    say("Base de données…")
    if (folder / DATABASE).exists():
        with application(settings):
            tidy(now)  # of a version without the agents' cards
            say("Données de la démonstration précédente retrouvées.")
        return
    today = civil_date(now)
    samples = folder / "factures"
    samples.mkdir(exist_ok=True)
    for name, content in make_invoices(today):
        (samples / name).write_bytes(content)
    new = folder / f"{DATABASE}.new"
    for left in folder.glob(
        f"{new.name}*"
    ):  # by a start that was killed; its journal would come back to life
        left.unlink()
    with application(settings | {"DATABASE_URL": database_url(new)}):
        say("Données de référence : registre, enveloppe, entreprise, agents…")
        seed(today, now - timedelta(days=BEGAN) if story else now)
        close_fiscal_years(today)
        if story:
            say("Quelques dossiers, à chaque étape de l’instruction…")
            Story(now).tell()
    new.rename(folder / DATABASE)


@contextlib.contextmanager
def application(settings: dict[str, Any]) -> Iterator[None]:
    """An application on a migrated database, and its context; nothing of the database stays open after it."""
    app = create_app(settings)
    migrate(app)
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def _accounts() -> list[tuple[str, str, str]]:
    return [(member.role, member.email, PASSWORD) for member in CAST]


def _welcome(url: str, folder: Path, say: Say) -> None:
    say(f"\nLe service répond sur {url}\n")
    say(f"Mot de passe de tous les comptes : {PASSWORD}")
    for member in CAST:
        say(f"  {member.role:<22} {member.email}")
    say("\nEntreprises à inscrire, par leur SIREN :")
    for siren, words in EXAMPLES:
        say(f"  {siren:<22} {words}")
    say(f"\nFactures à déposer : {folder / 'factures'}")
    say(f"Courriels écrits : {url}/demonstration/courriels (fichiers .eml dans {folder / 'mail' / 'new'})")
    say(f"Courriers sur papier : {url}/demonstration/courriers (fichiers PDF dans {folder / 'post'})")
    say("Ctrl-C arrête tout.")
