"""proto/README.md against the program, and against a reader who has only that page."""

import json
import re
from hashlib import sha256
from pathlib import Path

import jwt
import pytest
from docs.generated import FILES
from docs.markdown import code, fenced, generated, read, rows, section
from fakes import tokens

from docs import examples, stranger, tables
from interchange.client import directory
from interchange.client.verifier import Verifier
from interchange.crypto.both import BOTH
from interchange.crypto.check import check_signature
from interchange.crypto.mldsa import verify_44
from interchange.domain.checkpoint import NoteLine
from interchange.domain.keyring import Role, accept_keyring
from interchange.domain.lane import Page
from interchange.domain.merkle import Frontier, leaf_hash
from interchange.domain.merkle_proof import verify_consistency, verify_inclusion
from interchange.domain.verdict import Step
from interchange.errors import Reason
from interchange.flows.accept import accept
from interchange.flows.archive import check_archived, cosign
from interchange.flows.checkpoints import check_acknowledgement, check_checkpoint
from interchange.flows.match import Expected, believe
from interchange.wire import base64url
from interchange.wire.claims import parse_assertion
from interchange.wire.envelope import parse_compact
from interchange.wire.events import parse_leaf
from interchange.wire.keyring import parse_keyring
from interchange.wire.note import format_note, parse_line, parse_note
from interchange.wire.proof import parse_proof
from interchange.wire.status_list import MAX_STATUS_TOKEN, parse_status_claims

DOCUMENT = "proto/README.md"
BLOCKS = generated(read(DOCUMENT))
RULE = re.compile(
    r"^- \*\*(?P<letter>[A-Z])(?P<number>[0-9]+)\*\* (?P<text>.*?)(?=^- \*\*|^$)", re.MULTILINE | re.DOTALL
)
RULES = [match.groupdict() for match in RULE.finditer(read(DOCUMENT) + "\n")]
NOW = examples.FINAL_AT + 10


def shown(name: str) -> str:
    """Take an example out of the document, without the newline that ends its block."""
    (block,) = fenced(BLOCKS[name])
    return block.body.removesuffix("\n")


@pytest.fixture(scope="module")
def keyring() -> stranger.Json:
    """AAA's keyring, as a stranger reads it in the document."""
    return stranger.open_keyring(shown("keyring"), shown("root-pin"))


# -- a reader who has only the page ----------------------------------------------------------------------------


def test_stranger_imports_nothing_of_the_package() -> None:
    """The second implementation owes nothing to the first."""
    assert "interchange" not in re.findall(r"^(?:from|import) (\w+)", read("tests/docs/stranger.py"), re.MULTILINE)


@pytest.mark.parametrize("row", rows(BLOCKS["history"]), ids=lambda row: f"size {row[0]}")
def test_stranger_gives_the_verdicts_of_the_page(row: tuple[str, ...], keyring: stranger.Json) -> None:
    """Leaf by leaf, a second implementation comes to the same verdict."""
    leaves = [line.encode() for line in shown("leaves").splitlines()[: int(row[0])]]
    content = shown("row").splitlines()[0]
    at = examples.NOTE_AT
    try:
        found = stranger.verdict(shown("assertion-token"), keyring, leaves, content, at, at + 10)
    except stranger.RefusedError as refused:
        found = f"NOT_VALID {refused}"
    assert found == row[3].replace("`", "")


@pytest.mark.parametrize("row", rows(BLOCKS["history"]), ids=lambda row: f"size {row[0]}")
def test_stranger_computes_the_roots_of_the_page(row: tuple[str, ...]) -> None:
    """Leaf by leaf, a second implementation computes the same tree."""
    hashes = [stranger.leaf_hash(line.encode()) for line in shown("leaves").splitlines()[: int(row[0])]]
    assert (f"`{hashes[-1].hex()}`", f"`{stranger.root_of(hashes).hex()}`") == row[1:3]


def test_stranger_believes_the_checkpoint(keyring: stranger.Json) -> None:
    """The note's two lines verify, and its root is that of the leaves."""
    _, size, root, _ = stranger.open_note(shown("checkpoint") + "\n", keyring, NOW)
    hashes = [stranger.leaf_hash(line.encode()) for line in shown("leaves").splitlines()]
    assert (size, root) == (len(hashes), stranger.root_of(hashes))


