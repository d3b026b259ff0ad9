"""A second implementation, by somebody who has only proto/README.md: the standard library, libsodium, and no more.

It is as short as that page allows, and imports nothing of the package; that is its point. The comments name the rules.
"""

import json
import re
import zlib
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from nacl.bindings import (
    crypto_box_seal_open,
    crypto_core_ed25519_is_valid_point,
    crypto_scalarmult_base,
    crypto_sign_open,
)
from nacl.exceptions import BadSignatureError, CryptoError

Json = dict[str, Any]

VCT = "urn:clearance-interchange:assertion:1"


class RefusedError(Exception):
    """A rule of the page was broken; the code comes first."""


def require(holds: bool, code: str) -> None:
    """Refuse with the code unless something holds."""
    if not holds:
        raise RefusedError(code)


def b64url(text: str, code: str = "token_base64") -> bytes:
    """P2."""
    require(re.fullmatch(r"[A-Za-z0-9_-]*", text) is not None, code)
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(to_b64url(data) == text, code)
    return data


def to_b64url(data: bytes) -> str:
    """Spell bytes in base64url."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def digest(data: bytes) -> str:
    """SHA-256 in base64url."""
    return to_b64url(sha256(data).digest())


def read_json(data: bytes, *, names: bool = False) -> Any:  # noqa: ANN401 - JSON
    """P4 or, with `names`, B3; P5, P6; P7 is left to the closed lists of members."""
    if names:
        text = data.decode()
        require(not re.search("[\x00-\x1f\x7f-\x9f\ufeff\u2028-\u202e\u2066-\u2069]", text), "json_invalid")
        require("\\" not in text.replace("\\\\", "").replace('\\"', ""), "json_invalid")
    else:
        require(all(0x20 <= byte <= 0x7E and byte != 0x5C for byte in data), "json_not_ascii")

    def members(pairs: list[tuple[str, object]]) -> Json:
        require(len({name for name, _ in pairs}) == len(pairs), "json_duplicate_key")
        return dict(pairs)

    def number(digits: str) -> int:
        require(digits != "-0" and len(digits) < 18 and abs(int(digits)) < 1 << 53, "json_number")
        return int(digits)

    return json.loads(data, object_pairs_hook=members, parse_int=number, parse_float=number, parse_constant=number)


def verifies(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """P9, P10."""
    if len(signature) != 64 or not crypto_core_ed25519_is_valid_point(public_key):
        return False
    try:
        crypto_sign_open(signature + message, public_key)
    except BadSignatureError:
        return False
    return True


def thumbprint(x: str, alg: str = "EdDSA") -> str:
    """End of section 2, and B9."""
    curve = "X25519" if alg == "X25519" else "Ed25519"
    return digest(f'{{"crv":"{curve}","kty":"OKP","x":"{x}"}}'.encode())


def open_token(token: str, typ: str, keys: Callable[[str], Json | None], *, names: bool = False) -> tuple[Json, Json]:
    """P1 to P9: (payload, key record)."""
    parts = token.split(".")
    require(len(parts) == 3, "token_parts")
    header = read_json(b64url(parts[0]))
    require(header.keys() == {"alg", "kid", "typ"}, "header_members")
    require(header["typ"] == typ, "header_typ")
    key = keys(header["kid"])
    if key is None:
        raise RefusedError("key_unknown")
    require(key["alg"] == header["alg"], "header_alg")
    signed = f"{parts[0]}.{parts[1]}".encode()
    require(verifies(b64url(key["x"]), signed, b64url(parts[2])), "signature_invalid")
    return read_json(b64url(parts[1]), names=names), key


def open_keyring(published: str, pin: str) -> Json:
    """Section 3, for a party's first keyring."""
    outer = json.loads(published)
    keyring: Json = read_json(b64url(outer["payload"]))
    roots = {root["kid"]: root for root in keyring["roots"]}
    for key in keyring["roots"] + keyring["keys"]:
        require(key["kid"] == thumbprint(key["x"], key["alg"]), "keyring_form")
        require((key.get("role") == "binding") == (key["alg"] == "X25519"), "keyring_form")
    threshold = keyring["thresholds"]["Ed25519"]
    lines = [keyring["authority"], f"Ed25519={threshold}", *sorted(roots)]
    require(sha256("\n".join(lines).encode()).hexdigest() == pin, "keyring_pin")
    signers = set()
    for line in outer["signatures"]:
        header = read_json(b64url(line["protected"]))
        signed = f"{line['protected']}.{outer['payload']}".encode()
        root = roots.get(header["kid"])
        if root and root["alg"] == header["alg"] and verifies(b64url(root["x"]), signed, b64url(line["signature"])):
            signers.add(header["kid"])
    require(len(signers) >= threshold, "keyring_threshold")
    return keyring


