"""Pages anyone may open."""

from . import catalogue, health, home, open_data, signing, simulator, verification
from .views import blueprint

__all__ = ["blueprint", "catalogue", "health", "home", "open_data", "signing", "simulator", "verification"]