def test_stranger_believes_the_proof(keyring: stranger.Json) -> None:
    """The proof leads from the token of the page to a signed root."""
    assert stranger.open_proof(shown("proof") + "\n", shown("assertion-token"), keyring, NOW) == examples.LIVE_SIZE


def test_stranger_believes_the_acknowledgement() -> None:
    """BBB's line verifies over the checkpoint of which the proof holds a copy."""
    note = shown("proof").partition("\n\n")[2]
    public = tokens.public_key("bbb-witness")
    at = stranger.open_acknowledgement(shown("acknowledgement"), examples.WITNESS, public, note)
    assert at == examples.NOTE_AT + 1


def test_stranger_reads_the_revoked_slot(keyring: stranger.Json) -> None:
    """The status list says of the assertion's slot what the lane says of the assertion."""
    keys = {key["kid"]: key for key in keyring["keys"]}
    payload, _ = stranger.open_token(shown("status-token"), "statuslist+jwt", keys.get)
    assert stranger.slot(payload, examples.SLOT) == 1


PAPERS = {
    "passport_family": "ONO",
    "passport_given": "HANAKO",
    "birth_date": "1984-02-28",
    "document_number": "TZ1234567",
}


def leaves_up_to(last: str) -> list[bytes]:
    """Give the leaves of the page up to the one of that type."""
    leaves = [line.encode() for line in shown("leaves").splitlines()]
    kinds = [json.loads(leaf)["type"] for leaf in leaves]
    return leaves[: kinds.index(last) + 1]


def stranger_matches(keyring: stranger.Json, last: str, **papers: str) -> bool | str:
    """Let a stranger at BBB compare somebody's papers with the binding of the page; a refusal gives its code."""
    assertion, box = json.loads(shown("assertion-payload")), base64url.decode(shown("binding-box"))
    secret = tokens.seed("bbb-binding")
    try:
        return stranger.matches(box, secret, assertion, keyring, leaves_up_to(last), PAPERS | papers)
    except stranger.RefusedError as refused:
        return str(refused)


@pytest.mark.parametrize(
    ("last", "papers", "expected"),
    [
        ("binding_sent", {}, True),
        ("binding_sent", {"document_number": "TZ7654321"}, False),
        ("key_restricted", {}, "binding_not_told"),
        ("binding_ended", {}, "binding_not_told"),
    ],
    ids=["the subject", "another document", "before it is told", "once it is ended"],
)
def test_stranger_matches_the_person_of_the_page(
    keyring: stranger.Json, last: str, papers: dict[str, str], expected: bool | str
) -> None:
    """A second implementation opens the box, believes it, and answers yes or no."""
    assert stranger_matches(keyring, last, **papers) == expected


def test_jwt_library_verifies_the_token_with_the_key_set() -> None:
    """A program that knows JWT alone reads the token with the keys that the page shows."""
    keys = {key["kid"]: jwt.PyJWK(key) for key in json.loads(shown("jwks"))["keys"]}
    token = shown("assertion-token")
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(
        token,
        key,
        algorithms=["EdDSA"],
        audience=tokens.PARTNER,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},  # the examples are of one fixed day
    )
    assert claims == json.loads(shown("assertion-claims"))


# -- the program reads back what the page shows ------------------------------------------------------------------


def test_token_reads_back() -> None:
    """The strict parser reads the token of the page into the claims that were signed."""
    envelope = parse_compact(shown("assertion-token").encode(), "clearance-assertion+jwt")
    assert parse_assertion(check_signature(envelope, tokens.key_record())) == examples.ASSERTION


def test_keyring_reads_back() -> None:
    """The keyring of the page is accepted as a party's first."""
    ring, signatures = parse_keyring(shown("keyring").encode())
    assert accept_keyring(None, ring, signatures, BOTH) == examples.KEYRING


def test_leaves_read_back() -> None:
    """Each leaf of the page is the canonical spelling of its event."""
    leaves = [line.encode() for line in shown("leaves").splitlines()]
    assert [parse_leaf(leaf) for leaf in leaves] == list(enumerate(examples.EVENTS))


