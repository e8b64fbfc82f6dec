"""The SDK: everything that a kind in `adapters/` may import, and nothing that it must not know."""

from app.adapter.cells import FileOrigin, Kept, Order, Origin, WebOrigin, cells, parted
from app.adapter.database import SIZE, Database, Dsn, Keyset, Table, Terms, column_of, condition, database, named, one_select
from app.adapter.egress import Network, origin
from app.adapter.manifest import Connection, Model, Outcome, Resource, ResponseRule, Scalar, Test, Web
from app.adapter.mapping import steps, top
from app.adapter.out import Out
from app.adapter.paging import Below, Follow, Params, Sheet, next_link, told, walk
from app.adapter.protocol import Adapter, Page, Pushed, Question, Raw, Reply
from app.adapter.reply import by_status, failure, json_of, judge, row_test
from app.adapter.rows import MISSING, rows, value
from app.adapter.same import Same
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable

__all__ = [
    "MISSING",
    "SIZE",
    "Adapter",
    "BadAnswer",
    "Below",
    "Connection",
    "Database",
    "Dsn",
    "FileOrigin",
    "Follow",
    "Kept",
    "Keyset",
    "Model",
    "Network",
    "Order",
    "Origin",
    "Out",
    "Outcome",
    "Page",
    "Params",
    "Pushed",
    "Question",
    "Raw",
    "Refused",
    "Reply",
    "Resource",
    "ResponseRule",
    "Same",
    "Scalar",
    "Sheet",
    "SourceError",
    "Table",
    "Terms",
    "Test",
    "Throttled",
    "Unreachable",
    "Web",
    "WebOrigin",
    "by_status",
    "cells",
    "column_of",
    "condition",
    "database",
    "failure",
    "json_of",
    "judge",
    "named",
    "next_link",
    "one_select",
    "origin",
    "parted",
    "row_test",
    "rows",
    "steps",
    "told",
    "top",
    "value",
    "walk",
]
