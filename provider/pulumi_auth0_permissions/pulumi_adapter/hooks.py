"""The hooks' work on plain values: translate to the reconciler and back, and keep what the next hook needs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulumi_auth0_permissions.auth0.errors import ManagementApiError, NotFound
from pulumi_auth0_permissions.auth0.rate_limiter import operation
from pulumi_auth0_permissions.core.conflicts import ApprovedChanges, Basis, approved_changes
from pulumi_auth0_permissions.core.errors import Conflict, InvalidInputs, Problem
from pulumi_auth0_permissions.core.intent import Declaration
from pulumi_auth0_permissions.core.model import Permissions, Removal, Unmanaged, only, revision_of, without
from pulumi_auth0_permissions.core.planning import compute_plan
from pulumi_auth0_permissions.core.review import Review
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.core.validation import Unknown, parse_inputs, sibling_problems
from pulumi_auth0_permissions.pulumi_adapter import intents, preview, reporting, state, translate
from pulumi_auth0_permissions.pulumi_adapter.context import Context, take_context
from pulumi_auth0_permissions.version import VERSION

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.intent import Intent
    from pulumi_auth0_permissions.core.model import Api
    from pulumi_auth0_permissions.core.validation import Inputs
    from pulumi_auth0_permissions.pulumi_adapter.session import Session
    from pulumi_auth0_permissions.reconcile import Applied


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

    def operation(self) -> AbstractContextManager[None]:
        """Bound the time of a hook, where the settings can be read; `check` says what is wrong with them."""
        try:
            return operation(self._session.settings.operation_minutes)
        except InvalidInputs:
            return nullcontext()

    def check(
        self, olds: Mapping[str, object], news: Mapping[str, object]
    ) -> tuple[dict[str, object], tuple[Problem, ...]]:
        """Return the checked inputs and what is wrong with them; in a preview, show the plan.

        Args:
            olds: the old inputs; empty for a resource without state.
            news: the new inputs and the context.
        """
        context, given = take_context(news)
        # With `ignore_changes=["*"]` the engine hands back what an earlier `check` or a refresh has added.
        added = {*state.IDENTITY_NAMES, "unmanaged_permissions"}
        raw = {name: value for name, value in given.items() if name not in added}
        problems: list[Problem] = []
        unmanaged, removal = Unmanaged.REFUSE, Removal.WARN
        try:
            unmanaged, removal = self._session.settings.unmanaged, self._session.settings.removal
            if self._session.reviewed is not None:
                problems += self._session.reviewed.problems(context.urn, self._session.tenant)
        except InvalidInputs as error:
            problems += error.problems
        try:
            known = {name: translate.with_core_unknowns(value) for name, value in raw.items()}
            inputs = parse_inputs(known, unmanaged=unmanaged, removal=removal)
        except InvalidInputs as error:
            return raw, (*error.problems, *problems)
        if context.secret:
            return raw, (*map(_secret_problem, context.secret), *problems)
        checked = translate.as_ignored(state.inputs_of(raw), olds, context.ignored)
        if not problems:
            inputs = translate.checked_inputs(checked, self._session.settings)
        self._session.remember(checked, context, api_id=_text(olds, "api_id"))
        self._note(context, inputs, olds)
        identity: Mapping[str, object] = {}
        if problems:
            pass
        elif context.is_preview:
            self._session.reader.expect(context.apis)
            shown_ = preview.show(self._session, context, inputs, olds, checked)
            problems += shown_.problems
            identity = shown_.identity
        else:
            problems += self._problems_before_writing(context, inputs, olds)
            identity = self._identity_before_writing(context, inputs, olds)
        return {**checked, **identity}, tuple(problems)

    def _identity_before_writing(
        self, context: Context, inputs: Inputs, olds: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Return which API the inputs are about, so that the state's inputs tell it as well."""
        record = self._session.records.load(context.urn)
        if record is not None and (found := preview.identity_of(record)):
            return found
        if olds.get("api") == inputs.api and (known := state.identity_of(olds)):
            return known
        if olds or not isinstance(inputs.api, str):
            return {}
        try:
            api = self._session.reader.get(inputs.api)  # which `create` does anyway
        except ManagementApiError:
            return {}  # `create` says what is wrong
        return state.identity(api.id, api.identifier, api.name, self._session.tenant)

    def _note(self, context: Context, inputs: Inputs, olds: Mapping[str, object]) -> None:
        """Record what this resource declares, for the other resources on its API."""
        if not isinstance(inputs.api, str):
            return
        values = () if isinstance(inputs.permissions, Unknown) else inputs.permissions
        same_api = olds.get("api") == inputs.api
        self._session.declarations.note(
            context.urn or f"{inputs.api} {sorted(values)}",
            Declaration(
                context.urn.split("::")[-1],
                inputs.api,
                frozenset(values),
                state.managed(olds) if same_api else frozenset(),
                inputs.unmanaged is Unmanaged.REFUSE,
            ),
            context.others,
        )

    def _problems_before_writing(self, context: Context, inputs: Inputs, olds: Mapping[str, object]) -> list[Problem]:
        """Look before the engine deletes what the new inputs replace: afterwards it is too late."""
        if isinstance(inputs.api, str) and (problems := sibling_problems(context.others, inputs.api)):
            return problems
        moves = bool(olds) and inputs.api != olds.get("api")
        if not isinstance(inputs.api, str) or not (moves or preview.is_another_tenant(self._session, olds)):
            return []
        try:
            api = self._session.reader.get(inputs.api)
        except NotFound:
            return [preview.no_such_api(self._session, inputs.api, olds)]
        except ManagementApiError as error:
            return [preview.problem_of(error)]
        return preview.tenant_problems(self._session, olds, api.id) if not moves else []

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
        context = self._session.recall(news, api_id=_text(olds, "api_id"))
        if not context.urn:
            # Something between `check` and here has changed the inputs: a policy pack, or a transform.
            context = self._show_again(olds, news)
        api = self._session.reader.peek(name)
        record = self._session.records.load(context.urn) if api is None and context.urn else None
        if api is None and record is None:
            # No preview found out which API it is; one made again under its identifier has another id.
            api = self._session.reader.get(name)
        found_id = api.id if api is not None else record.api_id if record is not None else ""
        if found_id and found_id != olds.get("api_id"):
            return True, ["api"]  # deleted and made again under its old identifier
        if not state.same_inputs(wanted, olds):  # nor is anything unknown that equals what the state holds
            return True, []
        if api is None and record is not None and record.api_id:
            return bool(record.changes), []
        if api is None:
            api = self._session.reader.get(name)
        if api.permissions == wanted["permissions"]:
            return False, []  # what the plan would say as well, which takes longer to make; nearly always so
        inputs = translate.checked_inputs(news, self._session.settings)
        owned = state.managed(olds)
        intent = intents.applying(self._session, context, inputs, owned, api.id, api.identifier)
        return not compute_plan(intent, api.permissions).is_empty, []

    def create(self, props: Mapping[str, object]) -> tuple[str, dict[str, object]]:
        """Bring the API to what is declared and return its id and the outputs."""
        inputs = translate.checked_inputs(props, self._session.settings)
        context = self._session.recall(props, take=True)
        record = self._session.records.load(context.urn)
        # All writers of an API take the same lock, which goes by its id; if no preview has found it out, a look does.
        if record is None or not record.api_id or inputs.api not in (record.api_id, record.identifier):
            api = self._session.reader.get(str(inputs.api))
            api_id, identifier = api.id, api.identifier
        else:
            api_id, identifier = record.api_id, record.identifier
        with self._session.declarations.turn(api_id):
            intent = intents.applying(self._session, context, inputs, (), api_id, identifier)
            outputs = self._carry_out(intent, {}, props, context.urn, record)
        return str(outputs["api_id"]), outputs

    def update(self, id_: str, olds: Mapping[str, object], news: Mapping[str, object]) -> dict[str, object]:
        """Bring the API from the old outputs' state to the new inputs and return the new outputs."""
        context = self._session.recall(news, api_id=_text(olds, "api_id"), take=True)
        inputs = translate.checked_inputs(news, self._session.settings)
        with self._session.declarations.turn(id_):
            intent = intents.applying(
                self._session, context, inputs, state.managed(olds), id_, str(olds.get("identifier"))
            )
            return self._carry_out(intent, olds, news, context.urn, self._session.records.load(context.urn))

    def read(self, id_: str, props: Mapping[str, object]) -> Found | None:
        """Return what is really there, or ``None`` where the API is gone.

        The inputs move along: what is declared and no longer there reads as an addition in the next preview, and
        under ``remove``, which owns the whole list, what is there and not declared reads as a deletion.
        """
        try:
            api = self._session.reader.get(id_)
        except NotFound:
            if sentence := preview.another_tenant(self._session, props):
                raise Conflict(sentence) from None
            if "revision" not in props:  # no state: the program looks it up, by the option `id`
                raise Conflict(
                    f'there is no API "{escape(id_)}" in {self._session.tenant}, so it cannot be looked up by id.'
                ) from None
            self._session.messages.warn(
                f"the API {escape(str(props.get('identifier') or id_))} does not exist any more, so its permissions "
                "leave the state. Create the API again, or remove the resource from the program."
            )
            return None
        ours = only(api.permissions, state.managed(props))
        rest = without(api.permissions, ours)
        inputs = {**state.inputs_of(props), "permissions": ours}
        # Handed over only where they move: the engine takes longer over them than all of this.
        unmanaged = state.mode_of(props, "unmanaged", self._session.settings.unmanaged)
        stay = inputs == state.inputs_as_recorded(props, unmanaged)
        inputs = {**inputs, **state.identity_of({**props, "tenant": self._session.tenant})}
        if unmanaged is Unmanaged.REMOVE and rest:
            stay = False
            # Seen, but never declared: the next preview shows that they go, and they do not become this resource's.
            inputs["unmanaged_permissions"] = rest
        outputs = self._outputs(props, api, ours, state.last_applied(props), props.get("applied"))
        return Found(outputs, None if stay else inputs)

    def delete(self, id_: str, props: Mapping[str, object]) -> None:
        """Remove the resource's permissions from the API, and leave everybody else's.

        The engine calls no hook for a deletion in its preview, so who is hit is said here, before it is done.
        """
        with self._session.declarations.turn(id_):
            record = self._session.records.load(preview.leaving_key(id_, state.managed(props)))
            intent = intents.leaving(
                self._session,
                props,
                id_,
                str(props.get("identifier")),
                declared=self._session.declared_by_program(),
                approved=frozenset(record.approved if record else ()),
            )
            try:
                preview.show_leaving(self._session, intent, id_)
                reviewed = self._session.reviewed
                shown = approved_changes([record], Basis.PREVIEW) if record else None
                approved = reviewed.leaving(id_) if reviewed else shown
                applied = self._session.reconciler.apply(intent, approved)
            except NotFound:
                if sentence := preview.another_tenant(self._session, props):
                    raise Conflict(sentence) from None
                return  # the API is gone, and its permissions with it
            self._session.declarations.removes(
                id_, f"deleted {id_} {sorted(state.managed(props))}", applied.plan.removes
            )
            self._report(applied)

    def _carry_out(
        self,
        intent: Intent,
        olds: Mapping[str, object],
        props: Mapping[str, object],
        urn: str,
        record: Review | None,
    ) -> dict[str, object]:
        """Do what this run's preview showed of the API, or what was reviewed, or else the program's own changes.

        Args:
            intent: what is wanted.
            olds: the old outputs; empty for a new resource.
            props: the new inputs.
            urn: the resource's URN.
            record: what this run's preview showed; ``None`` where there was none.
        """
        if self._session.reviewed is not None:
            return self._apply(intent, self._session.reviewed.of(urn, intent.api), props, urn)
        if record is not None and record.api_id == intent.api:
            return self._apply(intent, approved_changes([record], Basis.PREVIEW), props, urn)
        own = intent.without_preview(state.last_applied(olds), state.effective(olds))
        if record is None or record.api_id:
            return self._apply(own, None, props, urn)
        # The preview could not tell what would go, so nothing goes; the next one can.
        expected = compute_plan(own, own.basis or {}).changes
        staying = tuple(change for change in expected if change.removes is None)
        return self._apply(intent, ApprovedChanges(staying, Basis.UNKNOWN), props, urn)

    def _apply(
        self, intent: Intent, approved: ApprovedChanges | None, props: Mapping[str, object], urn: str
    ) -> dict[str, object]:
        applied = self._session.reconciler.apply(intent, approved)
        self._session.reader.put(applied.api)
        self._session.declarations.removes(applied.api.id, urn, applied.plan.removes)
        self._report(applied, urn)
        managed = only(applied.api.permissions, intent.desired)
        evidence = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": VERSION,
            "by": self._session.user,
            "before": revision_of(applied.plan.observed),
        }
        return self._outputs(props, applied.api, managed, intent.desired, evidence)

    def _outputs(
        self,
        props: Mapping[str, object],
        api: Api,
        managed: Permissions,
        last_applied: Permissions,
        evidence: object,
    ) -> dict[str, object]:
        settings = self._session.settings
        defaults = {"unmanaged": str(settings.unmanaged), "removal": str(settings.removal)}
        outputs = state.outputs(props, api, managed, self._session.tenant, last_applied=last_applied, defaults=defaults)
        return {**outputs, "applied": evidence} if evidence else outputs

    def _show_again(self, olds: Mapping[str, object], news: Mapping[str, object]) -> Context:
        """Plan inputs that are not those of `check`, and in a preview show the plan that counts."""
        context = self._session.recall_by_state(_text(olds, "api_id"))
        inputs = translate.checked_inputs(news, self._session.settings)
        if context.urn and context.is_preview and inputs.is_known:
            self._note(context, inputs, olds)
            again = preview.show(self._session, context, inputs, olds, state.inputs_of(news), again=True)
            if again.problems:
                raise InvalidInputs(again.problems)
            self._session.remember(news, context, api_id=_text(olds, "api_id"))
        return context

    def _report(self, applied: Applied, urn: str = "") -> None:
        self._session.progress.done()
        reporting.report_applied(self._session, urn, applied)


def _text(properties: Mapping[str, object], name: str) -> str:
    value = properties.get(name)
    return value if isinstance(value, str) else ""


def _secret_problem(name: str) -> Problem:
    return Problem(
        name,
        "is secret, but permissions are public names in the tenant and are shown in previews and logs. "
        "Give it as plain text, or through `pulumi.Output.unsecret`.",
    )
