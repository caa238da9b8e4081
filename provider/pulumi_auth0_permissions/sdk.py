"""Which version of Pulumi's SDK the product needs, and the message for people who have an older one."""

from __future__ import annotations

from typing import Final

from pulumi.runtime import stack

OLDEST_SDK: Final = "3.236.0"
"""The first one that hands every permission on.

Before, keys of a map that begin with an underscore were left out of stack outputs, and so out of what a promotion
takes. Before 3.235.0 those with two underscores never reached a provider (see pulumi/pulumi pull request 22834), and
before 3.216.0 a provider could not return inputs from ``read`` (pull request 21315), so that a refresh could not show
what the next update does. pyproject.toml asks for the same version.
"""


def sdk_problem() -> str | None:
    """Return one sentence on what to do where the SDK is too old, else ``None``.

    pip sees to the version, unless the SDK is installed by something else, or later on. Asked is whether the SDK does
    what is needed: to find out its version would take longer than all else that is done on import.
    """
    if not _leaves_keys_out():
        return None
    from importlib.metadata import version

    return (
        f"Pulumi's SDK for Python is {version('pulumi')} here, and pulumi-auth0-permissions needs {OLDEST_SDK} or "
        f"newer. Run `pip install --upgrade 'pulumi>={OLDEST_SDK}'` in the program's environment."
    )


def _leaves_keys_out() -> bool:
    """Tell whether the SDK makes a stack output of a map without the keys that begin with an underscore."""
    try:
        return bool(stack.massage({"_": ""}, []) == {})
    except Exception:  # noqa: BLE001 - not a public function: one that is called otherwise, or is gone, is a newer one's
        return False
