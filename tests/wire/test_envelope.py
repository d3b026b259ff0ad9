import json
from collections.abc import Callable
from hashlib import sha256

import pytest
from fakes import tokens

from interchange.domain.assertion import Assertion
from interchange.domain.envelope import ASSERTION_TYP, BINDING_TYP, KEYRING_TYP, STATUS_TYP
from interchange.errors import Reason, Refusal
from interchange.wire import base64url, envelope
from interchange.wire.claims import encode_assertion, parse_assertion
from interchange.wire.envelope import MAX_TOKEN, parse_compact

GOOD = tokens.token()
HEADER, PAYLOAD, SIGNATURE = GOOD.split(b".")
CLAIMS = encode_assertion(tokens.assertion())
KID = tokens.kid("assert")


def read(token: bytes) -> Assertion:
    """Read a token as a verifier does, but for the signature."""
    read_envelope = parse_compact(token, ASSERTION_TYP)
    return parse_assertion(tokens.verified(read_envelope.payload, typ=read_envelope.typ))


def headed(**changes: object) -> bytes:
    """Sign the usual payload under the usual header with members changed, added or (`...`) taken out."""
    header = {"alg": "EdDSA", "kid": KID, "typ": ASSERTION_TYP} | changes
    text = json.dumps({name: value for name, value in header.items() if value is not ...}, separators=(",", ":"))
    return tokens.compact_with_header(text.encode(), CLAIMS)


def header_text(text: str) -> bytes:
    """Sign the usual payload under a header given as text, in which KID stands for the key id."""
    return tokens.compact_with_header(text.replace("KID", KID).encode(), CLAIMS)


def payload(change: Callable[[bytes], bytes]) -> bytes:
    """Sign the usual payload with its bytes changed."""
    changed = change(CLAIMS)
    assert changed != CLAIMS
    return tokens.compact(changed)


def with_claim(path: str, value: object) -> bytes:
    """Sign the usual payload with one member changed, added or (`...`) taken out."""
    return tokens.compact(tokens.claims_with({path: value}))


def unused_bits_set(segment: bytes) -> bytes:
    """Set the bits that the last character of a segment has beyond the last byte."""
    place = base64url.ALPHABET.index(segment[-1])
    return segment[:-1] + base64url.ALPHABET[place + 1 : place + 2]


