"""The command line: one module per noun, loaded when it is called."""

from __future__ import annotations


def main() -> None:
    """Run the command line on this process's arguments, and end the process with the exit code that `--help` lists."""
    # Imported when called, so that importing the package costs nothing.
    from interchange.cli.program import program  # noqa: PLC0415

    program.main(prog_name="interchange")
