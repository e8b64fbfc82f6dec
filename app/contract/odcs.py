"""The words of ODCS 3.1.0 (bitol-io, Open Data Contract Standard), and ours below `titian.`: what may stand where."""

from __future__ import annotations

# fmt: off
ELEMENT = {
    "id", "name", "physicalName", "physicalType", "logicalType", "description", "businessName", "authoritativeDefinitions", "tags",
    "customProperties", "properties", "quality", "relationships",
}
TOP = {
    "apiVersion", "kind", "id", "name", "version", "status", "tenant", "tags", "servers", "dataProduct", "description", "domain", "schema",
    "support", "price", "team", "roles", "slaProperties", "slaDefaultElement", "authoritativeDefinitions", "customProperties",
    "contractCreatedTs",
}
DESCRIPTION = {"purpose", "usage", "limitations", "authoritativeDefinitions", "customProperties"}
OBJECT = {*ELEMENT, "dataGranularityDescription"}
PROPERTY = {
    *ELEMENT, "logicalTypeOptions", "primaryKey", "primaryKeyPosition", "required", "unique", "partitioned", "partitionKeyPosition",
    "classification", "encryptedName", "transformSourceObjects", "transformLogic", "transformDescription", "criticalDataElement", "examples",
    "items",
}
CUSTOM = {"id", "property", "value", "description"}
RELATIONSHIP = {"id", "type", "from", "to", "customProperties"}
SLA = {"id", "property", "value", "valueExt", "unit", "element", "driver", "description", "scheduler", "schedule"}
CHECK_TYPES = ("library", "text", "sql", "custom")
BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
OPTIONS = {
    "string": {"minLength", "maxLength", "pattern", "format", "enum"},
    "integer": {*BOUNDS, "multipleOf", "format", "enum"},
    "number": {*BOUNDS, "multipleOf", "format", "enum"},
    "boolean": {"enum"},
    "date": {*BOUNDS, "format", "enum"},
    "timestamp": {*BOUNDS, "format", "timezone", "defaultTimezone", "enum"},
    "array": {"minItems", "maxItems", "uniqueItems"},
    "object": {"minProperties", "maxProperties", "required"},
}
ON_PROPERTY = {"titian.semantic", "titian.dimension", "titian.strict"}
SPBE = ("rab", "rad", "ral", "raa", "rai", "rak", "urusan", "produsen", "walidata")
ON_OBJECT = {
    "titian.classification", "titian.dimension", "titian.sources", "titian.required", "titian.weights",
    *(f"titian.spbe.{name}" for name in SPBE),
}
# fmt: on
CLASSES = ("terbuka", "terbatas", "tertutup")
SEMANTICS = {
    "nik": ("string",),
    "no_kk": ("string",),
    "nip": ("string",),
    "npwp": ("string",),
    "nib": ("string",),
    "npsn": ("string",),
    "phone": ("string",),
    "region": ("string",),
    "money": ("integer", "number"),
    "percent": ("integer", "number"),
}
"""`titian.semantic`, and the logical types that it fits."""
