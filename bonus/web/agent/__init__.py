"""The State's agents: dossiers, payments, registry."""

from . import follow, payments
from .views import blueprint

__all__ = ["blueprint", "follow", "payments"]
