"""Renames that were cut short after their first write, remembered on this machine until they are done.

A state is recorded only after an update has gone well, so it does not know that a rename's new name is there already.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from pulumi_auth0_permissions.pulumi_adapter.private_files import file_name_for, private_folder, write_atomically


class InterruptedRenames:
    """One file per API in the user's private folder; where that cannot be used, nothing is remembered.

    Args:
        tenant: the tenant's host.
    """

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def of(self, api_id: str) -> dict[str, str]:
        """Return an API's unfinished renames, old value → new value."""
        try:
            found = json.loads(self._file(api_id).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(old): str(new) for old, new in found.items()} if isinstance(found, dict) else {}

    def remember(self, api_id: str, renames: Mapping[str, str]) -> None:
        """Note renames before their first write."""
        self._write(api_id, {**self.of(api_id), **renames})

    def forget(self, api_id: str, renamed: Collection[str]) -> None:
        """Drop the renames of these old values; those of other stacks stay."""
        self._write(api_id, {old: new for old, new in self.of(api_id).items() if old not in renamed})

    def _write(self, api_id: str, renames: Mapping[str, str]) -> None:
        try:
            file = self._file(api_id)
            if renames:
                file.parent.mkdir(mode=0o700, exist_ok=True)
                write_atomically(file, json.dumps(renames))
            else:
                file.unlink(missing_ok=True)
        except OSError:
            return

    def _file(self, api_id: str) -> Path:
        return private_folder() / "renames" / file_name_for(f"{self._tenant} {api_id}")