BAD_ENVELOPES = [
    ("empty", b"", Reason.TOKEN_PARTS),
    ("longer than 8 KiB", GOOD.ljust(MAX_TOKEN + 1, b"A"), Reason.TOKEN_TOO_LONG),
    ("white space after", GOOD + b"\n", Reason.TOKEN_CHARSET),
    ("white space before", b" " + GOOD, Reason.TOKEN_CHARSET),
    ("white space inside", HEADER + b". " + PAYLOAD + b"." + SIGNATURE, Reason.TOKEN_CHARSET),
    ("byte order mark", b"\xef\xbb\xbf" + GOOD, Reason.TOKEN_CHARSET),
    ("letter outside ASCII", GOOD.replace(b"e", "\u0435".encode(), 1), Reason.TOKEN_CHARSET),
    ("null byte", GOOD + b"\0", Reason.TOKEN_CHARSET),
    ("bearer scheme", b"Bearer " + GOOD, Reason.TOKEN_CHARSET),
    ("padding", GOOD + b"==", Reason.TOKEN_CHARSET),
    ("standard alphabet, plus", GOOD[:-1] + b"+", Reason.TOKEN_CHARSET),
    ("standard alphabet, slash", GOOD[:-1] + b"/", Reason.TOKEN_CHARSET),
    ("one part", HEADER, Reason.TOKEN_PARTS),
    ("two parts", HEADER + b"." + PAYLOAD, Reason.TOKEN_PARTS),
    ("four parts", GOOD + b"." + SIGNATURE, Reason.TOKEN_PARTS),
    ("five parts, as encrypted tokens have", GOOD + b"..", Reason.TOKEN_PARTS),
    ("dots alone", b"." * MAX_TOKEN, Reason.TOKEN_PARTS),
    ("general JSON form", b'{"payload":"","signatures":[]}', Reason.TOKEN_CHARSET),
    ("impossible length of header", HEADER[:-2] + b"." + PAYLOAD + b"." + SIGNATURE, Reason.TOKEN_BASE64),
    ("impossible length of payload", HEADER + b"." + PAYLOAD + b"A." + SIGNATURE, Reason.TOKEN_BASE64),
    ("unused bits of the signature", HEADER + b"." + PAYLOAD + b"." + unused_bits_set(SIGNATURE), Reason.TOKEN_BASE64),
    ("empty signature", HEADER + b"." + PAYLOAD + b".", Reason.SIGNATURE_INVALID),
    ("signature cut short", GOOD[:-2], Reason.SIGNATURE_INVALID),
    ("signature with more behind", HEADER + b"." + PAYLOAD + b"." + SIGNATURE + b"AA", Reason.SIGNATURE_INVALID),
    ("empty header", b"." + PAYLOAD + b"." + SIGNATURE, Reason.JSON_INVALID),
    ("header is an array", header_text('["EdDSA","KID"]'), Reason.HEADER_MEMBERS),
    ("header is a text", header_text('"EdDSA"'), Reason.HEADER_MEMBERS),
    ("header too long", headed(x5u="https://" + "a" * 500), Reason.HEADER_MEMBERS),
    ("header with byte order mark", header_text('\ufeff{"alg":"EdDSA"}'), Reason.JSON_NOT_ASCII),
    ("header with escapes", header_text('{"\\u0061lg":"EdDSA","kid":"KID","typ":"x"}'), Reason.JSON_NOT_ASCII),
    (
        "repeated alg",
        header_text(f'{{"alg":"none","alg":"EdDSA","kid":"KID","typ":"{ASSERTION_TYP}"}}'),
        Reason.JSON_DUPLICATE_KEY,
    ),
    ("number in the header", header_text('{"alg":1e3,"kid":"KID","typ":"x"}'), Reason.JSON_NUMBER),
    ("header nested 100 levels", header_text("[" * 100 + "]" * 100), Reason.JSON_DEPTH),
    ("header nested nine levels", header_text("[" * 9 + "]" * 9), Reason.JSON_DEPTH),
    ("no alg", headed(alg=...), Reason.HEADER_MEMBERS),
    ("no kid", headed(kid=...), Reason.HEADER_MEMBERS),
    ("no typ", headed(typ=...), Reason.HEADER_MEMBERS),
    ("crit", headed(crit=["exp"]), Reason.HEADER_MEMBERS),
    ("jku", headed(jku="https://ccc.example/jwks"), Reason.HEADER_MEMBERS),
    ("jwk", headed(jwk={"kty": "OKP", "crv": "Ed25519", "x": "AA"}), Reason.HEADER_MEMBERS),
    ("x5u", headed(x5u="https://ccc.example/x5u"), Reason.HEADER_MEMBERS),
    ("x5c", headed(x5c=["AA"]), Reason.HEADER_MEMBERS),
    ("b64", headed(b64=False), Reason.HEADER_MEMBERS),
    ("zip", headed(zip="DEF"), Reason.HEADER_MEMBERS),
    ("cty", headed(cty="JWT"), Reason.HEADER_MEMBERS),
    ("alg is a number", headed(alg=1), Reason.HEADER_MEMBERS),
    ("alg is null", headed(alg=None), Reason.HEADER_MEMBERS),
    ("kid is an array", headed(kid=[KID]), Reason.HEADER_MEMBERS),
    ("typ is an object", headed(typ={}), Reason.HEADER_MEMBERS),
    ("alg none", headed(alg="none"), Reason.HEADER_ALG),
    ("alg None", headed(alg="None"), Reason.HEADER_ALG),
    ("alg HS256", headed(alg="HS256"), Reason.HEADER_ALG),
    ("alg RS256", headed(alg="RS256"), Reason.HEADER_ALG),
    ("alg in another case", headed(alg="eddsa"), Reason.HEADER_ALG),
    ("alg ED25519", headed(alg="ED25519"), Reason.HEADER_ALG),
    ("alg Ed448", headed(alg="Ed448"), Reason.HEADER_ALG),
    ("alg with a space", headed(alg="EdDSA "), Reason.HEADER_ALG),
    ("alg empty", headed(alg=""), Reason.HEADER_ALG),
    ("kid empty", headed(kid=""), Reason.HEADER_KID),
    ("kid is a path", headed(kid="../../keys/" + "a" * 32), Reason.HEADER_KID),
    ("kid one character short", headed(kid=KID[:-1]), Reason.HEADER_KID),
    ("kid in hexadecimal", headed(kid=sha256(b"").hexdigest()), Reason.HEADER_KID),
    ("kid with unused bits", headed(kid=unused_bits_set(KID.encode()).decode()), Reason.HEADER_KID),
    ("typ of a binding", headed(typ=BINDING_TYP), Reason.HEADER_TYP),
    ("typ of a status list", headed(typ=STATUS_TYP), Reason.HEADER_TYP),
    ("typ of a keyring", headed(typ=KEYRING_TYP), Reason.HEADER_TYP),
    ("typ JWT", headed(typ="JWT"), Reason.HEADER_TYP),
    ("typ with media type prefix", headed(typ=f"application/{ASSERTION_TYP}"), Reason.HEADER_TYP),
    ("typ in another case", headed(typ=ASSERTION_TYP.title()), Reason.HEADER_TYP),
    ("typ empty", headed(typ=""), Reason.HEADER_TYP),
]

