"""Checks decoded JSON against a JSON Schema and words the first problem as the service does.

The real service reports through the z-schema library; its sentences ("Missing required property: value",
"Additional properties not allowed: a,b", "Array items are not unique (indexes 0 and 1)") are known from the
recordings and from public issues. The remaining ones follow that library's message table. One validation path
serves POST, PATCH and the seed file; it knows the keywords that `data/bodies.json` uses.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

Schema = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: a path such as `scopes[8].value`, empty at the top."""

    what: str
    path: str


def first_problem(schema: Schema, value: object, path: str = "") -> Problem | None:
    """Return the first problem of `value`, or None."""
    expected = schema.get("type")
    allowed = expected if isinstance(expected, list) else [expected]
    found = _type_name(value)
    if expected is not None and found not in allowed and not (found == "integer" and "number" in allowed):
        return Problem(f"Expected type {allowed[0]} but found type {found}", path)
    match value:
        case str():
            what = _text_problem(schema, value)
        case int() | float():
            what = _number_problem(schema, value)
        case Mapping():
            return _object_problem(schema, value, path)
        case list():
            return _array_problem(schema, value, path)
        case _:
            return None
    return Problem(what, path) if what else None


def _type_name(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"


def _bound(schema: Schema, keyword: str) -> float | None:
    return cast("float | None", schema.get(keyword))


def _text_problem(schema: Schema, value: str) -> str | None:
    if value not in cast("Sequence[object]", schema.get("enum", (value,))):
        return f"No enum match for: {value}"
    if len(value) < (minimum := _bound(schema, "minLength") or 0):
        return f"String is too short ({len(value)} chars), minimum {minimum}"
    if (maximum := _bound(schema, "maxLength")) is not None and len(value) > maximum:
        return f"String is too long ({len(value)} chars), maximum {maximum}"
    pattern = str(schema.get("pattern", ""))
    return None if re.search(pattern, value) else f"String does not match pattern {pattern}: {value}"


def _number_problem(schema: Schema, value: float) -> str | None:
    if (minimum := _bound(schema, "minimum")) is not None and value < minimum:
        return f"Value {value} is less than minimum {minimum}"
    if (maximum := _bound(schema, "maximum")) is not None and value > maximum:
        return f"Value {value} is greater than maximum {maximum}"
    return None


def _array_problem(schema: Schema, value: list[object], path: str) -> Problem | None:
    if len(value) < (minimum := _bound(schema, "minItems") or 0):
        return Problem(f"Array is too short ({len(value)}), minimum {minimum}", path)
    if (maximum := _bound(schema, "maxItems")) is not None and len(value) > maximum:
        return Problem(f"Array is too long ({len(value)}), maximum {maximum}", path)
    for index, item in enumerate(value):
        if found := first_problem(cast("Schema", schema.get("items", {})), item, f"{path}[{index}]"):
            return found
    key = schema.get("x-unique-by")
    if key is None and not schema.get("uniqueItems"):
        return None
    first: dict[object, int] = {}
    for index, item in enumerate(value):
        earlier = first.setdefault(cast("Mapping[object, object]", item)[key] if key else item, index)
        if earlier != index:
            return Problem(f"Array items are not unique (indexes {earlier} and {index})", path)
    return None


def _object_problem(schema: Schema, value: Mapping[object, object], path: str) -> Problem | None:
    properties = cast("Mapping[object, Schema]", schema.get("properties", {}))
    unknown = [str(name) for name in value if name not in properties]
    if unknown and schema.get("additionalProperties", True) is False:
        return Problem(f"Additional properties not allowed: {','.join(unknown)}", path)
    missing = [name for name in cast("Sequence[str]", schema.get("required", ())) if name not in value]
    if missing:
        return Problem(f"Missing required property: {missing[0]}", path)
    if len(value) < (minimum := _bound(schema, "minProperties") or 0):
        return Problem(f"Too few properties defined ({len(value)}), minimum {minimum}", path)
    for name, item in value.items():
        if found := first_problem(properties.get(name, {}), item, f"{path}.{name}" if path else str(name)):
            return found
    return None
