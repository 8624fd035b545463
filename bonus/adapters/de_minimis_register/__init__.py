"""The central register of de minimis aids (art. 7). Two of them: a file of ours, and a server asked by HTTPS."""

from .http import HttpRegister, read_register_url
from .local import LocalRegister
from .model import Correction, DeMinimisRegister, NewAid, RegisterAway, RegisteredAid, RegisterRefusal

__all__ = [
    "Correction",
    "DeMinimisRegister",
    "HttpRegister",
    "LocalRegister",
    "NewAid",
    "RegisterAway",
    "RegisterRefusal",
    "RegisteredAid",
    "read_register_url",
]
