"""Reading of certifiers' files (CSV, XLSX, JSON) into typed rows and faults. Pure: no database, no web.

``read_file`` is all that an import needs; ``template_csv`` and ``template_xlsx`` are the empty forms to fill in.
"""

from __future__ import annotations

from bonus.tables.columns import Column
from bonus.tables.source import Fault

from .columns import COLUMNS
from .model import (
    MAX_FILE_BYTES,
    MAX_ROWS,
    CertificationRow,
    FileContent,
    FileRules,
    LabelRule,
)
from .reader import read_file
from .template import template_csv, template_xlsx

__all__ = [
    "COLUMNS",
    "MAX_FILE_BYTES",
    "MAX_ROWS",
    "CertificationRow",
    "Column",
    "Fault",
    "FileContent",
    "FileRules",
    "LabelRule",
    "read_file",
    "template_csv",
    "template_xlsx",
]
