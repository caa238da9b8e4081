"""The catalog: a file that says, by logical API name, which permissions there are; the same for all environments.

::

    apis:
      orders:
        permissions:
          read:orders: Read orders

Which API of a tenant a logical name stands for differs by environment: the stack's configuration says it.
"""

import re
from pathlib import Path
from typing import Final

import yaml

from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import Permissions
from pulumi_auth0_permissions.core.text import cut, escape, escape_line
from pulumi_auth0_permissions.core.validation import count_problems, description_problems, value_problems

Catalog = dict[str, Permissions]
"""Logical API name → permissions, each in the order of the file."""

MAX_NAME_LENGTH: Final = 100  # characters; ours: it is a key in files and configuration that people read

# No dot, bracket or quotation mark: `pulumi config set --path` takes those for its own.
_LOGICAL_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_-]{{0,{MAX_NAME_LENGTH - 1}}}")

_TAG = "tag:yaml.org,2002:"  # what YAML's own types begin with


def load_catalog(path: str | Path) -> Catalog:
    """Read a catalog file, as `parse_catalog` reads its text."""
    try:
        # What is not UTF-8 becomes characters that YAML does not allow, and so a problem with its place.
        text = Path(path).read_text("utf-8-sig", "surrogateescape")
    except OSError as error:
        reason = (
            f"the file cannot be read: {error.strerror}; `auth0-permissions export --all --output permissions.yaml` "
            "makes one of an existing tenant's permissions"
        )
        raise InvalidInputs([Problem(escape_line(str(path)), reason)]) from None
    return parse_catalog(text, str(path))


def parse_catalog(text: str, source: str = "the catalog") -> Catalog:
    """Read a catalog from the text of a file: YAML, or JSON, which is YAML too.

    `InvalidInputs` has every problem, each under ``source:line:column``.
    """
    reader = _Reader()
    catalog: Catalog = {}
    try:
        if root := _Loader(text).get_single_node():
            catalog = reader.catalog(root)
        else:
            reader.found.append((0, 0, 'the file is empty; it starts with "apis:"'))
    except yaml.reader.ReaderError as error:
        at = error.position
        what = f"YAML does not allow the character U+{ord(text[at]):04X}; remove it, and save the file as UTF-8"
        reader.found.append((text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1, what))
    except (yaml.MarkedYAMLError, RecursionError, ValueError, OverflowError) as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", error)
        way_out = "indent with spaces, and put text with special characters in quotation marks"
        place = (mark.line, mark.column) if mark else (0, 0)  # too deep; an escape for a character beyond Unicode
        reader.found.append((*place, f"this is not valid YAML: {problem}; {way_out}"))
    if reader.found:
        name, found = escape_line(source), sorted(reader.found)
        raise InvalidInputs(Problem(f"{name}:{line + 1}:{column + 1}", reason) for line, column, reason in found)
    return catalog


class _Loader(yaml.SafeLoader):
    """Composes the nodes of a file; refuses aliases, by which a small file can expand to a huge one."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            problem = "aliases (*) are not supported; write out what this one stands for"
            raise yaml.composer.ComposerError(None, None, problem, self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


class _Reader:
    """Walks the nodes of a file, and notes what is wrong with them."""

    def __init__(self) -> None:
        self.found: list[tuple[int, int, str]] = []  # line and column, from 0, and what is wrong there

    def catalog(self, root: yaml.Node) -> Catalog:
        catalog: Catalog = {}
        for name, (key, api) in self._entries(root, "the catalog", "apis").items():
            where = f"apis.{escape(cut(name))}"
            if not _LOGICAL_NAME.fullmatch(name):
                rule = f"a letter, then letters, digits, - and _, {MAX_NAME_LENGTH} characters at most"
                self._note(key, where, f"a logical API name is {rule}")
            permissions = self._entries(api, where, "permissions")
            self._note(api, where, *count_problems(permissions))
            catalog[name] = {value: self._permission(where, value, *nodes) for value, nodes in permissions.items()}
        return catalog

    def _permission(self, where: str, value: str, key: yaml.Node, description: yaml.Node) -> str:
        """Check a permission, and return its description."""
        where = f'{where}.permissions["{escape(cut(value))}"]'
        self._note(key, where, *value_problems(value))
        text = self._text(description, where, "the description") or ""
        problems = description_problems(text)
        if getattr(description, "style", None) in ("|", ">") and text.endswith("\n"):
            problems = ["the description ends in a line break; write |- or >- for a block without one"]
        self._note(description, where, *problems)
        return text

    def _entries(self, node: yaml.Node, where: str, section: str = "") -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Return key and value of a map's entries, by name; or those of the one section that the map has to have."""
        if node.tag != f"{_TAG}map" or not isinstance(node, yaml.MappingNode):
            self._note(node, where, f"must be a map; got a YAML {_type_of(node)}; write {{}} for an empty one")
            return {}
        entries: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = self._text(key, where, "a key")
            if name is None:
                continue
            first, _ = entries.setdefault(name, (key, value))
            if first is not key:
                line = first.start_mark.line + 1
                self._note(key, where, f'"{escape(cut(name))}" is defined twice, first in line {line}; remove one')
            elif section and name != section:
                self._note(key, where, f'there is no "{escape(cut(name))}" here, only "{section}"')
        if not section:
            return entries
        if section not in entries:
            self._note(node, where, f'"{section}" is missing')
            return {}
        return self._entries(entries[section][1], f"{where}.{section}".removeprefix("the catalog."))

    def _text(self, node: yaml.Node, where: str, what: str) -> str | None:
        """Return a node's text; note it and return ``None`` if it is something else."""
        if isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}str":
            return str(node.value)
        given = f'; put it in quotes: "{escape(cut(node.value))}"' if isinstance(node, yaml.ScalarNode) else ""
        self._note(node, where, f"{what} must be text; got a YAML {_type_of(node)}{given}")
        return None

    def _note(self, node: yaml.Node, where: str, *reasons: str) -> None:
        place = node.start_mark.line, node.start_mark.column
        self.found += [(*place, f"{where}: {reason}") for reason in reasons]


def _type_of(node: yaml.Node) -> str:
    return escape(node.tag.removeprefix(_TAG))
