"""The hooks' work on plain values: translate to the reconciler and back, and keep what the next hook needs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, Basis, approved_changes
from pulumi_auth0_permissions.core.errors import Conflict, InvalidInputs, Problem
from pulumi_auth0_permissions.core.intent import Declaration
from pulumi_auth0_permissions.core.model import Unmanaged, only, revision_of, without
from pulumi_auth0_permissions.core.planning import compute_plan
from pulumi_auth0_permissions.core.review import resource_name
from pulumi_auth0_permissions.core.text import applied_text, escape, postponed_text
from pulumi_auth0_permissions.core.validation import Unknown, input_problems
from pulumi_auth0_permissions.pulumi_adapter import intents, preview, state
from pulumi_auth0_permissions.pulumi_adapter.state import Context, take_context
from pulumi_auth0_permissions.version import VERSION

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.intent import Intent
    from pulumi_auth0_permissions.core.validation import Inputs
    from pulumi_auth0_permissions.pulumi_adapter.session import Session
    from pulumi_auth0_permissions.reconcile import Applied


class Found(NamedTuple):
    """What a refresh found: outputs, and inputs, as they really are; no inputs where they are as they were."""

    outputs: dict[str, object]
    inputs: dict[str, object] | None


class Hooks:
    """The hooks of one provider process: with what they share, or with what is wrong with the settings."""

    def __init__(self, session: Session | InvalidInputs) -> None:
        self._made = session

    @property
    def _session(self) -> Session:
        if isinstance(self._made, InvalidInputs):
            raise InvalidInputs(self._made.problems)
        return self._made

    def operation(self) -> AbstractContextManager[None]:
        """Bound the time of a hook, where the settings can be read; `check` says what is wrong with them."""
        if isinstance(self._made, InvalidInputs):
            return nullcontext()
        return operation(self._made.settings.operation_minutes)

    def check(
        self, olds: Mapping[str, object], news: Mapping[str, object]
    ) -> tuple[dict[str, object], tuple[Problem, ...]]:
        """Return the checked inputs and what is wrong with them; in a preview, show the plan.

        Old and new are inputs; a resource without state has no old ones, and the context stands among the new ones.
        """
        context, given = take_context(news)
        # With `ignore_changes=["*"]` the engine hands back what an earlier `check` or a refresh has added.
        added = {*state.IDENTITY_NAMES, "unmanaged_permissions", "__provider"}
        raw = {name: value for name, value in given.items() if name not in added}
        problems = [
            *map(_secret_problem, context.secret),
            *input_problems({name: intents.with_core_unknowns(value) for name, value in raw.items()}),
        ]
        if isinstance(self._made, InvalidInputs):
            return raw, (*problems, *self._made.problems)
        session = self._made
        if session.reviewed is not None:
            problems += session.reviewed.problems(context.urn, session.tenant)
        if problems:
            return raw, tuple(problems)
        checked = intents.as_ignored(state.inputs_of(raw), olds, context.ignored)
        inputs = intents.checked_inputs(checked, session.settings)
        session.remember(checked, context, _text(olds, "api_id"))
        self._note(context, inputs, olds)
        check = preview.Check(session, context, inputs, olds)
        if context.is_preview:
            session.reader.expect(context.apis)
            problems, identity = check.show(checked)
        else:
            problems, identity = check.look_before_writing()
        return {**checked, **identity}, tuple(problems)

    def _note(self, context: Context, inputs: Inputs, olds: Mapping[str, object]) -> None:
        """Record what this resource declares, for the other resources on its API."""
        if not isinstance(inputs.api, str):
            return
        values = () if isinstance(inputs.permissions, Unknown) else inputs.permissions
        same_api = olds.get("api") == inputs.api
        self._session.declarations.note(
            context.urn or f"{inputs.api} {sorted(values)}",
            Declaration(
                resource_name(context.urn),
                inputs.api,
                frozenset(values),
                state.managed(olds) if same_api else frozenset(),
                inputs.unmanaged is Unmanaged.REFUSE,
            ),
            context.others,
        )

    def diff(self, olds: Mapping[str, object], news: Mapping[str, object]) -> tuple[bool, list[str]]:
        """Return whether there is something to do from old outputs to new inputs, and what calls for a replacement."""
        session = self._session
        name = news.get("api")
        if not isinstance(name, str) or name not in (olds.get("api_id"), olds.get("identifier")):
            return True, ["api"]  # an unknown one comes from a resource that is itself being made anew
        wanted = state.inputs_of(news)
        context = session.recall(news, _text(olds, "api_id"))
        if not context.urn:
            # Something between `check` and here has changed the inputs: a policy pack, or a transform.
            context = self._show_again(olds, news)
        api = session.reader.peek(name)
        record = session.records.load(context.urn) if api is None and context.urn else None
        if api is None and record is None:
            # No preview found out which API it is; one made again under its identifier has another id.
            api = session.reader.get(name)
        found_id = api.id if api is not None else record.api_id if record is not None else ""
        if found_id and found_id != olds.get("api_id"):
            return True, ["api"]  # deleted and made again under its old identifier
        if wanted != state.inputs_of(olds):  # nor is anything unknown that equals what the state holds
            return True, []
        if api is None and record is not None and record.api_id:
            return bool(record.changes), []
        if api is None:
            api = session.reader.get(name)
        if api.permissions == wanted["permissions"]:
            return False, []  # what the plan would say as well, which takes longer to make; nearly always so
        inputs = intents.checked_inputs(news, session.settings)
        intent = intents.applying(session, context, inputs, state.managed(olds), api.id, api.identifier)
        return not compute_plan(intent, api.permissions).is_empty, []

    def create(self, props: Mapping[str, object]) -> tuple[str, dict[str, object]]:
        """Bring the API to what is declared and return its id and the outputs."""
        # All writers of an API take the same lock, which goes by its id; if no `check` has found it out, a look does.
        api_id, identifier = _text(props, "api_id"), _text(props, "identifier")
        if props.get("api") not in (api_id, identifier):
            api = self._session.reader.get(str(props.get("api")))
            api_id, identifier = api.id, api.identifier
        outputs = self._bring(api_id, identifier, {}, props)
        return str(outputs["api_id"]), outputs

    def update(self, id_: str, olds: Mapping[str, object], news: Mapping[str, object]) -> dict[str, object]:
        """Bring the API from the old outputs' state to the new inputs and return the new outputs."""
        return self._bring(id_, _text(olds, "identifier"), olds, news)

    def read(self, id_: str, props: Mapping[str, object]) -> Found | None:
        """Return what is really there, or ``None`` where the API is gone.

        The inputs move along: what is declared and no longer there reads as an addition in the next preview, and
        under ``remove``, which owns the whole list, what is there and not declared reads as a deletion.
        """
        session = self._session
        try:
            api = session.reader.get(id_)
        except NotFound:
            if sentence := preview.another_tenant(session, props):
                raise Conflict(sentence) from None
            if "revision" not in props:  # no state: the program looks it up, by the option `id`
                raise Conflict(
                    f'there is no API "{escape(id_)}" in {session.tenant}, so it cannot be looked up by id.'
                ) from None
            session.messages.warn(
                f"the API {escape(str(props.get('identifier') or id_))} does not exist any more, so its permissions "
                "leave the state. Create the API again, or remove the resource from the program."
            )
            return None
        ours = only(api.permissions, state.managed(props))
        rest = without(api.permissions, ours)
        inputs = {**state.inputs_of(props), "permissions": ours}
        # Handed over only where they move: the engine takes longer over them than all of this.
        unmanaged = state.mode_of(props, "unmanaged", session.settings.unmanaged)
        stay = "api_id" in props and inputs == state.inputs_of(props)
        inputs = {**inputs, **state.identity_of({**props, "tenant": session.tenant})}
        if unmanaged is Unmanaged.REMOVE and (rest or props.get("unmanaged_permissions")):
            stay = False
            # Seen, but never declared: the next preview shows that they go, and they do not become this resource's.
            inputs |= {"unmanaged_permissions": rest} if rest else {}
        outputs = state.outputs(props, api, ours, state.last_applied(props), props.get("applied"), session.settings)
        return Found(outputs, None if stay else inputs)

    def delete(self, id_: str, props: Mapping[str, object]) -> None:
        """Remove the resource's permissions from the API, and leave everybody else's.

        The engine calls no hook for a deletion in its preview, so who is hit is said here, before it is done.
        """
        session, managed = self._session, state.managed(props)
        with session.declarations.turn(id_):
            record = session.records.load(preview.leaving_key(id_, managed))
            judged = record.approved if record else ()
            intent = intents.leaving(session, props, id_, str(props.get("identifier")), approved=judged)
            shown = approved_changes([record], Basis.PREVIEW) if record else None
            try:
                preview.show_leaving(session, intent, session.reader.get(id_))
                applied = session.reconciler.apply(intent, session.reviewed.leaving(id_) if session.reviewed else shown)
            except NotFound:
                if sentence := preview.another_tenant(session, props):
                    raise Conflict(sentence) from None
                return  # the API is gone, and its permissions with it
            session.declarations.removes(id_, f"deleted {id_} {sorted(managed)}", applied.plan.removes)
            self._report(applied)

    def _bring(
        self, api_id: str, identifier: str, olds: Mapping[str, object], props: Mapping[str, object]
    ) -> dict[str, object]:
        """Bring an API to what the new inputs declare; return the new outputs. A new resource has no old ones."""
        session = self._session
        user = session.user()
        context = session.recall(props, _text(olds, "api_id"), take=True)
        inputs = intents.checked_inputs(props, session.settings)
        with session.declarations.turn(api_id):
            intent = intents.applying(session, context, inputs, state.managed(olds), api_id, identifier)
            intent, approved = self._held_to_what_was_shown(intent, context.urn, olds)
            applied = session.reconciler.apply(intent, approved)
            session.reader.put(applied.api)
            session.declarations.removes(applied.api.id, context.urn, applied.plan.removes)
        self._report(applied, context.urn)
        evidence = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": VERSION,
            "by": user.result(),
            "before": revision_of(applied.plan.observed),
        }
        managed = only(applied.api.permissions, intent.desired)
        return state.outputs(props, applied.api, managed, intent.desired, evidence, session.settings)

    def _held_to_what_was_shown(
        self, intent: Intent, urn: str, olds: Mapping[str, object]
    ) -> tuple[Intent, ApprovedChanges | None]:
        """Return what may be done: what was reviewed, or this run's preview showed, or else the program has changed."""
        if self._session.reviewed is not None:
            return intent, self._session.reviewed.of(urn, intent.api)
        record = self._session.records.load(urn)
        if record is not None and record.api_id == intent.api:
            return intent, approved_changes([record], Basis.PREVIEW)
        own = intent.without_preview(state.last_applied(olds), state.effective(olds))
        if record is None or record.api_id:
            return own, None
        # The preview could not tell what would go, so nothing goes; the next one can.
        expected = compute_plan(own, own.basis or {}).changes
        staying = tuple(change for change in expected if change.removes is None)
        return intent, ApprovedChanges(staying, Basis.UNKNOWN)

    def _show_again(self, olds: Mapping[str, object], news: Mapping[str, object]) -> Context:
        """Plan inputs that are not those of `check`, and in a preview show the plan that counts."""
        context = self._session.recall_by_state(_text(olds, "api_id"))
        inputs = intents.checked_inputs(news, self._session.settings)
        if context.urn and context.is_preview and inputs.is_known:
            self._note(context, inputs, olds)
            check = preview.Check(self._session, context, inputs, olds)
            problems, _ = check.show(state.inputs_of(news), again=True)
            if problems:
                raise InvalidInputs(problems)
            self._session.remember(news, context, _text(olds, "api_id"))
        return context

    def _report(self, applied: Applied, urn: str = "") -> None:
        """Say what was done, and what was left for a preview to show."""
        api, messages = applied.api, self._session.messages
        messages.info(applied_text(api, applied.plan, self._session.tenant, applied.moved), urn)
        if applied.plan.postponed:
            messages.warn(postponed_text(api.identifier, applied.plan), urn)


def _text(properties: Mapping[str, object], name: str) -> str:
    value = properties.get(name)
    return value if isinstance(value, str) else ""


def _secret_problem(name: str) -> Problem:
    return Problem(
        name,
        "is secret, but permissions are public names in the tenant and are shown in previews and logs. "
        "Give it as plain text, or through `pulumi.Output.unsecret`.",
    )
