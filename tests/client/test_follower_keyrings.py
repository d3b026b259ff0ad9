"""The issuer's next keyrings, and the keys that its lane narrows in between."""

from dataclasses import replace

from fakes import tokens
from fakes.party import FakeParty, next_keyring
from fakes.readers import catch_up, follow, judged
from fakes.refusals import refused
from fakes.tokens import NOW

from interchange.domain.keyring import Role
from interchange.domain.verdict import Outcome
from interchange.errors import Reason


def test_an_installed_keyring_is_taken_where_the_lane_tells_it() -> None:
    """First the keyring, then the page that tells of it."""
    party = FakeParty()
    follower = follow(party)
    follower.install_keyring(party.publish(next_keyring(expires=NOW + 999)))
    catch_up(follower, party)
    assert follower.keyring.number == 2


def test_a_told_keyring_that_is_not_installed_stops_the_lane() -> None:
    """What the new keyring narrows must not be passed over."""
    party = FakeParty()
    follower = follow(party)
    party.publish(next_keyring())
    with refused(Reason.KEYRING_NUMBER):
        catch_up(follower, party)


def test_another_keyring_than_the_told_one_is_refused() -> None:
    """Root keys that sign two keyrings of one number are found out."""
    party = FakeParty()
    follower = follow(party)
    follower.install_keyring(tokens.published(next_keyring(expires=NOW + 999)))
    party.publish(next_keyring())
    with refused(Reason.TOKEN_DIGEST):
        catch_up(follower, party)


def test_keyrings_are_installed_in_order() -> None:
    """None is skipped."""
    party = FakeParty()
    with refused(Reason.KEYRING_NUMBER):
        follow(party).install_keyring(tokens.published(next_keyring(3)))


def test_the_next_keyring_needs_the_present_root_keys() -> None:
    """New root keys come in only by the old ones."""
    party = FakeParty()
    strangers = tuple(tokens.root_key(label) for label in ("other-1", "other-2", "other-3"))
    with refused(Reason.KEYRING_THRESHOLD):
        follow(party).install_keyring(tokens.published(next_keyring(roots=strangers), ["other-1", "other-2"]))


def test_another_generation_needs_another_follower() -> None:
    """Its lane begins anew, and nobody goes on in the middle."""
    party = FakeParty()
    with refused(Reason.KEYRING_NUMBER):
        follow(party).install_keyring(tokens.published(next_keyring(generation=2)))


def test_a_new_lane_key_is_believed_once_its_keyring_is_installed() -> None:
    """The way back after the lane key changed while nobody was listening."""
    party = FakeParty()
    follower = follow(party)
    second = tokens.key_record("lane 2", Role.LANE)
    keys = tuple(second if key.role is Role.LANE else key for key in tokens.party_keyring().keys)
    jws = party.publish(next_keyring(keys=keys))
    party.lane_key = "lane 2"
    with refused(Reason.KEY_UNKNOWN):
        catch_up(follower, party)
    follower.install_keyring(jws)
    catch_up(follower, party)
    assert follower.checkpoint == party.checkpoint()


def test_a_restricted_key_counts_no_more() -> None:
    """Narrowing needs no root key and takes effect at once."""
    party = FakeParty()
    token = party.issue()
    party.restrict()
    assert judged(follow(party), token).reason is Reason.KEY_RESTRICTED


def test_the_next_keyring_lifts_what_it_does_not_fold_in() -> None:
    """Root keys have the last word on a key."""
    party = FakeParty()
    token = party.issue()
    party.restrict()
    follower = follow(party)
    follower.install_keyring(party.publish(next_keyring()))
    catch_up(follower, party)
    assert judged(follower, token).outcome is Outcome.VALID


def test_a_keyring_installed_but_not_told_lifts_nothing() -> None:
    """It may have been signed before the restriction."""
    party = FakeParty()
    token = party.issue()
    party.restrict()
    follower = follow(party)
    follower.install_keyring(tokens.published(next_keyring()))
    assert judged(follower, token).reason is Reason.KEY_RESTRICTED


def test_the_present_keyring_told_again_lifts_nothing() -> None:
    """A thief of the lane key cannot undo a restriction with an old keyring."""
    party = FakeParty()
    party.publish(tokens.party_keyring())
    token = party.issue()
    party.restrict()
    party.publish(tokens.party_keyring())
    assert judged(follow(party), token).reason is Reason.KEY_RESTRICTED


def test_a_key_tainted_by_the_keyring_counts_no_more() -> None:
    """The next keyring may fold a taint in."""
    party = FakeParty()
    token = party.issue()
    follower = follow(party)
    first, *others = tokens.party_keyring().keys
    keys = (replace(first, tainted_since=NOW), *others)
    follower.install_keyring(party.publish(next_keyring(keys=keys)))
    catch_up(follower, party)
    assert judged(follower, token).reason is Reason.KEY_RESTRICTED
