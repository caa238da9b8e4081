"""What the real CLI's commands cost in requests, tokens included, counted in the tenant's journal."""

from __future__ import annotations

from reads.conftest import Make, Stack
from reads.many import Cost


def parts(cost: Cost) -> tuple[int, int, int, int]:
    """Return tokens, lists, single reads and writes."""
    return cost.tokens, cost.lists, cost.gets, cost.writes


def test_a_preview_with_refresh_of_20_unchanged_apis(twenty: Stack) -> None:
    """A token and one page."""
    assert parts(twenty.run("preview", "--refresh", "--expect-no-changes")) == (1, 1, 0, 0)


def test_a_preview_of_20_unchanged_apis(twenty: Stack) -> None:
    """A token and one list of the APIs that the program names; one of them may have been checked before it told."""
    cost = twenty.run("preview", "--expect-no-changes")

    assert (cost.tokens, cost.lists, cost.writes) == (1, 1, 0)
    assert cost.gets <= 1


def test_an_up_with_refresh_of_which_one_api_changed(twenty: Stack) -> None:
    """Two processes with a token and a list each, and one read and one write of the API that changed."""
    twenty.change(7)

    assert parts(twenty.run("up", "--yes", "--refresh")) == (2, 2, 1, 1)


def test_an_up_with_refresh_of_which_all_20_changed(twenty: Stack) -> None:
    """Two processes with a token and a list each, and one read and one write for each API."""
    twenty.change(*range(20))

    assert parts(twenty.run("up", "--yes", "--refresh")) == (2, 2, 20, 20)


def test_an_up_of_which_one_api_changed(twenty: Stack) -> None:
    """Without refresh the update reads nothing but the API that it writes."""
    twenty.change(12)

    cost = twenty.run("up", "--yes")

    assert (cost.tokens, cost.lists, cost.writes) == (2, 1, 1)
    assert cost.gets <= 2


def test_a_refresh_of_20_apis(twenty: Stack) -> None:
    """Each of the two processes reads one page: twenty names would be two lists."""
    assert parts(twenty.run("refresh", "--yes")) == (2, 2, 0, 0)


def test_a_preview_with_refresh_of_200_unchanged_apis(make_stack: Make) -> None:
    """A token and the pages of the tenant: its own API and these 200 fill three."""
    assert parts(make_stack(200, 100).run("preview", "--refresh", "--expect-no-changes")) == (1, 3, 0, 0)


def test_one_api_of_1000_permissions(make_stack: Make) -> None:
    """A preview reads it once, with a token; an update reads it once more and writes it once."""
    stack = make_stack(1, 1000)

    assert parts(stack.run("preview", "--expect-no-changes")) == (1, 0, 1, 0)

    stack.change(0)
    assert parts(stack.run("up", "--yes")) == (2, 0, 2, 1)
    assert parts(stack.run("preview", "--refresh", "--expect-no-changes")) == (1, 0, 1, 0)


def test_two_apis_bring_nothing_else(make_stack: Make) -> None:
    """Two APIs of twelve cost one list of these two, or a read each, and no other API's bytes."""
    stack = make_stack(2, 100, of=12)

    cost = stack.run("preview", "--refresh", "--expect-no-changes")

    assert (cost.tokens, cost.writes) == (1, 0)
    assert cost.gets + cost.lists <= 2
    assert cost.bytes_out < 2 * 7500 + 1000  # an API of 100 permissions takes 7.3 kB, the token 0.7 kB
