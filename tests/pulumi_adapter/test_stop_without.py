"""A provider process does not outlive its engine."""

from __future__ import annotations

from pulumi_auth0_permissions.pulumi_adapter.run import stop_without


def test_a_process_without_its_engine_ends() -> None:
    """Once the engine is gone, the process is stopped."""
    answers = [True, True, False]
    codes: list[int] = []

    stop_without(lambda: answers.pop(0), interval_s=0.001, stop=codes.append).join(10)

    assert codes == [1]
    assert answers == []
