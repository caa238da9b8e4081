"""The request bodies of each endpoint, as JSON Schema; their sources stand in `data/bodies.json`."""

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import cast

from auth0_local_tenant import api_errors
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.validation import Schema, first_problem

MAX_PERMISSIONS_PER_ROLE = 1000  # documented by the vendor, NOT RECORDED

_DATA = json.loads((resources.files("auth0_local_tenant") / "data/bodies.json").read_text(encoding="utf-8"))
SCHEMAS: Mapping[str, Schema] = _DATA["schemas"]
ANSWER_KEYS: Mapping[str, Sequence[str]] = _DATA["answer_keys"]  # in the order of the answers, by kind


def checked(name: str, body: object) -> JsonObject:
    """Return a body that keeps to the schema `name`, or raise ApiError: 400 with the first problem."""
    if problem := first_problem(SCHEMAS[name], body):
        raise api_errors.invalid_body(problem.what, problem.path)
    return dict(cast("JsonObject", body))
