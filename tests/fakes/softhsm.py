"""A hardware module of software: SoftHSM2, where it is installed, with tokens of a test's own."""

import os
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest

LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
LIBRARY = next((path for path in LIBRARIES if Path(path).exists()), "")

PIN, SO_PIN = "4711-4711", "0815-0815"

TOKENS = ("node", "other")
"""Labels; another that is made later is seen by this process only once its library begins anew."""


def missing() -> str:
    """Say what is not installed, or nothing if all is."""
    if not LIBRARY or which("softhsm2-util") is None:
        return "SoftHSM2 is not installed (Debian package softhsm2)"
    return "" if find_spec("pkcs11") else "python-pkcs11 is not installed (package extra hsm)"


def make_tokens(directory: Path, *labels: str) -> dict[str, str]:
    """Make tokens in a new directory.

    Returns:
        What a process has in its environment that finds them there; it must be so before the library is loaded.
    """
    (directory / "tokens").mkdir(parents=True)
    settings = directory / "softhsm2.conf"
    settings.write_text(
        f"directories.tokendir = {directory / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n",
        encoding="utf-8",
    )
    environment = {"SOFTHSM2_CONF": str(settings)}
    for label in labels:
        words = ["--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN]
        subprocess.run(
            ["softhsm2-util", *words], check=True, capture_output=True, env=os.environ | environment, timeout=60
        )
    return environment


@pytest.fixture(scope="session")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the directory of SoftHSM's tokens, which this process's library finds."""
    if why := missing():
        pytest.skip(why)
    directory = tmp_path_factory.mktemp("hsm") / "softhsm"
    # The library is loaded once in a process, and reads this then.
    with pytest.MonkeyPatch.context() as patch:
        for name, value in make_tokens(directory, *TOKENS).items():
            patch.setenv(name, value)
        yield directory
