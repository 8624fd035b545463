"""The company's space: its dossiers, from invoices to decision, its certificates, and the company itself."""

from . import bank, establishment, filing, team
from .views import blueprint

__all__ = ["bank", "blueprint", "establishment", "filing", "team"]
