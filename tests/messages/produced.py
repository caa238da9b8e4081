"""All messages, said by the product: which producer makes it say which, and from which lines of the code they came."""

from __future__ import annotations

import io
import traceback
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, redirect_stderr
from dataclasses import dataclass
from pathlib import Path

from messages import from_api, from_commands, from_hooks, from_inputs, from_plans, from_promotions, from_stages
from messages.catalogue import messages
from messages.from_inputs import Producer
from messages.reached import reached_lines
from messages.texts import Text, key_of, texts_of_product

__all__ = ["Said", "ambiguous_places", "producers", "say_all"]

_MODULES = (from_inputs, from_plans, from_hooks, from_api, from_stages, from_commands, from_promotions)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said.

    Attributes:
        texts: slug → the texts, with ``FOLDER`` for the folder that they were said in.
        lines: file → the lines that were run for messages with parts that stand in the code more than once.
        failures: slug → the traceback, where the message could not be produced.
    """

    texts: Mapping[str, list[str]]
    lines: Mapping[str, set[int]]
    failures: Mapping[str, str]


def producers() -> dict[str, list[Producer]]:
    """Return the producers by slug; a message that comes from several places may have one for each."""
    found: dict[str, list[Producer]] = {}
    for module in _MODULES:
        for slug, producer in module.PRODUCERS.items():
            found.setdefault(slug, []).append(producer)
    return found


def ambiguous_places() -> list[Text]:
    """Return the places of parts that stand in the code more than once: what they make does not tell where it is from.

    Constants are left out, since no call runs their line.
    """
    parts = {key_of(part) for message in messages() for part in message.parts}
    texts = texts_of_product()
    counted = Counter(text.key for text in texts)
    return [text for text in texts if text.key in parts and counted[text.key] > 1 and not text.is_constant]


def _lines_if(wanted: bool) -> AbstractContextManager[dict[str, set[int]]]:  # noqa: FBT001 - the name asks for it
    return reached_lines() if wanted else nullcontext({})


def say_all(folder: Path) -> Said:
    """Make the product say everything.

    Args:
        folder: an empty folder, in which each message gets one of its own.
    """
    ambiguous = {text.key for text in ambiguous_places()}
    traced = {message.slug for message in messages() if ambiguous & {key_of(part) for part in message.parts}}
    texts: dict[str, list[str]] = {}
    lines: dict[str, set[int]] = {}
    failures: dict[str, str] = {}
    for slug, found in producers().items():
        for number, produce in enumerate(found):
            own = folder / f"{slug}-{number}"
            own.mkdir()
            # Servers that a client has left in the middle of an answer complain there.
            with redirect_stderr(io.StringIO()), _lines_if(slug in traced) as reached:
                try:
                    said = produce(own)
                except Exception:  # noqa: BLE001 - told under its message; the others are still to be looked at
                    said, failures[slug] = [], traceback.format_exc()
            texts.setdefault(slug, []).extend(text.replace(str(own), "FOLDER") for text in said)
            for file, numbers in reached.items():
                lines.setdefault(file, set()).update(numbers)
    return Said(texts, lines, failures)
