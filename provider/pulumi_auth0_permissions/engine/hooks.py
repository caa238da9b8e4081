"""The hooks' work on plain values: translate to the reconciler and back, and keep what the next hook needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.core.conflicts import Basis, Shown
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.inputs import parse_inputs
from pulumi_auth0_permissions.core.modes import Removal, Unmanaged
from pulumi_auth0_permissions.core.wording import shown
from pulumi_auth0_permissions.engine import intents, preview, state
from pulumi_auth0_permissions.engine.context import take_context
from pulumi_auth0_permissions.management.errors import NotFound
from pulumi_auth0_permissions.observations import Wish

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.intent import Intent
    from pulumi_auth0_permissions.engine.session import Session
    from pulumi_auth0_permissions.reconciler import Applied

__all__ = ["Found", "Hooks"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a refresh found.

    Attributes:
        outputs: the resource's outputs, moved to what is really there.
        inputs: its inputs, likewise; ``None`` where they are as they were.
    """

    outputs: dict[str, object]
    inputs: dict[str, object] | None


class Hooks:
    """The hooks of one provider process."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def check(
        self, olds: Mapping[str, object], news: Mapping[str, object]
    ) -> tuple[dict[str, object], tuple[Problem, ...]]:
        """Return the checked inputs and what is wrong with them; in a preview, show the plan.

        Args:
            olds: the old inputs; empty for a resource without state.
            news: the new inputs and the context.
        """
        context, raw = take_context(news)
        problems: list[Problem] = []
        unmanaged, removal = Unmanaged.REFUSE, Removal.WARN
        try:
            unmanaged, removal = self._session.settings.unmanaged, self._session.settings.removal
        except InvalidInputs as error:
            problems += error.problems
        try:
            known = {name: intents.with_core_unknowns(value) for name, value in raw.items()}
            inputs = parse_inputs(known, unmanaged=unmanaged, removal=removal)
        except InvalidInputs as error:
            return raw, (*error.problems, *problems)
        checked = {**state.inputs_of(raw), "unmanaged": str(inputs.unmanaged), "removal": str(inputs.removal)}
        if not context.is_preview:
            self._session.remember(checked, context)  # for the hooks that write and look at what the preview showed
        elif not problems:
            self._session.observations.expect(Wish.of_input(api) for api in context.siblings)
            problems += preview.show(self._session, context, inputs, olds, checked)
        return checked, tuple(problems)

    def diff(self, olds: Mapping[str, object], news: Mapping[str, object]) -> tuple[bool, list[str]]:
        """Return whether there is something to do and the inputs that call for a replacement.

        Args:
            olds: the old outputs.
            news: the new, checked inputs.
        """
        name = news.get("api")
        if not isinstance(name, str) or name not in (olds.get("api_id"), olds.get("identifier")):
            return True, ["api"]  # an unknown one comes from a resource that is itself being made anew
        wanted = state.inputs_of(news)
        if wanted != state.inputs_of(olds):  # nor is anything unknown that equals what the state holds
            return True, []
        api = self._session.observations.peek(name)
        if api is None:
            urn = self._session.recall(news).urn
            record = self._session.records.load(urn) if urn else None
            if record is not None and record.api_id == olds.get("api_id"):
                return bool(record.changes), []
            api = self._session.observations.get(_known(name, olds))
        if api.id != olds.get("api_id"):
            return True, ["api"]  # deleted and made again under its old identifier
        if api.permissions.as_map() == wanted["permissions"]:
            return False, []  # what the plan would say as well, which takes longer to make; nearly always so
        inputs = intents.checked_inputs(news)
        intent = intents.applying(
            inputs, state.owned_by_outputs(olds), self._session.settings, api=api.id, identifier=api.identifier
        )
        return not intent.plan_for(api.permissions).is_empty, []

    def create(self, props: Mapping[str, object]) -> tuple[str, dict[str, object]]:
        """Bring the API to what is declared and return its id and the outputs."""
        inputs = intents.checked_inputs(props)
        context = self._session.recall(props)
        record = self._session.records.load(context.urn)
        # All writers of an API take the same lock, which goes by its id; if no preview has found it out, a look does.
        found = record.api_id if record else None
        api = found or self._session.observations.get(Wish.of_input(str(inputs.api))).id
        intent = intents.applying(inputs, (), self._session.settings, api=api)
        if record is None:
            seen = None
        elif record.api_id is None:
            seen = Shown((), Basis.UNKNOWN, additions_are_free=True)
        else:
            seen = Shown(record.changes)
        outputs = self._apply(intent, seen, props, context.urn)
        return str(outputs["api_id"]), outputs

    def update(self, id_: str, olds: Mapping[str, object], news: Mapping[str, object]) -> dict[str, object]:
        """Bring the API from the old outputs' state to the new inputs and return the new outputs."""
        context = self._session.recall(news)
        intent = intents.applying(
            intents.checked_inputs(news),
            state.owned_by_outputs(olds),
            self._session.settings,
            api=id_,
            identifier=str(olds.get("identifier")),
        )
        record = self._session.records.load(context.urn)
        expected = intent.plan_for(state.effective(olds)).changes
        if record is None:
            seen = Shown(expected, Basis.STATE)
        elif record.api_id is None:
            # The preview could not tell what would go, so nothing goes; the next one can.
            staying = tuple(change for change in expected if change.removes is None)
            seen = Shown(staying, Basis.UNKNOWN, additions_are_free=True)
        else:
            seen = Shown(record.changes)
        return self._apply(intent, seen, news, context.urn)

    def read(self, id_: str, props: Mapping[str, object]) -> Found | None:
        """Return what is really there, or ``None`` where the API is gone.

        The inputs move along: what is declared and no longer there reads as an addition in the next preview, and
        under ``remove``, which owns the whole list, what is there and not declared reads as a deletion.
        """
        try:
            api = self._session.observations.get(_known(id_, props))
        except NotFound:
            self._session.messages.warn(
                f"the API {shown(str(props.get('identifier') or id_))} does not exist any more, so its permissions "
                "leave the state. Create the API again, or remove the resource from the program."
            )
            return None
        ours = api.permissions.only(state.managed(props))
        theirs_too = props.get("unmanaged") == Unmanaged.REMOVE
        inputs = {**state.inputs_of(props), "permissions": (api.permissions if theirs_too else ours).as_map()}
        # Handed over only where they move: the engine takes longer over them than all of this.
        stay = inputs == state.inputs_as_recorded(props)
        return Found(state.outputs(props, api, ours), None if stay else inputs)

    def delete(self, id_: str, props: Mapping[str, object]) -> None:
        """Remove the resource's permissions from the API, and leave everybody else's.

        The engine calls no hook for a deletion in its preview, so who is hit is said here, before it is done.
        """
        intent = intents.removing(props, self._session.settings, api=id_)
        try:
            preview.show_departure(self._session, intent, _known(id_, props))
            applied = self._session.reconciler.apply(intent, None)
        except NotFound:
            return  # the API is gone, and its permissions with it
        self._tell(applied)

    def _apply(self, intent: Intent, seen: Shown | None, props: Mapping[str, object], urn: str) -> dict[str, object]:
        applied = self._session.reconciler.apply(intent, seen)
        self._session.observations.put(applied.api)
        self._tell(applied, urn)
        return state.outputs(props, applied.api, applied.api.permissions.only(intent.desired.values()))

    def _tell(self, applied: Applied, urn: str = "") -> None:
        from pulumi_auth0_permissions.engine import telling  # brings what only a run with changes has a use for

        self._session.progress.done()
        telling.tell_applied(self._session, urn, applied)


def _known(api: str, outputs: Mapping[str, object]) -> Wish:
    """Return the wish to look at a resource's API, with what the state knows of it."""
    identifier = outputs.get("identifier")
    return Wish(api, identifier if isinstance(identifier, str) else None, state.count(outputs))
