"""Running a signing process: its keys, its marks, and the socket it is asked at.

It loads neither gRPC nor a database: what could be attacked there is not where the keys are, and it starts at once.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from typing import TYPE_CHECKING, Final

from interchange.bootstrap.keychains import open_own
from interchange.bootstrap.signer_lanes import LaneMarks
from interchange.bootstrap.signer_pace import Pace
from interchange.bootstrap.signer_payloads import Payloads
from interchange.bootstrap.signer_process import SigningProcess, alone, listening
from interchange.errors import Reason, refuse
from interchange.rulebook.load import load as load_rulebook
from interchange.store.highwater import HighWater
from interchange.telemetry.logs import configure, log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from interchange.config import Settings

MARKS: Final = "signer-highwater"
"""The signing process's own file of how far it has signed each lane."""


def serve(settings: Settings, ready: Callable[[Path, int], None], uid: int | None = None) -> None:
    """Run a signing process until SIGTERM or SIGINT.

    Args:
        settings: of its directory.
        ready: called with the socket and the number of keys once requests are answered.
        uid: the user that the node runs as; None for the one that this process runs as.

    Raises:
        Refusal: CONFIG_FORM if the settings say that another process has the keys; PORT_IN_USE; SIGNER_UNAVAILABLE
            while another process works with the directory; LANE_BEHIND if the file of marks is lost; FILE_LOOSE,
            FILE_SEALED, FILE_UNREADABLE, SIGNER_PIN.
    """
    configure(settings.log_level)
    names = load_rulebook().names(settings.party, demonstration=settings.demonstration)
    marks = HighWater(settings.directory / MARKS)
    path = settings.path("signer_socket")
    with alone(settings.directory):
        if marks.marks().by_lane is None:
            raise refuse(Reason.LANE_BEHIND, f"{MARKS} is lost")
        keychain = open_own(settings)
        process = SigningProcess(
            keychain,
            Payloads(names, LaneMarks(marks), lambda: int(time.time())),
            Pace(settings.signer_per_second, time.monotonic, time.sleep),
        )
        with listening(path, to_others=uid is not None) as listener:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: listener.shutdown(socket.SHUT_RDWR))
            log("signing", party=settings.party, keys=len(keychain))
            ready(path, len(keychain))
            process.serve(listener, os.geteuid() if uid is None else uid)
            log("stopping", party=settings.party)