BAD_PAYLOADS = [
    ("empty payload", tokens.compact(b""), Reason.JSON_INVALID),
    ("payload is an array", tokens.compact(b"[]"), Reason.CLAIM_FORM),
    ("payload is null", tokens.compact(b"null"), Reason.CLAIM_FORM),
    ("byte order mark", payload(lambda data: b"\xef\xbb\xbf" + data), Reason.JSON_NOT_ASCII),
    ("space before", payload(lambda data: b" " + data), Reason.JSON_INVALID),
    ("newline after", payload(lambda data: data + b"\n"), Reason.JSON_NOT_ASCII),
    ("letter outside ASCII", payload(lambda data: data.replace(b"joint", "jöint".encode())), Reason.JSON_NOT_ASCII),
    ("escaped letter", payload(lambda data: data.replace(b"joint", b"\\u006aoint")), Reason.JSON_NOT_ASCII),
    ("more behind the object", payload(lambda data: data + b"{}"), Reason.JSON_INVALID),
    (
        "repeated claim",
        payload(lambda data: data.replace(b'"iss":', b'"exp":1,"iss":')),
        Reason.JSON_DUPLICATE_KEY,
    ),
    (
        "repeated claim at the end",
        payload(lambda data: data[:-1] + b',"aud":"https://ccc.clearance.example"}'),
        Reason.JSON_DUPLICATE_KEY,
    ),
    (
        "repeated claim inside clr",
        payload(lambda data: data.replace(b'"home":', b'"home":"AAA/TOP","home":')),
        Reason.JSON_DUPLICATE_KEY,
    ),
    ("NaN", payload(lambda data: data.replace(b'"idx":4711', b'"idx":NaN')), Reason.JSON_NUMBER),
    (
        "time with a fraction",
        payload(lambda data: data.replace(b'"iat":1800000000', b'"iat":1800000000.5')),
        Reason.JSON_NUMBER,
    ),
    ("time as 1e30", payload(lambda data: data.replace(b'"iat":1800000000', b'"iat":1e30')), Reason.JSON_NUMBER),
    ("time beyond 53 bits", payload(lambda data: data.replace(b'"iat":18', b'"iat":1800000000')), Reason.JSON_NUMBER),
    (
        "time of 4,301 digits",
        payload(lambda data: data.replace(b'"iat":18', b'"iat":' + b"1" * 4301)),
        Reason.JSON_NUMBER,
    ),
    ("nested 900 levels", tokens.compact(b'{"a":' * 900 + b"1" + b"}" * 900), Reason.JSON_DEPTH),
    ("nested nine levels", with_claim("clr", [[[[[[[[]]]]]]]]), Reason.JSON_DEPTH),
    ("time as text", with_claim("iat", "1800000000"), Reason.CLAIM_FORM),
    ("time as true", with_claim("nbf", True), Reason.CLAIM_FORM),
    ("time as null", with_claim("exp", None), Reason.CLAIM_FORM),
    ("time after the year 9999", with_claim("exp", 253_402_300_800), Reason.CLAIM_FORM),
    ("negative time", with_claim("nbf", -1), Reason.CLAIM_FORM),
    ("audience as array", with_claim("aud", [tokens.PARTNER]), Reason.CLAIM_FORM),
    ("audience empty", with_claim("aud", ""), Reason.CLAIM_FORM),
    ("unknown claim", with_claim("name", "A. Person"), Reason.CLAIM_UNKNOWN),
    ("unknown claim inside clr", with_claim("clr.reason", "debts"), Reason.CLAIM_UNKNOWN),
    ("claim missing", with_claim("jti", ...), Reason.CLAIM_MISSING),
    ("claim missing inside clr", with_claim("clr.row", ...), Reason.CLAIM_MISSING),
    ("issuer is another organ", with_claim("iss", f"https://{tokens.AUTHORITY}/organs/TRADE"), Reason.KEY_ORGAN),
]


