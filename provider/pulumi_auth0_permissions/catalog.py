"""The catalog: a file that says, by logical API name, which permissions there are; the same for all environments.

::

    apis:
      orders:
        permissions:
          read:orders: Read orders

Which API of a tenant a logical name stands for differs by environment; that is the stack configuration's to say. A file
is read and checked with all problems at once, each with its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Final

import yaml

from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import MAX_PERMISSIONS_PER_API, Api, Permissions
from pulumi_auth0_permissions.core.text import cut, escape, escape_line
from pulumi_auth0_permissions.core.validation import description_problems, value_problems

Catalog = dict[str, Permissions]
"""Logical API name → permissions, each in the order of the file."""

SCHEMA_FILE_NAME: Final = "permissions.schema.json"

_MAX_NAME_LENGTH: Final = 100  # characters; ours: it is a key in files and configuration that people read

# No dot, bracket or quotation mark: `pulumi config set --path` takes those for its own.
_LOGICAL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_MAX_DERIVED_LENGTH = 60  # characters; leaves room for what tells two of the same name apart

_TAG = "tag:yaml.org,2002:"  # what YAML's own types begin with
_KINDS: Final = {
    "map": "a map",
    "seq": "a list",
    "str": "text",
    "null": "nothing",
    "bool": "a boolean",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
    "merge": "a merge key",
    "value": "a default key",
}
_HINTS: Final = {  # behind the mistakes that people make most
    "cannot start any token": "; indent with spaces, not with tabs, and put text in quotation marks",
    "mapping values are not allowed": '; put a text that has ": " in it in quotation marks',
}


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) with which editors check a catalog while it is written."""
    return files(__package__).joinpath(SCHEMA_FILE_NAME).read_text(encoding="utf-8")


def load_catalog(path: str | Path) -> Catalog:
    """Read a catalog file.

    Args:
        path: the file; a Pulumi program runs in its project's folder, so ``"permissions.yaml"`` is the one there.

    Raises:
        InvalidInputs: with every problem, each under ``file:line:column``; or the file cannot be read.
    """
    try:
        return parse_catalog(Path(path).read_bytes().decode("utf-8-sig"), str(path))
    except FileNotFoundError:
        reason = (
            "there is no such file; `auth0-permissions export --all --output permissions.yaml` makes one of an "
            "existing tenant's permissions"
        )
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or type(error).__name__}"
    except UnicodeDecodeError as error:
        line, _ = _place(error.object[: error.start].decode())
        reason = f"the file is not UTF-8 in line {line + 1}; save it as UTF-8"
    raise InvalidInputs([Problem(escape_line(str(path)), reason)])


def parse_catalog(text: str, source: str = "the catalog") -> Catalog:
    """Read a catalog from the text of a file.

    Args:
        text: YAML, or JSON, which is YAML too.
        source: what messages call the file.

    Raises:
        InvalidInputs: with every problem, each under ``file:line:column``.
    """
    reader = _Reader()
    catalog: Catalog = {}
    try:
        root = _Loader(text).get_single_node()
        if root is None:
            reader.note((0, 0), 'the file is empty; it starts with "apis:"')
        else:
            catalog = reader.catalog(root)
    except yaml.MarkedYAMLError as error:
        mark, problem = error.problem_mark, str(error.problem or error.context)
        hint = next((hint for words, hint in _HINTS.items() if words in problem), "")
        reader.note((mark.line, mark.column) if mark else (0, 0), f"this is not valid YAML: {problem}{hint}")
    except yaml.reader.ReaderError as error:
        character = ord(text[error.position])
        reader.note(_place(text[: error.position]), f"YAML does not allow the character U+{character:04X}; remove it")
    except RecursionError:
        reader.note((0, 0), "the file is nested too deep")
    except (ValueError, OverflowError) as error:  # an escape for a character beyond Unicode
        reader.note((0, 0), f"this is not valid YAML: {error}")
    if reader.found:
        name = escape_line(source)
        found = sorted(reader.found, key=lambda problem: problem[0])
        raise InvalidInputs(Problem(f"{name}:{line + 1}:{column + 1}", reason) for (line, column), reason in found)
    return catalog


def _place(before: str) -> tuple[int, int]:
    """Return the line and the column, from 0, of what comes behind a text."""
    lines = before.split("\n")
    return len(lines) - 1, len(lines[-1])


