"""The company's space: its dossiers, from invoices to decision, and its certificates."""

from . import filing, simulated
from .views import blueprint

__all__ = ["blueprint", "filing", "simulated"]
