"""Files of cells as a source: found, read by a process of its own, kept until they change."""

from app.adapter.cells.file import FileOrigin
from app.adapter.cells.kept import Kept, Origin
from app.adapter.cells.reading import Order, cells
from app.adapter.cells.web import WebOrigin, parted

__all__ = ["FileOrigin", "Kept", "Order", "Origin", "WebOrigin", "cells", "parted"]
