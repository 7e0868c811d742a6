"""The command ``scalr-detect``, which ``python -m scalr_detect`` is too."""

import signal
import sys

from ._native import _main


def main() -> int:
    """Runs the command line and returns its exit code."""
    # The program does not come back to Python before it is done, so Python's own handler would never be called.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _main(["scalr-detect", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
