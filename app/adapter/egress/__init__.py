"""The one way out over HTTP, and the judge of every address, databases' too: pinned addresses, bounded time and size, nothing hidden."""

from app.adapter.egress.address import Forbidden, Network, Pinned, allowed, forbidden, outside
from app.adapter.egress.pace import Pace
from app.adapter.egress.path import origin
from app.adapter.egress.way import Egress, Place

__all__ = ["Egress", "Forbidden", "Network", "Pace", "Pinned", "Place", "allowed", "forbidden", "origin", "outside"]
