"""The dynamic provider's hooks, as the engine calls them: check, diff, create, read, update, delete.

On the preview of a create only `check` is called, later `check`, then `diff`; a refresh calls `read` first. So
what a preview has to show is worked out in `check`, and `diff` only answers whether there is something to do.
"""

from __future__ import annotations

import gc
import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pulumi import dynamic

from pulumi_auth0_permissions.core.errors import InvalidInputs, PermissionsError
from pulumi_auth0_permissions.core.text import escape_markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks


# What the engine is handed instead of an error of ours: it shows the class, with its module unless that is built in.
_ReportedError: type[Exception] = type("Auth0", (Exception,), {"__module__": "builtins"})


class PermissionsProvider(dynamic.ResourceProvider):
    """Manages the permissions of Auth0 APIs; threads share it.

    The program pickles an instance into every resource; it holds nothing, so it is a reference of about 40 bytes.
    """

    serialize_as_secret_always = False  # there is no secret in it, and a secret would hide the state's text

    _hooks: Hooks

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Take the stack's configuration; reads nothing from the network."""
        gc.freeze()  # what was imported stays, so that the collector need not walk through it while ours is imported
        # Imported here: a Pulumi program imports this module too, and needs none of it.
        from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
        from pulumi_auth0_permissions.pulumi_adapter.run import current_run, stop_without
        from pulumi_auth0_permissions.pulumi_adapter.session import Session

        # The SDK sends `traceback.format_exc()` to the engine; with this it is one line. Set in the provider's
        # process only: a Pulumi program hangs with it.
        sys.tracebacklimit = 0
        if (engine := current_run(of_engine=True)) is not None:
            stop_without(engine)
        try:
            # The SDK has no public way to ask which keys are set.
            self._hooks = Hooks(Session(req.config.get, names=getattr(req.config, "_props", ())))
        except InvalidInputs as error:
            self._hooks = Hooks(error)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        """Validate, and in a preview show the plan."""
        with _errors_reported(self._hooks):
            try:
                return dynamic.CheckResult(self._hooks.check(_olds, news), [])
            except InvalidInputs as error:
                # With a property, the engine would print the value of it into the message: a thousand permissions, say.
                failures = [dynamic.CheckFailure("", escape_markup(str(problem))) for problem in error.problems]
                return dynamic.CheckResult(news, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Tell whether an update has something to do, and whether the resource is to be replaced."""
        with _errors_reported(self._hooks):
            return dynamic.DiffResult(*self._hooks.diff(_olds, _news))

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Take the API's permissions under management."""
        with _errors_reported(self._hooks):
            return dynamic.CreateResult(*self._hooks.create(props))

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """Observe; never writes."""
        with _errors_reported(self._hooks):
            found = self._hooks.read(id_, props)
            # An API that is gone is reported by a blank id; the SDK wants a dictionary all the same.
            return dynamic.ReadResult("", {}) if found is None else dynamic.ReadResult(id_, *found)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Apply the changes."""
        with _errors_reported(self._hooks):
            return dynamic.UpdateResult(self._hooks.update(_olds, _news))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove what is ours."""
        with _errors_reported(self._hooks):
            self._hooks.delete(_id, _props)


@contextmanager
def _errors_reported(hooks: Hooks) -> Iterator[None]:
    """Bound a hook's time, and turn what the product has to say into one line without a chain of causes."""
    try:
        with hooks.operation():
            yield
    except PermissionsError as error:
        raise _ReportedError(escape_markup(str(error))) from None
    except Exception as error:  # noqa: BLE001 - the engine would show a class and half a sentence
        raise _ReportedError(_defect(error)) from None


def _defect(error: Exception) -> str:
    """Say where an error of our own happened; its text may hold anything."""
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return (
        f"a defect in pulumi-auth0-permissions: {type(error).__name__} in {frame.f_code.co_qualname}, line {line}. "
        "Please report this line. Run `pulumi preview` to see the current state."
    )
