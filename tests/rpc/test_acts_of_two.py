"""Acts that wait for a second person, each over the line: proposed, signed twice, done."""

from dataclasses import replace

import grpc
import pytest
from fakes import requests
from fakes.nodes import authority_of, reason_of
from fakes.parties import HOME, TREATY, keyring_of, signed
from fakes.signing import KEEPER, KEEPERS_COLLEAGUE, METI, SATO, SUZUKI
from fakes.strict import Strict, upper

from interchange.domain.keyring import ED25519
from interchange.errors import Reason
from interchange.v1 import agreements_pb2, partners_pb2
from interchange.v1.keyrings_pb2 import PublishKeyringRequest


def test_admission_waits_for_a_second_key_administrator(strict: Strict) -> None:
    """And is done with the second signature."""
    ring = keyring_of("GBR")
    request = partners_pb2.AdmitPartnerRequest(
        request_id=requests.new_id(),
        party="GBR",
        address="node.example:7443",
        ca_pem=authority_of("GBR").pem,
        keyring=signed(ring, "GBR"),
        root_pin=ring.root_pin,
    )
    told = strict.by(KEEPER).partners.AdmitPartner(request).proposal
    strict.say(KEEPER, told)
    done = strict.say(KEEPERS_COLLEAGUE, told)
    answer = strict.by(KEEPER).partners.AdmitPartner(request)
    assert (told.approver_role, done.result, answer.result.party) == ("key-admin", "GBR", "GBR")


def test_keyring_after_one_of_a_single_signature_waits_for_a_second_key_administrator(strict: Strict) -> None:
    """Where one root key is enough, the second person is here."""
    weak = replace(keyring_of(HOME, 2), thresholds={ED25519: 1})
    first = PublishKeyringRequest(request_id=requests.new_id(), keyring=signed(weak, HOME))
    published = strict.by(KEEPER).keyrings.PublishKeyring(first).result.number
    request = PublishKeyringRequest(request_id=requests.new_id(), keyring=signed(keyring_of(HOME, 3), HOME))
    told = strict.by(KEEPER).keyrings.PublishKeyring(request).proposal
    for person in (KEEPER, KEEPERS_COLLEAGUE):
        strict.say(person, told)
    assert (published, strict.by(KEEPER).keyrings.PublishKeyring(request).result.number) == (2, 3)


def test_agreement_is_moved_by_two_officers(strict: Strict) -> None:
    """The list shows its present state, with the day."""
    request = agreements_pb2.MoveAgreementRequest(
        request_id=requests.new_id(),
        agreement=TREATY,
        state=agreements_pb2.AGREEMENT_STATE_SUSPENDED,
        effective_on="2027-01-14",
    )
    told = strict.by(SATO).agreements.MoveAgreement(request).proposal
    for person in (SATO, SUZUKI):
        strict.say(person, told)
    answer = strict.by(SATO).agreements.MoveAgreement(request).result
    listing = agreements_pb2.ListAgreementsRequest(party="KOR")
    (shown,) = strict.served.call("partner", "KOR").agreements.ListAgreements(listing).agreements
    assert (answer.agreement, answer.state, answer.effective_on, answer.affected_count) == (
        TREATY,
        request.state,
        "2027-01-14",
        0,
    )
    assert (shown.state, shown.effective_on) == (request.state, "2027-01-14")


def test_nothing_is_translated_by_an_agreement_that_is_suspended(strict: Strict) -> None:
    """As when it would be asked for under it."""
    request = agreements_pb2.MoveAgreementRequest(
        request_id=requests.new_id(),
        agreement=TREATY,
        state=agreements_pb2.AGREEMENT_STATE_SUSPENDED,
        effective_on="2027-01-15",
    )
    told = strict.by(SATO).agreements.MoveAgreement(request).proposal
    for person in (SATO, SUZUKI):
        strict.say(person, told)
    with pytest.raises(grpc.RpcError) as caught:
        strict.by(SATO).agreements.Translate(agreements_pb2.TranslateRequest(level="JPN/SDS", to_party="KOR"))
    assert reason_of(caught.value) == Reason.AGREEMENT_NOT_IN_FORCE.code


def test_officer_of_the_organ_approves(strict: Strict) -> None:
    """And the original request then answers the token."""
    _, request = upper(strict)
    told = strict.by(SATO).assertions.IssueAssertion(request).proposal
    strict.say(SATO, told)
    done = strict.say(METI, told)
    answer = strict.by(SATO).assertions.IssueAssertion(request)
    assert (told.organ, answer.result.assertion_id, bool(answer.result.token)) == ("JPN/METI", done.result, True)