def test_lane_is_accepted_as_a_page() -> None:
    """A follower that has nothing believes the leaves under the checkpoint of the page."""
    page = Page((shown("checkpoint") + "\n").encode(), 0, examples.ENTRIES)
    accepted = accept(page, tokens.LANE, Frontier.empty(), examples.KEYRING, NOW)
    assert accepted.caught_up


def test_audit_leaf_reads_back() -> None:
    """The auditors' leaf is canonical too."""
    assert parse_leaf(shown("audit-leaf").encode()) == (0, examples.ACT)


def test_consistency_proof_verifies() -> None:
    """The proof of the page joins the two sizes that it names."""
    path = [bytes.fromhex(line) for line in shown("consistency").splitlines()]
    old, new = examples.OLD_SIZE, len(examples.EVENTS)
    verify_consistency(old, examples.TREE.root(old), new, examples.TREE.root(new), path)


def test_proof_file_verifies() -> None:
    """Leaf, path and note of the proof file belong together."""
    proof = parse_proof((shown("proof") + "\n").encode())
    head = check_checkpoint(proof.note, tokens.LANE, examples.KEYRING.of_role(Role.LANE), NOW).checkpoint
    verify_inclusion(leaf_hash(proof.leaf), proof.index, head.size, proof.hashes, head.root)


def test_acknowledgement_verifies() -> None:
    """The issuer of the example would keep BBB's line."""
    key = tokens.key_record("bbb-witness", Role.WITNESS, authority="bbb.clearance.example")
    head = examples.checkpoint(examples.LIVE_SIZE)
    assert check_acknowledgement(shown("acknowledgement"), head, examples.WITNESS, [key], NOW) < NOW


def test_key_ids_are_those_of_the_note() -> None:
    """The key ids of the page stand in the note of the page."""
    lines: tuple[NoteLine, ...] = parse_note((shown("checkpoint") + "\n").encode()).lines
    assert [line.split()[1] for line in shown("key-ids").splitlines()] == [line.key_id.hex() for line in lines]


def test_pin_of_pairs_is_the_hash_of_its_text() -> None:
    """Thresholds of both families stand in one line, and all six keys below it."""
    text, pin = shown("pairs-pin-text"), shown("pairs-pin")
    assert sha256(text.encode()).hexdigest() == pin
    assert len(text.splitlines()) == 8


def test_archive_line_is_over_the_message_of_the_page() -> None:
    """What the page shows in hexadecimal is what the archive's key signs, and it is believed."""
    head = examples.checkpoint(len(examples.EVENTS))
    line = cosign(head, examples.ARCHIVE, examples.ARCHIVE_SIGNER, examples.FINAL_AT)
    message = bytes.fromhex(shown("archive-message").replace("\n", ""))
    assert verify_44(examples.ARCHIVE_SIGNER.public_key, message, line.signature)
    assert line.key_id.hex() == shown("archive-key-id")
    key = tokens.key_record("archive", Role.ARCHIVE)
    note = format_note(head, [line])
    assert check_archived(note, tokens.LANE, examples.ARCHIVE, [key], NOW).checkpoint == head


def test_witness_line_is_timestamped() -> None:
    """An acknowledgement is a line of the kind that carries a time."""
    assert parse_line(shown("acknowledgement")).signed_at is not None


def test_status_list_reads_back() -> None:
    """The status list of the page holds one revoked slot, and the rest was never issued."""
    envelope = parse_compact(shown("status-token").encode(), "statuslist+jwt", MAX_STATUS_TOKEN)
    record = tokens.key_record("status", Role.STATUS)
    listed = parse_status_claims(check_signature(envelope, record), tokens.STATUS_URI)
    assert [listed.status(idx) for idx in range(examples.SLOTS)].count(3) == examples.SLOTS - 1


def test_binding_reads_back() -> None:
    """BBB's key opens the box of the page, and what is inside is believed."""
    box, opener = base64url.decode(shown("binding-box")), tokens.box_opener("bbb-binding")
    digest = base64url.encode(sha256(box).digest())
    expected = Expected(examples.ASSERTION, digest, examples.KEYRING.keys, (opener.kid,))
    assert believe(box, expected, [opener], examples.BINDING.iat) == examples.BINDING


