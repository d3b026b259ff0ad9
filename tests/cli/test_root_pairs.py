"""Custodians with a pair of keys each: what they see, what they sign, and how root keys are exchanged."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result
from fakes import tokens
from fakes.refusals import refused

from interchange.bootstrap import root
from interchange.bootstrap.ceremony import sign_keyring
from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.crypto.both import BOTH
from interchange.crypto.sealed import write_private
from interchange.domain.keyring import ED25519, MLDSA65, Keyring, accept_keyring
from interchange.errors import Reason
from interchange.rulebook.load import load
from interchange.wire import base64url
from interchange.wire.keyring import encode_keyring, parse_keyring

NAMES = load().names("KOR", demonstration=True)


class Made(NamedTuple):
    """Two root directories of one party, the first with one family, and passphrases of three custodians in files."""

    before: Path
    after: Path
    passphrases: list[Path]


def call(*words: object) -> Result:
    """Call the command line."""
    return CliRunner().invoke(program, [str(word) for word in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What `root create` leaves, with and without the second family."""
    base = tmp_path_factory.mktemp("roots")
    passphrases = [base / f"passphrase-{number}" for number in (1, 2, 3)]
    for file in passphrases:
        write_private(file, f"{file.name}\n".encode())
    given = [word for file in passphrases for word in ("--passphrase-file", file)]
    for name, more in (("before", ["--ed25519-only"]), ("after", [])):
        done = call("root", "create", base / name, "--party", "KOR", "--demonstration", *given, *more)
        assert done.exit_code == 0, done.output
    return Made(base / "before", base / "after", passphrases)


def drafted(directory: Path, number: int = 1) -> Keyring:
    """Draft a keyring with the root keys of a directory."""
    roots = root.read(directory)
    return tokens.party_keyring(
        authority=NAMES.authority, number=number, keys=(), thresholds=roots.thresholds, roots=roots.keys
    )


def write(ring: Keyring, to: Path) -> Path:
    """Leave a draft in a file."""
    to.write_bytes(encode_keyring(ring))
    return to


def signing(made: Made, directory: Path, numbers: Sequence[int]) -> list[object]:
    """Spell the options by which these custodians sign with the keys of a directory."""
    keys = [word for number in numbers for word in ("--key", directory / f"root-{number}.sealed")]
    return [*keys, *(word for number in numbers for word in ("--passphrase-file", made.passphrases[number - 1]))]


def test_directory_lists_a_pair_for_each_custodian(made: Made) -> None:
    """Three keys of each family, two of which must sign; each in a file of its own."""
    roots = root.read(made.after)
    assert roots.thresholds == {ED25519: 2, MLDSA65: 2}
    assert [key.family for key in roots.keys] == [ED25519] * 3 + [MLDSA65] * 3
    names = {f"root-{number}{half}.sealed" for number in (1, 2, 3) for half in ("", ".mldsa")}
    assert {file.name for file in made.after.glob("*.sealed")} == names


def test_directory_without_the_second_family_is_as_it_was(made: Made) -> None:
    """Whoever leaves it out says so by an option."""
    assert root.read(made.before).thresholds == {ED25519: 2}
    assert {file.name for file in made.before.glob("*.sealed")} == {f"root-{number}.sealed" for number in (1, 2, 3)}


def test_directory_made_before_there_were_two_families_is_read(tmp_path: Path) -> None:
    """It gives one threshold, and its keys as points of a curve."""
    key = tokens.root_key()
    listed = {"kid": key.kid, "alg": "EdDSA", "x": base64url.encode(key.public_key)}
    old = json.dumps({"threshold": 1, "keys": [listed]})
    write_private(tmp_path / "root.json", old.encode())
    assert root.read(tmp_path) == root.Roots({ED25519: 1}, (key,))


def test_custodian_signs_with_both_halves_and_is_told_which(made: Made, tmp_path: Path) -> None:
    """The words name both files, both keys and both families before anything is written."""
    draft = write(drafted(made.after), tmp_path / "draft")
    done = call("root", "sign", draft, *signing(made, made.after, [2]), "--to", tmp_path / "half")
    roots = root.read(made.after).keys
    assert f"root-2.sealed        signs as {roots[1].kid} with Ed25519" in done.stdout
    assert f"root-2.mldsa.sealed  signs as {roots[4].kid} with ML-DSA-65" in done.stdout
    assert "to be signed by  2 of 3 Ed25519 and 2 of 3 ML-DSA-65 root keys" in done.stdout
    assert "1 of 2 needed with Ed25519, 1 of 2 needed with ML-DSA-65" in done.stdout


