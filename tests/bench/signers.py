"""How many signatures a second each kind of keychain gives, one asker and eight.

Run by hand: `.venv/bin/python tests/bench/signers.py [seconds]`. A signature is made, checked with libsodium by whoever
has the key, and by a node that asked another process for it once more.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes import softhsm
from fakes.signing_process import CHEAP, NAMES, PASSPHRASE, RunningSigner, continuation, head, make_directory

from interchange.crypto.keychain import Keychain
from interchange.crypto.pkcs11_keychain import Pkcs11Keychain
from interchange.crypto.process_keychain import ProcessKeychain
from interchange.crypto.sealed_keychain import SealedKeychain
from interchange.wire.envelope import signing_input
from interchange.wire.strict_json import dumps

LABEL = "assert-NIS"
ASKERS = (1, 8)
FAST = "signer_per_second = 1000000\n"


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def message(kid: str) -> bytes:
    """Write what is signed of an assertion, of its usual length."""
    claims = {"iss": NAMES.organ_uri("NIS"), "exp": int(time.time()) + 3600, "clr": "x" * 600}
    return signing_input("EdDSA", kid, "clearance-assertion+jwt", dumps(claims))


def per_second(sign: Callable[[], object], askers: int, seconds: float) -> float:
    """Sign for a while."""
    until = time.monotonic() + seconds

    def work(_: int) -> int:
        done = 0
        while time.monotonic() < until:
            sign()
            done += 1
        return done

    began = time.monotonic()
    with ThreadPoolExecutor(askers) as threads:
        done = sum(threads.map(work, range(askers)))
    return done / (time.monotonic() - began)


@contextmanager
def sealed(place: Path) -> Iterator[Keychain]:
    """Keys in this process's memory."""
    yield SealedKeychain(place, PASSPHRASE, **CHEAP)


@contextmanager
def pkcs11(place: Path) -> Iterator[Keychain]:
    """Keys in SoftHSM2."""
    os.environ |= softhsm.make_tokens(place / "hsm", "node")
    keychain = Pkcs11Keychain(softhsm.LIBRARY, "node", softhsm.PIN.encode())
    yield keychain
    keychain.close()


@contextmanager
def process(place: Path) -> Iterator[Keychain]:
    """Keys in another process."""
    directory = make_directory(place / "signer")
    with (directory / "node.toml").open("a", encoding="utf-8") as settings:
        settings.write(FAST)
    with RunningSigner(directory) as running:
        keychain = ProcessKeychain(running.socket)
        yield keychain
        keychain.close()


def lanes_per_second(place: Path, seconds: float) -> float:
    """Let one lane grow leaf by leaf at another process, each head proved and its mark brought to the disk."""
    with process(place) as keychain:
        signer = keychain.lane_signer(keychain.make("lane").kid, continuation(1))
        until, size = time.monotonic() + seconds, 1
        began = time.monotonic()
        while time.monotonic() < until:
            signer.sign(head(1, size).body)
            size += 1
        return (size - 1) / (time.monotonic() - began)


def main(seconds: float) -> None:
    """Print the table."""
    say("| where keys live | " + " | ".join(f"{askers} at once" for askers in ASKERS) + " |")
    say("| --- |" + " ---: |" * len(ASKERS))
    for backend in (sealed, pkcs11, process):
        if backend is pkcs11 and softhsm.missing():
            say(f"| pkcs11 | {softhsm.missing()} |")
            continue
        with ExitStack() as stack:
            place = Path(stack.enter_context(TemporaryDirectory()))
            keychain = stack.enter_context(backend(place))
            kid = keychain.make(LABEL).kid
            text = message(kid)
            rates = [per_second(lambda: keychain[kid].sign(text), askers, seconds) for askers in ASKERS]  # noqa: B023
            say(f"| {backend.__name__} | " + " | ".join(f"{rate:,.0f}" for rate in rates) + " |")
    with TemporaryDirectory() as place_name:
        say(f"heads of one growing lane at another process: {lanes_per_second(Path(place_name), seconds):,.0f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
