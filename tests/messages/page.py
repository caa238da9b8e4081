"""The page of the reference: the catalogue, with what was really said as examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from messages.catalogue import CATALOGUE, Message, Section
from messages.texts import pattern_of

__all__ = ["PAGE", "example_of", "page", "without_examples"]

PAGE = CATALOGUE.with_suffix(".md")

_HEAD = """\
# Messages

Every error, warning and note that the provider and the command line can give, with its cause and what to do. Search
this page for a few words of the message. The heading of each is its short name, to link to.

In Pulumi's output, what a preview objects to stands behind `has a problem:`, and why an update failed behind `Auth0:`;
the command line begins with `Error:`. What a message quotes of others (Auth0, Pulumi, the operating system) is in their
words. All examples are what the product said in a test.

"""
_MADE_FROM = "<!-- Made from errors.toml by docs/errors.py; changes are to be made there. -->\n\n"
_MAX_LINES = 20  # of what was said at once; of more, two of a kind are shown

# What differs from run to run.
_CHANGING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:8080"),
    (re.compile(r"\bport \d{4,5}\b"), "port 8080"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "2026-12-01 09:30 UTC"),
    (re.compile(r"\d\d:\d\d:\d\d UTC"), "09:30:00 UTC"),
    (re.compile(r"(pulumi-auth0-permissions-)\d+\b"), r"\g<1>1000"),
    (re.compile(r"FOLDER(/\d+)?/"), ""),
    (re.compile(r"FOLDER(/\d+)?"), "the-folder"),
)


def page(sections: tuple[Section, ...], said: Mapping[str, list[str]]) -> str:
    """Return the page as Markdown.

    Args:
        sections: the catalogue.
        said: slug → what was said.
    """
    return _MADE_FROM + _HEAD + "\n".join(_section(section, said) for section in sections)


def without_examples(text: str, slugs: frozenset[str]) -> str:
    """Return a page without the examples of these messages."""
    return "".join(
        re.sub(r"```text\n.*?```\n", "", part, flags=re.DOTALL) if part.partition("\n")[0] in slugs else part
        for part in re.split(r"(?<=^### )", text, flags=re.MULTILINE)
    )


def example_of(message: Message, texts: list[str]) -> str:
    """Return what was said of a message: the lines that belong to it, and nothing that changes from run to run."""
    examples: list[list[str]] = []
    for text in texts:
        steady = text
        for pattern, replacement in _CHANGING:
            steady = pattern.sub(replacement, steady)
        lines = list(_own_lines(message, steady))
        if len(lines) > _MAX_LINES:
            lines = list(_two_of_a_kind(message, lines))
        examples += [lines] if lines not in examples else []
    apart = "\n\n" if any(len(lines) > 1 for lines in examples) else "\n"
    return apart.join("\n".join(line.rstrip() for line in lines) for lines in examples)


def _own_lines(message: Message, text: str) -> Iterator[str]:
    """Yield the lines in which a part of the message stands, and those that are indented under one."""
    lines = text.splitlines(keepends=True)
    own: set[int] = set()
    for part in message.parts:
        in_one_line = re.compile(pattern_of(part).pattern)  # a hole may hold lines, but seldom does
        for match in list(in_one_line.finditer(text)) or pattern_of(part).finditer(text):
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            own |= set(range(text.count("\n", 0, start), text.count("\n", 0, match.end()) + 1))
    opens = False
    for number, line in enumerate(lines):
        opens = (number in own and line.rstrip().endswith(":")) or (opens and line.startswith("  "))
        if (number in own or opens) and line.strip():
            yield line.rstrip("\n")


def _two_of_a_kind(message: Message, lines: list[str]) -> Iterator[str]:
    shown = dict.fromkeys(message.parts, 0)
    for line in lines:
        part = next((part for part in message.parts if pattern_of(part).search(line)), message.parts[0])
        shown[part] += 1
        if shown[part] < 3:
            yield line
        elif shown[part] == 3:
            yield "…"


def _section(section: Section, said: Mapping[str, list[str]]) -> str:
    return f"## {section.title}\n\n{section.intro}\n\n" + "\n".join(
        _message(message, said[message.slug]) for message in section.messages
    )


def _message(message: Message, texts: list[str]) -> str:
    example = example_of(message, texts)
    return (
        f"### {message.slug}\n\n```text\n{example}\n```\n\n"
        f"- Seen in: {message.seen}\n- Cause: {message.cause}\n- Remedy: {message.remedy}\n"
    )
