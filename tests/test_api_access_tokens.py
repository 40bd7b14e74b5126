"""Tokens of the firm's own sign-in: only those of the issuer, for us, in time, signed with a configured public key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi.testclient import TestClient
from people import LOCAL

from api.access.rules import Role
from api.access.tokens import Issuer, Tokens
from api.app import create_app
from genealogy.engine import Engine
from genealogy.errors import InputError

ISSUER, AUDIENCE = "https://login.example.com/realms/plant", "genealogy"
KEY = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk(key: Any, ident: str) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": ident, "use": "sig"}


def configured(folder: Path, **more: Any) -> Issuer:
    (folder / "keys.json").write_text(json.dumps({"keys": [jwk(KEY, "one"), jwk(CURVE, "two")]}))
    told = {"issuer": ISSUER, "audience": AUDIENCE, "keys": "keys.json", "role_claim": "realm.roles"} | more
    told.setdefault("algorithms", ["RS256", "ES256"])
    lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]
    (folder / "oidc.toml").write_text("\n".join([*lines, "[roles]", '"recall" = "coordinator"', '"audit" = "auditor"']))
    return Issuer.read(folder / "oidc.toml")


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    told = {"iss": ISSUER, "aud": AUDIENCE, "sub": "4711", "iat": now, "exp": now + 600, "preferred_username": "jane"}
    told |= {"realm": {"roles": ["recall", "other"]}} | more
    return {name: value for name, value in told.items() if value is not None}


def signed(key: Any = KEY, algorithm: str = "RS256", kid: str | None = "one", **more: Any) -> str:
    return jwt.encode(claims(**more), key, algorithm, headers={"kid": kid} if kid else None)


def test_a_good_token_names_who_and_which_roles(tmp_path: Path) -> None:
    tokens = Tokens(configured(tmp_path))
    found = tokens.identity(signed())
    assert found is not None
    assert (found.name, found.kind, found.roles) == ("token:jane", "token", {Role.COORDINATOR})
    found = tokens.identity(signed(CURVE, "ES256", "two", realm={"roles": "audit"}, preferred_username=None))
    assert found is not None
    assert (found.name, found.roles) == ("token:4711", {Role.AUDITOR})
    for nothing in (
        {"realm": None},
        {"realm": {"roles": ["admin", 7]}},
        {"realm": {"roles": {"recall": 1}}},
        {"realm": "x"},
    ):
        found = tokens.identity(signed(**nothing))
        assert found is not None
        assert found.roles == set()


def by_hand(header: dict[str, Any], sign: Callable[[bytes], bytes], **more: Any) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims(**more))]
    message = b".".join(parts)
    return (message + b"." + base64.urlsafe_b64encode(sign(message)).rstrip(b"=")).decode()


WRONG: dict[str, Callable[[], str]] = {
    "of another issuer": lambda: signed(iss="https://evil.example"),
    "for somebody else": lambda: signed(aud="another"),
    "without audience": lambda: signed(aud=None),
    "over": lambda: signed(exp=int(time.time()) - 3600),
    "without an end": lambda: signed(exp=None),
    "not yet": lambda: signed(nbf=int(time.time()) + 3600),
    "made in the future": lambda: signed(iat=int(time.time()) + 3600),
    "about nobody": lambda: signed(sub=None),
    "with a name that is none": lambda: signed(preferred_username="<script>"),
    "by another key": lambda: signed(OTHER),
    "by an unknown key": lambda: signed(OTHER, kid="nine"),
    "of the other kind of key": lambda: signed(KEY, "RS256", "two"),
    "by an algorithm that is not allowed": lambda: signed(KEY, "PS256"),
    "unsigned": lambda: jwt.encode(claims(), None, "none", headers={"kid": "one"}),
    "unsigned, in other letters": lambda: by_hand({"alg": "nOnE", "kid": "one"}, lambda _: b""),
    "public key as shared secret": lambda: by_hand(
        {"alg": "HS256", "kid": "one"}, lambda message: hmac.new(PEM, message, hashlib.sha256).digest()
    ),
    "key inside": lambda: jwt.encode(claims(), OTHER, "RS256", headers={"jwk": jwk(OTHER, "one"), "kid": "one"}),
    "address of a key": lambda: jwt.encode(
        claims(), OTHER, "RS256", headers={"jku": "http://127.0.0.1:1/k", "kid": "one"}
    ),
    "path of a key": lambda: signed(OTHER, kid="../../../etc/passwd"),
    "with what must be understood": lambda: jwt.encode(
        claims(), KEY, "RS256", headers={"crit": ["x"], "x": 1, "kid": "one"}
    ),
    "cut off": lambda: signed()[:-3],
    "with two dots more": lambda: signed() + "..",
    "very long": lambda: signed(more="x" * 20_000),
    "empty": lambda: "",
    "nonsense": lambda: "a.b.c",
    "claims that are no object": lambda: jwt.PyJWS().encode(b"[1]", KEY, "RS256", headers={"kid": "one"}),
}


@pytest.mark.parametrize("what", WRONG)
def test_any_other_token_is_nobody(tmp_path: Path, what: str) -> None:
    assert Tokens(configured(tmp_path)).identity(WRONG[what]()) is None


def test_keys_can_be_rolled_while_it_runs(tmp_path: Path) -> None:
    tokens = Tokens(configured(tmp_path))
    assert tokens.identity(signed()) is not None
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [jwk(OTHER, "one"), jwk(CURVE, "two"), jwk(KEY, "three")]}))
    assert tokens.identity(signed()) is None
    assert tokens.identity(signed(OTHER)) is not None
    (tmp_path / "keys.json").write_text("broken")
    assert tokens.identity(signed(OTHER)) is None, "no key, nobody"


def test_one_public_key_as_pem(tmp_path: Path) -> None:
    configured(tmp_path)
    (tmp_path / "key.pem").write_bytes(PEM)
    tokens = Tokens(configured(tmp_path, keys="key.pem", algorithms=["RS256"]))
    assert tokens.identity(signed(kid=None)) is not None
    assert tokens.identity(signed(OTHER, kid=None)) is None
    assert tokens.identity(WRONG["public key as shared secret"]()) is None


PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"algorithms": ["HS256"]}, "HS256"),
        ({"algorithms": ["none"]}, "none"),
        ({"issuer_": "x"}, "issuer_"),
        ({"keys": "absent.json"}, "absent.json"),
        ({"keys": "secret.json"}, "not public"),
        ({"keys": "private.json"}, "not public"),
        ({"keys": "private.pem"}, "public keys"),
    ],
)
def test_what_must_not_be_configured_is_refused(tmp_path: Path, more: dict[str, Any], says: str) -> None:
    (tmp_path / "secret.json").write_text(json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]}))
    private = jwt.algorithms.RSAAlgorithm.to_jwk(KEY, as_dict=True)
    (tmp_path / "private.json").write_text(json.dumps({"keys": [{**private, "kid": "one"}]}))
    (tmp_path / "private.pem").write_text(PRIVATE)
    with pytest.raises(InputError, match=says):
        configured(tmp_path, **more)


def test_over_http_a_token_comes_in_and_the_ledger_knows_whom_is_trusted(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path / "home", demo=True)
    issuer = configured(tmp_path)
    with TestClient(create_app(engine, loopback=True, issuer=issuer), LOCAL) as client:
        assert client.get("/api/v1/entries").status_code == 401, "who trusts tokens is not open, demo or not"
        got = client.get("/api/v1/entries", headers={"authorization": f"Bearer {signed()}"})
        assert got.status_code == 200
        assert [row["action"] for row in got.json()["entries"]] == ["tokens trusted", "created"]
        for what in ("over", "unsigned", "by another key"):
            assert (
                client.get("/api/v1/entries", headers={"authorization": f"Bearer {WRONG[what]()}"}).status_code == 401
            )
        noted = engine.ledger.entry(1).details
        assert (noted["issuer"], noted["roles"]) == (ISSUER, {"recall": "coordinator", "audit": "auditor"})
        create_app(engine, issuer=issuer).state.door.settle()
        assert engine.head == 1, "the same issuer is not noted again"
