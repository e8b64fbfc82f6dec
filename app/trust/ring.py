"""The keys that sign tokens. Each stands in a file of its own, whose name says when it was made; from these times alone every gateway
of a city knows which one signs and which are still accepted, so that they exchange nothing but the folder.

    made        + SEEN              the next key's made + SEEN      + LIFETIME + SLACK
    published   signs               accepted and published          removed
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from app.clock import epoch
from app.errors import CityError
from app.trust.key_file import KeyFolder, broken, pem
from app.trust.refusal import refusal

log = structlog.get_logger("titian.trust")

ALGORITHM = "ES256"
LIFETIME = 600
"""Seconds that a token lives."""
SEEN = 10
"""Seconds after which every running gateway has seen a new key: each looks every second."""
SLACK = 60
"""Seconds that a former key outlives its last token."""
FIRST = "token.pem"
NAME = re.compile(r"token(?:-([0-9]{1,12}))?\.pem")


class TokenKey(NamedTuple):
    """One key, the second in which it was made (0: the first one), the name of its file."""

    key: ECKey
    made: int
    name: str


class State(NamedTuple):
    """`state` is next, signing or former; `since` in seconds since 1970, None where it has always been so."""

    kid: str
    state: str
    since: int | None


class Ring:
    """The keys of one folder as of the last `refresh`. `published` are those that verify, by `kid`."""

    def __init__(self, folder: KeyFolder) -> None:
        self._folder = folder
        self._keys: tuple[TokenKey, ...] = ()
        self.published: Mapping[str, ECKey] = {}
        self._look()

    @classmethod
    def open(cls, folder: KeyFolder) -> Ring:
        """Makes the first key where there is none. Raises CityError where others could read one, or one is broken."""
        if not folder.names(NAME):
            folder.read(FIRST, _fresh)
        return cls(folder)

    @property
    def signing(self) -> ECKey:
        """The key whose turn it is."""
        begun = [one.key for one in self._keys[1:] if one.made + SEEN <= epoch()]
        return begun[-1] if begun else self._keys[0].key

    def refresh(self) -> None:
        """Looks at the names in the folder, reads what is new, drops and deletes what has served. What cannot be read is logged, and
        the keys of before stay."""
        try:
            for one in self._look():
                self._folder.remove(one.name)
        except CityError as error:
            log.warning("keys_not_refreshed", problems=[problem.code for problem in error.problems])

    def states(self) -> list[State]:
        """Every key, in the order in which they were made."""
        times = [one.made + SEEN for one in self._keys]
        current = self._keys.index(next(one for one in self._keys if one.key is self.signing))
        found = []
        for place, one in enumerate(self._keys):
            if place > current:
                found.append(State(str(one.key.kid), "next", one.made))
            elif place < current:
                found.append(State(str(one.key.kid), "former", times[place + 1]))
            else:
                found.append(State(str(one.key.kid), "signing", times[place] if one.made else None))
        return found

    def rotate(self) -> None:
        """Puts a new key beside the present ones. Raises CityError where the last one was made only now, or would not be readable."""
        if self._keys[-1].made + SEEN > epoch():
            raise refusal(str(self._folder.path), "rotating", "A new key was made a moment ago", f"Wait {SEEN} seconds.")
        if not self._folder.ours:
            raise refusal(str(self._folder.path), "not_the_owner", "The gateway could not read what you make here", "Run this as the gateway's user.")
        self._folder.read(f"token-{int(epoch())}.pem", _fresh)
        self._look()

    def _look(self) -> list[TokenKey]:
        """Gives those that have served."""
        known = {one.name: one for one in self._keys}
        found = [known.get(name) or _read(self._folder, name) for name in self._folder.names(NAME)]
        keys = sorted((one for one in found if one is not None), key=lambda one: one.made)
        if not keys:
            raise refusal(str(self._folder.path), "no_keys", "There is no key for tokens here", "Set TITIAN_KEYS to the gateway's folder.")
        served = [one for one, after in pairwise(keys) if after.made + SEEN + LIFETIME + SLACK <= epoch()]
        self._keys = tuple(one for one in keys if one not in served)
        self.published = {str(one.key.kid): one.key for one in self._keys}
        return served


def ring_of(path: Path) -> Ring:
    """The keys of a folder that a gateway has made; raises CityError where there are none."""
    return Ring(KeyFolder.open(path))


def _fresh() -> bytes:
    return pem(ec.generate_private_key(ec.SECP256R1()))


def _read(folder: KeyFolder, name: str) -> TokenKey | None:
    text = folder.held(name)
    if text is None:
        return None
    try:
        kid = ECKey.import_key(text).thumbprint()
        key = ECKey.import_key(text, {"kid": kid, "use": "sig", "alg": ALGORITHM})
    except ValueError as error:
        raise broken(folder.path / name) from error
    if not key.is_private or key.curve_name != "P-256":
        raise broken(folder.path / name)
    found = NAME.fullmatch(name)
    return TokenKey(key, int(found[1]) if found and found[1] else 0, name)
