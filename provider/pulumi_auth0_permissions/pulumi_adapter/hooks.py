"""The hooks, as the engine calls them: translate to the reconciler and back, and keep what the next hook needs.

On the preview of a create only `check` is called, later `check`, then `diff`; a refresh calls `read` first. So
what a preview has to show is worked out in `check`, and `diff` only answers whether there is something to do.
"""

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult
from pulumi.output import Unknown as EngineUnknown

from pulumi_auth0_permissions import __version__
from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.core.conflicts import approved_by_preview
from pulumi_auth0_permissions.core.errors import InvalidInputs, PermissionsError, Problem
from pulumi_auth0_permissions.core.model import Intent, Unmanaged, revision_of
from pulumi_auth0_permissions.core.planning import compute_plan
from pulumi_auth0_permissions.core.text import applied_text, escape, escape_markup, postponed_text
from pulumi_auth0_permissions.core.validation import input_problems, with_unknowns
from pulumi_auth0_permissions.pulumi_adapter import intents, preview, state
from pulumi_auth0_permissions.pulumi_adapter.context import take_context
from pulumi_auth0_permissions.pulumi_adapter.session import Session
from pulumi_auth0_permissions.pulumi_adapter.state import Properties
from pulumi_auth0_permissions.reconcile import Applied

_PUBLIC_NAMES = (
    "is secret, but permissions are public names in the tenant and appear in previews and logs. "
    "Pass it as plain text, or through `pulumi.Output.unsecret`."
)


