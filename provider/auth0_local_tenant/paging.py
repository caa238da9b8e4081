"""Query parameters and the three shapes of a list: bare, by page with totals, by checkpoint.

Recorded: `start` is an item offset, `limit` echoes `per_page`, the page defaults to 0, `take` wins over
`include_totals`, and `next` is there only if there is more. NOT RECORDED: the bare array (from the OpenAPI
description), the default of 50 a page, and the refusal of parameters that an endpoint does not have.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from auth0_local_tenant import api_errors, jsontext
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.validation import first_problem

_DEFAULT_PER_PAGE = 50
_MAX_PER_PAGE = 100
_MAX_PAGE = 2**31 - 1  # of our own, so that an offset stays a number that the store knows

FIELD_PARAMETERS = frozenset({"fields", "include_fields"})
PAGE_PARAMETERS = FIELD_PARAMETERS | {"page", "per_page", "include_totals"}
CHECKPOINT_PARAMETERS = frozenset({"from", "take"})


@dataclass(frozen=True, slots=True)
class Query:
    """A request's query, decoded."""

    values: Mapping[str, Sequence[str]]

    @classmethod
    def parse(cls, raw: str, allowed: frozenset[str]) -> "Query":
        """Return the decoded query, or raise ApiError: 400 if a parameter is not in `allowed`."""
        values = parse_qs(raw, keep_blank_values=True)
        if unknown := [name for name in values if name not in allowed]:
            raise api_errors.invalid_query(f"Additional properties not allowed: {','.join(unknown)}", "")
        return cls(values)

    def text(self, name: str) -> str | None:
        """Return a parameter, the last one if it was given several times."""
        values = self.values.get(name)
        return values[-1] if values else None

    def texts(self, name: str) -> Sequence[str]:
        """Return all values of a parameter."""
        return self.values.get(name, [])

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a parameter that is `true` or `false`, or raise ApiError: 400 if it is neither."""
        text = self.text(name)
        if text not in {None, "true", "false"}:
            raise api_errors.invalid_query("Expected type boolean but found type string", name)
        return default if text is None else text == "true"

    def number(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """Return a whole number, or raise ApiError: 400 if it is not one or out of bounds."""
        text = self.text(name)
        if text is None:
            return default
        value: object = int(text) if re.fullmatch(r"-?[0-9]{1,20}", text) else text
        bounds = {"type": "integer", "minimum": minimum, "maximum": maximum}
        if problem := first_problem(bounds, value, name):
            raise api_errors.invalid_query(problem.what, problem.path)
        return int(text)

    def some(self, names: Sequence[str]) -> dict[str, str]:
        """Return those of the parameters `names` that were given."""
        return {name: text for name in names if (text := self.text(name)) is not None}

    def fields(self, documents: Sequence[JsonObject]) -> list[JsonObject]:
        """Return the documents with only the `fields`, or without them if `include_fields=false`."""
        text = self.text("fields")
        include = self.flag("include_fields", default=True)
        if not text:
            return list(documents)
        names = set(text.split(","))
        return [{key: value for key, value in document.items() if (key in names) == include} for document in documents]


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list is wanted and how it is to be wrapped."""

    start: int
    limit: int
    totals: bool
    checkpoint: bool

    @classmethod
    def of(cls, query: Query, *, checkpoints: bool = False) -> "Paging":
        """Return what the query asks for.

        Raises:
            ApiError: 400 for a number that is none or out of bounds, or a `from` that this tenant did not give.
        """
        if checkpoints and (query.text("take") is not None or query.text("from") is not None):
            take = query.number("take", _DEFAULT_PER_PAGE, minimum=1, maximum=_MAX_PER_PAGE)
            return cls(_position(query.text("from")), take, totals=False, checkpoint=True)
        per_page = query.number("per_page", _DEFAULT_PER_PAGE, minimum=1, maximum=_MAX_PER_PAGE)
        page = query.number("page", 0, minimum=0, maximum=_MAX_PAGE)
        return cls(page * per_page, per_page, totals=query.flag("include_totals", default=False), checkpoint=False)

    def wrap(self, key: str, items: str, count: int, total: int, *, totals_first: bool) -> str:
        """Return the JSON text of the answer."""
        if self.checkpoint:
            end = self.start + count
            checkpoint = base64.urlsafe_b64encode(f"item:{end}".encode()).decode()
            following = f',"next":"{checkpoint}"' if end < total else ""
            return f'{{"{key}":[{items}]{following}}}'
        if not self.totals:
            return f"[{items}]"
        if totals_first:
            return f'{{"total":{total},"start":{self.start},"limit":{self.limit},"{key}":[{items}]}}'
        return f'{{"{key}":[{items}],"start":{self.start},"limit":{self.limit},"total":{total}}}'


def listed(
    query: Query,
    key: str,
    documents: Sequence[JsonObject],
    *,
    checkpoints: bool = False,
    totals_first: bool = False,
) -> str:
    """Return the JSON text of the part of a list that a query asks for."""
    paging = Paging.of(query, checkpoints=checkpoints)
    items = query.fields(documents[paging.start : paging.start + paging.limit])
    text = ",".join(map(jsontext.dump, items))
    return paging.wrap(key, text, len(items), len(documents), totals_first=totals_first)


def _position(checkpoint: str | None) -> int:
    if checkpoint is None:
        return 0
    try:
        prefix, _, number = base64.urlsafe_b64decode(checkpoint).decode().partition(":")
        if prefix == "item" and 0 <= int(number) <= _MAX_PAGE:
            return int(number)
    except ValueError:
        pass
    raise api_errors.invalid_query("Invalid checkpoint", "from")
