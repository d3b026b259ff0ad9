"""A keychain in a hardware module, over PKCS#11: keys are made inside and never leave it.

Needs the package extra `hsm`, which is loaded only when such a keychain is made.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from interchange.crypto import ed25519
from interchange.crypto.keychain import Keychain, check_label
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from pkcs11 import PublicKey, Session

T = TypeVar("T")

CURVE: Final = "1.3.101.112"
"""Ed25519 (RFC 8410 section 3); modules know it better by its OID than by a name."""

_OCTETS: Final = b"\x04\x20"
"""DER's head of 32 octets, which stands before the point."""

_ID_BYTES: Final = 16

_ONE_AT_A_TIME: Final = Lock()
"""Of the whole process: two threads with sessions of their own bring some modules down."""


class _Pair(NamedTuple):
    """A private key in the module with its public half."""

    private: Any
    public: PublicKey
    public_key: bytes
    label: str


class HsmSigner:
    """One key of a hardware module."""

    __slots__ = ("_keychain", "_kid", "_public_key")

    def __init__(self, keychain: Pkcs11Keychain, public_key: bytes) -> None:
        """Name the key; its private half stays where it is."""
        self._keychain, self._public_key, self._kid = keychain, public_key, thumbprint(public_key)

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key, 43 characters."""
        return self._kid

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes (RFC 8032 section 5.1.5)."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """Have the module sign exactly these bytes, and check the signature with libsodium before it leaves.

        Raises:
            Refusal: SIGNER_UNAVAILABLE when the module does not answer, the key is gone, or its signature does not
                verify; SIGNER_PIN.
        """
        signature = self._keychain.sign(self._kid, message)
        if not ed25519.verify(self._public_key, message, signature):
            raise refuse(Reason.SIGNER_UNAVAILABLE, "check of the own signature")
        return signature

    def __repr__(self) -> str:
        return f"HsmSigner(kid={self._kid!r})"


class Pkcs11Keychain(Keychain):
    """The Ed25519 keys of one token that are sensitive and cannot be extracted; others are passed over."""

    def __init__(self, module: str, token: str, pin: bytes) -> None:
        """Open nothing yet.

        Args:
            module: path of the PKCS#11 library.
            token: label of the token; at best it holds the keys of this node and nothing else.
            pin: of the token's user, UTF-8; kept, because sessions are opened again after errors.

        Raises:
            Refusal: SIGNER_UNAVAILABLE without the package extra `hsm`; FIELD_FORM for a PIN that is not UTF-8.
        """
        try:
            import pkcs11  # noqa: PLC0415 - an extra, for those who have such a module
        except ImportError:
            raise refuse(Reason.SIGNER_UNAVAILABLE, "package extra hsm") from None
        try:
            self._pin = pin.decode()
        except UnicodeDecodeError:
            raise refuse(Reason.FIELD_FORM, "PIN") from None
        self._api: ModuleType = pkcs11
        self._module, self._token = module, token
        self._session: Session | None = None
        self._pairs: dict[str, _Pair] = {}
        self._signers: dict[str, HsmSigner] = {}
        self._is_pin_refused = False

    def open_all(self) -> None:
        """Open a session and look at the keys now.

        Raises:
            Refusal: SIGNER_UNAVAILABLE when the library or the token is not there; SIGNER_PIN.
        """
        self._look()

    def __getitem__(self, kid: str) -> HsmSigner:
        if kid not in self._signers:
            self._look()
        return self._signers[kid]

    def __iter__(self) -> Iterator[str]:
        return iter(self._look())

    def __len__(self) -> int:
        return len(self._look())

    def make(self, label: str) -> HsmSigner:
        """Have the module make a key that it never gives out.

        Args:
            label: as `Keychain.make`.

        Raises:
            Refusal: FIELD_FORM for the label; SIGNER_UNAVAILABLE, also where the module cannot make such keys;
                SIGNER_PIN; KEY_WEAK for a public key that nobody should trust.
        """
        check_label(label)
        # With a session that works, since a key that was made and not answered for would be made twice.
        self._look()
        return self._known(self._within(lambda session: self._generate(session, label), tries=1))

    def destroy(self, kid: str) -> None:
        """Have the module delete both halves of a key; what its maker says of deleted keys holds.

        Raises:
            Refusal: SIGNER_UNAVAILABLE, SIGNER_PIN.
        """

        def delete(session: Session) -> None:
            pair = self._scan(session).get(kid)
            if pair is not None:
                pair.private.destroy()
                pair.public.destroy()

        self._within(delete)
        self._signers.pop(kid, None)
        self._pairs.pop(kid, None)

    def label(self, kid: str) -> str:
        """Tell what a key was made for, or raise KeyError."""
        return self._look()[kid].label

    def sign(self, kid: str, message: bytes) -> bytes:
        """Have the module sign; the caller checks the signature.

        Raises:
            Refusal: SIGNER_UNAVAILABLE, SIGNER_PIN.
        """

        def made(session: Session) -> bytes:
            pair = self._pairs.get(kid) or self._scan(session).get(kid)
            if pair is None:
                self._signers.pop(kid, None)
                raise refuse(Reason.SIGNER_UNAVAILABLE, "the key is not in the token")
            return bytes(pair.private.sign(message, mechanism=self._api.Mechanism.EDDSA))

        return self._within(made)

    def close(self) -> None:
        """End the session; the next call opens one again."""
        with _ONE_AT_A_TIME:
            self._end()

    def _look(self) -> dict[str, _Pair]:
        found = self._within(self._scan)
        for pair in found.values():
            self._known(pair)
        return found

    def _known(self, pair: _Pair) -> HsmSigner:
        signer = HsmSigner(self, pair.public_key)
        self._pairs[signer.kid] = pair
        return self._signers.setdefault(signer.kid, signer)

    def _within(self, work: Callable[[Session], T], tries: int = 2) -> T:
        """Do something in the one session, and once more in a new one when a module or its daemon began anew."""
        errors = self._api.exceptions
        with _ONE_AT_A_TIME:
            while True:
                tries -= 1
                try:
                    return work(self._opened())
                except errors.NoSuchToken:
                    self._end()
                    raise refuse(Reason.SIGNER_UNAVAILABLE, f"token {self._token}") from None
                except (
                    errors.PinIncorrect,
                    errors.PinLocked,
                    errors.PinExpired,
                    errors.PinInvalid,
                    errors.PinLenRange,
                ):
                    # A module locks itself after some wrong PINs: this one is not tried again.
                    self._is_pin_refused = True
                    raise refuse(Reason.SIGNER_PIN, f"token {self._token}") from None
                except errors.PKCS11Error as error:
                    self._end()
                    if tries < 1:
                        raise refuse(Reason.SIGNER_UNAVAILABLE, f"PKCS#11 {type(error).__name__}") from None
                    self._begin_anew()

    def _opened(self) -> Session:
        if self._is_pin_refused:
            raise refuse(Reason.SIGNER_PIN, f"token {self._token}")
        if self._session is None:
            token = self._api.lib(self._module).get_token(token_label=self._token)
            try:
                self._session = token.open(rw=True, user_pin=self._pin)
            except self._api.exceptions.UserAlreadyLoggedIn:
                # Whoever is logged in is so for the whole process.
                self._session = token.open(rw=True)
        return self._session

    def _end(self) -> None:
        session, self._session = self._session, None
        self._pairs.clear()
        if session is not None:
            with suppress(self._api.exceptions.PKCS11Error):
                session.close()

    def _begin_anew(self) -> None:
        with suppress(self._api.exceptions.PKCS11Error):
            self._api.lib(self._module).reinitialize()

    def _scan(self, session: Session) -> dict[str, _Pair]:
        names, classes = self._api.Attribute, self._api.ObjectClass
        kind = {names.KEY_TYPE: self._api.KeyType.EC_EDWARDS}
        inside = {names.CLASS: classes.PRIVATE_KEY, names.SENSITIVE: True, names.EXTRACTABLE: False}
        # Lists, since a search that is not finished would outlive its session.
        privates: list[Any] = list(session.get_objects(kind | inside))
        publics: list[Any] = list(session.get_objects(kind | {names.CLASS: classes.PUBLIC_KEY}))
        by_id = {private.id: private for private in privates}
        pairs = [_Pair(by_id[one.id], one, self._point(one), one.label) for one in publics if one.id in by_id]
        return {thumbprint(pair.public_key): pair for pair in pairs if len(pair.public_key) == ed25519.PUBLIC_KEY_BYTES}

    def _point(self, public: PublicKey) -> bytes:
        # PKCS#11 2.40 wraps it in an octet string, and some modules write it bare.
        point = bytes(public[self._api.Attribute.EC_POINT])
        return point.removeprefix(_OCTETS) if len(point) > ed25519.PUBLIC_KEY_BYTES else point

    def _generate(self, session: Session, label: str) -> _Pair:
        from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415 - as above

        names = self._api.Attribute
        curve = {names.EC_PARAMS: encode_named_curve_parameters(CURVE)}
        private_side = {names.SENSITIVE: True, names.EXTRACTABLE: False, names.SIGN: True}
        domain = session.create_domain_parameters(self._api.KeyType.EC_EDWARDS, curve, local=True)
        public, private = domain.generate_keypair(
            id=secrets.token_bytes(_ID_BYTES),
            label=label,
            store=True,
            mechanism=self._api.Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            private_template=private_side,
        )
        pair = _Pair(private, public, self._point(public), label)
        try:
            ed25519.check_public_key(pair.public_key)
            if not private[names.SENSITIVE] or private[names.EXTRACTABLE]:
                raise refuse(Reason.SIGNER_UNAVAILABLE, "the module makes keys that it would give out")
        except Refusal:
            private.destroy()
            public.destroy()
            raise
        return pair
