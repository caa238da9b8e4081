"""A program's own tests, under `pulumi.runtime.set_mocks`: no provider is there to refuse what is wrong."""

import json
import subprocess
import sys

PROGRAM = """
import sys
import pulumi

def say(*what):
    sys.stdout.write(" ".join(map(str, what)) + "\\n")  # at once: threads do

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        say("inputs:", sorted(args.inputs))
        more = {"unmanaged_permissions": {"theirs": "Theirs"}} if args.name == "shared" else {}
        if args.typ == "pulumi:pulumi:StackReference":
            api = {"apiId": "1", "permissions": {"of": args.name}, "effectiveRevision": ""}
            apis = {"orders": api, "old": {**api, "permissions": {}}}
            more = {"outputs": {"auth0PermissionsReceipt": {"format": 1, "apis": apis}}}
        return args.name + "_id", {**args.inputs, **more}

    def call(self, args):
        say("call:", args.token, args.args)
        return {"permissions": {"read:stock": "Read stock"}, **args.args}

pulumi.runtime.set_mocks(Mocks(), organization="acme")
from pulumi_auth0_permissions import ApiPermissions, get_api_permissions, promoted_from

class Team(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("shop:index:Team", name, None, opts)

other = pulumi.ProviderResource("auth0", "other", {"domain": "other.example.com"})
"""
OUTPUTS = """
@pulumi.runtime.test
def check():
    orders, shared = (ApiPermissions(name, f"urn:{name}", {"read": "Read"}) for name in ("orders", "shared"))
    taken = pulumi.Output.all(promoted_from("dev")["orders"], promoted_from("other/shop/dev")["orders"])
    stock = get_api_permissions("urn:stock").require("read:stock")
    outputs = [orders.identifier, orders.effective_permissions, orders.require("read"), shared.effective_permissions]
    return pulumi.Output.all(*outputs, stock, taken).apply(lambda found: say("outputs:", *found))

check()
"""
IN_A_COMPONENT = """
@pulumi.runtime.test
def check():
    from pulumi_auth0_permissions.declaring import ContextInput
    opts = pulumi.ResourceOptions(parent=Team("team::one", None))
    urn = ContextInput("orders::all", "urn:orders", {"permissions": {}}, opts)._urn()
    return pulumi.Output.from_input(urn).apply(lambda urn: say("urn:", urn))

check()
"""
STAGE = """
@pulumi.runtime.test
def check():
    from pulumi_auth0_permissions import Stage
    pulumi.runtime.set_all_config({{"auth0-permissions:apis": '{apis}', "auth0-permissions:promotedFrom": "dev"}})
    return pulumi.Output.all(*(one.api for one in Stage().declare().values())).apply(lambda apis: say("apis:", apis))

check()
"""
ATTEMPT = """
@pulumi.runtime.test
def check():
    return {}

try:
    check()
    say("taken")
except pulumi.RunError as error:
    say("refused:", error)
"""
MISTAKES = {
    "ApiPermissions('a', 'urn:a', {'x' * 281: ''})": "ApiPermissions 'a': permissions[",
    "ApiPermissions('a', '', {'a': pulumi.Output.from_input(''), '': ''})": "the permission has 0 characters",
    "ApiPermissions('a', 'urn:a', {1: ''})": 'such as {"read:orders": "Read orders"}; got the key 1, a number.',
    "ApiPermissions('a', 'urn:a', {'read': ''}).require('reads')": "'a' declares no permission \"reads\". Did you mean",
}
OTHER_PROVIDERS = (
    "provider=other",
    "providers=[other]",
    "providers={'auth0': other}",
    "parent=Team('one', pulumi.ResourceOptions(provider=other))",
    "parent=Team('some', pulumi.ResourceOptions(providers=[other]))",
)
DYNAMIC = "providers=[pulumi.ProviderResource('pulumi-python', 'dynamic')]"


def test_mocks_give_outputs() -> None:
    """Mocks that return the inputs, as most do, give outputs that fit; what they say is there besides comes along.

    A look-up is a call to them, and a bare name a stack of the same project; our own input they never see.
    """
    said = run(OUTPUTS)

    assert "outputs: urn:orders {'read': 'Read'} read {'read': 'Read', 'theirs': 'Theirs'} read:stock [" in said
    assert "call: auth0:index:getApiPermissions {'api': 'urn:stock'}\n" in said
    assert "[{'of': 'acme/project/dev'}, {'of': 'other/shop/dev'}]\n" in said
    assert "context_" not in said


def test_a_resource_in_a_component_is_told_its_own_urn() -> None:
    """The hooks are given all types on the way to it, also where names hold what separates a URN's parts."""
    types = "pulumi:pulumi:Stack$shop:index:Team$pulumi-python:dynamic/auth0:ApiPermissions"

    assert f"urn: urn:pulumi:stack::project::{types}::orders::all\n" in run(IN_A_COMPONENT)


def test_a_stage_is_held_against_its_source() -> None:
    """It takes the APIs that both have, warns of what it leaves out, and fails where the source lacks one."""
    taken, lacking = (
        run(STAGE.format(apis=json.dumps({name: f"urn:{name}" for name in names})))
        for names in (("orders",), ("orders", "stock"))
    )

    assert "apis: ['urn:orders']" in taken
    assert (
        'acme/project/dev has "old", which auth0-permissions:apis of this stack does not name: left out here' in taken
    )
    assert 'this stack names "stock", which acme/project/dev does not have; it has "old", "orders". Correct' in lacking


def test_what_is_wrong_fails_the_program() -> None:
    """Each mistake is one sentence."""
    said = run(*map(ATTEMPT.format, MISTAKES))

    assert said.count("refused: ") == len(MISTAKES)
    assert [words for words in MISTAKES.values() if words not in said] == []


def test_an_explicit_provider_is_never_ignored_in_silence() -> None:
    """One stack is one tenant, and the sentence says what to do; the provider of dynamic resources may be named."""
    declared = (f"ApiPermissions('a', 'urn:a', {{}}, opts=pulumi.ResourceOptions({one}))" for one in OTHER_PROVIDERS)
    said = run(*map(ATTEMPT.format, declared))
    named = run(ATTEMPT.format(f"ApiPermissions('a', 'urn:a', {{}}, opts=pulumi.ResourceOptions({DYNAMIC}))"))

    assert said.count("one stack is one tenant") == said.count("use another stack") == len(OTHER_PROVIDERS)
    assert "taken" in named


def run(*statements: str) -> str:
    """Run a program's statements, and return what it prints."""
    program = PROGRAM + "".join(statements)
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    return ran.stdout + ran.stderr