def test_two_custodians_make_a_keyring_that_a_node_takes(made: Made, tmp_path: Path) -> None:
    """Both families are met by two passphrases."""
    ring = drafted(made.after)
    call("root", "sign", write(ring, tmp_path / "draft"), *signing(made, made.after, [1, 3]), "--to", tmp_path / "jws")
    assert accept_keyring(None, *parse_keyring((tmp_path / "jws").read_bytes()), BOTH) == ring


def test_custodian_without_the_other_half_signs_nothing(made: Made, tmp_path: Path) -> None:
    """A keyring that lacked it would be found out only when it is too late to ask again."""
    alone = tmp_path / "root-1.sealed"
    write_private(alone, (made.after / "root-1.sealed").read_bytes())
    given = ("--key", alone, "--passphrase-file", made.passphrases[0])
    done = call("root", "sign", write(drafted(made.after), tmp_path / "draft"), *given, "--to", tmp_path / "jws")
    assert (done.exit_code, (tmp_path / "jws").exists()) == (Exit.REFUSED, False)
    assert "root-1.mldsa.sealed" in done.stderr


def test_halves_of_two_custodians_are_no_pair(made: Made, tmp_path: Path) -> None:
    """One passphrase opens both halves of a pair, and not another's half."""
    write_private(tmp_path / "root-1.sealed", (made.after / "root-1.sealed").read_bytes())
    write_private(tmp_path / "root-1.mldsa.sealed", (made.after / "root-2.mldsa.sealed").read_bytes())
    with refused(Reason.FILE_SEALED):
        sign_keyring(encode_keyring(drafted(made.after)), [tmp_path / "root-1.sealed"], [b"passphrase-1"])


def test_stranger_is_told_before_the_passphrase_is_tried(made: Made, tmp_path: Path) -> None:
    """A root key of another keyring signs nothing here."""
    draft = write(drafted(made.after), tmp_path / "draft")
    done = call("root", "sign", draft, *signing(made, made.before, [1]), "--to", tmp_path / "jws")
    assert (done.exit_code, "key_role" in done.stderr) == (Exit.REFUSED, True)


def test_second_family_comes_in_by_adopting_new_root_keys(made: Made, tmp_path: Path) -> None:
    """Two custodians of the old keys and two of the new pairs sign; whoever follows the old keyring takes the new."""
    first = drafted(made.before)
    signed = sign_keyring(
        encode_keyring(first),
        [made.before / "root-1.sealed", made.before / "root-2.sealed"],
        [b"passphrase-1", b"passphrase-2"],
    )
    write_private(tmp_path / "keyring-1.json", signed.jws)
    draft = write(replace(first, number=2), tmp_path / "draft")
    done = call("root", "adopt", draft, made.after, "--to", tmp_path / "adopted")
    assert done.exit_code == 0, done.output
    after = ("--after", tmp_path / "keyring-1.json")
    old = (*signing(made, made.before, [1, 2]), *after, "--to", tmp_path / "half")
    done = call("root", "sign", tmp_path / "adopted", *old)
    assert "of those before  2 of 2 needed" in done.stdout, done.output
    new = (*signing(made, made.after, [2, 3]), *after, "--to", tmp_path / "whole")
    done = call("root", "sign", tmp_path / "half", *new)
    assert "2 of 2 needed with Ed25519, 2 of 2 needed with ML-DSA-65" in done.stdout, done.output
    taken = accept_keyring(first, *parse_keyring((tmp_path / "whole").read_bytes()), BOTH)
    assert taken.thresholds == {ED25519: 2, MLDSA65: 2}


def test_second_family_is_not_given_up_by_adopting(made: Made, tmp_path: Path) -> None:
    """Nobody who follows would take such a keyring, so none is drafted."""
    draft = write(drafted(made.after, 2), tmp_path / "draft")
    done = call("root", "adopt", draft, made.before, "--to", tmp_path / "adopted")
    assert (done.exit_code, "keyring_threshold" in done.stderr) == (Exit.REFUSED, True)
