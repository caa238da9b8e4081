"""The arithmetic of large fleets, and the page that shows it."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from examples.fleet.runner.cost import Fleet, Run

from docs.pages import PAGES
from fleet.page import DATA, PAGE, block, blocks

RUN = Run("`up`", cpu_s=3.0, requests=10.0, peak_mb=200.0, busiest=30, refused=0, used=0.5)
FLEET = Fleet(stacks=1000, per_tenant=3, per_second=2.0, burst=10)


class TestLaw:
    """What decides how long it takes."""

    def test_processors(self) -> None:
        """A thousand stacks of three processor seconds: 1500 seconds on two processors."""
        assert FLEET.seconds(RUN, processors=2) == 1500

    def test_the_queue_of_a_tenant(self) -> None:
        """Stacks of one tenant take turns, however many processors there are."""
        one_tenant = dataclasses.replace(FLEET, per_tenant=500, per_second=1000.0)

        assert one_tenant.seconds(RUN, processors=100) == 1500

    def test_the_limit_of_a_tenant(self) -> None:
        """Ten thousand requests of which ten go at once and two each second."""
        one_tenant = dataclasses.replace(FLEET, per_tenant=1000)

        assert one_tenant.seconds(RUN, processors=2) == (10_000 - 10) / 2

    def test_several_machines_have_the_time_of_the_largest_share(self) -> None:
        """Whole tenants go to a machine, by their names: the largest of ten shares is more than a tenth."""
        largest = FLEET.stacks_of_largest_share(10)

        assert 100 < largest < 150
        assert FLEET.seconds(RUN, processors=2, machines=10) == largest * 3.0 / 2

    def test_one_machine_has_all(self) -> None:
        """Also those of the last tenant, which has fewer."""
        assert FLEET.stacks_of_largest_share(1) == 1000


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    """What the try-out has measured."""
    loaded: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The blocks of the page as they are to be."""
    return blocks()


class TestPage:
    """What the page says is what was measured."""

    @pytest.mark.parametrize("name", ["measured", "thousand", "busy", "help"])
    def test_blocks_are_made_from_the_measurements(self, made: dict[str, str], name: str) -> None:
        """If not: PYTHONPATH=tests tools/run.sh python -m fleet.page."""
        assert block(name) == made[name]

    def test_it_was_tried_as_the_page_says(self, data: dict[str, Any]) -> None:
        """Thirty stacks on ten tenants, two at a time, and every one of them went well."""
        assert (data["tenants"], data["stacks_per_tenant"], data["parallel"], data["processors"]) == (10, 3, 2, 2)
        assert (data["apis_per_stack"], data["permissions_per_api"]) == (3, 20)
        assert data["limit"] == {"per_second": 2, "burst": 10}
        assert all(run["stacks"] == sum(run["results"].values()) == 30 for run in data["runs"])

    def test_no_request_was_refused(self, data: dict[str, Any]) -> None:
        """With one stack of a tenant at a time, a free plan's limit is kept."""
        assert [run["refused"] for run in data["runs"]] == [0] * 6

    def test_what_is_said_of_the_numbers_is_so(self, data: dict[str, Any]) -> None:
        """The sentences below the tables: processors decide; half for a preview; pip's share; one tenant's requests."""
        runs = [Run.read(run, data["processors"]) for run in data["runs"]]
        _, preview, up, _, _, changed = runs
        assert all(FLEET.seconds(run, processors=32) == 1000 * run.cpu_s / 32 for run in runs)
        assert 0.4 < preview.cpu_s / up.cpu_s < 0.65
        assert round(data["pip_list_cpu_s"], 1) == 0.3
        assert changed.requests * 1000 == 10_000
        assert round(10_000 / 2 / 60) == 83

    def test_no_block_is_held_by_nothing(self, made: dict[str, str]) -> None:
        """Each that is marked as the fleet's is made from measurements, or is the run that `test_fleet` looks at."""
        marked = [
            (page, name)
            for page in PAGES
            for name in re.findall(r"<!-- fleet: (.*?) -->", page.read_text(encoding="utf-8"))
        ]
        assert sorted(marked) == sorted((PAGE, name) for name in (*made, "run"))
