"""What Python's reader of ZIP files raises of one that is damaged, cut, or made in a way it does not know."""

from __future__ import annotations

import zipfile
import zlib

BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # a password; NotImplementedError, a compression it does not know, is one
)