class Hooks:
    """The hooks of one provider process; they share a session, or the error for which there is none."""

    def __init__(self, session: Session | InvalidInputs) -> None:
        self._made = session

    @property
    def _session(self) -> Session:
        if isinstance(self._made, InvalidInputs):
            raise InvalidInputs(self._made.problems)  # a new one each time: threads would add to one traceback
        return self._made

    def operation(self) -> AbstractContextManager[None]:
        """Limit the time of a hook, if the settings are valid; otherwise `check` reports what is wrong with them."""
        made = self._made
        return nullcontext() if isinstance(made, InvalidInputs) else operation(made.settings.operation_minutes)

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Validate, and in a preview show the plan."""
        try:
            return CheckResult(self._checked(olds, news), [])
        except InvalidInputs as error:
            problems = error.problems
        except ManagementApiError as error:
            problems = (Problem("api", str(error)),)
        # Without a property: the engine would print its value into the message, such as a thousand permissions.
        return CheckResult(dict(news), [CheckFailure("", escape_markup(str(problem))) for problem in problems])

    def _checked(self, olds: Properties, news: Properties) -> dict[str, object]:
        """Return the checked inputs, or raise `InvalidInputs` with everything that is wrong."""
        context, given = take_context(news)
        # With `ignore_changes=["*"]` the engine hands back what an earlier `check` or a refresh has added.
        added = {*state.IDENTITY_NAMES, "unmanaged_permissions", "__provider"}
        raw = {name: value for name, value in given.items() if name not in added}
        problems = [Problem(name, _PUBLIC_NAMES) for name in context.secret]
        problems += input_problems(with_unknowns(raw, EngineUnknown))
        if isinstance(self._made, InvalidInputs):
            problems += self._made.problems
        elif self._made.reviewed is not None:
            problems += self._made.reviewed.problems(context.urn, self._made.tenant)
        if problems:
            raise InvalidInputs(problems)
        checked = intents.as_ignored(state.inputs_of(raw), olds, context.ignored)
        session = self._session
        inputs = state.checked_inputs(checked, session.settings)
        session.resources.note(context, inputs, olds)
        if not context.is_preview:
            return {**checked, **preview.look_before_writing(session, context, inputs, olds)}
        session.reader.expect(context.apis)
        always = checked != state.inputs_of(olds)
        return {**checked, **preview.show(session, context, inputs, olds, always=always)}

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Tell whether an update has something to do, and whether the resource is to be replaced."""
        session = self._session
        name, old_id = news.get("api"), str(olds.get("api_id", ""))
        if not isinstance(name, str) or name not in (old_id, olds.get("identifier")):
            # One that is not known comes from a resource that is itself being replaced.
            return DiffResult(changes=True, replaces=["api"])
        inputs = state.checked_inputs(news, session.settings)
        context = session.resources.recall(inputs, olds)
        if not context.urn:
            # Something between `check` and here has changed the inputs: a policy pack, or a transform.
            context = session.resources.recall_changed(inputs, old_id)
            if context.urn:
                session.resources.note(context, inputs, olds)
                if context.is_preview:
                    preview.show(session, context, inputs, olds, always=True)
        shown = preview.shown_before(session, context.urn, name)
        if (shown.api_id if shown else session.reader.get(name).id) != old_id:
            return DiffResult(changes=True, replaces=["api"])  # the API was deleted and created again
        if state.inputs_of(news) != state.inputs_of(olds):  # what is unknown equals nothing that a state holds
            return DiffResult(changes=True)
        if shown:
            return DiffResult(changes=bool(shown.changes))
        api = session.reader.get(old_id)
        intent = intents.applying(session, context, inputs, state.managed(olds), api.id, api.identifier)
        return DiffResult(changes=bool(compute_plan(intent, api.permissions).changes))

    def create(self, props: Properties) -> CreateResult:
        """Take the API's permissions under management."""
        outputs = self._bring({}, props)
        return CreateResult(str(outputs["api_id"]), outputs)

    def update(self, _id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Apply the changes."""
        return UpdateResult(self._bring(olds, news))

    def _bring(self, olds: Properties, news: Properties) -> dict[str, object]:
        """Bring the API to what is declared, and return the new outputs; a new resource has no old ones."""
        session = self._session
        user = session.user()
        inputs = state.checked_inputs(news, session.settings)
        context = session.resources.recall(inputs, olds, is_last=True)
        # All writers of an API take turns by its id; if no `check` has found it out, it is read now.
        api_id, identifier = str(news.get("api_id", "")), str(news.get("identifier", ""))
        if news.get("api") not in (api_id, identifier):
            api = session.reader.get(str(news.get("api")))
            api_id, identifier = api.id, api.identifier
        with session.resources.turn(api_id):
            intent = intents.applying(session, context, inputs, state.managed(olds), api_id, identifier)
            own = intent.without_preview(state.last_applied(olds), state.effective(olds))
            applied = self._apply(intent, own, context.urn)
        evidence = {
            "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "version": __version__,
            "by": user.result(),
            "before": revision_of(applied.plan.observed),
        }
        return state.outputs({**news, "applied": evidence}, applied.api, session.settings)

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what is really there, as outputs, and as inputs unless they are the same; never write.

        The inputs move along: what is declared and no longer there reads as an addition in the next preview, and
        under ``remove``, which owns the whole list, what is there and not declared reads as a deletion.
        """
        session = self._session
        try:
            api = session.reader.get(id_)
        except NotFound:
            preview.refuse_another_tenant(session, props)
            if "revision" not in props:  # no state: the program looks it up, by the option `id`
                raise PermissionsError(
                    f'there is no API "{escape(id_)}" in {session.tenant}, so it cannot be looked up. Correct the id.'
                ) from None
            session.messages.warn(
                f"the API {escape(str(props.get('identifier') or id_))} no longer exists, so its permissions are "
                "removed from the state. Create the API again, or remove the resource from the program."
            )
            return ReadResult("", {})  # a blank id; the SDK wants outputs all the same
        outputs = state.outputs(props, api, session.settings)
        for known in (props, outputs) if "revision" in props else ():  # without a state, they may be anything
            session.resources.refreshed(state.checked_inputs(known, session.settings))
        rest = outputs["unmanaged_permissions"]
        # Seen, but never declared: the next preview shows that they go, and they do not become this resource's.
        going = {"unmanaged_permissions": rest} if rest and outputs["unmanaged"] == Unmanaged.REMOVE else {}
        if outputs.items() <= props.items() and "last_applied" not in props and not going:
            return ReadResult(id_, outputs)  # the engine keeps the inputs; to process new ones takes it longer
        return ReadResult(id_, outputs, {**state.inputs_of(outputs), **state.identity_of(outputs), **going})

    def delete(self, id_: str, props: Properties) -> None:
        """Remove the resource's permissions from the API, and leave everybody else's.

        The engine calls no hook for a deletion in its preview, so the plan is reported here, before it is carried out.
        """
        session = self._session
        with session.resources.turn(id_):
            intent = intents.leaving(session, props, id_)
            try:
                preview.report(session, preview.planned(session, intent, session.reader.get(id_)))
                self._apply(intent, intent, intents.leaving_key(id_, props))
            except NotFound:  # the API is gone, and its permissions with it
                preview.refuse_another_tenant(session, props)

    def _apply(self, intent: Intent, own: Intent, key: str) -> Applied:
        """Apply an intent as far as it was approved, and report what was done and what was left for a preview to show.

        Approved is what was reviewed, else what this run's preview showed; if that is nothing, ``own`` is applied
        instead. ``key`` is that of the resource's record.
        """
        session = self._session
        urn = "" if intent.policy.destroying else key  # the key of a resource that leaves is not its URN
        if session.reviewed is None:
            intent, approved = approved_by_preview(session.records.load(key), intent, own)
        else:
            approved = session.reviewed.approved(intent.api, None if intent.policy.destroying else key)
        applied = session.reconciler.apply(intent, approved)
        api, plan = applied.api, applied.plan
        session.reader.put(api)
        session.resources.note_removals(api.id, key, plan.removes)
        session.messages.info(applied_text(api, session.tenant, plan.changes, plan.handed_over, applied.moved), urn)
        if plan.postponed:
            session.messages.warn(postponed_text(api.identifier, plan.postponed), urn)
        return applied
