"""The tenant's log of successful writes."""

import pytest

from tenant.support import Client, SteppedClock


def events(client: Client, query: str = "") -> list[dict[str, object]]:
    """Return log events."""
    answer = client.send("GET", "/logs", query=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()
    return found


def test_write_leaves_an_event(client: Client, clock: SteppedClock) -> None:
    """A successful write is logged with when, who, what was sent and what was answered."""
    client.send("POST", "/resource-servers", {"identifier": "urn:a"})
    clock.now += 1.5

    client.send("PATCH", "/resource-servers/urn:a", {"scopes": [{"value": "x"}]})

    event = events(client)[0]
    assert event["type"] == "sapi"
    assert event["description"] == "Update a resource server"
    assert event["date"] == "2027-01-15T08:00:01.500Z"
    assert event["client_id"] == client.tenant.client_id
    details = event["details"]
    assert isinstance(details, dict)
    assert details["request"]["method"] == "patch"
    assert details["request"]["path"] == "/api/v2/resource-servers/urn:a"
    assert details["request"]["body"] == {"scopes": [{"value": "x"}]}
    assert details["response"]["statusCode"] == 200
    assert details["response"]["body"]["scopes"] == [{"value": "x"}]


@pytest.mark.parametrize(("method", "path"), [("GET", "/resource-servers"), ("PATCH", "/resource-servers/nothing")])
def test_reads_and_failures_leave_none(client: Client, method: str, path: str) -> None:
    """Only what changed something is logged."""
    client.send(method, path, {} if method == "PATCH" else None)

    assert events(client) == []


def test_newest_first_and_from_a_checkpoint_on(client: Client) -> None:
    """Pages go back in time; from a checkpoint, events come in the order they happened."""
    for index in range(4):
        client.send("POST", "/resource-servers", {"identifier": f"urn:{index}"})

    page = events(client, "per_page=3&page=0")
    later = events(client, f"from={page[2]['log_id']}&take=1")

    assert [event["log_id"] for event in page] == sorted((str(event["log_id"]) for event in page), reverse=True)
    assert [event["log_id"] for event in later] == [page[1]["log_id"]]
