"""The hooks' work on plain values: translate to the reconciler and back, and keep what the next hook needs."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime

from pulumi.output import Unknown as EngineUnknown

from pulumi_auth0_permissions import __version__
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, Basis
from pulumi_auth0_permissions.core.errors import InvalidInputs, PermissionsError, Problem
from pulumi_auth0_permissions.core.model import Intent, Unmanaged, only, revision_of, without
from pulumi_auth0_permissions.core.planning import compute_plan
from pulumi_auth0_permissions.core.text import applied_text, escape, postponed_text
from pulumi_auth0_permissions.core.validation import Inputs, input_problems, with_unknowns
from pulumi_auth0_permissions.pulumi_adapter import intents, preview, state
from pulumi_auth0_permissions.pulumi_adapter.context import Context, take_context
from pulumi_auth0_permissions.pulumi_adapter.session import Session
from pulumi_auth0_permissions.reconcile import Applied

_PUBLIC_NAMES = (
    "is secret, but permissions are public names in the tenant and appear in previews and logs. "
    "Pass it as plain text, or through `pulumi.Output.unsecret`."
)


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

    def check(self, olds: Mapping[str, object], news: Mapping[str, object]) -> dict[str, object]:
        """Return the checked inputs; in a preview, show the plan. The context stands among the new inputs.

        Raises:
            InvalidInputs: with everything that is wrong.
        """
        context, given = take_context(news)
        # With `ignore_changes=["*"]` the engine hands back what an earlier `check` or a refresh has added.
        added = {*state.IDENTITY_NAMES, "unmanaged_permissions", "__provider"}
        raw = {name: value for name, value in given.items() if name not in added}
        problems = [
            *(Problem(name, _PUBLIC_NAMES) for name in context.secret),
            *input_problems({name: with_unknowns(value, EngineUnknown) for name, value in raw.items()}),
        ]
        if isinstance(self._made, InvalidInputs):
            problems += self._made.problems
        elif self._made.reviewed is not None:
            problems += self._made.reviewed.problems(context.urn, self._made.tenant)
        if problems:
            raise InvalidInputs(problems)
        checked = intents.as_ignored(state.inputs_of(raw), olds, context.ignored)
        session = self._session
        inputs = self._noted(context, checked, olds)
        try:
            if not context.is_preview:
                return {**checked, **preview.look_before_writing(session, context, inputs, olds)}
            session.reader.expect(context.apis)
            always = checked != state.inputs_of(olds)
            return {**checked, **preview.show(session, context, inputs, olds, always=always)}
        except ManagementApiError as error:
            raise InvalidInputs([Problem("api", str(error))]) from None

    def _noted(self, context: Context, checked: Mapping[str, object], olds: Mapping[str, object]) -> Inputs:
        """Return a resource's inputs, noted for its next hooks and for the others on its API."""
        inputs = intents.checked_inputs(checked, self._session.settings)
        self._session.resources.note(context, checked, inputs, olds)
        return inputs

    def diff(self, olds: Mapping[str, object], news: Mapping[str, object]) -> tuple[bool, list[str]]:
        """Return whether there is something to do from old outputs to new inputs, and what calls for a replacement."""
        session = self._session
        name, old_id = news.get("api"), str(olds.get("api_id", ""))
        if not isinstance(name, str) or name not in (old_id, olds.get("identifier")):
            return True, ["api"]  # an unknown one comes from a resource that is itself being made anew
        context = session.resources.recall(news, old_id)
        if not context.urn:
            # Something between `check` and here has changed the inputs: a policy pack, or a transform.
            context = self._show_again(olds, news)
        is_same = state.inputs_of(news) == state.inputs_of(olds)  # what is unknown equals nothing that a state holds
        shown = session.records.load(context.urn)
        if shown and shown.api_id and name in (shown.api_id, shown.identifier):
            api_id, has_changes = shown.api_id, bool(shown.changes)
        else:  # no preview found out which API it is; one made again under its identifier has another id
            api = session.reader.get(name)
            api_id, has_changes = api.id, False
            if is_same:
                inputs = intents.checked_inputs(news, session.settings)
                intent = intents.applying(session, context, inputs, state.managed(olds), api.id, api.identifier)
                has_changes = bool(compute_plan(intent, api.permissions).changes)
        if api_id != old_id:
            return True, ["api"]  # deleted and made again under its old identifier
        return has_changes or not is_same, []

    def create(self, props: Mapping[str, object]) -> tuple[str, dict[str, object]]:
        """Bring the API to what is declared and return its id and the outputs."""
        # All writers of an API take the same lock, which goes by its id; if no `check` has found it out, a look does.
        api_id, identifier = str(props.get("api_id", "")), str(props.get("identifier", ""))
        if props.get("api") not in (api_id, identifier):
            api = self._session.reader.get(str(props.get("api")))
            api_id, identifier = api.id, api.identifier
        outputs = self._bring(api_id, identifier, {}, props)
        return str(outputs["api_id"]), outputs

    def update(self, id_: str, olds: Mapping[str, object], news: Mapping[str, object]) -> dict[str, object]:
        """Bring the API from the old outputs' state to the new inputs and return the new outputs."""
        return self._bring(id_, str(olds.get("identifier", "")), olds, news)

    def read(self, id_: str, props: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object] | None] | None:
        """Return what is really there, as outputs and as inputs: ``None`` where the API is gone, inputs are the same.

        The inputs move along: what is declared and no longer there reads as an addition in the next preview, and
        under ``remove``, which owns the whole list, what is there and not declared reads as a deletion.
        """
        session = self._session
        try:
            api = session.reader.get(id_)
        except NotFound:
            if sentence := preview.another_tenant(session, props):
                raise PermissionsError(sentence) from None
            if "revision" not in props:  # no state: the program looks it up, by the option `id`
                raise PermissionsError(
                    f'there is no API "{escape(id_)}" in {session.tenant}, so it cannot be looked up by id.'
                ) from None
            session.messages.warn(
                f"the API {escape(str(props.get('identifier') or id_))} no longer exists, so its permissions are "
                "removed from the state. Create the API again, or remove the resource from the program."
            )
            return None
        ours = only(api.permissions, state.managed(props))
        rest = without(api.permissions, ours)
        outputs = state.outputs(props, api, ours, state.last_applied(props), props.get("applied"), session.settings)
        given = state.inputs_of(props)
        inputs = {**given, "permissions": ours}
        owns_all = given.get("unmanaged", session.settings.unmanaged) == Unmanaged.REMOVE
        has_seen_more = owns_all and bool(rest or props.get("unmanaged_permissions"))
        is_as_applied = "api_id" in props and "last_applied" not in props  # so that the engine's inputs are the state's
        if inputs == given and is_as_applied and not has_seen_more:
            return outputs, None  # the engine takes longer over them than all of this
        inputs |= state.identity_of({**props, "tenant": session.tenant})
        if owns_all and rest:
            # Seen, but never declared: the next preview shows that they go, and they do not become this resource's.
            inputs["unmanaged_permissions"] = rest
        return outputs, inputs

    def delete(self, id_: str, props: Mapping[str, object]) -> None:
        """Remove the resource's permissions from the API, and leave everybody else's.

        The engine calls no hook for a deletion in its preview, so who is hit is said here, before it is done.
        """
        session, key = self._session, intents.leaving_key(id_, props)
        with session.resources.turn(id_):
            record = session.records.load(key)
            intent = intents.leaving(session, props, id_, record.approved if record else ())
            shown = ApprovedChanges((record,)) if record else None
            if session.reviewed is not None:
                shown = session.reviewed.approved(id_, None)
            try:
                preview.show_plan(session, intent, session.reader.get(id_))
                applied = session.reconciler.apply(intent, shown)
            except NotFound:
                if sentence := preview.another_tenant(session, props):
                    raise PermissionsError(sentence) from None
                return  # the API is gone, and its permissions with it
            session.resources.removes(id_, key, applied.plan.removes)
            self._report(applied)

    def _bring(
        self, api_id: str, identifier: str, olds: Mapping[str, object], props: Mapping[str, object]
    ) -> dict[str, object]:
        """Bring an API to what the new inputs declare; return the new outputs. A new resource has no old ones."""
        session = self._session
        user = session.user()
        context = session.resources.recall(props, str(olds.get("api_id", "")), is_last=True)
        inputs = intents.checked_inputs(props, session.settings)
        with session.resources.turn(api_id):
            intent = intents.applying(session, context, inputs, state.managed(olds), api_id, identifier)
            intent, approved = self._held_to_what_was_shown(intent, context.urn, olds)
            applied = session.reconciler.apply(intent, approved)
            session.reader.put(applied.api)
            session.resources.removes(applied.api.id, context.urn, applied.plan.removes)
        self._report(applied, context.urn)
        evidence = {
            "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "version": __version__,
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
            return intent, self._session.reviewed.approved(intent.api, urn)
        record = self._session.records.load(urn)
        if record is not None and record.api_id == intent.api:
            return intent, ApprovedChanges((record,))
        own = intent.without_preview(state.last_applied(olds), state.effective(olds))
        if record is None or record.api_id:
            return own, None
        # The preview could not tell what would go, so nothing goes; the next one can.
        expected = compute_plan(own, own.basis or {}).changes
        staying = tuple(change for change in expected if change.removes is None)
        return intent, ApprovedChanges((replace(record, changes=staying),), Basis.UNKNOWN)

    def _show_again(self, olds: Mapping[str, object], news: Mapping[str, object]) -> Context:
        """Plan inputs that are not those of `check`, and in a preview show the plan that counts."""
        context = self._session.resources.recall_by_state(str(olds.get("api_id", "")))
        if context.is_preview:
            inputs = self._noted(context, state.inputs_of(news), olds)
            preview.show(self._session, context, inputs, olds, always=True)
        return context

    def _report(self, applied: Applied, urn: str = "") -> None:
        """Say what was done, and what was left for a preview to show."""
        api, plan, messages = applied.api, applied.plan, self._session.messages
        messages.info(applied_text(api, self._session.tenant, plan.changes, plan.handed_over, applied.moved), urn)
        if plan.postponed:
            messages.warn(postponed_text(api.identifier, plan.postponed), urn)
