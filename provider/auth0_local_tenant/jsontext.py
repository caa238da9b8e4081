"""JSON as the service writes and reads it: compact, UTF-8, in the order of the keys."""

import json
from typing import NoReturn

JsonObject = dict[str, object]


class InvalidJsonError(ValueError):
    """Text that is not JSON, or holds what JSON in UTF-8 can't carry (NaN, half a surrogate pair)."""


def _refuse(constant: str) -> NoReturn:
    raise InvalidJsonError(f"{constant} is not JSON")


def dump(value: object) -> str:
    """Return `value` as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def dump_bytes(value: object) -> bytes:
    """Return `value` as compact JSON in UTF-8."""
    return dump(value).encode()


def load(text: bytes | str) -> object:
    """Return the value in `text`.

    Raises:
        InvalidJsonError: if `text` is not JSON or could not be written back as UTF-8.
    """
    try:
        value: object = json.loads(text, parse_constant=_refuse)
        if b"\\u" in (text if isinstance(text, bytes) else text.encode()):
            dump_bytes(value)
    except (ValueError, RecursionError) as error:
        raise InvalidJsonError(str(error)) from error
    return value


def load_object(text: str) -> JsonObject:
    """Return the object in `text`, which this package wrote itself."""
    value: JsonObject = json.loads(text)
    return value