class _Loader(yaml.SafeLoader):
    """Composes the nodes of a file, without references, with which a small file can stand for a huge one."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            problem = "references (*) are not taken; write out what this one stands for"
            raise yaml.composer.ComposerError(None, None, problem, self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


class _Reader:
    """Walks the nodes of a file, and notes what is wrong with them."""

    def __init__(self) -> None:
        self.found: list[tuple[tuple[int, int], str]] = []  # line and column, from 0, and what is wrong there

    def note(self, place: yaml.Node | tuple[int, int], *reasons: str) -> None:
        """Note what is wrong at a place of the file."""
        if isinstance(place, yaml.Node):
            place = place.start_mark.line, place.start_mark.column
        self.found += [(place, reason) for reason in reasons]

    def catalog(self, root: yaml.Node) -> Catalog:
        """Return the permissions by logical API name."""
        apis: Catalog = {}
        for name, (key, node) in self._section(root, "apis", "the catalog").items():
            where = f"apis.{escape(cut(name))}"
            if not _is_logical_name(name):
                self.note(
                    key,
                    f"{where}: a logical API name is a letter, then letters, digits, - and _, "
                    f"{_MAX_NAME_LENGTH} characters at most",
                )
            apis[name] = self._permissions(node, where)
        return apis

    def _permissions(self, node: yaml.Node, where: str) -> Permissions:
        entries = self._section(node, "permissions", where)
        if len(entries) > MAX_PERMISSIONS_PER_API:
            self.note(
                node,
                f"{where} declares {len(entries)} permissions; Auth0 allows {MAX_PERMISSIONS_PER_API} for an API",
            )
        known: Permissions = {}
        for name, (key, value) in entries.items():
            at = f'{where}.permissions["{escape(cut(name))}"]'
            self.note(key, *(f"{at}: {problem}" for problem in value_problems(name)))
            description = self._text(value, f"{at}: the description")
            if description is not None:
                self.note(value, *(f"{at}: {problem}" for problem in _of_description(value, description)))
                known[name] = description
        return known

    def _section(self, node: yaml.Node, name: str, where: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Return the entries of the one section that a map has to have."""
        sections = self._entries(node, where, f'with "{name}:"')
        if sections is None:
            return {}
        for other, (key, _) in sections.items():
            if other != name:
                self.note(key, f'{where}: there is no "{escape(cut(other))}" here, only "{name}"')
        if name not in sections:
            self.note(node, f'{where}: "{name}" is missing')
            return {}
        return self._entries(sections[name][1], f"{where}.{name}".removeprefix("the catalog."), "of names") or {}

    def _entries(self, node: yaml.Node, where: str, of_what: str) -> dict[str, tuple[yaml.Node, yaml.Node]] | None:
        """Return key and value of a map's entries by name; note keys that are no text or there twice."""
        if not isinstance(node, yaml.MappingNode) or node.tag != f"{_TAG}map":
            none = "; write {} for none" if node.tag == f"{_TAG}null" else ""
            self.note(node, f"{where} must be a map {of_what}; got {_kind(node)}{none}")
            return None
        entries: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = self._text(key, f"{where}: a key")
            if name is None:
                continue
            first, _ = entries.setdefault(name, (key, value))
            if first is not key:
                line = first.start_mark.line + 1
                self.note(key, f'{where}: "{escape(cut(name))}" is there twice, first in line {line}; remove one')
        return entries

    def _text(self, node: yaml.Node, what: str) -> str | None:
        """Return a node's text; note where it is none."""
        if isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}str":
            return str(node.value)
        if isinstance(node, yaml.ScalarNode) and node.value:
            given, kind = escape(cut(node.value)), _kind(node)
            self.note(node, f'{what} must be text; {given} is read as {kind}, so put it in quotes: "{given}"')
        else:
            self.note(node, f'{what} must be text; got {_kind(node)}; write "" for none')
        return None


def _of_description(node: yaml.Node, description: str) -> list[str]:
    if description.endswith("\n") and isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        return [f"the description ends in a line break, as a block of lines does; write {node.style}- for one without"]
    return description_problems(description)


def _kind(node: yaml.Node) -> str:
    return _KINDS.get(node.tag.removeprefix(_TAG), f"something tagged {escape(node.tag)}")


# Logical names, derived from what a tenant calls its APIs.


def _is_logical_name(text: str) -> bool:
    """Tell whether a text may be a logical API name."""
    return len(text) <= _MAX_NAME_LENGTH and _LOGICAL_NAME.fullmatch(text) is not None


def logical_names(apis: Iterable[Api]) -> dict[str, str]:
    """Return the id of each API → a logical name, derived from its name, else from its identifier.

    Where two would be called the same, the older API keeps the short name (the vendor's ids ascend with time), so
    that an API created later takes nobody's name away.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for api in sorted(apis, key=lambda api: api.id):
        names[api.id] = next(name for name in _candidates(api) if name not in taken)
        taken.add(names[api.id])
    return names


def _candidates(api: Api) -> Iterator[str]:
    by_identifier = _slug(re.sub(r"^[a-z][a-z0-9+.-]*://", "", api.identifier, flags=re.IGNORECASE))
    short = _slug(api.name) or by_identifier or "api"
    yield short
    longer = f"{short}-{by_identifier}"[:_MAX_NAME_LENGTH].rstrip("-") if by_identifier else short
    if by_identifier != short:
        yield longer
    yield from (f"{short}-{number}" for number in count(2))


def _slug(text: str) -> str:
    """Return the text's ASCII letters and digits, in lower case, words joined by ``-``; may be empty."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    if slug[:1].isdigit():
        slug = f"api-{slug}"
    return slug[:_MAX_DERIVED_LENGTH].rstrip("-")
