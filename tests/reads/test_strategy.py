"""The law of shared reads: its steps one by one, and what it costs at most over whole runs."""

from __future__ import annotations

import math
from random import Random
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.observations.strategy import (
    EAGERNESS,
    MAX_QUERY_BYTES,
    PER_PAGE,
    TOGETHER,
    Alone,
    Named,
    Page,
    Standing,
    cost,
    next_step,
    rent,
)
from pulumi_auth0_permissions.observations.wishes import Wish
from reads.simulation import Run, simulate

USUAL = 100  # permissions of an API
LARGE = 1000


def wishes(count: int, permissions: int = USUAL) -> list[Wish]:
    """Return wishes by id, as a refresh has them."""
    return [Wish(f"id{n}", f"urn:{n}", permissions) for n in range(count)]


def test_one_api_is_read_alone() -> None:
    """A program of one API asks for that one."""
    assert next_step(wishes(1), (), Standing(asked=1, permissions=USUAL)) == Alone()


@pytest.mark.parametrize("count", [2, 3])
def test_two_or_three_are_read_by_name(count: int) -> None:
    """A program of few APIs gets them in one list that holds nothing else."""
    waiting = wishes(count)

    assert next_step(waiting, (), Standing(asked=count, permissions=USUAL)) == Named(tuple(waiting))


def test_four_usual_ones_are_worth_a_page() -> None:
    """With every thread waiting there may be many more to come, and a page costs little more than the list."""
    assert next_step(wishes(4), (), Standing(asked=4, permissions=USUAL)) == Page(0)


def test_four_large_ones_are_read_by_name() -> None:
    """A page of a hundred APIs with a thousand permissions each is not fetched to read four."""
    waiting = wishes(4, LARGE)

    assert next_step(waiting, (), Standing(asked=4, permissions=LARGE)) == Named(tuple(waiting))


def test_what_nobody_knows_the_size_of_is_taken_for_large() -> None:
    """Where neither state nor program says how large the APIs are, no page is fetched for four of them."""
    waiting = [Wish(f"id{n}", f"urn:{n}") for n in range(4)]

    assert isinstance(next_step(waiting, (), Standing(asked=4)), Named)


def test_many_large_ones_are_worth_a_page_in_the_end() -> None:
    """The more was read by name, the more a page may cost."""
    waiting = wishes(4, LARGE)

    assert next_step(waiting, (), Standing(asked=16, permissions=LARGE)) == Page(0)


def test_a_page_that_paid_for_itself_is_followed_by_the_next() -> None:
    """After a page of which many were wanted, the next one is as likely to be."""
    of_use = Standing(asked=101, missed=1, pages=1, last_hits=100, total=10_000, permissions=USUAL)

    assert next_step(wishes(1), (), of_use) == Page(1)


def test_a_page_that_was_of_no_use_is_not_followed_by_another() -> None:
    """After a page of which nothing was wanted, those that wait are read by name."""
    waiting = wishes(4)
    useless = Standing(asked=4, missed=4, pages=1, last_hits=0, total=10_000, permissions=USUAL)

    assert next_step(waiting, (), useless) == Named(tuple(waiting))


def test_a_small_rest_of_the_tenant_is_read_to_the_end() -> None:
    """When all that is left costs little more than the list by name, it is read, in whatever order APIs lie there."""
    useless = Standing(asked=4, missed=4, pages=1, last_hits=0, total=201, permissions=USUAL)

    assert next_step(wishes(4), (), useless) == Page(1)


@pytest.mark.parametrize(("pages", "total"), [(1, 100), (2, 101), (1, 0)])
def test_what_is_on_no_page_of_the_tenant_is_asked_for_alone(pages: int, total: int) -> None:
    """Once all pages were read, only the API itself can say what is the matter."""
    whole = Standing(asked=8, missed=2, pages=pages, last_hits=6, total=total, permissions=USUAL)

    assert next_step(wishes(2), (), whole) == Alone()


def test_ids_without_an_identifier_are_asked_for_alone() -> None:
    """The list can't be filtered by id."""
    assert next_step([Wish("id1"), Wish("id2")], (), Standing(asked=2)) == Alone()


def test_an_identifier_with_a_comma_is_not_put_in_a_list() -> None:
    """The service could take it for two."""
    odd, *others = [Wish("id0", "urn:a,b"), *wishes(3)[1:]]

    step = next_step([odd, *others], (), Standing(asked=3, permissions=USUAL))

    assert step == Named(tuple(others))


