"""The command ``syncline``."""

from __future__ import annotations

import signal

from engine.cli.app import app
from engine.cli.command import INTERRUPTED


def main() -> None:
    """Run the command line that this process was started with."""
    try:
        app(prog_name="syncline")
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            # As the interpreter ends it takes our handlers away: one more signal would change the exit code.
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, signal.SIG_IGN)
        raise


if __name__ == "__main__":
    main()
