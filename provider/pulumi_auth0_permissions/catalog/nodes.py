"""YAML text to nodes that know their place; whatever the format has no use for is refused before it can do harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, Protocol

import yaml

from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.text import escape, escape_line

MAX_FILE_BYTES: Final = 10_000_000  # bytes; a hundred APIs of a thousand permissions each, a hundred bytes a line
MAX_DEPTH: Final = 16  # levels; the format has four, and a reader that recurses must not be led further

# With libyaml it takes a twentieth of the time; both read the same (a test holds them against each other).
_Loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# YAML 1.1, section 5.1 (c-printable); the loaders stop at the first of the others.
_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_BAD_CHARACTERS = 20  # places that are listed: a file that is not text has thousands


def decode(data: bytes, source: str) -> str:
    """Return the text of a file.

    Raises:
        InvalidInputs: it is too large, or not UTF-8.
    """
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInputs(
            [Problem(escape_line(source), f"the file has {len(data)} bytes; a catalog has at most {MAX_FILE_BYTES}")]
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        raise InvalidInputs(
            [Problem(_place_in(before, len(before), source), "the file is not UTF-8 from here on; save it as UTF-8")]
        ) from None


def compose(text: str, source: str) -> yaml.Node:
    """Return the root node of a document.

    Raises:
        InvalidInputs: it is no YAML, is empty, has characters that YAML does not allow, more than one document,
            references (which can make a small file stand for a huge one), or is nested too deep.
    """
    problems = list(_bad_characters(text, source))
    if not problems:
        try:
            problems = list(_unwanted(text, source))
            root = None if problems else yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            raise InvalidInputs([_syntax_problem(error, text, source)]) from None
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # Without libyaml: an escape for a character that there is not, beyond Unicode or beyond all numbers.
            raise InvalidInputs(
                [Problem(escape_line(source), f"the file is not valid YAML: {escape_line(str(error))}")]
            ) from None
        if root is not None:
            return root
    raise InvalidInputs(
        problems or [Problem(f"{escape_line(source)}:1:1", 'the file is empty; it starts with "apis:"')]
    )


def place(node: yaml.Node, source: str) -> str:
    """Return where a node starts: ``file:line:column``, counted from 1."""
    return _at(node.start_mark, source)


class _Mark(Protocol):
    """A place in a text, as both loaders have it: line and column, from 0."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


def _at(mark: _Mark | None, source: str) -> str:
    return escape_line(source) if mark is None else f"{escape_line(source)}:{mark.line + 1}:{mark.column + 1}"


def _place_in(text: str, position: int, source: str) -> str:
    line, start_of_line = text.count("\n", 0, position) + 1, text.rfind("\n", 0, position)
    return f"{escape_line(source)}:{line}:{position - start_of_line}"


def _bad_characters(text: str, source: str) -> Iterator[Problem]:
    for number, match in enumerate(_NOT_ALLOWED.finditer(text), 1):
        where = _place_in(text, match.start(), source)
        if number > _MAX_BAD_CHARACTERS:
            yield Problem(where, "there are more such characters from here on")
            return
        yield Problem(where, f"YAML does not allow the character U+{ord(match.group()):04X} as it is; remove it")


def _unwanted(text: str, source: str) -> Iterator[Problem]:
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            yield Problem(
                _at(event.start_mark, source),
                f"references such as *{escape(str(event.anchor))} are not taken; write out what it stands for",
            )
            continue
        if tag := getattr(event, "tag", None):
            yield Problem(
                _at(event.start_mark, source),
                f"tags such as {escape(str(tag))} are not taken; write text in quotation marks instead",
            )
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                yield Problem(_at(event.start_mark, source), "a catalog is one document; remove what follows the ---")
                return
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                yield Problem(_at(event.start_mark, source), f"this is nested more than {MAX_DEPTH} levels deep")
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, source: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    return Problem(
        _at(mark, source),
        f"this is not valid YAML: {escape_line(str(error.problem or error.context))}{_hint(error, text)}",
    )


def _hint(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return what is behind the two mistakes that people make most, which the loaders' words do not say."""
    mark, problem = error.problem_mark, error.problem or ""
    if mark is not None and "cannot start any token" in problem:
        line = next(islice(text.split("\n"), mark.line, None), "")
        if line[mark.column : mark.column + 1] == "\t":
            return "; indent with spaces, not with tabs"
        return "; put the text in quotation marks"
    if problem.startswith("mapping values are not allowed"):
        return '; put a text that has ": " in it in quotation marks'
    return ""
