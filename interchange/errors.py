"""Every refusal of the product: six families over one table of reasons.

A refusal carries a stable `Reason`; callers match on that, never on text. The table below is the single source
for the outward code, the sentence shown to a person, the remedy, and the gRPC status. A negative *verdict* uses the
same reasons as a value (see `domain.verdict`); only requests and unreadable bytes are refused by exception.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar


class Refusal(Exception):
    """A request or a piece of data is refused, and nothing has changed.

    Attributes:
        reason: the stable code, with its text and remedy.
        where: field, file or step concerned; never personal data, never the offending value.
    """

    status: ClassVar[str] = "UNKNOWN"

    def __init__(self, reason: Reason, where: str = "") -> None:
        """Bind `reason` to the place it was found, for example a field name."""
        super().__init__(reason, where)
        self.reason = reason
        self.where = where

    def __str__(self) -> str:
        """One line for a person: what is wrong, where, and what to do."""
        place = f" ({self.where})" if self.where else ""
        return f"{self.reason.code}: {self.reason.text}{place}. {self.reason.remedy}"


class Malformed(Refusal):
    """The bytes or fields are not what the specification allows."""

    status = "INVALID_ARGUMENT"


class Denied(Refusal):
    """The caller may not do this."""

    status = "PERMISSION_DENIED"


class NotFound(Refusal):
    """There is no such thing, or not for this caller: both answer alike."""

    status = "NOT_FOUND"


class Conflict(Refusal):
    """The request contradicts what is already recorded."""

    status = "ABORTED"


class Ruled(Refusal):
    """A rule of law, of mapping or of trust says no."""

    status = "FAILED_PRECONDITION"


class Unavailable(Refusal):
    """The node or a partner cannot answer truthfully now."""

    status = "UNAVAILABLE"


class Reason(Enum):
    """Stable reason codes: code = (family, text, remedy). The code is the lower-case member name."""

    # -- signed bytes: envelope ------------------------------------------------------------------------------
    TOKEN_TOO_LONG = (Malformed, "the token is longer than 8 KiB", "Send the token alone, unchanged.")
    TOKEN_CHARSET = (Malformed, "the token has a character outside base64url and dots", "Send it as issued.")
    TOKEN_PARTS = (Malformed, "the token does not have three parts", "Send the compact form of RFC 7515.")
    TOKEN_BASE64 = (Malformed, "a part is not canonical base64url", "Send the token as issued.")
    JSON_INVALID = (Malformed, "the content is not strict JSON", "Ask the issuer for a well-formed object.")
    JSON_DUPLICATE_KEY = (Malformed, "a JSON key occurs twice", "Ask the issuer for a well-formed object.")
    JSON_NUMBER = (Malformed, "a JSON number is not a plain integer", "Use integers within 53 bits.")
    JSON_DEPTH = (Malformed, "JSON is nested deeper than 8 levels", "Ask the issuer for a well-formed object.")
    JSON_NOT_ASCII = (Malformed, "the content is not printable ASCII", "Ask the issuer for a well-formed object.")
    HEADER_MEMBERS = (Malformed, "the header is not exactly alg, kid, typ", "Headers of other kinds are refused.")
    HEADER_ALG = (Ruled, "the algorithm is not the one bound to the key", "The key's record names the algorithm.")
    HEADER_TYP = (Malformed, "the object is of another type", "Present the object where its type belongs.")
    HEADER_KID = (Malformed, "the key id is not an RFC 7638 thumbprint", "Send the token as issued.")
    CLAIM_UNKNOWN = (Malformed, "a claim is not in the schema", "The schema is closed; see proto/README.md.")
    CLAIM_MISSING = (Malformed, "a claim is missing", "See proto/README.md for the schema.")
    CLAIM_FORM = (Malformed, "a claim has a wrong type or form", "See proto/README.md for the schema.")
    # -- signed bytes: keys ----------------------------------------------------------------------------------
    KEY_UNKNOWN = (Ruled, "no pinned keyring has this key", "Fetch the party's keyring, or admit the party.")
    KEY_ROLE = (Ruled, "the key has another role", "One key serves one role.")
    KEY_ORGAN = (Ruled, "the key belongs to another organ", "Only the organ's own key signs for it.")
    KEY_WINDOW = (Ruled, "the key is outside its window", "Present an assertion signed inside the window.")
    KEY_RESTRICTED = (Ruled, "the key is restricted", "Wait for the party's next keyring, or a new assertion.")
    KEY_STAGE = (Ruled, "the key's stage does not allow it", "`interchange key board` shows each key's stage.")
    KEY_NOT_SEEN = (Ruled, "not every partner knows the key yet", "Wait for the named partners, or force it by two.")
    KEY_WEAK = (Malformed, "the public key is not a canonical point of the main subgroup", "Make a new key.")
    SIGNATURE_INVALID = (Ruled, "the signature does not verify", "Obtain the object again from its issuer.")
    # -- verdict: context, standing, freshness, row ----------------------------------------------------------
    AUDIENCE_WRONG = (Ruled, "the assertion is for another party", "Only the named audience can rely on it.")
    PROJECT_WRONG = (Ruled, "the assertion is for another project", "Ask for an assertion for this project.")
    NOT_YET_VALID = (Ruled, "the assertion is not valid yet", "Wait until its first instant.")
    EXPIRED = (Ruled, "the assertion has expired", "Ask the issuer for a new one.")
    REVOKED = (Ruled, "the assertion is revoked", "It never becomes valid again.")
    SUSPENDED = (Ruled, "the assertion is suspended", "Wait for the issuer to lift it.")
    NOT_IN_LANE = (Ruled, "the issuer's lane does not have this assertion", "Treat it as forged; tell the issuer.")
    STALE = (Unavailable, "knowledge of the issuer's lane is too old", "Reach the issuer, or fetch a new bundle.")
    ROW_UNKNOWN = (Ruled, "the mapping row is unknown here", "Update the rulebook.")
    ROW_WORKING = (Ruled, "the mapping row is a working reading", "Accept working rows for demonstrations only.")
    ROW_MISMATCH = (Ruled, "the levels are not those of the row", "Treat the assertion as wrong; tell the issuer.")
    # -- lanes -----------------------------------------------------------------------------------------------
    NOTE_FORM = (Malformed, "the checkpoint is not a well-formed signed note", "Fetch it again.")
    NOTE_ORIGIN = (Ruled, "the checkpoint is of another lane", "Fetch the lane addressed to you.")
    NOTE_TIME_AHEAD = (Ruled, "the signed time is more than 60 s ahead", "Check both clocks.")
    LANE_GAP = (Ruled, "a leaf's number is not the next one", "Evidence is kept; call the partner.")
    LANE_ROOT = (Ruled, "the leaves do not give the signed root", "Evidence is kept; call the partner.")
    LANE_ROLLBACK = (Ruled, "the lane is smaller than what is known", "Evidence is kept; call the partner.")
    LANE_FORK = (Ruled, "two checkpoints contradict each other", "Evidence is kept; call the partner.")
    LANE_BEHIND = (Unavailable, "the lane is below its high-water mark", "Recover the missing leaves first.")
    LEAF_FORM = (Malformed, "a leaf is not a canonical event", "Fetch it again; if it persists, call the partner.")
    EVENT_UNKNOWN = (Unavailable, "an event is of an unknown version or type", "Upgrade this node.")
    TOKEN_DIGEST = (Ruled, "the token beside a leaf has another digest", "Fetch it again.")
    PROOF_FORM = (Malformed, "the inclusion proof is not well formed", "Fetch it again.")
    PROOF_INVALID = (Ruled, "the Merkle proof does not verify", "Fetch it again.")
    FRONTIER_FORM = (Malformed, "the frontier is not well formed", "Restore the ledger, or read the lane anew.")
    # -- keyrings --------------------------------------------------------------------------------------------
    KEYRING_FORM = (Malformed, "the keyring is not well formed", "Draft it again.")
    KEYRING_NUMBER = (Ruled, "the keyring is not the next number", "Install each keyring in order.")
    KEYRING_THRESHOLD = (Ruled, "too few root signatures", "Collect signatures of enough root keys.")
    KEYRING_PARTY = (Ruled, "the keyring is of another party", "Install it where it belongs.")
    KEYRING_EXPIRED = (Unavailable, "the keyring has expired", "Install the party's current keyring.")
    KEYRING_PIN = (Ruled, "the root keys are not the pinned ones", "Compare fingerprints with the party.")
    KEYRING_MISSING = (Unavailable, "no keyring is published yet", "Sign and publish the drafted keyring.")
    # -- status lists ----------------------------------------------------------------------------------------
    STATUS_FORM = (Malformed, "the status list is not well formed", "Fetch it again.")
    STATUS_SUBJECT = (Ruled, "the status list is another one", "Fetch the list that the assertion names.")
    STATUS_INDEX = (Ruled, "the slot lies outside the list", "Fetch the list that the assertion names.")
    STATUS_ROLLBACK = (Ruled, "the status list is older than one already seen", "Fetch it again.")
    # -- rulebook --------------------------------------------------------------------------------------------
    RULEBOOK_FORM = (Malformed, "a rulebook file is not well formed", "Correct the file.")
    RULEBOOK_UP = (Ruled, "a row maps upwards", "Correct the row.")
    RULEBOOK_ORDER = (Ruled, "rows turn the order of levels round", "Correct the rows.")
    RULEBOOK_ROUND_TRIP = (Ruled, "a round trip gains a level", "Correct the rows.")
    RULEBOOK_CHAIN = (Ruled, "a row reaches beyond the two parties of its agreement", "Correct the row.")
    RULEBOOK_CEILING = (Ruled, "a level without a ceiling cannot be mapped", "Correct the row.")
    LEVEL_UNKNOWN = (
        Ruled,
        "the level is unknown or retired",
        "Name one as PARTY/CODE; `interchange agreement levels PARTY` lists them.",
    )
    PARTY_UNKNOWN = (NotFound, "the party is not in the rulebook", "Use a listed party.")
    AGREEMENT_UNKNOWN = (NotFound, "the agreement is not in the rulebook", "Use a listed agreement.")
    AGREEMENT_NOT_IN_FORCE = (Ruled, "the agreement is not in force", "Nothing is exchanged under it.")
    AGREEMENT_MOVE = (Ruled, "the agreement cannot go from its state to that one", "Look up its present state.")
    NO_ROW = (Ruled, "the agreement has no row for this level", "There is no equivalent; none is guessed.")
    # -- requests --------------------------------------------------------------------------------------------
    FIELD_MISSING = (Malformed, "a required field is missing or empty", "Fill it in.")
    FIELD_FORM = (Malformed, "a field has a wrong form", "See the field's comment in the proto.")
    ENUM_UNKNOWN = (Malformed, "an enum is unset or unknown", "Choose a listed value.")
    DATE_ABSURD = (
        Malformed,
        "a date or time is out of bounds",
        "Give one that fits there: between 2000 and 2100, but for birth dates, which begin with 1900.",
    )
    PAGE_SIZE = (Malformed, "the page size is out of bounds", "Give 0 to 1000.")
    PAGE_TOKEN = (Malformed, "the page token is of another list or filter", "Start again without a token.")
    BATCH_SIZE = (Malformed, "the batch has none or more than 256 tokens", "Send 1 to 256 tokens a message.")
    REQUEST_ID_REUSED = (Conflict, "the request id was used with another body", "Use a new request id.")
    REQUEST_ID_FORM = (Malformed, "the request id is not a UUID", "Send a random UUID.")
    WATCHES_FULL = (Unavailable, "this party has too many watches open", "Close one, or fetch instead.")
    CALLS_FULL = (Unavailable, "this caller has too many calls open", "Wait for answers before asking for more.")
    # -- tables that people fill in --------------------------------------------------------------------------
    FILE_ENCODING = (Malformed, "the file is neither UTF-8 nor CP932", "Save it as CSV in UTF-8.")
    COLUMN_UNKNOWN = (Malformed, "a column is not one of the table's", "Remove it, or correct its name.")
    COLUMN_MISSING = (Malformed, "a column is missing", "Add it; its name stands in the first line.")
    ROSTER_TOO_LONG = (Malformed, "the table is too long", "Split it into several files.")
    CELL_TOO_LONG = (Malformed, "a cell has more than 200 characters", "Shorten it.")
    CELL_FORMULA = (Malformed, "a cell begins as a formula does", "Write the value itself.")
    CELL_SCRIPT = (Malformed, "half-width katakana in a passport's field", "Copy the passport's Latin letters.")
    DATE_AMBIGUOUS = (Malformed, "the day can be read in more than one way", "Write it as YYYY-MM-DD.")
    DAYS_ORDER = (Malformed, "the last day is before the first", "Correct the two days.")
    ROW_DUPLICATE = (Conflict, "the person stands in an earlier row already", "Keep one of the rows.")
    ROSTER_FAULTS = (Malformed, "rows of the roster have faults", "Check it with validate_only, and mend each.")
    EMPLOYER_UNKNOWN = (Malformed, "no employer of that code is recorded", "Correct it, or have the employer recorded.")
    # -- callers ---------------------------------------------------------------------------------------------
    CALLER_UNKNOWN = (Denied, "the certificate names no known caller", "Use a certificate of an admitted party.")
    CALLER_NOT_ALLOWED = (
        Denied,
        "this caller may not use this method",
        "Use a certificate of the right role and organ; docs/rpcs.md lists the roles.",
    )
    CERTIFICATE_WITHDRAWN = (
        Denied,
        "the certificate was withdrawn",
        "Ask who issues your party's certificates for a new one.",
    )
    WITHDRAWALS_FORM = (
        Malformed,
        "the list of withdrawn certificates is not well formed",
        "Give one X.509 CRL in PEM alone, with a number, such as `interchange root withdraw` writes.",
    )
    WITHDRAWALS_AUTHORITY = (
        Ruled,
        "the list of withdrawn certificates is not signed by the party's pinned authority",
        "Ask the party for its own list, and see that you name the right party.",
    )
    WITHDRAWALS_OLDER = (
        Ruled,
        "a list of withdrawn certificates with this number or a higher one is in use",
        "Use the newest list; `interchange root withdraw` numbers them.",
    )
    MISSES_QUOTA = (Denied, "too many whom this caller asked for today are not confirmed", "Go on tomorrow.")
    # -- the things themselves -------------------------------------------------------------------------------
    NOT_KNOWN = (NotFound, "nothing of that name is addressed to you", "Check the reference.")
    NOT_CONFIRMED = (Ruled, "the person is not confirmed", "No more can be said.")
    SCREENING_OTHER = (Ruled, "the screening of another body is asked for here", "Grant on that screening first.")
    CONSENT_MISSING = (Ruled, "no consent of the person covers this transfer", "Record the person's consent first.")
    CONSENT_NEEDED = (Ruled, "the person has not consented to a screening", "Without consent there is no screening.")
    EMPLOYER_NOT_RECOGNISED = (Ruled, "the employer is not recognised today", "Record the employer's recognition.")
    SCREENING_STATE = (Ruled, "the screening is not at the step for this", "Look up where the screening stands.")
    SCREENING_ITEMS = (Ruled, "items of the screening are not done", "Record each item of the list as done.")
    BELOW_FLOOR = (Ruled, "the level is below the project's floor", "The person cannot take part at this level.")
    PROJECT_CLOSED = (Ruled, "the project is not open on that day", "Check the project's days.")
    DAYS_OUTSIDE = (Malformed, "days of taking part lie outside the project's", "Give days within the project's.")
    HELD = (Ruled, "a hold is open", "Lift the hold first.")
    BINDING_WRONG = (Ruled, "the binding belongs to another assertion", "Treat it as forged; tell the issuer.")
    BINDING_NOT_TOLD = (
        Ruled,
        "the issuer's lane tells no binding of this assertion that still holds",
        "Ask the issuer to send one; treat any other as forged.",
    )
    BINDING_KEY_MISSING = (
        Ruled,
        "the partner has no key to which a binding can be sealed",
        "Ask the partner for a keyring with a key of role `binding`.",
    )
    ALREADY_ISSUED = (Conflict, "a live assertion for this participant exists", "Revoke it first.")
    ALREADY_ENDED = (Ruled, "the assertion is revoked or expired", "Issue a new one.")
    ALREADY_KNOWN = (Conflict, "it is recorded already with other content", "Use another name.")
    PARTNER_UNKNOWN = (NotFound, "the party is not an admitted partner", "Admit the partner first.")
    DECISION_CHANGED = (Conflict, "what was decided on changed meanwhile", "Try again.")
    # -- two people ------------------------------------------------------------------------------------------
    PROPOSAL_ENDED = (Ruled, "the proposal is carried out, rejected or past its end", "Propose it anew.")
    PROPOSAL_SELF = (Denied, "nobody is a second person to themselves", "Ask another listed person to approve it.")
    PROPOSAL_SIGNATURE = (Ruled, "a signature under the proposal does not verify", "Sign it with your own key.")
    # -- the node --------------------------------------------------------------------------------------------
    LEDGER_UNAVAILABLE = (
        Unavailable,
        "the ledger cannot be read or written",
        "See that the database runs, or that its file is there, is this user's, and has room on its disk.",
    )
    HIGHWATER_UNREADABLE = (
        Unavailable,
        "the high-water file cannot be read or written now",
        "See that the node may open more files (LimitNOFILE), and that the file is this user's and its disk has room.",
    )
    SIGNER_UNAVAILABLE = (Unavailable, "the signing key cannot be used", "Check the key directory and keyring.")
    SIGNER_PIN = (
        Denied,
        "the hardware module refuses the PIN",
        "Correct the file of the PIN before the module locks itself, and start anew.",
    )
    SIGNER_REFUSED = (Ruled, "the signing process does not sign that with this key", "Find out who asked it to.")
    SIGNER_BUSY = (
        Unavailable,
        "more signatures are asked for than the signing process gives",
        "Ask again in a second; raise `signer_per_second` if the node needs more.",
    )
    PARTNER_UNREACHABLE = (Unavailable, "the node does not answer", "Check its address, the network, and that it runs.")
    NODE_CERTIFICATE = (
        Unavailable,
        "the node's certificate is not the expected one",
        "Check the authority name and the certificate authority you gave; if both are right, somebody else answers.",
    )
    CERTIFICATE_REFUSED = (
        Unavailable,
        "the node ended the connection on seeing our certificate",
        "Check that it has not expired, and is of the node's party or of a partner that the node admitted.",
    )
    CONFIG_FORM = (Malformed, "the node's settings are not well formed", "See docs/settings.md.")
    FILE_LOOSE = (
        Denied,
        "others can read what is secret, or write what the node rests on",
        "chmod 600 the file, or 700 the directory.",
    )
    FILE_SEALED = (Denied, "the sealed file does not open", "Check the passphrase.")
    VAULT_SEALED = (Unavailable, "sealed data does not open", "Restore vault keys and ledger from one backup.")
    VAULT_KEY_NEEDED = (
        Ruled,
        "the key of the vault is still needed",
        "Start the node anew, and let its job `reseal` write all records under the newest keys.",
    )
    BACKUP_SEALED = (
        Denied,
        "the backup does not open",
        "Use the identity of one of its recipients; if it is the right one, the file was changed or cut: take another.",
    )
    BACKUP_FORM = (Malformed, "the backup does not hold what a backup of keys holds", "Do not use it; take another.")
    IDENTITY_FORM = (
        Malformed,
        "the file holds no age identity",
        "Give a file as age-keygen makes it; one that is sealed by a passphrase is opened with age first.",
    )
    BOX_SEALED = (Ruled, "the sealed box does not open", "Ask the sender to seal it to the present key.")
    FILE_UNREADABLE = (Malformed, "a file cannot be read", "Check the path.")
    ROOT_PARTY = (Ruled, "the root directory was made for another", "Use the one made for this party and kind of node.")
    FILE_EXISTS = (Conflict, "the file or directory exists", "Choose another place.")
    PORT_IN_USE = (Unavailable, "the port is in use", "Stop the other program or choose another port.")
    CERTIFICATE_FORM = (
        Malformed,
        "the certificate cannot be used",
        "See that it is whole, of its party's authority and within its days, and that the key beside it is its own.",
    )
    CERTIFICATE_KEY_TYPE = (
        Malformed,
        "the certificate is not ECDSA P-256 with SHA-256",
        "Make a new key on the curve P-256 and a certificate for it; Ed25519, RSA and other curves are not taken.",
    )
    AUDIT_BROKEN = (Ruled, "the ledger does not agree with itself", "Keep the ledger as evidence; restore.")
    INTERNAL = (Unavailable, "the node failed", "Report the incident id to the operator.")

    def __init__(self, family: type[Refusal], text: str, remedy: str) -> None:
        """Unpack a row of the table."""
        self.family = family
        self.text = text
        self.remedy = remedy

    @property
    def code(self) -> str:
        """The outward spelling, `lower_snake_case`; never changed once released."""
        return self.name.lower()


def refuse(reason: Reason, where: str = "") -> Refusal:
    """Build the refusal of a reason's family, for the caller to raise.

    Args:
        reason: a row of the table.
        where: field, file or step; no personal data and no offending value.

    Returns:
        An instance of the family class.
    """
    return reason.family(reason, where)
