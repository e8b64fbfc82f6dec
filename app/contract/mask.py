"""What a masked value looks like. `token` stands for the value and can be asked with; `partial` shows its first half and can not."""

from __future__ import annotations

import re

from app.contract.contract import Property

MASKS = ("none", "partial", "token")
"""From the least strict to the strictest: half a value tells something of the person, a token tells nothing."""
TOKEN_PATTERN = r"^t[1-9]\d{0,2}_[A-Za-z0-9_-]{22,1400}$"  # noqa: S105 - a shape, not a secret
PARTIAL_PATTERN = r"^.*\*$"
TOKEN = re.compile(TOKEN_PATTERN[1:-1], re.ASCII)


class Token(str):
    """A text of a question that has the form of a token; which value it stands for, and whether for any, the mask decides."""

    __slots__ = ()


def maskable(prop: Property) -> bool:
    """Text that is not open, nor a code or a region: those are few, and a token of them would be guessed from how often it occurs."""
    semantic = prop.semantic or ""
    return (
        prop.type == "string"
        and prop.classification != "terbuka"
        and semantic != "region"
        and not semantic.startswith("code:")
        and not prop.options.enum
    )


def stricter(one: str, other: str) -> str:
    return max(one, other, key=MASKS.index)


def partial(value: str) -> str:
    """The first half, and a star for each character of the rest: 1276010101909001 -> 12760101********."""
    kept = len(value) // 2
    return value[:kept] + "*" * (len(value) - kept)
