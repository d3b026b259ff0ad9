from base64 import b64encode
from dataclasses import replace

import pytest
from fakes import tokens
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.checkpoint import Checkpoint, LineKind, NoteLine
from interchange.errors import Reason, Refusal
from interchange.wire.note import MAX_LINES, MAX_NOTE, format_line, format_note, parse_line, parse_note
from interchange.wire.schema import LAST_INSTANT

ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(tokens.LANE, 3, ROOT)
PLAIN, TIMED = tokens.lane_lines(CHECKPOINT)
NOTE = format_note(CHECKPOINT, [PLAIN, TIMED]).decode()
BODY, SIGNATURES = NOTE.split("\n\n")
NAME = tokens.LANE


def line_of(data: bytes, name: str = NAME) -> str:
    """Write a signature line over any bytes."""
    return f"\u2014 {name} {b64encode(data).decode()}"


def signed_by(*lines: str) -> str:
    """Write the usual body with other signature lines."""
    return BODY + "\n\n" + "".join(line + "\n" for line in lines)


def reason(data: bytes | str) -> Reason:
    """Tell why a note is refused."""
    with pytest.raises(Refusal) as caught:
        parse_note(data.encode() if isinstance(data, str) else data)
    return caught.value.reason


def distinct_lines(number: int) -> list[NoteLine]:
    """Build that many lines of different keys."""
    return [NoteLine(f"witness-{place}.example", bytes(4), bytes(64), tokens.NOW) for place in range(number)]


NAMES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="+"), min_size=1, max_size=60)
LINES = st.builds(
    NoteLine,
    NAMES,
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=64, max_size=64),
    st.none() | st.integers(0, LAST_INSTANT),
)
CHECKPOINTS = st.builds(
    Checkpoint,
    st.integers(1, 999).map(lambda generation: f"{tokens.AUTHORITY}/lane/BBB/{generation}"),
    st.integers(0, (1 << 53) - 1),
    st.binary(min_size=32, max_size=32),
)


def test_a_note_is_spelt_as_the_specification_says() -> None:
    """Origin, decimal size and base64 root, an empty line, then the signature lines with em dash (C2SP)."""
    expected = (
        f"{tokens.LANE}\n3\n{b64encode(ROOT).decode()}\n\n"
        f"{line_of(PLAIN.key_id + PLAIN.signature)}\n"
        f"{line_of(TIMED.key_id + tokens.NOW.to_bytes(8, 'big') + TIMED.signature)}\n"
    )
    assert expected == NOTE


@given(CHECKPOINTS, st.lists(LINES, min_size=1, max_size=MAX_LINES, unique_by=lambda line: (line.name, line.key_id)))
def test_what_is_written_is_read_again(checkpoint: Checkpoint, lines: list[NoteLine]) -> None:
    """Writing and reading are inverse."""
    note = parse_note(format_note(checkpoint, lines))
    assert (note.checkpoint, note.lines) == (checkpoint, tuple(lines))


@given(LINES)
def test_a_line_is_read_as_its_own_kind_only(line: NoteLine) -> None:
    """Whoever asks for one kind of line is not given the other."""
    own = LineKind.ED25519 if line.signed_at is None else LineKind.COSIGNATURE
    other = LineKind.COSIGNATURE if line.signed_at is None else LineKind.ED25519
    assert parse_line(format_line(line), own) == line
    with pytest.raises(Refusal):
        parse_line(format_line(line), other)


@given(NAMES, st.binary(min_size=4, max_size=4), st.integers(0, LAST_INSTANT))
def test_a_line_under_the_second_family_is_read_as_its_own_kind_only(name: str, key_id: bytes, at: int) -> None:
    """The ML-DSA-44 cosignature of an archive is told by its length, and has a time (C2SP tlog-cosignature)."""
    line = NoteLine(name, key_id, bytes(2420), at)
    assert parse_line(format_line(line), LineKind.MLDSA44_COSIGNATURE) == line
    for other in (LineKind.ED25519, LineKind.COSIGNATURE):
        with pytest.raises(Refusal):
            parse_line(format_line(line), other)


def test_a_signature_under_the_second_family_without_a_time_is_no_line() -> None:
    """There is no plain one."""
    with pytest.raises(Refusal):
        format_line(NoteLine(NAME, bytes(4), bytes(2420)))


def test_sixteen_lines_are_read() -> None:
    """C2SP obliges every reader to take sixteen signatures."""
    assert len(parse_note(format_note(CHECKPOINT, distinct_lines(16))).lines) == 16


