"""Output that could not be written: a full disk, or a reader that went away.

It is found out where something is printed, which is after the command has done its work, so that it is no refusal.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from typing import TYPE_CHECKING

from interchange.cli.command import AS_JSON, DONE
from interchange.cli.exits import Exit, let_go, say

if TYPE_CHECKING:
    from collections.abc import Mapping

_READER_LEFT = frozenset({errno.EPIPE, errno.ECONNRESET})
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EAGAIN})


def code_of_lost(error: OSError, meta: Mapping[str, object]) -> Exit | None:
    """Say on standard error that the answer is lost, and whether anything was done, and end the output for good.

    Args:
        error: with which a command ended.
        meta: of the command's context: whether it did something, and how it wants to be answered.

    Returns:
        The exit code; None if the error is none of standard output.
    """
    # An error about a file names it; and what commands do with files of their own ends in refusals.
    if error.filename is not None or error.errno not in _READER_LEFT | _NO_ROOM:
        return None
    let_go(sys.stdout)
    if error.errno in _READER_LEFT:
        # As of every program in a pipe: who took what it wanted and left does not want to hear about it.
        return Exit.READER_LEFT
    done = "it was done, but " if meta.get(DONE) else ""
    text = f"{done}the answer could not be written: {os.strerror(error.errno or errno.EIO)}"
    told = {
        "reason": "unprinted",
        "text": text,
        "where": "standard output",
        "remedy": "Make room, and ask what came of it.",
    }
    say(json.dumps({"error": told}, ensure_ascii=False) if meta.get(AS_JSON) else f"error: {text}")
    return Exit.UNPRINTED
