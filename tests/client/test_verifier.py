"""Verifying with no network: which files give which verdict, and on whose word."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import tokens
from fakes.party import FOREIGN_ROW, PROJECT, WORKING_ROW, FakeParty, digest, next_keyring
from fakes.readers import judge
from fakes.refusals import refused
from fakes.tokens import NOW

from interchange.client.verifier import Verifier
from interchange.domain.events import AssertionIssued
from interchange.domain.keyring import ED25519, Role
from interchange.domain.verdict import Outcome
from interchange.errors import Reason


def test_a_told_and_live_assertion_is_valid() -> None:
    """Lane, slot, key, row and days all hold."""
    party = FakeParty()
    assert judge(party, party.issue()).outcome is Outcome.VALID


def test_a_token_may_be_given_as_text() -> None:
    """What came in an e-mail need not be turned into bytes first."""
    party = FakeParty()
    token = party.issue()
    verdict = Verifier(party.bundle(), **party.terms).verify(token.decode(), project=PROJECT, now=NOW)
    assert verdict.outcome is Outcome.VALID


@pytest.mark.parametrize("text", ["ü", "\ud800", "a.b.c\n"])
def test_text_that_is_no_token_gets_a_verdict(text: str) -> None:
    """Whatever is presented, the answer is a verdict."""
    party = FakeParty()
    party.issue()
    verdict = Verifier(party.bundle(), **party.terms).verify(text, project=PROJECT, now=NOW)
    assert verdict.reason is Reason.TOKEN_CHARSET


def test_without_a_time_the_clock_is_read() -> None:
    """An assertion that ended in the year 2001 has expired by any clock."""
    party = FakeParty(now=10**9)
    token = party.issue(iat=10**9, nbf=10**9 - 10**9 % 3600, exp=10**9 + 3600)
    verdict = Verifier(party.bundle(), **party.terms).verify(token, project=PROJECT)
    assert verdict.reason is Reason.EXPIRED


def test_from_directory_reads_what_lies_there(tmp_path: Path) -> None:
    """The files of a directory are a bundle."""
    party = FakeParty()
    token = party.issue()
    verifier = Verifier.from_directory(party.leave(tmp_path / "files", token), **party.terms)
    assert verifier.verify(verifier.assertion or b"", project=PROJECT, now=NOW).outcome is Outcome.VALID


@pytest.mark.parametrize(("status", "reason"), [(1, Reason.REVOKED), (2, Reason.SUSPENDED), (3, Reason.NOT_IN_LANE)])
def test_the_slot_decides(status: int, reason: Reason) -> None:
    """Revoked, held, and never issued: each slot value has its one answer."""
    party = FakeParty()
    token = party.issue()
    party.slots[1] = status
    assert judge(party, token).reason is reason


def test_an_assertion_that_the_lane_does_not_tell_is_refused() -> None:
    """A stolen assertion key signs well, and is not enough."""
    party = FakeParty()
    party.issue()
    forged = tokens.token(party.statement())
    assert judge(party, forged, party.bundle()).reason is Reason.NOT_IN_LANE


def test_another_token_with_a_told_id_is_refused() -> None:
    """The leaf names the bytes, not only the id."""
    party = FakeParty()
    told = party.statement()
    party.tell(AssertionIssued(told.jti, told.status_idx, digest(b"other bytes")))
    party.slots[told.status_idx] = 0
    assert judge(party, tokens.token(told)).reason is Reason.NOT_IN_LANE


def test_a_leaf_that_issues_nothing_proves_nothing() -> None:
    """A proof of a revocation is no proof of issue."""
    party = FakeParty()
    token = party.issue()
    party.revoke(party.statement().jti)
    assert judge(party, token, party.bundle(index=1)).reason is Reason.NOT_IN_LANE


def test_knowledge_is_as_old_as_the_status_list() -> None:
    """The verdict says the age, with the minute for the clocks."""
    party = FakeParty()
    assert judge(party, party.issue(), now=NOW + 3600).age == 3660


def test_a_day_old_bundle_is_stale() -> None:
    """24 hours are the limit unless the reader says otherwise; the minute for the clocks counts."""
    party = FakeParty()
    assert judge(party, party.issue(), now=NOW + 86_400 - 59).reason is Reason.STALE


def test_the_reader_sets_the_limit() -> None:
    """What is fresh enough is the reader's to say."""
    party = FakeParty()
    assert judge(party, party.issue(), now=NOW + 600, max_age=300).outcome is Outcome.STALE