@pytest.mark.parametrize(("title", "token", "expected"), BAD_ENVELOPES, ids=[case[0] for case in BAD_ENVELOPES])
def test_a_token_with_one_fault_is_refused_before_its_signature_is_checked(
    title: str, token: bytes, expected: Reason
) -> None:
    """Each fault of the envelope has its reason, although the signature over it verifies where there is one."""
    with pytest.raises(Refusal) as caught:
        parse_compact(token, ASSERTION_TYP)
    assert caught.value.reason is expected


@pytest.mark.parametrize(("title", "token", "expected"), BAD_PAYLOADS, ids=[case[0] for case in BAD_PAYLOADS])
def test_a_token_with_one_fault_in_its_payload_is_refused(title: str, token: bytes, expected: Reason) -> None:
    """Each fault of the payload has its reason, although the signature over it verifies."""
    with pytest.raises(Refusal) as caught:
        read(token)
    assert caught.value.reason is expected


@pytest.mark.parametrize("cases", [BAD_ENVELOPES, BAD_PAYLOADS], ids=["envelopes", "payloads"])
def test_each_bad_token_is_in_the_table_once(cases: list[tuple[str, bytes, Reason]]) -> None:
    """No two rows of a table say the same."""
    assert len({title for title, *_ in cases}) == len({token for _, token, _ in cases}) == len(cases)


def test_a_good_token_gives_its_parts() -> None:
    """What comes out is what was signed, byte for byte."""
    read_envelope = parse_compact(GOOD, ASSERTION_TYP)
    assert read_envelope.payload == CLAIMS
    assert read_envelope.signing_input == HEADER + b"." + PAYLOAD
    assert read_envelope.signature == tokens.sign("assert", read_envelope.signing_input)
    assert (read_envelope.alg, read_envelope.kid, read_envelope.typ) == ("EdDSA", KID, ASSERTION_TYP)


def test_a_good_token_is_read() -> None:
    """The token from which every bad one is made has no fault."""
    assert read(GOOD) == tokens.assertion()


def test_both_names_of_the_algorithm_are_read() -> None:
    """The key's record decides between them, not the parser."""
    assert parse_compact(tokens.token(alg="Ed25519"), ASSERTION_TYP).alg == "Ed25519"


def test_header_members_may_stand_in_any_order() -> None:
    """An issuer with another JWT library is read."""
    token = header_text(f'{{"typ": "{ASSERTION_TYP}", "alg": "EdDSA", "kid": "KID"}}')
    assert parse_compact(token, ASSERTION_TYP).kid == KID


def test_a_token_of_exactly_the_limit_is_read() -> None:
    """The limit is the last length that is allowed."""
    assert parse_compact(GOOD, ASSERTION_TYP, limit=len(GOOD)).payload == CLAIMS


def test_a_token_one_byte_over_the_limit_is_refused() -> None:
    """Another limit than the usual one is kept as well."""
    with pytest.raises(Refusal) as caught:
        parse_compact(GOOD, ASSERTION_TYP, limit=len(GOOD) - 1)
    assert caught.value.reason is Reason.TOKEN_TOO_LONG


def test_a_header_read_for_one_type_is_no_header_for_another() -> None:
    """Remembering headers does not let a type slip through."""
    parse_compact(GOOD, ASSERTION_TYP)
    with pytest.raises(Refusal) as caught:
        parse_compact(GOOD, BINDING_TYP)
    assert caught.value.reason is Reason.HEADER_TYP


def test_a_stranger_cannot_make_the_program_remember_without_bound() -> None:
    """However many headers come, few are kept."""
    for number in range(1000):
        parse_compact(tokens.compact_with_header(header_with_kid(number)), ASSERTION_TYP)
    assert envelope._read_header.cache_info().currsize <= 256


def header_with_kid(number: int) -> bytes:
    """Write a header with a key id of its own."""
    key = base64url.encode(sha256(str(number).encode()).digest())
    return json.dumps({"alg": "EdDSA", "kid": key, "typ": ASSERTION_TYP}).encode()
