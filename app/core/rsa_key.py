"""RSA keys of this service's own, each in a file: whoever has the public half can check what they sign."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from filelock import FileLock
from jose import jwk, jws
from jose.exceptions import JOSEError

from app.core.jwt_structure import MalformedToken, take_apart
from app.core.private_files import make_private_directory, os_reason, sync_directory

_KEY_BITS = 2048
_LONGEST_FILE = 65_536
"""Bytes that are read where a key should be; one of 16,384 bits takes 13,000."""
_LOCK_TIMEOUT_SECONDS = 30


class UnknownKey(Exception):
    """A token was signed with a key that is not here: ``kid``."""

    def __init__(self, kid: str) -> None:
        super().__init__(kid)
        self.kid = kid


class RsaPublicKey:
    """Checks RS256. ``kid`` is the beginning of the key's SHA-256."""

    def __init__(self, key: rsa.RSAPublicKey) -> None:
        public = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.kid = _digest(public)[:16]
        self._key = jwk.construct(key, "RS256")  # type: ignore[arg-type]
        members = self._key.to_dict()
        public_members = {name: members[name] for name in ("kty", "n", "e")}
        self.jwk: Mapping[str, Any] = {**public_members, "use": "sig", "alg": "RS256", "kid": self.kid}

    def has_signed(self, token: str) -> bool:
        try:
            jws.verify(token, self._key, algorithms=["RS256"])
        except JOSEError:
            return False
        return True


class RsaKey:
    """Signs RS256."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self.public = RsaPublicKey(key.public_key())
        self.kid = self.public.kid
        self._signing_key = jwk.construct(key, "RS256")  # type: ignore[arg-type]

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK set (RFC 7517 section 5)."""
        return {"keys": [dict(self.public.jwk)]}

    def sign(self, claims: Mapping[str, Any], *, typ: str | None = None) -> str:
        """A compact JWS (RFC 7515 section 7.1)."""
        headers = {"kid": self.kid} | ({"typ": typ} if typ else {})
        return str(jws.sign(dict(claims), self._signing_key, headers=headers, algorithm="RS256"))


class RsaKeys:
    """A key that signs, and those that signed before it."""

    def __init__(self, signing: RsaKey, earlier: Sequence[RsaPublicKey] = ()) -> None:
        self._signing = signing
        self._public = {key.kid: key for key in (*earlier, signing.public)}

    def jwks(self) -> dict[str, Any]:
        """All public keys, the one that signs first."""
        others = [key.jwk for kid, key in self._public.items() if kid != self._signing.kid]
        return {"keys": [dict(each) for each in (self._signing.public.jwk, *others)]}

    def sign(self, claims: Mapping[str, Any], *, typ: str) -> str:
        return self._signing.sign(claims, typ=typ)

    def verified(self, token: str, *, typ: str) -> Mapping[str, Any] | None:
        """The claims of a token of that type that one of these keys signed; None where it signed another.
        Raises ``UnknownKey`` where it is none of these that the token names."""
        try:
            parts = take_apart(token, algorithms=frozenset({"RS256"}), types=frozenset({typ}))
        except MalformedToken:
            return None
        key = self._public.get(parts.kid or "")
        if key is None:
            raise UnknownKey(parts.kid or "")
        return parts.claims if key.has_signed(token) else None


def load_or_create_key(path: Path) -> rsa.RSAPrivateKey:
    """The key in that file; made on first use, once, also when several processes start together.

    A file that is there is read and nothing else: it may be a mount that nobody writes to. One that is made
    is readable by its owner only. Raises ``ValueError`` for a file that is not an RSA key or holds a weak
    one, cannot be read, or is not there and cannot be made.
    """
    try:
        pem = _read(path)
    except FileNotFoundError:
        pem = _make_key(path)
    except OSError as error:
        raise ValueError(f"the key {path} cannot be read: {os_reason(error)}") from error
    try:
        key = _parsed(pem)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{path} is not an RSA private key")
    _require_strong(path, key.key_size)
    return key


def _make_key(path: Path) -> bytes:
    """Makes it, unless another process was first. Whoever reads finds it whole or not at all."""
    try:
        make_private_directory(path.parent)
        with FileLock(f"{path}.lock", timeout=_LOCK_TIMEOUT_SECONDS, mode=0o600):
            if not path.exists():
                part = path.with_suffix(".part")
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(_new_pem())
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(path)
                # What it signs must not outlive it: after a power cut it is there whole.
                sync_directory(path.parent)
            return _read(path)
    except OSError as error:
        raise ValueError(f"the key {path} is not there and cannot be made: {os_reason(error)}") from error


def _new_pem() -> bytes:
    made = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_public_key(path: Path) -> rsa.RSAPublicKey:
    """The public half of the key in that file, which may hold either. Raises ``OSError``, and ``ValueError``
    for a file that is not an RSA key or holds a weak one."""
    pem = _read(path)
    try:
        key = _parsed(pem).public_key() if b"PRIVATE KEY" in pem else serialization.load_pem_public_key(pem)
    except (TypeError, ValueError, UnsupportedAlgorithm):  # a key with a password is the first
        key = None
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError(f"{path} is not an RSA key")
    _require_strong(path, key.key_size)
    return key


def _read(path: Path) -> bytes:
    """What is longer than any key is cut, and so is none: a device or a log would be read without end."""
    with path.open("rb") as file:
        return file.read(_LONGEST_FILE)


def _require_strong(path: Path, bits: int) -> None:
    """RFC 7518 section 3.3: RS256 takes 2048 bits or more."""
    if bits < _KEY_BITS:
        raise ValueError(f"{path} holds a weak key of {bits} bits: {_KEY_BITS} at least")


def _parsed(pem: bytes) -> PrivateKeyTypes:
    # A file of this service's own making, readable by it alone: its primes need no proof, which takes 50 ms.
    return serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)


def _digest(data: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize().hex()
