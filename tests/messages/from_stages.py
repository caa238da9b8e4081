"""What a program that is a stage says: its configuration, receipts, pins, and the source that it takes from."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from pathlib import Path
from unittest.mock import patch

import pulumi

from messages.from_inputs import ORDERS, OURS, Producer, said_by
from pulumi_auth0_permissions import sdk
from pulumi_auth0_permissions.core.permissions import PermissionSet
from pulumi_auth0_permissions.promotion import Stage, reference
from pulumi_auth0_permissions.promotion.config import APIS, StageConfig
from pulumi_auth0_permissions.promotion.pins import PINS_VARIABLE, pins_text
from pulumi_auth0_permissions.promotion.receipt import ApiReceipt, Receipt

__all__ = ["PRODUCERS", "RECEIPT"]

_SET = PermissionSet.of(OURS)
RECEIPT = Receipt({"orders": ApiReceipt(ORDERS, "65f0c0ffee00000000000001", _SET, _SET.revision, _SET.revision)})
_DEV = "organization/shop/dev"


def _configured(text: str | None) -> Producer:
    return lambda _: [said_by(lambda: StageConfig.read({APIS: text}.get))]


def _apis(**apis: object) -> Producer:
    return _configured(json.dumps(apis))


def _program_said(act: Callable[[], object]) -> str:
    """Return what stops a program."""
    try:
        act()
    except pulumi.RunError as error:
        return str(error)
    raise AssertionError("the program goes on")


def _stage(*names: str, source: str | None = None) -> Stage:
    """Return a stage with these APIs; it was not made in a program, so that it declares nothing."""
    stage = Stage.__new__(Stage)
    stage.apis = {name: f"https://{name}.example.com" for name in names}
    stage.source = source
    stage._catalog = "permissions.yaml"
    return stage


def _renaming(_: Path) -> list[str]:
    return [_program_said(lambda: _stage("orders").declare(renames={"order": {"a": "b"}}))]


def _not_in_source(_: Path) -> list[str]:
    """An API that the catalog does not have, one that the source does not have, and a source that has none."""
    catalog, source = _stage("orders", "billing"), _stage("orders", "billing", source=_DEV)
    return [
        _program_said(lambda: catalog._checked({"orders": OURS})),
        _program_said(lambda: source._checked({"orders": OURS})),
        _program_said(lambda: source._checked({})),
    ]


def _left_out(_: Path) -> list[str]:
    with redirect_stderr(io.StringIO()) as heard:  # where no engine runs, its log is standard error
        _stage("orders", source=_DEV)._checked({"orders": OURS, "billing": {}})
    return [heard.getvalue()]


def _received(value: object, **environ: str) -> Producer:
    """Read the receipt of the stack dev."""

    def produce(_: Path) -> list[str]:
        with patch.dict("os.environ", environ):
            return [_program_said(lambda: reference._receipt(_DEV, value))]

    return produce


def _unreadable_receipts(folder: Path) -> list[str]:
    """A receipt of another format, and one whose API is not as it should be."""
    values: list[object] = [{"format": 2}, {"format": 1, "apis": {"orders": {}}}]
    return [text for value in values for text in _received(value)(folder)]


def _with_an_old_sdk(_: Path) -> list[str]:
    with patch("pulumi.runtime.stack.massage", lambda *_: {}), patch("importlib.metadata.version", lambda _: "3.235.0"):
        return [str(sdk.sdk_problem())]


PRODUCERS: Mapping[str, Producer] = {
    "sdk-too-old": _with_an_old_sdk,
    "stage-apis-not-set": _configured(None),
    "stage-apis-no-map": _configured(ORDERS),
    "stage-api-not-text": _apis(orders=1),
    "stage-api-empty": _apis(orders=" "),
    "stage-api-too-long": _apis(orders="x" * 601),
    "stage-api-twice": _apis(orders=ORDERS, billing=ORDERS),
    "stage-renames-unknown-api": _renaming,
    "stage-api-not-in-source": _not_in_source,
    "stage-api-left-out": _left_out,
    "stage-source-without-receipt": _received(None),
    "stage-receipt-unreadable": _unreadable_receipts,
    "stage-source-moved": _received(RECEIPT.to_output(), **{PINS_VARIABLE: pins_text({"orders": "0" * 32})}),
    "stage-pins-unreadable": _received(RECEIPT.to_output(), **{PINS_VARIABLE: "orders"}),
}
