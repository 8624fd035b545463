"""The State's agents: dossiers, payments, registry."""

from . import (
    accounts,
    announcements,
    certifiers,
    exports,
    follow,
    imports,
    imports_files,
    labels,
    payments,
    registry,
    registry_acts,
    registry_corrections,
)
from .views import blueprint

__all__ = [
    "accounts",
    "announcements",
    "blueprint",
    "certifiers",
    "exports",
    "follow",
    "imports",
    "imports_files",
    "labels",
    "payments",
    "registry",
    "registry_acts",
    "registry_corrections",
]
