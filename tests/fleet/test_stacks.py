"""Which stacks there are, and what is read of their configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from examples.fleet.runner.stacks import FleetStack, NoSuchStack, config_file_of, discover, matching, sources_among
from pulumi.automation import ConfigMap, ConfigValue, LocalWorkspace


@dataclass
class Backend:
    """What a back end would say: the stacks, and the configuration that is asked for by the CLI."""

    work_dir: str
    names: list[str]
    config: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @dataclass
    class Summary:
        """One stack of the list."""

        name: str

    def list_stacks(self) -> list[Summary]:
        """Return the stacks."""
        return [Backend.Summary(name) for name in self.names]

    def get_all_config(self, name: str) -> ConfigMap:
        """Return a stack's configuration, which costs a process."""
        self.asked.append(name)
        return {key: ConfigValue(value) for key, value in self.config.items()}


def found(
    folder: Path, files: Mapping[str, str], config: Mapping[str, str] | None = None, **environ: str
) -> tuple[FleetStack, Backend]:
    """Return the one stack ``dev`` of a project with these files, and the back end that was asked."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    backend = Backend(str(folder), ["dev"], dict(config or {}))
    (stack,) = discover(cast(LocalWorkspace, backend), [], environ)
    return stack, backend


class TestMatching:
    """Names and patterns."""

    NAMES = ("a-prod", "b-prod", "a-dev", "org/fleet/c-dev")

    def test_no_pattern_means_all(self) -> None:
        """Sorted, so that a run and the next one go in the same order."""
        assert matching(self.NAMES, []) == ["a-dev", "a-prod", "b-prod", "org/fleet/c-dev"]

    def test_patterns_add_up(self) -> None:
        """A stack that fits two of them is there once."""
        assert matching(self.NAMES, ["*-prod", "a-*"]) == ["a-dev", "a-prod", "b-prod"]

    def test_a_pattern_that_fits_nothing_is_a_slip(self) -> None:
        """It is told, before anything runs."""
        with pytest.raises(NoSuchStack, match=r"fits \*-pord"):
            matching(self.NAMES, ["a-dev", "*-pord"])


class TestConfiguration:
    """The tenant and what else is read."""

    def test_the_file_says_it_all(self, tmp_path: Path) -> None:
        """Then no process is started to ask."""
        text = (
            "config:\n  auth0:domain: Acme.EU.auth0.com\n  auth0-permissions:requestsPerSecond: 2\n"
            "  auth0-permissions:promotedFrom: golden\n  auth0:clientSecret:\n    secure: v1:abc\n"
        )

        stack, backend = found(tmp_path, {"Pulumi.dev.yaml": text})

        assert stack == FleetStack("dev", "acme.eu.auth0.com", tmp_path / "Pulumi.dev.yaml", "golden", 2.0)
        assert backend.asked == []

    @pytest.mark.parametrize("domain", ["acme.eu.auth0.com", "https://acme.eu.auth0.com/", " ACME.eu.auth0.com"])
    def test_one_tenant_has_one_name(self, tmp_path: Path, domain: str) -> None:
        """However it is written, its stacks count as those of one tenant."""
        stack, _ = found(tmp_path, {"Pulumi.dev.yaml": f"config:\n  auth0:domain: '{domain}'\n"})

        assert stack.tenant == "acme.eu.auth0.com"

    @pytest.mark.parametrize(
        "files",
        [
            {},
            {"Pulumi.dev.yaml": "config:\n  auth0:domain:\n    secure: v1:abc\n"},
            {"Pulumi.dev.yaml": "environment:\n  - acme\n"},
        ],
    )
    def test_what_no_file_says_is_asked_for(self, tmp_path: Path, files: dict[str, str]) -> None:
        """A configuration in the back end, a secret domain, an environment of Pulumi's."""
        stack, backend = found(tmp_path, files, {"auth0:domain": "acme.eu.auth0.com"})

        assert stack.tenant == "acme.eu.auth0.com"
        assert backend.asked == ["dev"]

    def test_the_environment_comes_last(self, tmp_path: Path) -> None:
        """As for the provider."""
        stack, _ = found(tmp_path, {"Pulumi.dev.yaml": "config: {}\n"}, AUTH0_DOMAIN="acme.eu.auth0.com")

        assert stack.tenant == "acme.eu.auth0.com"

    def test_without_a_tenant_a_stack_waits_for_nobody(self, tmp_path: Path) -> None:
        """It runs, and the provider says what is missing."""
        stack, _ = found(tmp_path, {"Pulumi.dev.yaml": "config: {}\n"})

        assert stack.tenant == "(no tenant: dev)"

    def test_files_may_be_in_a_folder_of_their_own(self, tmp_path: Path) -> None:
        """Where the project says so, the CLI looks there; and stacks of an organization go by their last name."""
        (tmp_path / "stacks").mkdir()
        (tmp_path / "Pulumi.yaml").write_text("name: fleet\nstackConfigDir: stacks\n")
        (tmp_path / "stacks/Pulumi.dev.yaml").write_text("config: {}\n")

        assert config_file_of(tmp_path, "org/fleet/dev") == tmp_path / "stacks/Pulumi.dev.yaml"


def test_sources_among_the_stacks_are_found() -> None:
    """By the last part of the name, as the configuration may name the organization too."""
    stacks = [
        FleetStack("golden", "a"),
        FleetStack("east", "b", promoted_from="organization/fleet/golden"),
        FleetStack("west", "b", promoted_from="elsewhere"),
    ]

    assert list(sources_among(stacks)) == [("east", "golden")]
