import errno
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interchange.errors import Reason, Refusal
from interchange.store.highwater import HighWater, Mark

LANE = "aaa.clearance.example/lane/BBB/1"
OTHER = "aaa.clearance.example/lane/audit/1"
ROOT, FORK = b"\x01" * 32, b"\x02" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the marks lie."""
    return tmp_path / "highwater"


@pytest.fixture
def marks(path: Path) -> HighWater:
    """Marks with one lane at size 5."""
    marks = HighWater(path)
    marks.create()
    marks.raise_to(LANE, 5, ROOT)
    return marks


@pytest.mark.parametrize(
    ("size", "root"),
    [pytest.param(5, ROOT, id="the same head"), pytest.param(6, FORK, id="a larger head")],
)
def test_head_at_or_above_the_mark_passes(marks: HighWater, size: int, root: bytes) -> None:
    """A ledger that has all that was signed may go on."""
    marks.check(LANE, size, root)


@pytest.mark.parametrize(
    ("size", "root"),
    [
        pytest.param(4, ROOT, id="a smaller head"),
        pytest.param(0, ROOT, id="an empty lane"),
        pytest.param(5, FORK, id="another root at the same size"),
    ],
)
def test_head_below_or_beside_the_mark_is_refused(marks: HighWater, size: int, root: bytes) -> None:
    """A ledger from a backup, or another one, may not go on."""
    with pytest.raises(Refusal) as refused:
        marks.check(LANE, size, root)
    assert (refused.value.reason, refused.value.where) == (Reason.LANE_BEHIND, LANE)


def test_lane_that_was_never_signed_passes(marks: HighWater) -> None:
    """A mark holds for its own lane alone."""
    marks.check(OTHER, 0, FORK)


def test_marks_outlive_the_process(marks: HighWater, path: Path) -> None:
    """What was raised is read by whoever opens the file later."""
    marks.raise_to(OTHER, 7, FORK)
    later = HighWater(path)
    assert (later.mark(LANE), later.mark(OTHER)) == (Mark(5, ROOT), Mark(7, FORK))


def test_lower_head_does_not_lower_the_mark(marks: HighWater) -> None:
    """A mark only ever goes up."""
    marks.raise_to(LANE, 4, FORK)
    assert marks.mark(LANE) == Mark(5, ROOT)


def test_equal_head_writes_nothing(marks: HighWater, path: Path) -> None:
    """Signing the same head again costs no write."""
    before = path.stat().st_ino
    marks.raise_to(LANE, 5, ROOT)
    assert path.stat().st_ino == before


def test_other_root_at_the_mark_is_not_raised(marks: HighWater) -> None:
    """A fork of what was signed is refused before it is signed."""
    with pytest.raises(Refusal) as refused:
        marks.raise_to(LANE, 5, FORK)
    assert refused.value.reason is Reason.LANE_BEHIND


def test_files_are_their_owners_alone(marks: HighWater, path: Path) -> None:
    """Nobody else can lower a mark."""
    marks.raise_to(LANE, 6, ROOT)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_replacement_leaves_no_temporary_file(marks: HighWater, path: Path) -> None:
    """Beside the marks lies nothing but their lock."""
    marks.raise_to(LANE, 6, ROOT)
    assert sorted(file.name for file in path.parent.iterdir()) == ["highwater", "highwater.lock"]


def test_failed_write_keeps_the_old_marks(marks: HighWater, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails in the middle leaves the file as it was, and the head unsigned."""

    def fail(_: int) -> None:
        raise OSError

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(Refusal) as refused:
        marks.raise_to(LANE, 6, ROOT)
    assert (refused.value.reason, marks.mark(LANE)) == (Reason.HIGHWATER_UNREADABLE, Mark(5, ROOT))
    assert sorted(file.name for file in path.parent.iterdir()) == ["highwater", "highwater.lock"]


def test_new_file_has_no_marks(path: Path) -> None:
    """A node that has signed nothing is above all its marks."""
    HighWater(path).create()
    HighWater(path).check(LANE, 3, ROOT)


def test_file_is_made_once(marks: HighWater) -> None:
    """Marks that are there are not made anew, which would lower them."""
    with pytest.raises(Refusal) as refused:
        marks.create()
    assert (refused.value.reason, marks.mark(LANE)) == (Reason.FILE_EXISTS, Mark(5, ROOT))


ON_A_LOST_FILE: dict[str, Callable[[HighWater], object]] = {
    "a lane with leaves goes on": lambda marks: marks.check(LANE, 5, ROOT),
    "a larger head is marked": lambda marks: marks.raise_to(LANE, 6, ROOT),
    "a mark is read": lambda marks: marks.mark(LANE),
}


@pytest.mark.parametrize("name", ON_A_LOST_FILE)
def test_lost_file_is_not_taken_for_one_without_marks(marks: HighWater, path: Path, name: str) -> None:
    """It may have been lost together with the newest copy of the ledger."""
    path.unlink()
    with pytest.raises(Refusal) as refused:
        ON_A_LOST_FILE[name](marks)
    assert (refused.value.reason, path.exists()) == (Reason.LANE_BEHIND, False)


def test_empty_lane_needs_no_mark(path: Path) -> None:
    """A lane of which nothing was told has nothing to lose."""
    HighWater(path).check(LANE, 0, ROOT)


def test_file_that_cannot_be_opened_says_nothing_about_a_lane(
    marks: HighWater, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many open files are not taken for a restored ledger, and have a remedy of their own."""

    def fail(*_: object) -> bytes:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(Refusal) as refused:
        marks.check(LANE, 5, ROOT)
    assert refused.value.reason is Reason.HIGHWATER_UNREADABLE


def test_marks_read_once_do_not_change(marks: HighWater) -> None:
    """A head that is signed after them is not below them."""
    before = marks.marks()
    marks.raise_to(LANE, 6, FORK)
    before.check(LANE, 5, ROOT)


LINE = f"{LANE} 5 {ROOT.hex()}"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda good: good[:-1], id="cut by a byte"),
        pytest.param(lambda good: good[: good.index(b"\n") + 1], id="without its digest"),
        pytest.param(lambda good: good[good.index(b"\n") + 1 :], id="without its line"),
        pytest.param(lambda good: good.replace(b" 5 ", b" 4 "), id="lowered"),
        pytest.param(lambda good: good.replace(b" 5 ", b" 05 "), id="number with a leading zero"),
        pytest.param(lambda good: good + b"\n", id="with something behind"),
        pytest.param(lambda good: b"\xff" + good, id="not ASCII"),
        pytest.param(lambda good: good.replace(b"\n", b"\r\n"), id="other line ends"),
    ],
)
def test_file_that_is_not_as_written_is_refused(marks: HighWater, path: Path, change: object) -> None:
    """A damaged file stops signing; it is never read as one with fewer or lower marks."""
    assert callable(change)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(Refusal) as refused:
        marks.check(LANE, 9, ROOT)
    assert refused.value.reason is Reason.LANE_BEHIND


def test_threads_raise_without_losing_a_lane(path: Path) -> None:
    """Many signers raise marks of several lanes at once, and each lane ends at its highest."""
    lanes = [f"aaa.clearance.example/lane/{code}/1" for code in ("BBB", "CCC", "DDD")]
    signers = [HighWater(path) for _ in range(4)]
    signers[0].create()

    def sign(n: int) -> None:
        for lane in lanes:
            signers[n % 4].raise_to(lane, n, bytes([n]) * 32)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sign, range(1, 41)))
    assert {signers[0].mark(lane) for lane in lanes} == {Mark(40, bytes([40]) * 32)}
