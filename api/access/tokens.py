"""Bearer tokens of the firm's own sign-in (OpenID Connect): checked against keys that were configured, never fetched.

``GENEALOGY_OIDC`` names a TOML file::

    issuer = "https://login.example.com/realms/plant"
    audience = "genealogy"
    keys = "jwks.json"             # beside this file: a JWK set, or one public key as PEM
    algorithms = ["RS256"]         # of those in ALGORITHMS
    role_claim = "realm_access.roles"
    name_claim = "preferred_username"
    [roles]
    "recall-team" = "coordinator"  # value of the claim = role

The key file is read again when it changes, so that keys can be rolled without a restart.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from api.access.identity import Identity, checked_name
from api.access.rules import Role
from genealogy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "GENEALOGY_OIDC"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What may be allowed: signatures with a public key only. A shared secret, and ``none``, never are."""
LEEWAY = 30
"""Seconds by which clocks may differ."""
LONGEST = 16_384
_CURVES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_KNOWN = {"issuer", "audience", "keys", "algorithms", "role_claim", "name_claim", "roles"}


@dataclass(frozen=True)
class Issuer:
    """Whose tokens are taken, and what they mean.

    Attributes:
        issuer: the ``iss`` that a token must bear.
        audience: the ``aud`` that a token must bear.
        keys: file of the public keys.
        algorithms: that a token may be signed with.
        role_claim: where a token names its roles; dots go deeper.
        name_claim: where a token names who bears it.
        roles: value of the claim -> role.
    """

    issuer: str
    audience: str
    keys: Path
    algorithms: tuple[str, ...]
    role_claim: str
    name_claim: str
    roles: Mapping[str, Role]

    @classmethod
    def from_environment(cls) -> Issuer | None:
        """Read the file that ``GENEALOGY_OIDC`` names; None where it names none.

        Raises:
            InputError: the file cannot be read, or lacks something, or allows what must not be allowed.
        """
        named = os.environ.get(VARIABLE, "").strip()
        return cls.read(Path(named)) if named else None

    @classmethod
    def read(cls, path: Path) -> Issuer:
        """Read such a file."""
        try:
            told = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(f"{VARIABLE} names {path}, which cannot be read as TOML: {error}. Correct it.") from error
        if wrong := sorted(told.keys() - _KNOWN):
            raise InputError(
                f"{path} says {wrong[0]!r}, which means nothing here. Known are: {', '.join(sorted(_KNOWN))}."
            )
        if missing := sorted({"issuer", "audience", "keys", "roles"} - told.keys()):
            raise InputError(f"{path} does not say {missing[0]!r}. docs/access.md shows a whole file.")
        algorithms = tuple(told.get("algorithms", ["RS256"]))
        if wrong := [each for each in algorithms if each not in ALGORITHMS]:
            raise InputError(f"{path} allows the algorithm {wrong[0]!r}. Only these may be: {', '.join(ALGORITHMS)}.")
        roles = told["roles"]
        if not isinstance(roles, dict) or not set(roles.values()) <= set(Role):
            raise InputError(f"{path}: [roles] gives each value of the claim one of the roles {', '.join(Role)}.")
        issuer = cls(
            str(told["issuer"]), str(told["audience"]), path.parent / str(told["keys"]), algorithms,
            str(told.get("role_claim", "roles")), str(told.get("name_claim", "preferred_username")),
            {name: Role(role) for name, role in roles.items()},
        )  # fmt: skip
        Tokens(issuer).keys()
        return issuer

    def told(self) -> dict[str, Any]:
        """For the ledger: whom it trusts with which roles, and by which keys (their digest)."""
        return {
            "issuer": self.issuer, "audience": self.audience, "algorithms": list(self.algorithms),
            "role_claim": self.role_claim, "roles": dict(self.roles),
            "keys": hashlib.sha256(self.keys.read_bytes()).hexdigest(),
        }  # fmt: skip


class Tokens:
    """Reads the tokens of one issuer.

    Args:
        issuer: whose they must be.
    """

    def __init__(self, issuer: Issuer) -> None:
        self._issuer, self._lock = issuer, Lock()
        self._read: tuple[int, int] | None = None
        self._keys: dict[str | None, Any] = {}

    def keys(self) -> dict[str | None, Any]:
        """The public keys by their id; read again where the file changed.

        Raises:
            InputError: the file cannot be read, or holds a key that is not public.
        """
        from jwt import PyJWK, PyJWKSet
        from jwt.exceptions import PyJWTError

        path = self._issuer.keys
        with self._lock:
            try:
                state = path.stat()
                now = (state.st_mtime_ns, state.st_size)
                if now != self._read:
                    text = path.read_text(encoding="utf-8")
                    found: dict[str | None, Any] = {}
                    if text.lstrip().startswith("{"):
                        told = json.loads(text)
                        for each in told.get("keys", [told]):
                            if each.get("kty") == "oct" or "d" in each:
                                raise InputError(f"{path} holds a key that is not public. Give the public keys only.")
                        for key in (PyJWKSet.from_dict(told) if "keys" in told else _One(PyJWK.from_dict(told))).keys:
                            found[key.key_id] = key
                    else:
                        found[None] = _pem(text)
                    self._read, self._keys = now, found
            except (OSError, ValueError, PyJWTError) as error:
                raise InputError(f"{path} cannot be read as public keys: {error}. Correct it.") from error
            return self._keys

    def identity(self, text: str) -> Identity | None:
        """Who bears a token; None where it is not one of this issuer for us, or is over, or names nobody."""
        import jwt
        from jwt.exceptions import PyJWTError

        of = self._issuer
        if len(text) > LONGEST:
            return None
        try:
            header = jwt.get_unverified_header(text)
            algorithm, named = header.get("alg"), header.get("kid")
            if algorithm not in of.algorithms or header.get("crit"):
                return None
            keys = self.keys()
            key = keys.get(named) or (
                next(iter(keys.values())) if len(keys) == 1 and (named is None or None in keys) else None
            )
            if key is None or getattr(key, "key_type", _CURVES[algorithm[:2]]) != _CURVES[algorithm[:2]]:
                return None
            claims = jwt.decode(
                text, getattr(key, "key", key), algorithms=[algorithm], audience=of.audience, issuer=of.issuer, leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )  # fmt: skip
            name = checked_name(str(claims.get(of.name_claim) or claims["sub"]))
        except (PyJWTError, InputError, ValueError, TypeError, KeyError):
            return None
        given: Any = claims
        for part in of.role_claim.split("."):
            given = given.get(part) if isinstance(given, dict) else None
        values = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        roles = {of.roles[value] for value in values if isinstance(value, str) and value in of.roles}
        return Identity(f"token:{name}", "token", frozenset(roles))


@dataclass(frozen=True)
class _One:
    key: Any

    @property
    def keys(self) -> list[Any]:
        return [self.key]


def _pem(text: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return load_pem_public_key(text.encode())
