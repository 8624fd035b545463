"""The State's agents: dossiers, payments, registry."""

from . import payments
from .views import blueprint

__all__ = ["blueprint", "payments"]
