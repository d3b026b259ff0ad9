"""Tokens with one fault in their bytes, made from a good one by somebody who holds the organ's own key.

The signature verifies unless it is the fault, so that each token is refused for that one fault. Step and reason are the
same whatever a verifier knows (`flows.verify.Knowledge`).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hmac import digest as hmac
from typing import Any, NamedTuple, TypeAlias

from fakes import tokens

from interchange.domain.envelope import BINDING_TYP, KEYRING_TYP, STATUS_TYP
from interchange.domain.verdict import Step
from interchange.errors import Reason
from interchange.wire import base64url, strict_json


@dataclass(frozen=True)
class Good:
    """A token without fault: its claims as they were signed, and the label of the key that signed them."""

    claims: bytes
    label: str

    @property
    def token(self) -> bytes:
        """The token itself."""
        return self.signed(self.claims)

    @property
    def header(self) -> bytes:
        """The header's JSON."""
        return base64url.decode(self.token.split(b".")[0])

    def signed(self, payload: bytes) -> bytes:
        """Sign another payload under the usual header."""
        return tokens.compact(payload, self.label)

    def under(self, header: bytes) -> bytes:
        """Sign the claims under any bytes as a header."""
        return tokens.compact_with_header(header, self.claims, self.label)


Make: TypeAlias = Callable[[Good], bytes]


class Bad(NamedTuple):
    """How a bad token is made, and at which step it is refused for which reason."""

    make: Make
    step: Step
    reason: Reason


def claims(changes: Mapping[str, object]) -> Make:
    """Change, add or (`...`) take out members of the payload by dotted path."""

    def make(good: Good) -> bytes:
        members: Any = strict_json.loads(good.claims)
        for path, value in changes.items():
            *levels, name = path.split(".")
            level = members
            for step in levels:
                level = level[step]
            level[name] = value
            if value is ...:
                del level[name]
        return good.signed(strict_json.dumps(members))

    return make


def spelt(name: str, text: str) -> Make:
    """Spell a number of the payload in another way."""

    def make(good: Good) -> bytes:
        changed, times = re.subn(rf'"{name}":\d+', f'"{name}":{text}', good.claims.decode())
        assert times == 1, name
        return good.signed(changed.encode())

    return make


def payload(change: Callable[[bytes], bytes]) -> Make:
    """Change the payload's bytes."""

    def make(good: Good) -> bytes:
        changed = change(good.claims)
        assert changed != good.claims
        return good.signed(changed)

    return make


def header(change: Callable[[bytes], bytes]) -> Make:
    """Change the header's bytes."""

    def make(good: Good) -> bytes:
        changed = change(good.header)
        assert changed != good.header
        return good.under(changed)

    return make


def headed(**changes: object) -> Make:
    """Change, add or (`...`) take out members of the header."""

    def change(usual: bytes) -> bytes:
        members = json.loads(usual) | changes
        return strict_json.dumps({name: value for name, value in members.items() if value is not ...})

    return header(change)


def part(place: int, change: Callable[[bytes], bytes]) -> Make:
    """Change one of the three parts as it is spelt; nothing is signed anew."""

    def make(good: Good) -> bytes:
        parts = good.token.split(b".")
        parts[place] = change(parts[place])
        return b".".join(parts)

    return make


def flipped(place: int, byte: int) -> Make:
    """Flip the lowest bit of one byte of a part as it is meant, and spell it canonically again."""

    def flip(segment: bytes) -> bytes:
        data = bytearray(base64url.decode(segment))
        data[byte] ^= 1
        return base64url.encode(bytes(data)).encode()

    return part(place, flip)


def with_unused_bits(segment: bytes) -> bytes:
    """Set a bit beyond the last byte that a segment spells."""
    assert len(segment) % 4 > 1
    at = base64url.ALPHABET.index(segment[-1])
    return segment[:-1] + base64url.ALPHABET[at + 1 : at + 2]


def unused_bits(place: int) -> Make:
    """Spell header or payload with spaces, which JSON allows, until bits are left over, and set one of them."""

    def spaced(data: bytes) -> bytes:
        return b"{" + b" " * (1 + -len(data) % 3) + data[1:]

    def make(good: Good) -> bytes:
        token = good.under(spaced(good.header)) if place == 0 else good.signed(spaced(good.claims))
        parts = token.split(b".")
        parts[place] = with_unused_bits(parts[place])
        return b".".join(parts)

    return make


def signed_with_the_public_key(good: Good) -> bytes:
    """Take the public key for a shared secret, as careless libraries do."""
    changed = good.header.replace(b'"EdDSA"', b'"HS256"')
    signed = f"{base64url.encode(changed)}.{base64url.encode(good.claims)}".encode()
    mac = hmac(tokens.public_key(good.label), signed, "sha256")
    return signed + b"." + base64url.encode(mac).encode()


