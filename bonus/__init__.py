"""Bonus Souveraineté: the application factory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from flask import Flask

from . import config
from .errors import UnsafeConfiguration

GUNICORN_BOOT_ERROR = 3


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Build the application. ``overrides`` replace settings of the environment (tests, the demo).

    Raises UnsafeConfiguration when it is about to serve with unsafe settings. Commands that set the
    service up are let through: they ask for what they need themselves.
    """
    settings = config.load_settings(overrides)
    if _about_to_serve():
        _require_safe(settings)
    app = Flask(
        __name__,
        template_folder="../templates",
        static_folder="../static",
        instance_path=settings["DATA_FOLDER"],
    )
    app.config.from_mapping(settings)
    _bind_extensions(app)
    _register_web(app)
    from . import cli

    cli.register(app)
    return app


def _require_safe(settings: Mapping[str, Any]) -> None:
    try:
        config.ensure_safe(settings)
    except UnsafeConfiguration as problem:
        click.echo(problem, err=True)
        # Gunicorn then stops, instead of starting a new worker again and again.
        problem.code = GUNICORN_BOOT_ERROR
        raise


def _about_to_serve() -> bool:
    """True outside the `flask` command (a web server imports us) and under `flask run`."""
    context = click.get_current_context(silent=True)
    return context is None or context.info_name == "run"


def _bind_extensions(app: Flask) -> None:
    from . import models
    from .claims import cards
    from .extensions import babel, csrf, db, limiter, login_manager, migrate

    assert models.ALL  # the import is what makes every table known
    cards.register()  # and this keeps the agents’ lists as the dossiers are
    db.init_app(app)
    migrate.init_app(app, db, directory="migrations", compare_type=True)
    login_manager.init_app(app)
    csrf.init_app(app)
    babel.init_app(app)
    limiter.init_app(app)


def _register_web(app: Flask) -> None:
    from werkzeug.middleware.proxy_fix import ProxyFix

    from . import web

    proxies = app.config["TRUSTED_PROXIES"]
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    web.register(app)
