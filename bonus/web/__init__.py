"""What people meet: one folder per audience, guards in ``access.py``."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add the pages, guards, headers and error pages to the application."""
    from . import access, api, assets, error_pages, filters, navigation, numbers, security, zero_bytes
    from .accountant import blueprint as accountant
    from .admin import blueprint as admin
    from .admin.letters import blueprint as letters
    from .agent import blueprint as agent
    from .api.guard import bound_bodies
    from .company import blueprint as company
    from .public import blueprint as public

    numbers.register_numbers(app)
    security.register_security(app)
    assets.register_assets(app)
    filters.register_filters(app)
    error_pages.register_error_pages(app)
    bound_bodies(app)
    zero_bytes.register_zero_bytes(app)
    for blueprint in (public, company, agent, accountant, admin, letters):
        app.register_blueprint(blueprint)
    app.jinja_env.globals.setdefault("proconnect_enabled", False)
    api.register(app)
    access.register_guards(app)
    navigation.register_navigation(app)
