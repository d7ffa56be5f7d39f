"""The command ``syncline``."""

from __future__ import annotations

from engine.cli.app import app


def main() -> None:
    """Run the command line that this process was started with."""
    app(prog_name="syncline")


if __name__ == "__main__":
    main()
