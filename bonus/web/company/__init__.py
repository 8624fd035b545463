"""The company's space: its dossiers, from invoices to decision, and its certificates."""

from . import filing, notices, simulated
from .views import blueprint

__all__ = ["blueprint", "filing", "notices", "simulated"]
