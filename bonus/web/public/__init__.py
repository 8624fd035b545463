"""Pages anyone may open."""

from . import catalogue, demo_mail, health, home, invitation, open_data, signing, simulator, verification
from .views import blueprint

__all__ = [
    "blueprint",
    "catalogue",
    "demo_mail",
    "health",
    "home",
    "invitation",
    "open_data",
    "signing",
    "simulator",
    "verification",
]
