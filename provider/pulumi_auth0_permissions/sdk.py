"""Which version of Pulumi's SDK the product needs, and what people are told who have an older one."""

from __future__ import annotations

from typing import Final

from pulumi.dynamic import ReadResult
from pulumi.runtime.rpc import deserialize_properties

__all__ = ["OLDEST_SDK", "sdk_problem"]

OLDEST_SDK: Final = "3.235.0"
"""The first one that hands a provider every permission: before, those that begin with two underscores got lost on the
way, in any map (pulumi/pulumi pull request 22834, and what followed it). And before 3.216.0 a provider could not return
inputs from ``read`` (pull request 21315), so that a refresh could not show what the next update does. pyproject.toml
asks for the same version."""


def sdk_problem() -> str | None:
    """Return one sentence on what to do where the SDK is too old, else ``None``.

    pip sees to the version, unless the SDK is installed by something else, or later on. Asked is whether the SDK can do
    what is needed: to find out its version would take longer than all else that is done on import. An SDK in which
    these functions look like nothing that is known here is taken for a newer one.
    """
    if "inputs" in ReadResult.__init__.__code__.co_varnames and not _loses_names():
        return None
    from importlib.metadata import version

    return (
        f"Pulumi's SDK for Python is {version('pulumi')} here, and pulumi-auth0-permissions needs {OLDEST_SDK} or "
        f"newer. Run `pip install --upgrade 'pulumi>={OLDEST_SDK}'` in the program's environment."
    )


def _loses_names() -> bool:
    code, defaults = deserialize_properties.__code__, deserialize_properties.__defaults__ or ()
    arguments = code.co_varnames[: code.co_argcount]
    by_default = dict(zip(reversed(arguments), reversed(defaults), strict=False))
    return "keep_internal" in by_default and by_default["keep_internal"] is None
