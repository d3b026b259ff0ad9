"""A node whose clock is ahead by as many seconds as a file says: `python -m interchange.demo.clocked DIRECTORY FILE`.

For the drill alone, in which hours have to pass between a theft and its discovery, and nobody wants to wait for them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from interchange import config
from interchange.bootstrap.serve import serve
from interchange.demo.stage import Nation

if TYPE_CHECKING:
    from interchange.domain.time import Instant


class ClockedNation(Nation):
    """A nation whose node's clock can be set on."""

    clock: Path

    def start(self) -> None:
        """Start the node's process by the drill's clock."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "interchange.demo.clocked", str(self.directory), str(self.clock)]
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)  # noqa: S603 - ourselves


def ahead(file: Path) -> Instant:
    """Read the clock: the machine's, and what the file says on top; whole Unix seconds."""
    return int(time.time()) + int(file.read_text(encoding="ascii"))


def main() -> None:
    """Run the node until it is told to stop."""
    directory, file = map(Path, sys.argv[1:3])
    settings = config.load(directory)

    def ready(_port: int) -> None:
        sys.stdout.write(f"serving {settings.party}\n")
        sys.stdout.flush()

    serve(settings, ready, lambda: ahead(file))


if __name__ == "__main__":
    main()
