"""The dynamic provider: the class that programs refer to; it calls the hooks and reports their errors to the engine."""

from __future__ import annotations

import gc
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from pulumi import dynamic

from pulumi_auth0_permissions.core.errors import InvalidInputs, PermissionsError
from pulumi_auth0_permissions.core.text import escape_markup

if TYPE_CHECKING:
    from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks


# What the engine is handed instead of an error of ours: it shows the class, with its module unless that is built in.
_ReportedError: type[Exception] = type("Auth0", (Exception,), {"__module__": "builtins"})


def _hook(name: str) -> Any:  # noqa: ANN401 - a method of the SDK's
    """Return a method that calls a hook, limits its time, and reports an error to the engine without its causes."""

    def call(provider: PermissionsProvider, *given: object) -> object:
        try:
            with provider.hooks.operation():
                return getattr(provider.hooks, name)(*given)
        except PermissionsError as error:
            raise _ReportedError(escape_markup(str(error))) from None
        except Exception as error:  # noqa: BLE001 - the engine would show a class and half a sentence
            raise _ReportedError(_defect(error)) from None

    return call


class PermissionsProvider(dynamic.ResourceProvider):
    """Manages the permissions of Auth0 APIs; threads share it.

    The program pickles an instance into every resource; it holds nothing, so it is a reference of about 40 bytes.
    """

    serialize_as_secret_always = False  # there is no secret in it, and a secret would hide the state's text

    hooks: Hooks
    check = _hook("check")
    diff = _hook("diff")
    create = _hook("create")
    read = _hook("read")
    update = _hook("update")
    delete = _hook("delete")

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Take the stack's configuration; reads nothing from the network."""
        gc.freeze()  # what was imported stays; the collector need not walk through it again during the next imports
        # Imported here: a Pulumi program imports this module too, and needs none of it.
        from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
        from pulumi_auth0_permissions.pulumi_adapter.run import end_with
        from pulumi_auth0_permissions.pulumi_adapter.session import Session

        # The SDK sends `traceback.format_exc()` to the engine; with this it is one line. Set in the provider's
        # process only: a Pulumi program hangs with it.
        sys.tracebacklimit = 0
        # The engine's address is the first argument, as for every provider.
        threading.Thread(target=end_with, args=(sys.argv[1],), daemon=True).start()
        try:
            # The SDK has no public way to ask which keys are set.
            self.hooks = Hooks(Session(req.config.get, names=getattr(req.config, "_props", ())))
        except InvalidInputs as error:
            self.hooks = Hooks(error)


def _defect(error: Exception) -> str:
    """Return a message for a defect: where it happened, without its text, which may hold anything."""
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return (
        f"a defect in pulumi-auth0-permissions: {type(error).__name__} in {frame.f_code.co_qualname}, line {line}. "
        "Please report this line. Run `pulumi preview` to see the current state."
    )
