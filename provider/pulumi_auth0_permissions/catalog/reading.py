"""A catalog file, read and checked: all problems at once, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from pulumi_auth0_permissions.catalog.model import Catalog
from pulumi_auth0_permissions.catalog.naming import MAX_LOGICAL_NAME_LENGTH, is_logical_name
from pulumi_auth0_permissions.catalog.nodes import compose, decode, place
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import MAX_PERMISSIONS_PER_API, Permissions
from pulumi_auth0_permissions.core.text import cut, escape, escape_line, join
from pulumi_auth0_permissions.core.validation import description_problems, value_problems

_TEXT_TAG = "tag:yaml.org,2002:str"
_READ_AS: Final = {
    "tag:yaml.org,2002:bool": "a boolean",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
    "tag:yaml.org,2002:merge": "a merge key",
    "tag:yaml.org,2002:value": "a default key",
}


def load_catalog(path: str | Path) -> Catalog:
    """Read a catalog file.

    Args:
        path: the file; a Pulumi program runs in its project's folder, so ``"permissions.yaml"`` is the one there.

    Raises:
        InvalidInputs: with every problem, each under ``file:line:column``; or the file cannot be read.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        reason = (
            "there is no such file; `auth0-permissions export --all --output permissions.yaml` makes one of an "
            "existing tenant's permissions"
        )
        raise InvalidInputs([Problem(escape_line(str(path)), reason)]) from None
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or type(error).__name__}"
        raise InvalidInputs([Problem(escape_line(str(path)), reason)]) from None
    return parse_catalog(decode(data, str(path)), str(path))


def parse_catalog(text: str, source: str = "the catalog") -> Catalog:
    """Read a catalog from the text of a file.

    Args:
        text: YAML, or JSON, which is YAML too.
        source: what messages call the file.

    Raises:
        InvalidInputs: with every problem, each under ``file:line:column``.
    """
    root = compose(text, source)
    reader = _Reader(source)
    apis = reader.catalog(root)
    if reader.problems:
        raise InvalidInputs(reader.problems)
    return Catalog(apis, source)


class _Reader:
    """Walks the nodes and remembers what is wrong with them."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: list[tuple[int, int, Problem]] = []

    @property
    def problems(self) -> list[Problem]:
        """What was found wrong, in the order of the file."""
        return [problem for _, _, problem in sorted(self._found, key=lambda found: found[:2])]

    def catalog(self, root: yaml.Node) -> dict[str, Permissions]:
        section = self._only_section(root, "apis", "the catalog", 'it starts with "apis:"')
        apis: dict[str, Permissions] = {}
        if section is None:
            return apis
        for key, node in self._entries(section, "apis", "from logical API name to permissions"):
            name = self._text(key, "the logical API name")
            if name is None:
                continue
            where = f"apis.{escape(cut(name))}"
            if not is_logical_name(name):
                self._object(
                    key,
                    f"{where}: a logical API name is a letter, then letters, digits, - and _, "
                    f"{MAX_LOGICAL_NAME_LENGTH} characters at most",
                )
            apis[name] = self._api(node, where)
        return apis

    def _api(self, node: yaml.Node, where: str) -> Permissions:
        section = self._only_section(node, "permissions", where, 'it has a map "permissions:"')
        known: dict[str, str] = {}
        if section is None:
            return {}
        where = f"{where}.permissions"
        entries = list(self._entries(section, where, "from permission to description"))
        if len(entries) > MAX_PERMISSIONS_PER_API:
            self._object(
                section,
                f"{where}: declares {len(entries)} permissions; Auth0 allows {MAX_PERMISSIONS_PER_API} for an API",
            )
        for key, value in entries:
            name = self._text(key, f"{where}: the permission")
            at = where if name is None else f'{where}["{escape(cut(name))}"]'
            description = self._text(value, f"{at}: the description", way_out='; write "" for none')
            if name is not None:
                self._object(key, *(f"{at}: {problem}" for problem in value_problems(name)))
            if description is not None:
                self._object(value, *(f"{at}: {problem}" for problem in _of_description(value, description)))
            if name is not None and description is not None:
                known[name] = description
        return known

    def _only_section(self, node: yaml.Node, name: str, where: str, expected: str) -> yaml.Node | None:
        """Return the one section that a map has to have; note what is missing and what is too much."""
        if not isinstance(node, yaml.MappingNode):
            self._object(node, f"{where}: must be a map, {expected}; got {_what(node)}")
            return None
        found = None
        others: list[str] = []
        for key, value in self._entries(node, where, ""):
            text = self._text(key, f"{where}: the key")
            if text == name:
                found = value
            elif text is not None:
                others.append(text)
                self._object(key, f'{where}: there is nothing called "{escape(cut(text))}" here; {expected}')
        if found is None:
            self._object(node, f'{where}: "{name}" is missing{f"; there is {join(others)}" if others else ""}')
        return found

    def _entries(self, node: yaml.Node, where: str, of_what: str) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yield the entries of a map; note a key that is there twice, of which all but the first are left out."""
        if not isinstance(node, yaml.MappingNode):
            self._object(
                node,
                f"{where}: must be a map {of_what}; got {_what(node)}"
                f"{'; write {} for none' if _is_nothing(node) else ''}",
            )
            return
        seen: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                first = seen.setdefault(key.value, key)
                if first is not key:
                    self._object(
                        key,
                        f'{where}: "{escape(cut(key.value))}" is there twice, first in line '
                        f"{first.start_mark.line + 1}; remove one",
                    )
                    continue
            yield key, value

    def _text(self, node: yaml.Node, what: str, *, way_out: str = "") -> str | None:
        """Return a node's text; note where it is none, with the way out where it is nothing at all."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _TEXT_TAG:
            return str(node.value)
        if isinstance(node, yaml.ScalarNode) and node.tag in _READ_AS:
            said = escape(cut(node.value))
            self._object(
                node, f'{what} must be text; {said} is read as {_READ_AS[node.tag]}, so put it in quotes: "{said}"'
            )
        else:
            self._object(node, f"{what} must be text; got {_what(node)}{way_out if _is_nothing(node) else ''}")
        return None

    def _object(self, node: yaml.Node, *reasons: str) -> None:
        mark, where = node.start_mark, place(node, self._source)
        self._found += [(mark.line, mark.column, Problem(where, reason)) for reason in reasons]


def _of_description(node: yaml.Node, description: str) -> list[str]:
    if description.endswith("\n") and isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        return [f"the description ends in a line break, as a block of lines does; write {node.style}- for one without"]
    return description_problems(description)


def _is_nothing(node: yaml.Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _what(node: yaml.Node) -> str:
    if _is_nothing(node):
        return "nothing"
    if isinstance(node, yaml.ScalarNode):
        return _READ_AS.get(node.tag, "text")
    return "a list" if isinstance(node, yaml.SequenceNode) else "a map"