@pytest.mark.parametrize(
    ("title", "note"),
    [
        ("nothing", ""),
        ("body alone", BODY + "\n"),
        ("no signature line", BODY + "\n\n"),
        ("no empty line", BODY + "\n" + SIGNATURES),
        ("two empty lines", BODY + "\n\n\n" + SIGNATURES),
        ("empty line between signatures", NOTE.replace("\n\u2014", "\n\n\u2014")),
        ("empty line at the end", NOTE + "\n"),
        ("no newline at the end", NOTE[:-1]),
        ("lines end as on Windows", NOTE.replace("\n", "\r\n")),
        ("byte order mark", "\ufeff" + NOTE),
        ("null byte", NOTE.replace("\n3\n", "\n3\0\n")),
        ("extension line", f"{BODY}\nextension\n\n{SIGNATURES}"),
        ("two body lines", f"{tokens.LANE}\n3\n\n{SIGNATURES}"),
        ("origin empty", NOTE.replace(tokens.LANE, "", 1)),
        ("origin of no lane", NOTE.replace(tokens.LANE, "aaa.clearance.example", 1)),
        ("origin with a space", NOTE.replace(tokens.LANE, tokens.LANE + " ", 1)),
        ("size with leading zero", NOTE.replace("\n3\n", "\n03\n")),
        ("size with sign", NOTE.replace("\n3\n", "\n+3\n")),
        ("size negative", NOTE.replace("\n3\n", "\n-3\n")),
        ("size with space", NOTE.replace("\n3\n", "\n 3\n")),
        ("size in other digits", NOTE.replace("\n3\n", "\n\u0663\n")),
        ("size with underscore", NOTE.replace("\n3\n", "\n1_0\n")),
        ("size beyond 53 bits", NOTE.replace("\n3\n", f"\n{1 << 53}\n")),
        ("size of 5,000 digits", NOTE.replace("\n3\n", "\n" + "9" * 5000 + "\n")),
        ("root too short", NOTE.replace(b64encode(ROOT).decode(), b64encode(ROOT[:-1]).decode())),
        ("root too long", NOTE.replace(b64encode(ROOT).decode(), b64encode(ROOT + b"\0").decode())),
        ("root without padding", NOTE.replace(b64encode(ROOT).decode(), b64encode(ROOT).decode()[:-1])),
        ("root with unused bits", NOTE.replace("Hh8=\n", "Hh9=\n")),
        ("root in the other alphabet", NOTE.replace("\nAAEC", "\n-_EC")),
        ("root with a letter outside ASCII", NOTE.replace("\nAAEC", "\n\u0410AEC")),
        ("hyphen for em dash", NOTE.replace("\u2014", "-")),
        ("en dash for em dash", NOTE.replace("\u2014", "\u2013")),
        ("two spaces", NOTE.replace("\u2014 ", "\u2014  ")),
        ("space after a line", NOTE.replace("=\n", "= \n")),
        ("name with plus", signed_by(line_of(bytes(68), "a+b"))),
        ("name with a wide space", signed_by(line_of(bytes(68), "a\u3000b"))),
        ("name empty", signed_by(line_of(bytes(68), ""))),
        ("name very long", signed_by(line_of(bytes(68), "a" * 257))),
        ("signature too short", signed_by(line_of(bytes(67)))),
        ("signature of no known length", signed_by(line_of(bytes(72)))),
        ("signature without padding", signed_by(line_of(bytes(68)).rstrip("="))),
        ("signature with unused bits", signed_by(line_of(bytes(68)).replace("A=", "B="))),
        ("time after the year 9999", signed_by(line_of(bytes(4) + b"\x7f" + bytes(71)))),
        ("the same line twice", signed_by(line_of(bytes(68)), line_of(bytes(68)))),
        ("same name and key id, another signature", signed_by(line_of(bytes(68)), line_of(bytes(67) + b"1"))),
        ("seventeen lines", signed_by(*(line_of(bytes(68), f"w{n}") for n in range(17)))),
        ("too long", NOTE + "\u2014" * MAX_NOTE),
    ],
)
def test_a_note_with_one_fault_is_refused(title: str, note: str) -> None:
    """A checkpoint has one spelling, and what deviates from it is refused before any signature is looked at."""
    assert note != NOTE
    assert reason(note) is Reason.NOTE_FORM, title


def test_a_note_that_is_no_utf8_is_refused() -> None:
    """Bytes that are no text are no note."""
    assert reason(NOTE.encode().replace(b"\xe2\x80\x94", b"\xe2\x80")) is Reason.NOTE_FORM


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("key id too short", replace(PLAIN, key_id=bytes(3))),
        ("signature too short", replace(PLAIN, signature=bytes(63))),
        ("signature as long as a timed one", replace(PLAIN, signature=bytes(72))),
        ("name with a space", replace(PLAIN, name="a b")),
        ("name with a newline", replace(PLAIN, name="a\n")),
        ("name with plus", replace(PLAIN, name="a+b")),
        ("name outside ASCII", replace(PLAIN, name="ä")),
        ("time negative", replace(TIMED, signed_at=-1)),
        ("time after the year 9999", replace(TIMED, signed_at=LAST_INSTANT + 1)),
    ],
)
def test_a_line_that_could_not_be_read_is_not_written(title: str, line: NoteLine) -> None:
    """Nothing is published that a partner would refuse."""
    with pytest.raises(Refusal) as caught:
        format_line(line)
    assert caught.value.reason is Reason.NOTE_FORM, title


@pytest.mark.parametrize("lines", [[], [PLAIN, PLAIN], distinct_lines(17)], ids=["none", "repeated", "seventeen"])
def test_a_note_that_could_not_be_read_is_not_written(lines: list[NoteLine]) -> None:
    """The writer keeps the reader's bounds."""
    with pytest.raises(Refusal) as caught:
        format_note(CHECKPOINT, lines)
    assert caught.value.reason is Reason.NOTE_FORM
