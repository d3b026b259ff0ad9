"""The demonstration, told once for all of these tests, and what it leaves behind."""

import json
import time
import zlib
from base64 import urlsafe_b64decode
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import jwt
import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jwt as jwcrypto_jwt

from interchange.demo import story
from interchange.demo.people import sample
from interchange.domain.days import day_of

NAMES = ("匿名野", "秘太郎", "トクメイノ", "TOKUMEINO", "HITARO", "1971-12-31", "ZY998877")
NUMBER = NAMES[6] + "{}"
"""Marks of personal data that exist nowhere but in the register of this test."""

HEADER = (
    "family_kanji,given_kanji,family_kana,given_kana,passport_family,passport_given,birth_date,document_number,"
    "nationalities,employer,organ,level,notified_on"
)
AUDIENCE = "https://demo.kor.clearance.example"


class Told(NamedTuple):
    """One telling of the story."""

    held: bool
    steps: list[dict[str, Any]]
    base: Path
    kept: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the story once, with a register full of personal data that the product must not take up."""
    base = tmp_path_factory.mktemp("story")
    register = base / "register.csv"
    papers = [NUMBER.format(number) for number in range(6)]
    names = ",".join([*NAMES[:2], NAMES[2], NAMES[2], NAMES[3], NAMES[4], NAMES[5]])
    grants = ["JPN/METI,JPN/SDS"] * 4 + ["JPN/CAO,JPN/CESI", ","]
    day = sample(day_of(int(time.time()), "Asia/Tokyo"))[0].notified_on.isoformat()
    rows = [
        f"{names},{paper},JPN,JP-LAB-0001,{grant},{day if grant != ',' else ''}"
        for paper, grant in zip(papers, grants, strict=True)
    ]
    register.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    printed = StringIO()
    with redirect_stdout(printed):
        held = story.run(register, base / "kept", as_json=True, base=base)
    return Told(held, [json.loads(line) for line in printed.getvalue().splitlines()], base, base / "kept")


def test_coordinator_learns_of_each_line_no_more_than_it_may(told: Told) -> None:
    """`confirmed until DAY` or `not confirmed`, and what is wrong with the file."""
    facts = told.steps[4]["facts"]
    assert "roster.csv line 4: not confirmed" in facts


def test_every_step_of_the_story_holds(told: Told) -> None:
    """All of them are told and hold."""
    expected = [(number, True, "") for number in range(1, len(story.STEPS) + 1)]
    assert [(step["step"], step["held"], step["fault"]) for step in told.steps] == expected


def test_the_story_reports_that_it_held(told: Told) -> None:
    """The return value, and so the exit code, says that every step held."""
    assert told.held


def test_all_files_are_left(told: Told) -> None:
    """`--keep` leaves exactly the files that verifiers are promised."""
    assert sorted(file.name for file in told.kept.iterdir()) == [
        "assertion.jws",
        "checkpoint.txt",
        "jwks.json",
        "keyring.json",
        "lane.jsonl",
        "proof.txt",
        "revoked-assertion.jws",
        "status-list.jwt",
        "verdict.json",
    ]


def test_pyjwt_verifies_the_kept_assertion(told: Told) -> None:
    """PyJWT accepts the token under the kept JWKS."""
    token = (told.kept / "assertion.jws").read_text().strip()
    keys = jwt.PyJWKSet.from_json((told.kept / "jwks.json").read_text())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["EdDSA"], audience=AUDIENCE)["clr"]["partner"] == "KOR/II"


# EdDSA is the name that first keys bear, because much software lacks RFC 9864's; the library says so.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_joserfc_verifies_the_kept_assertion(told: Told) -> None:
    """The library joserfc accepts the token under the kept JWKS."""
    token = (told.kept / "assertion.jws").read_text().strip()
    keys = KeySet.import_key_set(json.loads((told.kept / "jwks.json").read_text()))
    assert joserfc_jwt.decode(token, keys, algorithms=["EdDSA"]).claims["aud"] == AUDIENCE


def test_jwcrypto_verifies_the_kept_assertion(told: Told) -> None:
    """The library jwcrypto accepts the token under the kept JWKS."""
    token = (told.kept / "assertion.jws").read_text().strip()
    keys = jwcrypto_jwk.JWKSet.from_json((told.kept / "jwks.json").read_text())
    assert json.loads(jwcrypto_jwt.JWT(jwt=token, key=keys, algs=["EdDSA"]).claims)["aud"] == AUDIENCE


@pytest.mark.parametrize(("file", "status"), [("assertion.jws", 0), ("revoked-assertion.jws", 1)])
def test_a_reader_that_shares_no_code_with_us_reads_the_slot(told: Told, file: str, status: int) -> None:
    """Twelve lines of base64, zlib and bits read live and revoked from the kept status list."""

    def payload(token: str) -> dict[str, Any]:
        part = token.split(".")[1]
        claims: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return claims

    listed = payload((told.kept / "status-list.jwt").read_text())
    slot = payload((told.kept / file).read_text())["status"]["status_list"]
    packed = listed["status_list"]["lst"]
    raw = zlib.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    assert (listed["sub"], raw[slot["idx"] // 4] >> 2 * (slot["idx"] % 4) & 3) == (slot["uri"], status)


def test_no_personal_data_of_the_register_is_anywhere(told: Told) -> None:
    """Neither ledgers, lanes, logs nor kept files hold a name, birth date or document number."""
    files = [file for file in told.base.rglob("*") if file.is_file() and file.name != "register.csv"]
    found = [(file.name, mark) for file in files for mark in NAMES if mark.encode() in file.read_bytes()]
    assert (len(files) > 0, found) == (True, [])
