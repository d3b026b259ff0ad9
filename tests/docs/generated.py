"""All generated blocks of the documents, and the program that writes them anew."""

from collections.abc import Callable, Mapping
from functools import partial

from docs.markdown import ROOT, fence, read, table, with_generated
from thief import cells

from docs import examples, services, tables
from interchange.client import directory
from interchange.domain.verdict import Step
from interchange.errors import Conflict, Denied, Malformed, NotFound, Reason, Refusal, Ruled, Unavailable

FAMILIES: tuple[type[Refusal], ...] = (Malformed, Denied, NotFound, Conflict, Ruled, Unavailable)

STEPS: dict[Step, tuple[str, tuple[Reason, ...]]] = {
    Step.ENVELOPE: (
        "P1, P2, P3: three parts, canonical, a header of three members, the right type",
        (
            Reason.TOKEN_TOO_LONG,
            Reason.TOKEN_CHARSET,
            Reason.TOKEN_PARTS,
            Reason.TOKEN_BASE64,
            Reason.HEADER_MEMBERS,
            Reason.HEADER_ALG,
            Reason.HEADER_KID,
            Reason.HEADER_TYP,
        ),
    ),
    Step.KEY: (
        "`kid` is in the latest pinned keyring of some party, its role is `assert`, its `alg` is the header's",
        (Reason.KEY_UNKNOWN, Reason.KEY_ROLE, Reason.HEADER_ALG),
    ),
    Step.SIGNATURE: ("P9: Ed25519 over header and payload as received", (Reason.SIGNATURE_INVALID,)),
    Step.CLAIMS: (
        "P4 to P8, A1 to A3: strict JSON, the closed list of claims, the key's own organ",
        (Reason.CLAIM_UNKNOWN, Reason.CLAIM_MISSING, Reason.CLAIM_FORM, Reason.KEY_ORGAN),
    ),
    Step.AUDIENCE: ("`aud` is the verifier's own party URI", (Reason.AUDIENCE_WRONG,)),
    Step.PROJECT: ("`project` is the verifier's reference of the project", (Reason.PROJECT_WRONG,)),
    Step.TIME: (
        "V2: begun, and now before `exp`; `iat` in the key's signing window, and now before its `verify_until`",
        (Reason.NOT_YET_VALID, Reason.EXPIRED, Reason.KEY_WINDOW),
    ),
    Step.LANE: (
        "the issuer's lane tells this `jti` with the SHA-256 of this token, and has not withdrawn the key (L6, W4)",
        (Reason.NOT_IN_LANE, Reason.KEY_RESTRICTED),
    ),
    Step.STANDING: ("V4", (Reason.REVOKED, Reason.EXPIRED, Reason.SUSPENDED)),
    Step.FRESHNESS: (
        "section 8: the keyring has not expired, the knowledge is young enough",
        (
            Reason.KEYRING_EXPIRED,
            Reason.STALE,
        ),
    ),
    Step.ROW: ("V5", (Reason.ROW_UNKNOWN, Reason.ROW_MISMATCH, Reason.ROW_WORKING)),
}

FILES = {
    directory.KEYRING: "the issuer's keyring, [section 3](#3-keyring)",
    directory.CHECKPOINT: "the head of the lane, [section 6](#6-checkpoint)",
    directory.STATUS_LIST: "the status list that the assertion names, [section 9](#9-status-list)",
    directory.PROOF: "that the assertion is in the lane, [section 10](#10-proof-file)",
    directory.ASSERTION: "the assertion, [section 4](#4-assertion); mostly the bearer brings it",
    directory.LANE: "the whole lane, a leaf a line, with the token that travels beside it",
    directory.JWKS: "the keys for programs that only know JWT, [section 3](#3-keyring); not signed, and not read here",
    directory.VERDICT: "what a node answered when the files were fetched; not read here",
    directory.REVOKED: "a token that the lane tells as revoked; not read here",
}


def files() -> str:
    """List the files that a directory may hold."""
    return table(("file", "content"), [(f"`{name}`", content) for name, content in FILES.items()])


def steps() -> str:
    """List the steps of verification in the order in which the program takes them."""
    rows = [
        (str(number), f"`{step.value}`", STEPS[step][0], ", ".join(f"`{reason.code}`" for reason in STEPS[step][1]))
        for number, step in enumerate(Step, 1)
    ]
    return table(("", "step", "what must hold", "else"), rows)


def _examples() -> dict[str, Callable[[], str]]:
    texts = {**examples.SIGNED, **examples.SHOWN}
    return {
        name: partial(fence, text, "json" if text.startswith("{") and "\n{" not in text else "text")
        for name, text in texts.items()
    }


DOCUMENTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "proto/README.md": {
        **_examples(),
        "keys": tables.keys,
        "steps": steps,
        "files": files,
        "history": tables.history,
        "freshness": tables.freshness,
        "limits": tables.limits,
    },
    "docs/rpcs.md": {
        service.removesuffix("Service").lower(): partial(services.listed, service)
        for service in dict.fromkeys(method.service for method in services.methods())
    },
    "docs/threats.md": {"thief": cells.thief, "thief-costs": cells.thief_costs},
    "docs/reasons.md": {
        **{family.status.lower().replace("_", "-"): partial(tables.reasons, family.status) for family in FAMILIES},
        "reserved": tables.reserved,
    },
}
"""Document → name of a generated block → what writes its content."""


def blocks(document: str) -> dict[str, str]:
    """Write the content of every generated block of a document."""
    return {name: write() for name, write in DOCUMENTS[document].items()}


def main() -> None:
    """Write all generated blocks anew, in place."""
    for document in DOCUMENTS:
        text = with_generated(read(document), blocks(document))
        (ROOT / document).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