def signed_with_nothing(good: Good) -> bytes:
    """Claim that no signature is needed."""
    return good.under(good.header.replace(b'"EdDSA"', b'"none"')).rpartition(b".")[0] + b"."


_ENVELOPE: dict[str, tuple[Make, Reason]] = {
    "nothing": (lambda good: b"", Reason.TOKEN_PARTS),
    "over 8 KiB": (lambda good: good.token.ljust(8193, b"A"), Reason.TOKEN_TOO_LONG),
    "over 8 KiB and well signed": (claims({"purpose": "a" * 6000}), Reason.TOKEN_TOO_LONG),
    "newline behind": (lambda good: good.token + b"\n", Reason.TOKEN_CHARSET),
    "space inside": (part(1, lambda spelling: b" " + spelling), Reason.TOKEN_CHARSET),
    "byte order mark": (lambda good: b"\xef\xbb\xbf" + good.token, Reason.TOKEN_CHARSET),
    "letter outside ASCII": (lambda good: good.token.replace(b"e", "\u0435".encode(), 1), Reason.TOKEN_CHARSET),
    "padding": (part(2, lambda spelling: spelling + b"=="), Reason.TOKEN_CHARSET),
    "plus of the standard alphabet": (part(2, lambda spelling: b"+" + spelling[1:]), Reason.TOKEN_CHARSET),
    "slash of the standard alphabet": (part(1, lambda spelling: spelling[:-1] + b"/"), Reason.TOKEN_CHARSET),
    "JSON form": (lambda good: b'{"payload":"","signatures":[]}', Reason.TOKEN_CHARSET),
    "two parts": (lambda good: good.token.rpartition(b".")[0], Reason.TOKEN_PARTS),
    "four parts": (lambda good: good.token + b".AAAA", Reason.TOKEN_PARTS),
    "unused bits of the header": (unused_bits(0), Reason.TOKEN_BASE64),
    "unused bits of the payload": (unused_bits(1), Reason.TOKEN_BASE64),
    "unused bits of the signature": (part(2, with_unused_bits), Reason.TOKEN_BASE64),
    "impossible length": (part(1, lambda spelling: spelling + b"A" * (1 + -len(spelling) % 4)), Reason.TOKEN_BASE64),
    "signature without its last byte": (
        part(2, lambda spelling: base64url.encode(base64url.decode(spelling)[:-1]).encode()),
        Reason.SIGNATURE_INVALID,
    ),
    "no signature": (part(2, lambda spelling: b""), Reason.SIGNATURE_INVALID),
    "key twice in the header": (
        header(lambda usual: usual.replace(b"{", b'{"alg":"none",')),
        Reason.JSON_DUPLICATE_KEY,
    ),
    "letter outside ASCII in the header": (
        header(lambda usual: usual.replace(b"EdDSA", "\u0415dDSA".encode())),
        Reason.JSON_NOT_ASCII,
    ),
    "float in the header": (header(lambda usual: usual.replace(b'"EdDSA"', b"1.5")), Reason.JSON_NUMBER),
    "NaN in the header": (header(lambda usual: usual.replace(b'"EdDSA"', b"NaN")), Reason.JSON_NUMBER),
    "nine levels in the header": (header(lambda usual: b"[" * 9 + b"]" * 9), Reason.JSON_DEPTH),
    "crit": (headed(crit=["exp"]), Reason.HEADER_MEMBERS),
    "jku": (headed(jku="https://ccc.example/jwks"), Reason.HEADER_MEMBERS),
    "jwk": (headed(jwk={"kty": "OKP", "crv": "Ed25519", "x": "AA"}), Reason.HEADER_MEMBERS),
    "x5u": (headed(x5u="https://ccc.example/x5u"), Reason.HEADER_MEMBERS),
    "b64": (headed(b64=False), Reason.HEADER_MEMBERS),
    "zip": (headed(zip="DEF"), Reason.HEADER_MEMBERS),
    "no typ": (headed(typ=...), Reason.HEADER_MEMBERS),
    "kid that is no thumbprint": (headed(kid="METI"), Reason.HEADER_KID),
    "alg none": (signed_with_nothing, Reason.HEADER_ALG),
    "alg HS256": (signed_with_the_public_key, Reason.HEADER_ALG),
    "alg in small letters": (headed(alg="eddsa"), Reason.HEADER_ALG),
    "alg in capitals": (headed(alg="ED25519"), Reason.HEADER_ALG),
    "typ of a binding": (headed(typ=BINDING_TYP), Reason.HEADER_TYP),
    "typ of a status list": (headed(typ=STATUS_TYP), Reason.HEADER_TYP),
    "typ of a keyring": (headed(typ=KEYRING_TYP), Reason.HEADER_TYP),
    "typ JWT": (headed(typ="JWT"), Reason.HEADER_TYP),
    "bit of the header flipped": (flipped(0, -3), Reason.HEADER_TYP),
}