def leaf_hash(leaf: bytes) -> bytes:
    """Section 5."""
    return sha256(b"\x00" + leaf).digest()


def root_of(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, as that section writes it."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha256(b"\x01" + root_of(hashes[:split]) + root_of(hashes[split:])).digest()


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 6962 section 2.1.1 read backwards: the root that an audit path leads to."""
    if size == 1:
        require(not path, "proof_invalid")
        return leaf
    split = 1 << ((size - 1).bit_length() - 1)
    if index < split:
        return sha256(b"\x01" + root_by_path(leaf, index, split, path[:-1]) + path[-1]).digest()
    return sha256(b"\x01" + path[-1] + root_by_path(leaf, index - split, size - split, path[:-1])).digest()


def key_id(name: str, kind: int, public_key: bytes) -> bytes:
    """Section 6."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def open_note(note: str, keyring: Json, now: int) -> tuple[str, int, bytes, int]:
    """Section 6: (origin, size, root, signed time)."""
    body, _, signatures = note.partition("\n\n")
    origin, size, root = body.split("\n")
    found = {}
    for line in signatures.splitlines():
        dash, name, encoded = line.split(" ")
        require(dash == "\u2014", "note_form")
        data = b64decode(encoded, validate=True)
        found[name, data[:4]] = data[4:]
    for key in keyring["keys"]:
        public_key = b64url(key["x"])
        plain = found.get((origin, key_id(origin, 1, public_key)))
        timed = found.get((origin, key_id(origin, 4, public_key)))
        if key["role"] == "lane" and plain and timed:
            at = int.from_bytes(timed[:8], "big")
            require(verifies(public_key, f"{body}\n".encode(), plain), "signature_invalid")
            require(verifies(public_key, cosigned(at, body), timed[8:]), "signature_invalid")
            require(at <= now + 60, "note_time_ahead")
            require(key["sign_from"] <= at < key["sign_until"], "key_window")
            return origin, int(size), b64decode(root), at
    raise RefusedError("key_unknown")


def cosigned(at: int, body: str) -> bytes:
    """What a timestamped line signs; `body` without its last newline."""
    return f"cosignature/v1\ntime {at}\n{body}\n".encode()


def open_acknowledgement(line: str, name: str, public_key: bytes, note: str) -> int:
    """Section 7: the time that the follower states."""
    _, named, encoded = line.split(" ")
    data = b64decode(encoded, validate=True)
    require(named == name and data[:4] == key_id(name, 4, public_key), "key_unknown")
    at = int.from_bytes(data[4:12], "big")
    require(verifies(public_key, cosigned(at, note.partition("\n\n")[0]), data[12:]), "signature_invalid")
    return at


def open_proof(proof: str, token: str, keyring: Json, now: int) -> int:
    """Section 10: the size of the lane in which the token is told."""
    head, _, note = proof.partition("\n\n")
    title, extra, index, *path = head.split("\n")
    require(title == "c2sp.org/tlog-proof@v1", "proof_form")
    leaf = b64decode(extra.removeprefix("extra "), validate=True)
    _, size, root, _ = open_note(note, keyring, now)
    number, hashes = int(index.removeprefix("index ")), [b64decode(each, validate=True) for each in path]
    require(root_by_path(leaf_hash(leaf), number, size, hashes) == root, "proof_invalid")
    require(json.loads(leaf)["sha256"] == digest(token.encode()), "not_in_lane")
    return size


def slot(payload: Json, idx: int) -> int:
    """Section 9."""
    engine = zlib.decompressobj()
    packed = engine.decompress(b64url(payload["status_list"]["lst"]), 4 * 1024 * 1024)
    require(engine.eof and not engine.unused_data, "status_form")
    return packed[idx // 4] >> 2 * (idx % 4) & 3


def verdict(token: str, keyring: Json, leaves: list[bytes], row: str, as_of: int, now: int) -> str:
    """Section 4, the steps from `key` to `row`, for BBB; what the lane tells lies in `leaves`."""
    keys = {key["kid"]: key for key in keyring["keys"]}
    claims, key = open_token(token, "clearance-assertion+jwt", keys.get)
    require(key["role"] == "assert", "key_role")
    require(claims["vct"] == VCT, "claim_form")
    require(claims["iss"] == f"https://{keyring['authority']}/organs/{key['organ']}", "key_organ")
    require(claims["aud"] == "https://bbb.clearance.example", "audience_wrong")
    require(claims["nbf"] <= now + 60 and claims["iat"] <= now + 60, "not_yet_valid")
    require(now < claims["exp"], "expired")
    require(key["sign_from"] <= claims["iat"] < key["sign_until"] and now < key["verify_until"], "key_window")
    events = [json.loads(leaf) for leaf in leaves]
    told = [event for event in events if event["type"] == "assertion_issued" and event["jti"] == claims["jti"]]
    require(bool(told) and told[0]["sha256"] == digest(token.encode()), "not_in_lane")
    narrowed = [event for event in events if event["type"] == "key_restricted" and event["how"] != "retired"]
    require(all(event["kid"] != key["kid"] for event in narrowed), "key_restricted")
    require(all(event["jti"] != claims["jti"] for event in events if event["type"] == "revoked"), "revoked")
    lifted = {event["hold"] for event in events if event["type"] == "hold_lifted"}
    concerns = {("assertion", claims["jti"]), ("project", claims["project"]), ("agreement", claims["clr"]["agreement"])}
    for event in events:
        if event["type"] == "hold_placed" and event["hold"] not in lifted:
            require((event["scope"], event["of"]) not in concerns, "suspended")
    require(now < keyring["expires"], "keyring_expired")
    if max(0, now - as_of) + 60 > 900:
        return "STALE stale"
    require(digest(row.encode()) == claims["clr"]["row"], "row_unknown")
    content = json.loads(row)
    require((content["source"], content["target"]) == (claims["clr"]["home"], claims["clr"]["partner"]), "row_mismatch")
    return "VALID"


def matches(box: bytes, secret: bytes, assertion: Json, keyring: Json, leaves: list[bytes], papers: Json) -> bool:
    """Section 12, for BBB, once the assertion was found to be valid; `papers` are those of the person at the gate."""
    events = [json.loads(leaf) for leaf in leaves]
    told = [event for event in events if event["type"].startswith("binding_") and event["jti"] == assertion["jti"]]
    require(bool(told) and told[-1]["type"] == "binding_sent", "binding_not_told")
    require(told[-1]["sha256"] == digest(box), "token_digest")
    try:
        filled = crypto_box_seal_open(box, crypto_scalarmult_base(secret), secret)
    except CryptoError:
        raise RefusedError("box_sealed") from None
    token = filled.rstrip(b"\0").removesuffix(b"\x80").decode()
    keys = {key["kid"]: key for key in keyring["keys"]}
    claims, key = open_token(token, "clearance-binding+jwt", keys.get, names=True)
    require(key["role"] == "assert", "key_role")
    require(claims["iss"] == f"https://{keyring['authority']}/organs/{key['organ']}", "key_organ")
    require(key["sign_from"] <= claims["iat"] < key["sign_until"], "key_window")
    require(all(claims[name] == assertion[name] for name in ("iss", "sub", "aud", "jti", "exp")), "binding_wrong")
    compared = ("passport_family", "passport_given", "birth_date", "document_number")
    return all(" ".join(claims["identity"].get(name, "").split()) == papers[name] for name in compared)


def padded(data: bytes) -> str:
    """Spell bytes in padded base64."""
    return b64encode(data).decode()
