"""Renames that were cut short after their first write, remembered on this machine until they are done.

A state is recorded only after an update has gone well, so it does not know that a rename's new name is there already.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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

    def note(self, api_id: str, renames: Mapping[str, str | None]) -> None:
        """Remember renames before their first write; forget those that have no new value. Other stacks' stay."""
        noted = {old: new for old, new in {**self.of(api_id), **renames}.items() if new is not None}
        try:
            file = self._file(api_id)
            if noted:
                file.parent.mkdir(mode=0o700, exist_ok=True)
                write_atomically(file, json.dumps(noted))
            else:
                file.unlink(missing_ok=True)
        except OSError:
            return

    def _file(self, api_id: str) -> Path:
        return private_folder() / "renames" / file_name_for(f"{self._tenant} {api_id}")
