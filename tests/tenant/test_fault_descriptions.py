"""Faults as values and as JSON: what makes sense and what does not."""

import pytest

from auth0_local_tenant import Fault, FaultError


class TestDescriptions:
    """Faults that make no sense, and faults as JSON."""

    @pytest.mark.parametrize(
        ("value", "part"),
        [
            ([], "Expected type object but found type array"),
            ({}, "Missing required property: action"),
            ({"action": "explode"}, "none of status, delay"),
            ({"action": "status", "statsu": 1}, "Additional properties not allowed: statsu"),
            ({"action": "status", "status": "500"}, "status: Expected type integer but found type string"),
            ({"action": "status", "status": 99}, "99 is no HTTP status"),
            ({"action": "status", "times": True}, "times: Expected type integer but found type boolean"),
            ({"action": "status", "with_headers": 1}, "with_headers: Expected type boolean but found type integer"),
            ({"action": "status", "times": 0}, "times at least 1"),
            ({"action": "status", "after": -1}, "after must be at least 0"),
            ({"action": "status", "path": "("}, "not a regular expression"),
            ({"action": "delay", "delay_s": -1}, "must be at least 0"),
            ({"action": "rival"}, "rival_patch: needed"),
        ],
    )
    def test_refused(self, value: object, part: str) -> None:
        """A description that is wrong is refused with what is wrong about it."""
        with pytest.raises(FaultError, match=part.replace("(", r"\(")):
            Fault.from_json(value)

    def test_round_trip(self) -> None:
        """A fault's JSON describes the same fault."""
        fault = Fault("status", method="GET", path="x", times=None, headers=(("A", "b"),), body="", delay_s=0.5)

        assert Fault.from_json(fault.as_json()) == fault
