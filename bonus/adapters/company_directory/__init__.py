"""The company directory: who a SIREN is. Two of them: a file of companies that do not exist, and the public one."""

from .http import HttpDirectory, read_directory_url
from .local import EXAMPLES, LocalDirectory
from .model import CompanyDirectory, DirectoryAway, Identity

__all__ = [
    "EXAMPLES",
    "CompanyDirectory",
    "DirectoryAway",
    "HttpDirectory",
    "Identity",
    "LocalDirectory",
    "read_directory_url",
]
