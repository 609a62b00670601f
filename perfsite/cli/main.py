"""The command group: lazy commands and every exit code."""

import sys


def main() -> None:
    """Run the command line."""
    sys.exit(2)
