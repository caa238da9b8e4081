"""The catalogue holds every text of the code that people may read, and nothing that the code does not hold."""

from __future__ import annotations

import ast
from collections import Counter

from messages.catalogue import messages, other_texts
from messages.texts import PROVIDER, key_of, texts_of, texts_of_product

_OF_REPORTS = frozenset(file for other in other_texts() for file in other.files)


def test_every_text_of_the_code_is_catalogued_or_named_as_something_else() -> None:
    """A message that is added anywhere in the code, whatever way it takes to people, needs an entry."""
    known = {key_of(part) for message in messages() for part in message.parts}
    known |= {key_of(text) for other in other_texts() for text in other.texts}

    unknown = [
        f"{text.file}:{text.line}: {text.template!r}"
        for text in texts_of_product()
        if text.key not in known and text.file not in _OF_REPORTS
    ]

    assert unknown == [], "add them to docs/reference/errors.toml, or to tests/messages/other_texts.toml"


def test_every_entry_stands_in_the_code() -> None:
    """A message or another text that has gone from the code is to go from the catalogue."""
    there = {text.key for text in texts_of_product()}
    named = {part for message in messages() for part in message.parts}
    named |= {text for other in other_texts() for text in other.texts}

    assert {text for text in named if key_of(text) not in there} == set()
    assert {file for file in _OF_REPORTS if not (PROVIDER / file).is_file()} == set()


def test_no_text_is_a_message_and_something_else() -> None:
    """A text is in one of the two lists."""
    parts = {key_of(part) for message in messages() for part in message.parts}

    assert [text for other in other_texts() for text in other.texts if key_of(text) in parts] == []


def test_slugs_are_single_and_fit_for_addresses() -> None:
    """A message can be linked to: its short name is there once, in small letters and digits."""
    counted = Counter(message.slug for message in messages())

    assert [slug for slug, count in counted.items() if count > 1] == []
    assert [slug for slug in counted if not slug.replace("-", "a").isalnum() or slug != slug.lower()] == []


def test_every_message_has_a_cause_and_a_remedy() -> None:
    """Cause and remedy are whole sentences, and every message has parts of its own."""
    for message in messages():
        assert message.cause.endswith("."), message.slug
        assert message.remedy.endswith("."), message.slug
        assert message.parts, message.slug


def test_reports_raise_and_write_nothing_of_their_own() -> None:
    """The files of reports return what was asked for: they neither refuse anything nor write by themselves."""
    allowed = {"TypeError", "ValueError"}  # of the one that reads what another process has left: its caller goes on
    for file in sorted(_OF_REPORTS):
        tree = ast.parse((PROVIDER / file).read_text(encoding="utf-8"))
        raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
        names = {exc.func.id for exc in raised if isinstance(exc, ast.Call) and isinstance(exc.func, ast.Name)}
        written = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in _WRITES]

        assert (names - allowed, written) == (set(), []), file


_WRITES = frozenset({"echo", "error", "stderr", "warn", "warning", "write"})


def test_every_call_of_the_management_api_names_the_scope_that_it_needs() -> None:
    """So the words on a missing scope always have one to name."""
    for file in ("client.py", "paging.py"):
        tree = ast.parse((PROVIDER / "pulumi_auth0_permissions" / "management" / file).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Call":
                assert "needs" in {keyword.arg for keyword in node.keywords}, f"{file}:{node.lineno}"


CODE = '''
"""A docstring is no text."""

HELP_HELP = "words of help"
WHY = "words of a constant"

@click.option("--x", help="words in a decorator")
def f(line, x: "an annotation of words"):
    """Nor this."""
    line("words on progress")
    if "words to look for" in x or x.startswith("words to match"):
        raise TypeError("words on a defect")
    raise Anything(f"words with {x.y} and " + "more of them", other(reason="words in an argument"))
    return [lambda: "words in a lambda", "oneword", f"{'words in a hole' if x else y}", "{braces of} its own"]
'''


def test_texts_are_found_wherever_they_stand() -> None:
    """Raised, returned, in constants and in arguments; not in docstrings, help, comparisons, progress and defects."""
    found = [(text.template, text.is_constant) for text in texts_of(CODE, "f.py")]

    assert found == [
        ("words of a constant", True),
        ("words with {y} and more of them", False),
        ("words in an argument", False),
        ("words in a lambda", False),
        ("words in a hole", False),
        ("{{braces of}} its own", False),
    ]
