"""Which version of Pulumi's SDK the product needs, and what people are told who have an older one."""

from __future__ import annotations

from typing import Final

from pulumi.dynamic import ReadResult

__all__ = ["OLDEST_SDK", "sdk_problem"]

OLDEST_SDK: Final = "3.216.0"
"""The first one whose dynamic providers can return inputs from ``read`` (pulumi/pulumi pull request 21315): without
that, a refresh could not show what the next update does. pyproject.toml asks for the same."""


def sdk_problem() -> str | None:
    """Return one sentence on what to do where the SDK is too old, else ``None``.

    pip sees to the version, unless the SDK is installed by something else, or later on. Asked is whether the SDK can do
    what is needed: to find out its version would take longer than all else that is done on import.
    """
    if "inputs" in ReadResult.__init__.__code__.co_varnames:
        return None
    from importlib.metadata import version

    return (
        f"Pulumi's SDK for Python is {version('pulumi')} here, and pulumi-auth0-permissions needs {OLDEST_SDK} or "
        f"newer. Run `pip install --upgrade 'pulumi>={OLDEST_SDK}'` in the program's environment."
    )
