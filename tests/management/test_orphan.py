"""A provider process does not outlive its engine."""

from __future__ import annotations

from pulumi_auth0_permissions.engine.orphan import stop_with_parent


def test_a_process_with_another_parent_ends() -> None:
    """Once the parent is another one, the process is stopped."""
    parents = [7, 7, 1]
    codes: list[int] = []

    stop_with_parent(interval_s=0.001, stop=codes.append, parent=lambda: parents.pop(0)).join(10)

    assert codes == [1]