def test_binding_of_the_page_is_the_one_that_its_lane_tells() -> None:
    """Digest and leaf belong together."""
    told = json.loads(leaves_up_to("binding_sent")[-1])
    assert told["sha256"] == base64url.encode(sha256(base64url.decode(shown("binding-box"))).digest())


def test_row_digest_is_that_of_the_assertion() -> None:
    """The row of the page is the one that the assertion of the page names."""
    assert shown("row").splitlines()[1] == examples.ASSERTION.row


def test_key_table_names_every_key_by_its_thumbprint() -> None:
    """Label, thumbprint and public key of the first table belong together."""
    found = [(curve, code(kid), bytes.fromhex(code(public))) for _, curve, kid, public in rows(tables.keys())]
    assert [stranger.thumbprint(base64url.encode(public), curve) for curve, _, public in found] == [
        kid for _, kid, _ in found
    ]


# -- the rules -----------------------------------------------------------------------------------------------------


def test_steps_are_those_of_the_program() -> None:
    """The page lists the steps of verification in the program's order."""
    found = [code(row[1]) for row in rows(BLOCKS["steps"])]
    assert found == [step.value for step in Step]


@pytest.mark.parametrize("letter", sorted({rule["letter"] for rule in RULES}))
def test_rules_are_numbered_without_gaps(letter: str) -> None:
    """A rule can be cited by its number."""
    numbers = [int(rule["number"]) for rule in RULES if rule["letter"] == letter]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['letter']}{rule['number']}")
def test_rule_cites_known_reasons(rule: dict[str, str]) -> None:
    """A code in a rule is one of the program's."""
    cited = re.findall(r"→\s`([a-z0-9_]+)`", rule["text"])
    assert set(cited) <= {reason.code for reason in Reason}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['letter']}{rule['number']}")
def test_rule_says_must(rule: dict[str, str]) -> None:
    """A numbered rule obliges somebody."""
    assert "MUST" in rule["text"]


def test_every_section_of_the_contents_is_there() -> None:
    """The contents of the page lead somewhere."""
    text = read(DOCUMENT)
    anchors = re.findall(r"\]\(#([a-z0-9-]+)\)", text)
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    assert set(anchors) <= {re.sub(r"[^a-z0-9 -]", "", line).replace(" ", "-") for line in headings}


def test_claims_table_names_every_claim() -> None:
    """Each claim of the example stands in the table of claims."""
    words = set(re.findall(r"[a-z_]+", section(read(DOCUMENT), "4. Assertion")))

    def names(members: dict[str, object]) -> set[str]:
        return set(members) | {name for each in members.values() if isinstance(each, dict) for name in names(each)}

    assert names(json.loads(shown("assertion-claims"))) <= words


def test_directory_of_the_examples_says_revoked(tmp_path: Path) -> None:
    """The files of the page together make a bundle: the proof of a live lane, and the status list after the end."""
    proof = shown("proof") + "\n"
    bundle = {
        directory.KEYRING: shown("keyring"),
        directory.CHECKPOINT: proof.partition("\n\n")[2],
        directory.STATUS_LIST: shown("status-token"),
        directory.PROOF: proof,
    }
    for name, content in bundle.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    verifier = Verifier.from_directory(tmp_path, root_pin=shown("root-pin"), party="BBB", rulebook=examples.RULEBOOK)
    verdict = verifier.verify(shown("assertion-token"), project=examples.ASSERTION.project, now=NOW)
    assert verdict.reason is Reason.REVOKED


def test_every_file_of_a_directory_is_described() -> None:
    """The page knows each file that the program knows, and no other."""
    names = {value for name, value in vars(directory).items() if name.isupper() and isinstance(value, str)}
    assert FILES.keys() == names


def test_lane_line_reads_back() -> None:
    """The line of a lane file holds a leaf of the page."""
    assert list(directory.parse_lane([shown("lane-line")])) == [examples.ENTRIES[3]]