@given(st.lists(st.text(min_size=1, max_size=600), min_size=2, max_size=150, unique=True))
def test_a_list_by_name_fits_into_a_request_line(identifiers: list[str]) -> None:
    """However long the identifiers, a list asks for as many as fit, the first among them, and at most a page."""
    waiting = [Wish(identifier, identifier, LARGE) for identifier in identifiers]

    step = next_step(waiting, (), Standing(asked=2, permissions=LARGE))

    if isinstance(step, Named):
        assert len(step.wishes) <= PER_PAGE
        query = [*(("identifiers", wish.identifier or "") for wish in step.wishes), ("page", "0"), ("per_page", "100")]
        assert len(urlencode([*query, ("include_totals", "true")], errors="surrogatepass")) <= MAX_QUERY_BYTES
        assert all("," not in str(wish.identifier) for wish in step.wishes)


def test_what_is_foreseen_is_read_with_the_first_that_waits() -> None:
    """One that waits, of ten that will: one list of these ten, which are as many as the service takes."""
    all_of_them = wishes(10)

    step = next_step(all_of_them[:1], all_of_them, Standing(asked=1, permissions=USUAL))

    assert isinstance(step, Named)
    assert set(step.wishes) == set(all_of_them)


def test_foresight_of_one_is_still_one() -> None:
    """A run about a single API asks for it alone."""
    assert next_step(wishes(1), wishes(1), Standing(asked=1, permissions=USUAL)) == Alone()


def test_foresight_of_about_the_whole_tenant_reads_pages() -> None:
    """Two hundred of two hundred and one with identifiers of usual length are fewer pages than lists by name."""
    run = [Wish(f"id{n}", f"https://api-{n:03}.division.example.com/v1/", USUAL) for n in range(200)]

    assert next_step(run[:4], run, Standing(asked=4, total=201, permissions=USUAL)) == Page(0)


def test_foresight_of_a_few_of_a_large_tenant_reads_these() -> None:
    """Fifty of ten thousand are read by name, however eager a process without foresight would be."""
    run = wishes(50)

    assert isinstance(next_step(run[:4], run, Standing(asked=4, total=10_000, permissions=USUAL)), Named)


def test_one_that_was_not_foreseen_is_read_as_if_nothing_was() -> None:
    """A wish beyond what was foreseen brings nothing else along."""
    assert next_step([Wish("other", "urn:other", USUAL)], wishes(20), Standing(asked=1, permissions=USUAL)) == Alone()


runs = st.builds(
    Run,
    tenant=st.integers(1, 1500),
    wanted=st.lists(st.integers(0, 1499), min_size=1, max_size=300, unique=True),
    permissions=st.sampled_from([0, 10, 100, 300, 1000]),
    threads=st.integers(1, TOGETHER),
)


@given(runs)
def test_a_run_costs_at_most_a_constant_times_lists_by_name(run: Run) -> None:
    """Wherever the wanted APIs lie and whenever the run ends, pages never cost more than the rent can bear."""
    spent = simulate(run)

    assert spent.cost <= (1 + 2 * EAGERNESS) * spent.by_name


@given(apis=st.integers(1, 1000), permissions=st.sampled_from([0, 10, 100, 300, 1000]))
def test_a_run_about_the_whole_tenant_reads_one_page_for_100_apis(apis: int, permissions: int) -> None:
    """Requests grow as APIs / 100; that a page pays has to show first where APIs are large."""
    spent = simulate(Run(apis + 1, range(1, apis + 1), permissions, TOGETHER))  # the tenant's own API comes first

    assert spent.requests <= math.ceil((apis + 1) / PER_PAGE) + 2


@given(
    apis=st.integers(1, 1000),
    permissions=st.sampled_from([0, 10, 100, 300, 1000]),
    random=st.randoms(use_true_random=False),
)
def test_in_any_other_order_it_reads_by_name_until_the_tenant_is_worth_it(
    apis: int, permissions: int, random: Random
) -> None:
    """Requests still grow as APIs / 100: before all pages, there are at most the lists that pay for them."""
    wanted = list(range(1, apis + 1))
    random.shuffle(wanted)
    pages = math.ceil((apis + 1) / PER_PAGE)
    size = Standing(asked=0, permissions=permissions)

    spent = simulate(Run(apis + 1, wanted, permissions, TOGETHER))

    lists = math.ceil(cost(pages, apis + 1, size) / (EAGERNESS * rent(TOGETHER, size)))
    assert spent.requests <= pages + lists + 1


@pytest.mark.parametrize("apis", [20, 100, 200])
@pytest.mark.parametrize("backwards", [False, True])
def test_usual_stacks_need_the_pages_of_the_tenant_and_nothing_else(apis: int, *, backwards: bool) -> None:
    """Twenty, a hundred or two hundred APIs of a hundred permissions: as many requests as pages."""
    wanted = list(range(1, apis + 1))

    spent = simulate(Run(apis + 1, wanted[::-1] if backwards else wanted, USUAL, TOGETHER))

    assert spent.requests == math.ceil((apis + 1) / PER_PAGE)
