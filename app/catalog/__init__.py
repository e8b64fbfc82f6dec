"""What exists in the city: its folder read and checked as a whole into one immutable Catalog, swapped whole."""

from app.catalog.catalog import Catalog, System
from app.catalog.city import City, Organisation
from app.catalog.reading import read

__all__ = ["Catalog", "City", "Organisation", "System", "read"]
