"""Checks decoded JSON against a shape and words the first problem as the service does.

The real service reports through the z-schema library; its sentences ("Missing required property: value",
"Additional properties not allowed: a,b", "Array items are not unique (indexes 0 and 1)") are known from the
recordings and from public issues. The remaining ones follow that library's message table. One validation path
serves POST, PATCH and the seed file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["AnyObject", "Anything", "Flag", "Integer", "ListOf", "Problem", "Record", "Shape", "Text"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: a path such as `scopes[8].value`, empty at the top."""

    what: str
    path: str


class Shape(Protocol):
    """Something that decoded JSON can be checked against."""

    def problem(self, value: object, path: str) -> Problem | None:
        """Return the first problem of `value`, or None."""


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


def _wrong_type(expected: str, value: object, path: str) -> Problem:
    return Problem(f"Expected type {expected} but found type {_type_name(value)}", path)


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON at all."""

    def problem(self, value: object, path: str) -> Problem | None:  # noqa: ARG002 - the shape accepts all
        """Return None."""
        return None


@dataclass(frozen=True, slots=True)
class AnyObject:
    """An object whose properties somebody else checks."""

    def problem(self, value: object, path: str) -> Problem | None:
        """Return the first problem of `value`, or None."""
        return None if isinstance(value, Mapping) else _wrong_type("object", value, path)


@dataclass(frozen=True, slots=True)
class Text:
    """A string; lengths in characters, `choices` for an enumeration."""

    minimum: int = 0
    maximum: int | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    nullable: bool = False

    def problem(self, value: object, path: str) -> Problem | None:
        """Return the first problem of `value`, or None."""
        if value is None and self.nullable:
            return None
        if not isinstance(value, str):
            return _wrong_type("string", value, path)
        if self.choices and value not in self.choices:
            return Problem(f"No enum match for: {value}", path)
        if len(value) < self.minimum:
            return Problem(f"String is too short ({len(value)} chars), minimum {self.minimum}", path)
        if self.maximum is not None and len(value) > self.maximum:
            return Problem(f"String is too long ({len(value)} chars), maximum {self.maximum}", path)
        if self.pattern is not None and not re.search(self.pattern, value):
            return Problem(f"String does not match pattern {self.pattern}: {value}", path)
        return None


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within bounds."""

    minimum: int = 0
    maximum: int | None = None

    def problem(self, value: object, path: str) -> Problem | None:
        """Return the first problem of `value`, or None."""
        if isinstance(value, bool) or not isinstance(value, int):
            return _wrong_type("integer", value, path)
        if value < self.minimum:
            return Problem(f"Value {value} is less than minimum {self.minimum}", path)
        if self.maximum is not None and value > self.maximum:
            return Problem(f"Value {value} is greater than maximum {self.maximum}", path)
        return None


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    nullable: bool = False

    def problem(self, value: object, path: str) -> Problem | None:
        """Return the first problem of `value`, or None."""
        if value is None and self.nullable:
            return None
        return None if isinstance(value, bool) else _wrong_type("boolean", value, path)


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array; `unique_by` gives what has to differ between its items."""

    item: Shape
    minimum: int = 0
    maximum: int | None = None
    unique_by: Callable[[object], object] | None = None
    nullable: bool = False

    def problem(self, value: object, path: str) -> Problem | None:
        """Return the first problem of `value`, or None."""
        if value is None and self.nullable:
            return None
        if not isinstance(value, list):
            return _wrong_type("array", value, path)
        if len(value) < self.minimum:
            return Problem(f"Array is too short ({len(value)}), minimum {self.minimum}", path)
        if self.maximum is not None and len(value) > self.maximum:
            return Problem(f"Array is too long ({len(value)}), maximum {self.maximum}", path)
        for index, item in enumerate(value):
            if found := self.item.problem(item, f"{path}[{index}]"):
                return found
        return self._repetition(value, path)

    def _repetition(self, value: Sequence[object], path: str) -> Problem | None:
        if self.unique_by is None:
            return None
        first: dict[object, int] = {}
        for index, item in enumerate(value):
            earlier = first.setdefault(self.unique_by(item), index)
            if earlier != index:
                return Problem(f"Array items are not unique (indexes {earlier} and {index})", path)
        return None


@dataclass(frozen=True, slots=True)
class Record:
    """An object with the properties of `fields` and no other."""

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    minimum: int = 0
    nullable: bool = False

    def problem(self, value: object, path: str) -> Problem | None:
        """Return the first problem of `value`, or None."""
        if value is None and self.nullable:
            return None
        if not isinstance(value, Mapping):
            return _wrong_type("object", value, path)
        if unknown := [str(name) for name in value if name not in self.fields]:
            return Problem(f"Additional properties not allowed: {','.join(unknown)}", path)
        for name in self.required:
            if name not in value:
                return Problem(f"Missing required property: {name}", path)
        if len(value) < self.minimum:
            return Problem(f"Too few properties defined ({len(value)}), minimum {self.minimum}", path)
        for name, item in value.items():
            if found := self.fields[name].problem(item, f"{path}.{name}" if path else name):
                return found
        return None
