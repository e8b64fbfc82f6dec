"""The public keys by which a client proves itself (RFC 7517): looked through once when they are registered, and kept bare."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.util import base64_to_int

from app.errors import CityError
from app.trust.refusal import refusal

LARGEST = 32 * 1024
MOST = 10
LONGEST_KID = 100
BITS = range(2048, 4097)
FITS = {("EC", "P-256"): ("ES256",), ("OKP", "Ed25519"): ("Ed25519",), ("RSA", None): ("RS256", "PS256")}
"""Key type and curve to the algorithms that an assertion may be signed with."""
ALGORITHMS = tuple(name for names in FITS.values() for name in names)
PUBLIC = ("kty", "crv", "x", "y", "n", "e", "kid", "alg")
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def read(path: Path) -> str:
    """The public keys of a JWK Set file, as they are kept: JSON, nothing in it but what verifies. Raises CityError."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(LARGEST + 1))
        keys = found["keys"]
    except OSError as error:
        raise refusal(str(path), "unreadable", "This file cannot be read", "Give the path of a JWK Set.") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _not_a_set(path) from error
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST:
        raise _not_a_set(path)
    return json.dumps(_distinct([_key(key, f"{path} keys[{place}]") for place, key in enumerate(keys)], path).as_dict())


def key_set(text: str) -> KeySet:
    """The keys that `read` gave; one that has no `kid` of its own is named by its thumbprint (RFC 7638)."""
    return KeySet.import_key_set(json.loads(text))


def _not_a_set(path: Path) -> CityError:
    meaning = f"This is not a JWK Set (RFC 7517) of 1 to {MOST} keys in at most {LARGEST // 1024} KB"
    return refusal(str(path), "not_a_key_set", meaning, 'Write {"keys": [...]} with public keys.')


def _distinct(keys: Sequence[Key], path: Path) -> KeySet:
    found = KeySet(list(keys))
    if len({key.kid for key in found}) < len(keys):
        raise refusal(str(path), "kid_twice", "Two keys bear the same kid", "Give each key a kid of its own.")
    return found


def _key(key: Any, where: str) -> Key:
    if not isinstance(key, dict):
        raise refusal(where, "broken_key", "This is not a key", "Write one JSON object per key.")
    if PRIVATE & set(key):
        raise refusal(where, "private_key", "This key is private", "Keep it where it was made, and give the public members only.")
    if not _usable(key):
        known = "EC P-256 (ES256), RSA (RS256, PS256), OKP Ed25519 (Ed25519); use sig"
        raise refusal(where, "unknown_key", "Keys of this kind, curve, alg or use are not taken", f"Known: {known}.")
    try:
        if key["kty"] == "RSA" and base64_to_int(key["n"]).bit_length() not in BITS:
            raise refusal(where, "weak_key", "This RSA key is too short or too long", f"Make one of {BITS[0]} to {BITS[-1]} bits.")
        return JWKRegistry.import_key({name: key[name] for name in PUBLIC if name in key})
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise refusal(where, "broken_key", "This key cannot be read", "Export it again.") from error


def _usable(key: dict[str, Any]) -> bool:
    """Checked as text: a member may be anything."""
    fits = FITS.get((str(key.get("kty")), None if key.get("kty") == "RSA" else str(key.get("crv"))))
    kid = key.get("kid", "-")
    return (
        fits is not None
        and key.get("alg", fits[0]) in fits
        and key.get("use", "sig") == "sig"
        and "verify" in key.get("key_ops", ["verify"])
        and isinstance(kid, str)
        and 1 <= len(kid) <= LONGEST_KID
    )
