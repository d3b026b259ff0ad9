"""A document's commands carried out as a reader would: one shell session in an empty directory."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

SECONDS = 400
"""After which a session is ended; a reader would have given up long before."""


class Ended(NamedTuple):
    """How a session ended, and what its reader saw."""

    returncode: int
    stdout: str
    stderr: str


def run(blocks: Sequence[str], directory: Path, replaced: Mapping[str, str]) -> Ended:
    """Run blocks one after the other in one shell, which stops at the first command that fails.

    Args:
        blocks: contents of `sh` blocks.
        directory: where the reader works.
        replaced: text → other text, such as a port that may be taken on this machine.
    """
    script = "\n".join(blocks)
    for text, other in replaced.items():
        script = script.replace(text, other)
    # Whoever reads the document has installed the package, so that its program is on the path.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INTERCHANGE_")}
    # Output goes to files: a node that is left in the background would keep a pipe open.
    with (directory / "stdout").open("w+") as stdout, (directory / "stderr").open("w+") as stderr:
        shell = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=directory,
            env={**kept, "PATH": path, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            code = shell.wait(SECONDS)
        finally:
            # The session is the shell's own: nothing else is in its group.
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
        stdout.seek(0)
        stderr.seek(0)
        return Ended(code, stdout.read(), stderr.read())