def test_an_expired_keyring_is_stale() -> None:
    """Nothing rests on a keyring that its party has let lapse."""
    party = FakeParty(keyrings={1: tokens.published(tokens.party_keyring(expires=NOW + 60))})
    assert judge(party, party.issue(), now=NOW + 60).reason is Reason.KEYRING_EXPIRED


def test_a_tainted_key_is_restricted() -> None:
    """No file proves that a signature was made before the thief came."""
    keys = [tokens.key_record(role.value, role) for role in Role]
    keys[0] = replace(keys[0], tainted_since=NOW + 1)
    party = FakeParty(keyrings={1: tokens.published(tokens.party_keyring(keys=tuple(keys)))})
    assert judge(party, party.issue()).reason is Reason.KEY_RESTRICTED


def test_working_rows_are_relied_on_only_by_demonstrations() -> None:
    """A row that no lawyer has confirmed needs a reader who says so."""
    party = FakeParty()
    row = {"row": WORKING_ROW.digest, "home": WORKING_ROW.source, "partner": WORKING_ROW.target}
    token = party.issue(row_state=WORKING_ROW.state, **row)
    assert judge(party, token).reason is Reason.ROW_WORKING


def test_a_row_of_other_parties_is_unknown() -> None:
    """There are no chains: a row leads from its issuer to its reader, or nowhere."""
    party = FakeParty()
    row = {"row": FOREIGN_ROW.digest, "home": FOREIGN_ROW.source, "partner": FOREIGN_ROW.target}
    assert judge(party, party.issue(agreement=FOREIGN_ROW.agreement, **row)).reason is Reason.ROW_UNKNOWN


def test_an_assertion_for_another_project_is_refused() -> None:
    """The reader's own reference of the project counts."""
    party = FakeParty()
    assert judge(party, party.issue(project="b3RoZXItcmVmZXJlbmNlLg")).reason is Reason.PROJECT_WRONG


def test_another_party_cannot_rely_on_it() -> None:
    """An assertion is worth something to its one audience."""
    party = FakeParty()
    token = party.issue()
    assert judge(party, token, party="CCC").reason is Reason.AUDIENCE_WRONG


# -- where trust begins ---------------------------------------------------------------------------------------


def test_other_root_keys_are_not_believed() -> None:
    """The pin comes another way than the files."""
    party = FakeParty()
    party.issue()
    with refused(Reason.KEYRING_PIN):
        Verifier(party.bundle(), **(party.terms | {"root_pin": "0" * 64}))


def test_a_lower_threshold_is_another_pin() -> None:
    """One thief of one root key cannot write a keyring that says one is enough."""
    weaker = tokens.party_keyring(number=2, thresholds={ED25519: 1})
    party = FakeParty()
    party.issue()
    bundle = replace(party.bundle(), keyring=tokens.published(weaker, ["root-1"]))
    with refused(Reason.KEYRING_PIN):
        Verifier(bundle, **party.terms)


def test_too_few_root_signatures_are_not_believed() -> None:
    """The keyring meets its own threshold."""
    party = FakeParty()
    party.issue()
    bundle = replace(party.bundle(), keyring=tokens.published(roots=["root-1"]))
    with refused(Reason.KEYRING_THRESHOLD):
        Verifier(bundle, **party.terms)


def test_a_later_keyring_of_the_same_roots_is_believed() -> None:
    """The pin is of the root keys; numbers go on under it."""
    party = FakeParty()
    token = party.issue()
    party.publish(next_keyring(7))
    assert judge(party, token).outcome is Outcome.VALID


def test_an_unlisted_authority_is_refused() -> None:
    """A keyring of somebody whom the rulebook does not know pins nobody."""
    stranger = tokens.party_keyring(authority="xxx.clearance.example", keys=())
    party = FakeParty(keyrings={1: tokens.published(stranger)})
    party.append(b"leaf")
    with refused(Reason.KEYRING_PARTY):
        Verifier(party.bundle(), **party.terms)


def test_an_unlisted_reader_is_refused() -> None:
    """A misspelt own party is told at once, not by a verdict."""
    party = FakeParty()
    party.issue()
    with refused(Reason.PARTY_UNKNOWN):
        Verifier(party.bundle(), **(party.terms | {"party": "BBX"}))
