"""What the real CLI's commands cost in requests, tokens included, counted in the tenant's journal."""

from __future__ import annotations

import pytest

from reads.conftest import Make, Stack
from reads.many import Cost

UNCHANGED = ("preview", "--expect-no-changes")
UNCHANGED_REFRESHED = (*UNCHANGED, "--refresh")


@pytest.mark.parametrize(
    ("changed", "command", "cost"),
    [
        pytest.param([], UNCHANGED_REFRESHED, Cost(1, 1, 0, 0), id="a token and one page"),
        pytest.param([], ("refresh", "--yes"), Cost(2, 2, 0, 0), id="two processes"),
        # The API that changes is read once more, right before it is written.
        pytest.param([7], ("up", "--yes", "--refresh"), Cost(2, 2, 1, 1), id="one changed"),
        pytest.param(range(20), ("up", "--yes", "--refresh"), Cost(2, 2, 20, 20), id="all changed"),
        # Without refresh an update reads nothing but what it writes.
        pytest.param([12], ("up", "--yes"), Cost(2, 1, 1, 1), id="one changed, without refresh"),
        pytest.param([], UNCHANGED, Cost(1, 1, 0, 0), id="without refresh"),
    ],
)
def test_a_stack_of_20_apis(twenty: Stack, changed: range, command: tuple[str, ...], cost: Cost) -> None:
    """Reads are shared; one more may be made where an API was asked for before there was a word of the others."""
    if changed:
        twenty.change(*changed)

    sent = twenty.run(*command)

    assert sent._replace(gets=cost.gets) == cost
    assert sent.gets - cost.gets in {0, 1}


def test_a_stack_of_200_apis(make_stack: Make) -> None:
    """A token and the pages of the tenant: its own API and these 200 fill three."""
    assert make_stack(200, 100).run(*UNCHANGED_REFRESHED) == Cost(1, 3, 0, 0)


def test_one_api_of_1000_permissions(make_stack: Make) -> None:
    """A preview reads it once, with a token; an update reads it once more and writes it once."""
    stack = make_stack(1, 1000)

    assert stack.run(*UNCHANGED) == Cost(1, 0, 1, 0)
    assert stack.run(*UNCHANGED_REFRESHED) == Cost(1, 0, 1, 0)
    stack.change(0)
    assert stack.run("up", "--yes") == Cost(2, 0, 2, 1)