_CLAIMS: dict[str, tuple[Make, Reason]] = {
    "byte order mark in the payload": (payload(lambda usual: b"\xef\xbb\xbf" + usual), Reason.JSON_NOT_ASCII),
    "letter outside ASCII in the payload": (
        payload(lambda usual: usual.replace(b"joint", "j\u00f6int".encode())),
        Reason.JSON_NOT_ASCII,
    ),
    "claim twice": (payload(lambda usual: usual[:-1] + b',"exp":4102444800}'), Reason.JSON_DUPLICATE_KEY),
    "claim twice at a lower level": (
        payload(lambda usual: usual.replace(b'"home":', b'"home":"AAA/TOP","home":')),
        Reason.JSON_DUPLICATE_KEY,
    ),
    "more behind the payload": (payload(lambda usual: usual + b"{}"), Reason.JSON_INVALID),
    "nine levels in the payload": (claims({"clr": [[[[[[[[]]]]]]]]}), Reason.JSON_DEPTH),
    "NaN as a slot": (spelt("idx", "NaN"), Reason.JSON_NUMBER),
    "audience as an array": (
        payload(lambda usual: usual.replace(b'"aud":', b'"aud":[').replace(b',"jti"', b'],"jti"')),
        Reason.CLAIM_FORM,
    ),
    "unknown claim": (claims({"name": "A. Person"}), Reason.CLAIM_UNKNOWN),
    "unknown claim at a lower level": (claims({"clr.reason": "debts"}), Reason.CLAIM_UNKNOWN),
    "claim left out": (claims({"sub": ...}), Reason.CLAIM_MISSING),
    "claim left out at a lower level": (claims({"clr.row": ...}), Reason.CLAIM_MISSING),
    "another kind of credential": (claims({"vct": "urn:clearance-interchange:assertion:2"}), Reason.CLAIM_FORM),
    "id that is no UUID": (claims({"jti": "1"}), Reason.CLAIM_FORM),
    "beginning after the end": (claims({"exp": 0}), Reason.CLAIM_FORM),
}

_TIMES: dict[str, tuple[str, Reason]] = {
    "a string": ('"1800000000"', Reason.CLAIM_FORM),
    "true": ("true", Reason.CLAIM_FORM),
    "false": ("false", Reason.CLAIM_FORM),
    "null": ("null", Reason.CLAIM_FORM),
    "1e30": ("1e30", Reason.JSON_NUMBER),
    "a fraction": ("1800000000.5", Reason.JSON_NUMBER),
    "a whole fraction": ("1800000000.0", Reason.JSON_NUMBER),
    "NaN": ("NaN", Reason.JSON_NUMBER),
    "Infinity": ("Infinity", Reason.JSON_NUMBER),
    "more than 53 bits": ("9007199254740993", Reason.JSON_NUMBER),
    "4,301 digits": ("1" * 4301, Reason.JSON_NUMBER),
    "a negative number": ("-1", Reason.CLAIM_FORM),
}
"""How a time is spelt → why it is refused."""

BAD: dict[str, Bad] = {
    **{title: Bad(make, Step.ENVELOPE, reason) for title, (make, reason) in _ENVELOPE.items()},
    "kid of nobody": Bad(headed(kid=tokens.kid("nobody")), Step.KEY, Reason.KEY_UNKNOWN),
    "alg other than the key's": Bad(headed(alg="Ed25519"), Step.KEY, Reason.HEADER_ALG),
    "bit of the payload flipped": Bad(flipped(1, 100), Step.SIGNATURE, Reason.SIGNATURE_INVALID),
    "bit of the signature flipped": Bad(flipped(2, 0), Step.SIGNATURE, Reason.SIGNATURE_INVALID),
    "last bit of the signature flipped": Bad(flipped(2, -1), Step.SIGNATURE, Reason.SIGNATURE_INVALID),
    "signature of another key": Bad(
        lambda good: b".".join([good.token.rpartition(b".")[0], Good(good.claims, "nobody").token.split(b".")[2]]),
        Step.SIGNATURE,
        Reason.SIGNATURE_INVALID,
    ),
    **{title: Bad(make, Step.CLAIMS, reason) for title, (make, reason) in _CLAIMS.items()},
    **{
        f"{name} as {spelling}": Bad(spelt(name, text), Step.CLAIMS, reason)
        for name in ("iat", "nbf", "exp")
        for spelling, (text, reason) in _TIMES.items()
    },
    "iss of another organ": Bad(
        payload(lambda usual: re.sub(rb"/organs/\w+", b"/organs/OTHER", usual)), Step.CLAIMS, Reason.KEY_ORGAN
    ),
    "iss of another party": Bad(
        payload(lambda usual: re.sub(rb"https://[a-z.]+/organs", b"https://other.clearance.example/organs", usual)),
        Step.CLAIMS,
        Reason.KEY_ORGAN,
    ),
}
"""Title → the token."""
