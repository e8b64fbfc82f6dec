"""Runs in the judges' environment: one contract against the JSON Schema that the standard publishes, a line for each error."""

import json
import sys
from importlib.resources import files
from pathlib import Path

import yaml
from jsonschema.validators import validator_for

schema = json.loads((files("datacontract") / "schemas" / "odcs-3.1.0.schema.json").read_text())
found = list(validator_for(schema)(schema).iter_errors(yaml.safe_load(Path(sys.argv[1]).read_text())))
for error in found:
    print(f"{error.json_path}: {error.message}"[:300])
sys.exit(bool(found))
