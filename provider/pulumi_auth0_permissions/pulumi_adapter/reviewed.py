"""A plan that somebody has reviewed: the most that a run may do, on any machine.

``auth0-permissions plan --save`` writes it. It holds the same changes and holders as the record that a preview leaves
for its own update, and the same rule (`core.conflicts`) compares them with what would be done.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, Basis
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.review import FORMAT, Review, parse_review, resource_name
from pulumi_auth0_permissions.core.text import escape, join

REVIEWED_PLAN_VARIABLE = "AUTH0_PERMISSIONS_REVIEWED_PLAN"  # names the file with the most that runs may do
MAX_AGE_VARIABLE = "AUTH0_PERMISSIONS_REVIEWED_PLAN_MAX_AGE"  # how old it may be: ``90m``, ``24h`` or ``7d``

SUBJECT = "the reviewed plan "  # begins every refusal: the CLI knows them by it, as the engine passes on only text
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class ReviewedPlan:
    """A saved plan, unchanged since it was saved."""

    path: str  # the file, for messages
    stack: str  # the stack that it is of
    tenant: str  # the tenant's host; empty where it was not known
    declared: frozenset[str]  # names of the resources that the program declared
    reviews: tuple[Review, ...]  # what is planned, one entry per resource

    @classmethod
    def read(cls, environ: Mapping[str, str], now: datetime) -> Self | None:
        """Return the plan that the environment names, or ``None`` where it names none.

        Raises:
            InvalidInputs: it cannot be read, was changed since it was saved, or is too old.
        """
        path = environ.get(REVIEWED_PLAN_VARIABLE, "").strip()
        if not path:
            return None
        max_age = environ.get(MAX_AGE_VARIABLE, "").strip()
        count = re.fullmatch(r"(\d{1,6})([mhd])", max_age)
        if max_age and count is None:
            reason = f'"{escape(max_age)}" must be a number and a unit, such as 90m, 24h or 7d'
            raise InvalidInputs([Problem(MAX_AGE_VARIABLE, reason)])
        limit = timedelta(**{_UNITS[count[2]]: int(count[1])}) if count else timedelta.max
        what = "is not a plan saved by this version, or has been changed since"
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
            if data.pop("digest") == digest_of(data) and data["format"] == FORMAT:
                saved = datetime.fromisoformat(data["time"])
                if now - saved <= limit:
                    names, reviews = map(resource_name, data["declared"]), map(parse_review, data["apis"])
                    return cls(path, data["stack"], data["tenant"] or "", frozenset(names), tuple(reviews))
                what = f"was saved at {saved:%Y-%m-%d %H:%M} UTC and is older than {MAX_AGE_VARIABLE} allows"
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            pass  # not what this version writes
        raise InvalidInputs([_problem(path, what)])

    def is_of(self, stack: str) -> bool:
        """Tell whether the plan is of a stack, by the last part of its name."""
        return self.stack.rpartition("/")[2] == stack

    def problems(self, urn: str, tenant: str) -> list[Problem]:
        """Return why the plan does not apply to a resource at all: it is for another stack, or another tenant."""
        here, planned = urn.split("::")[:2], [one.urn.split("::")[:2] for one in self.reviews]  # stack and project
        stack = here[0].removeprefix("urn:pulumi:")
        if not self.is_of(stack) or (planned and here not in planned):
            return [_problem(self.path, f"is for the stack {escape(self.stack)}, and this is {escape(stack)}")]
        if self.tenant and tenant != self.tenant:
            return [_problem(self.path, f"is for the tenant {escape(self.tenant)}, and this is {escape(tenant)}")]
        return []

    def approved(self, api_id: str, urn: str | None) -> ApprovedChanges:
        """Return what was reviewed of a resource on an API, or, for ``None``, of all resources that leave it."""
        here = (one for one in self.reviews if one.api_id == api_id and one.leaves_api is (urn is None))
        return ApprovedChanges(tuple(one for one in here if urn in (None, one.urn)), Basis.REVIEW)

    def problem_without(self, missing: Iterable[str]) -> Problem:
        """Return the refusal of a program that lacks resources of the plan."""
        what = f"the program no longer declares {join(sorted(missing))}, and what that deletes was not reviewed"
        return _problem(self.path, f"does not cover everything: {what}")


def _problem(path: str, what: str) -> Problem:
    way_out = "Save a new plan with `auth0-permissions plan --save` and have it reviewed, or unset the variable."
    return Problem(REVIEWED_PLAN_VARIABLE, f"{SUBJECT}{escape(path)} {what}. Nothing was changed. {way_out}")


def digest_of(content: Mapping[str, object]) -> str:
    """Return the digest of a plan's content, which shows whether somebody has edited it since."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
