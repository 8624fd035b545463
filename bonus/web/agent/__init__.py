"""The State's agents: dossiers, payments, registry."""

from . import (
    accounts,
    acts,
    agents,
    announcements,
    asking,
    certifiers,
    exports,
    follow,
    imports,
    imports_files,
    labels,
    payments,
    queue,
    registry,
    registry_acts,
    registry_corrections,
    sign_ups,
)
from .views import blueprint

__all__ = [
    "accounts",
    "acts",
    "agents",
    "announcements",
    "asking",
    "blueprint",
    "certifiers",
    "exports",
    "follow",
    "imports",
    "imports_files",
    "labels",
    "payments",
    "queue",
    "registry",
    "registry_acts",
    "registry_corrections",
    "sign_ups",
]
