"""Certificates of nodes, and their withdrawal, where the party's authority lies."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from fakes.refusals import refused
from fakes.sessions import FakeSession

from interchange.bootstrap.certificates import withdraw as withdraw_certificates
from interchange.bootstrap.root import create
from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.crypto.certificates import make_ca
from interchange.crypto.own_certificate import check_own, serial_of
from interchange.crypto.withdrawals import LONGEST, Withdrawals, check_withdrawals
from interchange.errors import Reason
from interchange.rulebook.load import load

AUTHORITY = "aus.clearance.example"
NOW = 1_800_000_000
PARTY = ("--party", "AUS")


def call(*words: object) -> Result:
    """Call the command line."""
    return CliRunner().invoke(program, [str(word) for word in words])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root directory."""
    names = load().names("AUS", demonstration=False)
    create(tmp_path / "root", names, [b"one", b"two"], 2, NOW - 86_400 * 365)
    return tmp_path / "root"


def officer(root: Path, to: Path, name: str = "officer-1") -> bytes:
    """Issue somebody's certificate."""
    done = call("root", "certificate", root, *PARTY, "--role", "officer", "--name", name, "--to", to)
    assert done.exit_code == Exit.DONE, done.output
    return (to / "caller.pem").read_bytes()


def withdraw(root: Path, to: Path, *words: object) -> Result:
    """Write the party's next list."""
    return call("root", "withdraw", root, *PARTY, *words, "--to", to)


def listed(root: Path, file: Path) -> Withdrawals:
    """Read a list as a node does."""
    return check_withdrawals(file.read_bytes(), (root / "ca.pem").read_bytes())


