"""A site whose stacks have a real provider process for each phase, spoken to as the engine does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar, cast

import grpc

from auth0_local_tenant import LocalTenant
from faults.site import Heard, Site
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.pulumi_adapter.hooks import Hooks
from support.provider_process import ProviderProcess, Run, error_of

_P = ParamSpec("_P")
_T = TypeVar("_T")


class ProcessSite(Site):
    """A site that starts processes.

    Args:
        tenant: a running tenant.
        folder: for what the processes of a machine share.
    """

    def __init__(self, tenant: LocalTenant, folder: Path) -> None:
        super().__init__(tenant)
        self._folder = folder
        self.process_of_phase: ProviderProcess | None = None

    @contextmanager
    def run(self, urn: str) -> Iterator[None]:
        """Lead one run of the engine."""
        with super().run(urn), Run({"XDG_RUNTIME_DIR": str(self._folder)}) as self._run, ExitStack() as self._processes:
            yield

    def process(self, config: Mapping[str, str]) -> tuple[Hooks, Heard]:
        """Start the provider process of the next phase; what it says goes to the engine."""
        process = ProviderProcess({**self.config, **config}, self._run)
        self.process_of_phase = self._processes.enter_context(process)
        return cast("Hooks", _RemoteHooks(process)), Heard()


class _RemoteHooks:
    """What `Stack` asks of hooks, asked of a process."""

    def __init__(self, process: ProviderProcess) -> None:
        self._process = process

    def check(self, olds: Mapping[str, object], news: Mapping[str, object]) -> tuple[dict[str, Any], list[str]]:
        inputs, failures = _asked(self._process.check, news, olds)
        return inputs, [reason for reasons in failures.values() for reason in reasons]

    def diff(self, olds: Mapping[str, object], news: Mapping[str, object]) -> tuple[bool, list[str]]:
        return _asked(self._process.diff, str(olds["api_id"]), olds, news)

    def read(self, id_: str, props: Mapping[str, object]) -> SimpleNamespace:
        _, outputs, inputs = _asked(self._process.read, id_, props)
        return SimpleNamespace(outputs=outputs, inputs=inputs)

    def create(self, props: Mapping[str, object]) -> tuple[str, dict[str, Any]]:
        return _asked(self._process.create, props)

    def update(self, id_: str, olds: Mapping[str, object], news: Mapping[str, object]) -> dict[str, Any]:
        return _asked(self._process.update, id_, olds, news)

    def delete(self, id_: str, props: Mapping[str, object]) -> None:
        _asked(self._process.delete, id_, props)


def _asked(ask: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    try:
        return ask(*args, **kwargs)
    except grpc.RpcError as error:
        raise PermissionsError(error_of(error)) from error
