"""Pages anyone may open."""

from . import (
    catalogue,
    demo_mail,
    health,
    home,
    invitation,
    open_data,
    proconnect,
    proconnect_account,
    signing,
    simulator,
    verification,
)
from .views import blueprint

__all__ = [
    "blueprint",
    "catalogue",
    "demo_mail",
    "health",
    "home",
    "invitation",
    "open_data",
    "proconnect",
    "proconnect_account",
    "signing",
    "simulator",
    "verification",
]
