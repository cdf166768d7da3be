"""Judges documents by a JSON Schema. Prints what is wrong with each, as JSON.

Reads {"schema": …, "documents": {name: document}}. The schema itself is judged first.
"""

import json
import sys

from jsonschema import Draft202012Validator

asked = json.load(sys.stdin)
Draft202012Validator.check_schema(asked["schema"])
validator = Draft202012Validator(asked["schema"])
faults = {
    name: [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator.iter_errors(document)
    ]
    for name, document in asked["documents"].items()
}
json.dump(faults, sys.stdout)
