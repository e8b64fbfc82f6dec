"""The SDK: everything that a kind in `adapters/` may import, and nothing that it must not know."""

from app.adapter.auth import Attachment, attachments
from app.adapter.egress import Egress, Network, Place, origin
from app.adapter.manifest import Auth, Connection, Model, Outcome, Resource, ResponseRule
from app.adapter.paging import Params, Sheet, walk
from app.adapter.protocol import Adapter, Page, Pushed, Question, Raw, Reply
from app.adapter.reply import by_status, failure, json_of, judge
from app.adapter.rows import rows, value
from app.adapter.same import Same
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable

__all__ = [
    "Adapter",
    "Attachment",
    "Auth",
    "BadAnswer",
    "Connection",
    "Egress",
    "Model",
    "Network",
    "Outcome",
    "Page",
    "Params",
    "Place",
    "Pushed",
    "Question",
    "Raw",
    "Refused",
    "Reply",
    "Resource",
    "ResponseRule",
    "Same",
    "Sheet",
    "SourceError",
    "Throttled",
    "Unreachable",
    "attachments",
    "by_status",
    "failure",
    "json_of",
    "judge",
    "origin",
    "rows",
    "value",
    "walk",
]
