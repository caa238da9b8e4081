"""The hooks over gRPC, in the order in which the engine calls them."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

from auth0_local_tenant import LocalTenant
from support.environment import private_environ
from support.hand import Hand
from support.provider_process import URN, ProviderProcess
from support.workspace import ORDERS

ID = "65f0c0ffee00000000000001"
OURS = {"read:orders": "Read orders", "write:orders": "Create and change orders", "delete:orders": "Delete orders"}
INPUTS: dict[str, object] = {"api": ORDERS, "permissions": OURS}


Start = Callable[..., ProviderProcess]


@pytest.fixture
def start(tenant: LocalTenant, tmp_path: Path) -> Iterator[Start]:
    """Starts a provider process with the tenant's credentials; ``config`` adds to the stack's configuration."""
    with ExitStack() as processes:

        def _start(**config: str) -> ProviderProcess:
            settings = {
                "auth0:domain": tenant.domain,
                "auth0:clientId": tenant.client_id,
                "auth0:clientSecret": tenant.client_secret,
                **{name.replace("__", ":").replace("_", "-"): value for name, value in config.items()},
            }
            return processes.enter_context(ProviderProcess.started(settings, private_environ(tmp_path)))

        yield _start


def test_a_check_says_the_plan_and_keeps_the_inputs_clean(start: Start) -> None:
    """The plan is said under the resource's URN, and what the resource class tells the hooks is taken out.

    What a check has added is no unknown input later: with `ignore_changes=["*"]` the engine hands the old inputs back.
    """
    provider = start()

    inputs, _ = provider.check({**INPUTS, "permissions": {**OURS, "new": ""}})
    again, failures = provider.check(inputs)

    assert set(inputs) == {"api", "permissions", "api_id", "identifier", "name", "tenant"}
    assert (again, failures) == (inputs, {})
    assert provider.messages[0].urn == URN
    assert "1 to add; 3 unchanged" in provider.messages[0].message


def test_all_problems_are_said_at_once_by_property(start: Start) -> None:
    """Bad values, an unknown mode and bad settings come in one answer."""
    provider = start(auth0_permissions__maxRemovals="many")

    _, failures = provider.check({"api": "", "permissions": {"": "x", "a": 5}, "unmanaged": "maybe"})

    permissions = ['permissions[""]', 'permissions["a"]']
    assert sorted(failures) == ["api", "auth0-permissions:maxRemovals", *permissions, "unmanaged"]


@pytest.mark.parametrize("mode", ["keep", "remove"])
def test_read_moves_inputs_to_what_is_there_of_ours(start: Start, tenant: LocalTenant, mode: str) -> None:
    """After a refresh, inputs and outputs hold ours as it is; a stranger is in neither, and recorded apart.

    Under `remove` a stranger is among the inputs, so that the engine's diff shows it going; and is not ours. Inputs
    that stay are not sent once more: with hundreds of APIs, that is what takes time.
    """
    provider, hand = start(), Hand(tenant)
    inputs, _ = provider.check({**INPUTS, "unmanaged": mode}, preview=False)
    id_, outputs = provider.create(inputs)
    assert start().read(id_, outputs) == (id_, outputs, None)
    hand.delete(ORDERS, "read:orders")
    hand.describe(ORDERS, "write:orders", "Changed")
    hand.add(ORDERS, "stranger")

    _, outs, ins = start().read(id_, outputs)

    there = {"write:orders": "Changed", "delete:orders": "Delete orders"}
    assert ins is not None
    assert outs["permissions"] == ins["permissions"] == there
    assert outs["unmanaged_permissions"] == {"stranger": ""}
    assert ins.get("unmanaged_permissions") == ({"stranger": ""} if mode == "remove" else None)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"auth0__clientSecret": "wrong"}, "POST /oauth/token: 401 Unauthorized"),
        ({"auth0__audience": "https://canonical/api/v2/"}, "Service not found: https://canonical/api/v2/"),
        ({"auth0_permissions__operationTimeout": "0.000001"}, "the operation takes longer than 1e-06 minutes"),
    ],
)
def test_an_error_is_one_message_without_a_traceback(start: Start, config: dict[str, str], words: str) -> None:
    """What a failed hook tells the engine is our sentence and nothing of Python; another audience is asked for."""
    provider = start(**config)

    _, failures = provider.check(INPUTS)
    with pytest.raises(grpc.RpcError) as raised:
        provider.create({**INPUTS, "unmanaged": "refuse", "removal": "warn"})

    assert words in failures["api"][0]
    shown = str(raised.value.details())
    assert shown.startswith("Auth0: ")
    assert words in shown
    assert [python for python in ("Traceback", "File") if python in shown] == []


def test_secrets_are_in_no_answer_and_no_message(start: Start, tenant: LocalTenant) -> None:
    """Neither outputs nor messages hold the client's secret or a token."""
    provider = start()
    inputs, _ = provider.check(INPUTS)
    id_, outputs = provider.create(inputs)

    everything = json.dumps([inputs, outputs, id_, str(provider.messages)])

    assert tenant.client_secret not in everything
    assert "Bearer" not in everything
    assert "eyJ" not in everything
