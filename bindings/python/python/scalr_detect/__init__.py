"""Finds leaked credentials in bytes and text.

>>> import scalr_detect
>>> scalr_detect.scan("nothing to see here")
[]

``scan``, ``is_match`` and ``redact`` look for everything. A :class:`Scanner` looks for what it is told to; build it once and
share it, with threads too. A :class:`Redactor` keeps secrets out of logs and streams.

Nothing here needs a network. Nothing but :attr:`Finding.secret` shows a secret.
"""

from ._native import (
    ArrowArray,
    ArrowStream,
    BuildError,
    BytesRedactor,
    Detector,
    Finding,
    Scanner,
    __version__,
    catalog,
)
from ._redactor import Redactor

__all__ = [
    "ArrowArray",
    "ArrowStream",
    "BuildError",
    "BytesRedactor",
    "Detector",
    "Finding",
    "Redactor",
    "Scanner",
    "__version__",
    "catalog",
    "is_match",
    "redact",
    "scan",
]

_SCANNER = Scanner()

# The methods themselves, so that a call costs no more than one of a scanner's.
is_match = _SCANNER.is_match
redact = _SCANNER.redact
scan = _SCANNER.scan
