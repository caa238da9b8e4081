"""A tenant's budget of requests: handed to each of its stacks in a copy of the stack's configuration file."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from pulumi.automation import CommandError, LocalWorkspace

from .stacks import FleetStack

__all__ = ["Budget", "BudgetError"]

_KEY = "auth0-permissions:requestsPerSecond"


class BudgetError(Exception):
    """Raised when a stack cannot be given its share of the budget; it is not to run without."""


class Budget:
    """Shares a number of requests a second between the stacks of a tenant that run at the same time.

    The provider spreads its requests by ``auth0-permissions:requestsPerSecond``, a setting of the stack. `pulumi -c`
    would write it into the stack's file; so it goes into a copy, and the CLI is told to take that (``--config-file``).
    To be closed after use.

    Args:
        workspace: the project.
        per_second: what all stacks of one tenant may ask for together; ``None``: only the tenant's own limit counts.
        per_tenant: how many of its stacks run at the same time.
    """

    def __init__(self, workspace: LocalWorkspace, per_second: float | None, per_tenant: int) -> None:
        self._workspace = workspace
        self._share = None if per_second is None else per_second / per_tenant
        self._folder = tempfile.TemporaryDirectory(prefix="fleet-config-")  # for this user alone

    def close(self) -> None:
        """Remove the copies."""
        self._folder.cleanup()

    def arguments(self, stack: FleetStack) -> list[str]:
        """Return what the CLI is to be told, so that the stack keeps to its share; nothing if it does already.

        Raises:
            BudgetError: its configuration cannot be copied.
        """
        share = self._share
        if share is None or (stack.requests_per_second is not None and stack.requests_per_second <= share):
            return []
        if stack.config_file is None:
            raise BudgetError(
                "it has no configuration file, so it can be given no budget: set "
                f"{_KEY} in its configuration, to {share:g} or less, and run without --requests-per-second."
            )
        name = stack.name.replace("/", ".")
        copy = Path(self._folder.name) / f"Pulumi.{name}{stack.config_file.suffix}"
        shutil.copyfile(stack.config_file, copy)
        command = [
            "config",
            "set",
            "--config-file",
            str(copy),
            "--stack",
            stack.name,
            "--plaintext",
            _KEY,
            f"{share:g}",
        ]
        try:
            self._workspace.pulumi_command.run(command, self._workspace.work_dir, self._workspace.env_vars)
        except CommandError as error:
            raise BudgetError(f"it could not be given its budget: {str(error).strip().splitlines()[-1]}") from None
        return ["--config-file", str(copy)]
