"""Every message of the catalogue is said by the product, and the page of the reference shows what was said."""

from __future__ import annotations

import pytest

from messages.catalogue import messages, sections
from messages.page import PAGE, example_of, page, without_examples
from messages.produced import Said, ambiguous_places, producers, say_all
from messages.texts import pattern_of

_MESSAGES = {message.slug: message for message in messages()}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """Everything that the product can say, said once."""
    return say_all(tmp_path_factory.mktemp("messages"))


def test_every_message_has_a_producer() -> None:
    """What is catalogued can be made to be said, and nothing is said that is not catalogued."""
    assert set(producers()) == set(_MESSAGES)


@pytest.mark.parametrize("slug", _MESSAGES)
def test_what_is_said_is_the_message(said: Said, slug: str) -> None:
    """Each text that was said holds a part of the message, and each part of it was said."""
    assert said.failures.get(slug, "") == ""
    texts, patterns = said.texts[slug], {part: pattern_of(part) for part in _MESSAGES[slug].parts}

    assert [text for text in texts if not any(pattern.search(text) for pattern in patterns.values())] == []
    assert [part for part, pattern in patterns.items() if not any(map(pattern.search, texts))] == []


def test_texts_that_stand_in_the_code_more_than_once_come_from_each_place(said: Said) -> None:
    """Where two places make the same words, both of them were run."""
    assert ambiguous_places()

    missed = [
        f"{text.file}:{text.line}"
        for text in ambiguous_places()
        if said.lines.get(text.file, set()).isdisjoint(range(text.lines[0], text.lines[1] + 1))
    ]

    assert missed == []


@pytest.mark.parametrize("slug", _MESSAGES)
def test_an_example_is_steady_and_says_something(said: Said, slug: str) -> None:
    """The example of a message has text of its own, no folder of this machine, and no traceback."""
    example = example_of(_MESSAGES[slug], said.texts[slug])

    assert example.strip()
    assert "FOLDER" not in example
    assert "Traceback" not in "".join(said.texts[slug])


def test_the_page_is_up_to_date(said: Said) -> None:
    """docs/reference/errors.md is what the catalogue and the product say; `docs/errors.py` writes it."""
    varying = frozenset(slug for slug, message in _MESSAGES.items() if message.varies)
    there, made = PAGE.read_text(encoding="utf-8"), page(sections(), said.texts)

    assert without_examples(there, varying) == without_examples(made, varying), "run docs/errors.py"
