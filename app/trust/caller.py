"""Whoever asks, once the token is verified."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """An application, the organisation it belongs to, and the purpose its token names (None: it names none)."""

    client: str
    organisation: str
    purpose: str | None = None