def test_certificate_for_a_node_bears_its_names_and_serves(root: Path, tmp_path: Path) -> None:
    """Those that `init` gives, and those that were asked for."""
    named = ("--dns-name", "node.example", "--dns-name", "localhost", "--ip-address", "192.0.2.7")
    done = call("root", "certificate", root, *PARTY, "--node", *named, "--to", tmp_path / "renewed")
    pem, key = ((tmp_path / "renewed" / name).read_bytes() for name in ("node.pem", "node.key"))
    certificate = x509.load_pem_x509_certificate(pem)
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert done.exit_code == Exit.DONE, done.output
    assert found.get_values_for_type(x509.DNSName) == [AUTHORITY, "localhost", "node.example"]
    assert [str(each) for each in found.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]
    now = int(certificate.not_valid_before_utc.timestamp())
    assert check_own(pem, key, (root / "ca.pem").read_bytes(), now) == f"spiffe://{AUTHORITY}/partner/node"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--node", "--role", "partner"), id="a node with a role"),
        pytest.param(("--node", "--name", "node"), id="a node with a name"),
        pytest.param(("--node", "--organ", "SCI"), id="a node with an organ"),
        pytest.param(("--role", "officer", "--name", "x", "--dns-name", "x.example"), id="a caller with a host name"),
        pytest.param(("--role", "officer", "--name", "x", "--ip-address", "192.0.2.7"), id="a caller with an address"),
        pytest.param(("--role", "officer"), id="a role without a name"),
        pytest.param(("--name", "x"), id="a name without a role"),
        pytest.param((), id="nobody"),
    ],
)
def test_certificate_for_what_does_not_go_together_is_a_mistake(
    root: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Nothing is issued."""
    done = call("root", "certificate", root, *PARTY, *words, "--to", tmp_path / "new")
    assert (done.exit_code, (tmp_path / "new").exists()) == (Exit.USAGE, False)


def test_certificate_for_a_host_name_that_is_none_is_refused(root: Path, tmp_path: Path) -> None:
    """In one line."""
    done = call("root", "certificate", root, *PARTY, "--node", "--dns-name", "*.example", "--to", tmp_path / "new")
    assert (done.exit_code, "certificate_form" in done.stderr) == (Exit.REFUSED, True)


def test_copy_of_each_certificate_stays_where_it_was_issued(root: Path, tmp_path: Path) -> None:
    """Under the name of its holder, so that it is found when the holder has lost it."""
    pem = officer(root, tmp_path / "officer")
    copy = root / "issued" / f"officer.officer-1.{serial_of(pem):x}.pem"
    assert [(file, file.read_bytes()) for file in (root / "issued").iterdir()] == [(copy, pem)]


def test_serial_number_is_told_when_a_certificate_is_issued(root: Path, tmp_path: Path) -> None:
    """And can be written down."""
    words = ("--role", "officer", "--name", "x", "--to", tmp_path / "x")
    told = call("root", "certificate", root, *PARTY, *words).stdout
    assert f"{serial_of((tmp_path / 'x' / 'caller.pem').read_bytes()):x}" in told


BY: dict[str, Callable[[Path, bytes], tuple[object, ...]]] = {
    "its file": lambda file, _: ("--certificate", file),
    "its serial number": lambda _, pem: ("--serial", f"{serial_of(pem):X}"),
    "its serial number with colons": lambda _, pem: ("--serial", f"{serial_of(pem):040x}".replace("f", ":f")),
}


@pytest.mark.parametrize("how", BY)
def test_certificate_is_withdrawn_by(root: Path, tmp_path: Path, how: str) -> None:
    """As people have it before them."""
    pem = officer(root, tmp_path / "officer")
    done = withdraw(root, tmp_path / "crl", *BY[how](tmp_path / "officer" / "caller.pem", pem))
    assert done.exit_code == Exit.DONE, done.output
    assert list(listed(root, tmp_path / "crl").since) == [serial_of(pem)]


def test_next_list_has_those_of_the_one_before(root: Path, tmp_path: Path) -> None:
    """The root directory remembers them."""
    serials = []
    for name in ("one", "two"):
        serials.append(serial_of(officer(root, tmp_path / name, name)))
        assert withdraw(root, tmp_path / f"{name}.crl", "--serial", f"{serials[-1]:x}").exit_code == Exit.DONE
    first, second = (listed(root, tmp_path / f"{name}.crl") for name in ("one", "two"))
    assert (set(first.since), set(second.since)) == ({serials[0]}, set(serials))
    assert second.number > first.number


def test_withdrawal_may_begin_earlier(root: Path, tmp_path: Path) -> None:
    """When the key was stolen, as far as people know."""
    done = withdraw(root, tmp_path / "crl", "--serial", "5", "--since", "2027-01-15T08:00:00Z")
    assert (done.exit_code, listed(root, tmp_path / "crl").since) == (Exit.DONE, {5: NOW})


def test_withdrawal_of_nothing_is_a_mistake(root: Path, tmp_path: Path) -> None:
    """Somebody forgot to say what."""
    assert (withdraw(root, tmp_path / "crl").exit_code, (tmp_path / "crl").exists()) == (Exit.USAGE, False)


def test_list_is_not_written_over_another(root: Path, tmp_path: Path) -> None:
    """And nothing is withdrawn."""
    (tmp_path / "crl").touch()
    done = withdraw(root, tmp_path / "crl", "--serial", "5")
    assert (done.exit_code, "file_exists" in done.stderr, (root / "ca.crl").exists()) == (Exit.REFUSED, True, False)


def test_certificate_of_another_authority_is_not_withdrawn(root: Path, tmp_path: Path) -> None:
    """Nodes would not look for it."""
    (tmp_path / "other.pem").write_bytes(make_ca(AUTHORITY, NOW)[0])
    done = withdraw(root, tmp_path / "crl", "--certificate", tmp_path / "other.pem")
    assert (done.exit_code, "of another authority" in done.stderr) == (Exit.REFUSED, True)


def test_another_partys_directory_withdraws_nothing(root: Path, tmp_path: Path) -> None:
    """The party is asked for so that nobody takes the wrong medium."""
    done = call("root", "withdraw", root, "--party", "KOR", "--serial", "5", "--to", tmp_path / "crl")
    assert (done.exit_code, "root_party" in done.stderr) == (Exit.REFUSED, True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", Reason.WITHDRAWALS_FORM), (b"x" * (LONGEST + 1), Reason.WITHDRAWALS_FORM)],
    ids=["empty", "too long"],
)
def test_damaged_list_in_the_directory_is_not_taken_for_none(root: Path, content: bytes, reason: Reason) -> None:
    """Those that it had would be forgotten."""
    (root / "ca.crl").write_bytes(content)
    with refused(reason):
        withdraw_certificates(root, [], [5], NOW, NOW)


def test_node_is_told_of_its_own_partys_list_unless_another_is_named(
    run: Callable[..., Result], session: FakeSession, tmp_path: Path
) -> None:
    """What the node says of itself is the party."""
    (tmp_path / "crl").write_bytes(b"list")
    taken = {"number": "7", "withdrawn": 1, "installed_at": "2027-01-15T08:00:00Z"}
    session.lay("NodeService/GetNodeInfo", {"party": "AAA"})
    session.lay("NodeService/InstallWithdrawals", {"party": "AAA", **taken}, {"party": "BBB", **taken})
    for words in ((), ("--party", "BBB")):
        assert run("node", "withdraw-certificates", tmp_path / "crl", *words).exit_code == Exit.DONE
    asked = [request for method, request in session.calls if method == "NodeService/InstallWithdrawals"]
    assert [(each["party"], each["crl"]) for each in asked] == [("AAA", "bGlzdA=="), ("BBB", "bGlzdA==")]
