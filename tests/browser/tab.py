"""A tab, used as a person uses it: things are found by role and name, and clicked or typed into by real input.

What is found this way is what a screen reader finds: the accessibility tree, not the markup. It needs no script in
the page, so that it works the same where JavaScript is off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from browser.devtools import DevTools, Event

# Source: W3C UI Events, "key" values, and the DevTools protocol's Input.dispatchKeyEvent.
_KEYS: dict[str, dict[str, object]] = {
    "Tab": {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
}


@dataclass(frozen=True, slots=True)
class Node:
    """Something on the page, as assistive technology is told of it."""

    role: str
    name: str
    backend_id: int
    properties: dict[str, Any]
    inside: tuple[int, ...]  # the backend ids of all that it is in, outermost first


class Tab:
    """One tab.

    Args:
        devtools: the browser.
        session: the tab's session.
        context: the profile that the tab is alone in.
    """

    def __init__(self, devtools: DevTools, session: str, context: str) -> None:
        self._devtools = devtools
        self._session = session
        self._context = context
        self._first_event = len(devtools.events)

    def set_up(self, *, scripts: bool, dark: bool) -> None:
        """Set what a person has set in the browser."""
        for domain in ("Page", "DOM", "Runtime", "Log", "Network", "Accessibility"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Emulation.setDeviceMetricsOverride", width=1200, height=900, deviceScaleFactor=1, mobile=False)

    def close(self) -> None:
        """Close the tab and forget its profile."""
        self._devtools.send("Target.disposeBrowserContext", None, browserContextId=self._context)

    def send(self, method: str, **params: object) -> dict[str, Any]:
        """Send a command of the protocol."""
        return self._devtools.send(method, self._session, **params)

    def events(self, method: str) -> list[Event]:
        """Return the tab's events of one kind so far."""
        self.send("Page.getNavigationHistory")  # an answer comes after all events that happened before it
        seen = self._devtools.events[self._first_event :]
        return [event for event in seen if event.session == self._session and event.method == method]

    # Where the tab is

    @property
    def url(self) -> str:
        """The address, as the address bar shows it."""
        history = self.send("Page.getNavigationHistory")
        return str(history["entries"][history["currentIndex"]]["url"])

    @property
    def title(self) -> str:
        """The page's title."""
        history = self.send("Page.getNavigationHistory")
        return str(history["entries"][history["currentIndex"]]["title"])

    def open(self, url: str) -> None:
        """Go to an address and wait until the page is loaded."""
        with self.loading():
            answer = self.send("Page.navigate", url=url)
            assert "errorText" not in answer, f"{url}: {answer['errorText']}"

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Do something that leads to another page, and wait until that is loaded."""
        before = self._loads()
        yield
        self._devtools.wait(lambda: self._loads() > before, "another page")

    def _loads(self) -> int:
        seen = self._devtools.events[self._first_event :]
        return sum(event.session == self._session and event.method == "Page.loadEventFired" for event in seen)

    # What is on the page

    def nodes(self) -> list[Node]:
        """Return everything that assistive technology is told of, in reading order."""
        tree = self.send("Accessibility.getFullAXTree")["nodes"]
        by_id = {node["nodeId"]: node for node in tree}
        ordered: list[Node] = []

        def walk(node: dict[str, Any], inside: tuple[int, ...]) -> None:
            if not node["ignored"] and "backendDOMNodeId" in node:
                properties = {p["name"]: p["value"].get("value") for p in node.get("properties", ())}
                properties |= {k: node[k].get("value") for k in ("description", "value") if k in node}
                role, name = node["role"]["value"], node.get("name", {}).get("value", "")
                if role != "StaticText":
                    name = name.strip()  # an icon before a button's words leaves a space, which nobody hears
                ordered.append(Node(role, name, node["backendDOMNodeId"], properties, inside))
                inside = (*inside, node["backendDOMNodeId"])
            for child in node.get("childIds", ()):
                if child in by_id:
                    walk(by_id[child], inside)

        walk(tree[0], ())
        return ordered

    def all(self, role: str, name: str | None = None) -> list[Node]:
        """Return what has a role and, where given, this name."""
        return [node for node in self.nodes() if node.role == role and name in (None, node.name)]

    def one(self, role: str, name: str) -> Node:
        """Return the one thing with this role and name."""
        found = self.all(role, name)
        present = sorted({node.name for node in self.all(role)})
        assert len(found) == 1, f"{len(found)} of {role} {name!r} at {self.url}; there are {present}"
        return found[0]

    def text(self) -> str:
        """Return the page's text, each piece in a line of its own."""
        return "\n".join(node.name for node in self.nodes() if node.role in {"StaticText", "LineBreak"})

    def row(self, header: str) -> list[str]:
        """Return the texts of the one row of a table that begins with a text."""
        nodes = self.nodes()
        rows = (
            [node.name for node in nodes if node.role == "StaticText" and row.backend_id in node.inside]
            for row in nodes
            if row.role == "row"
        )
        found = [texts for texts in rows if texts[:1] == [header]]
        assert len(found) == 1, f"{len(found)} rows begin with {header!r} at {self.url}"
        return found[0]

    def focused(self) -> Node | None:
        """Return what has the focus; ``None`` where only the page as a whole has it."""
        found = [node for node in self.nodes() if node.properties.get("focused") and node.role != "RootWebArea"]
        assert len(found) <= 1, f"{found} have the focus at {self.url}"
        return found[0] if found else None

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 - whatever the expression comes to
        """Return what an expression comes to, run from outside the page, whatever the page allows itself."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    # What a person does

    def click(self, role: str, name: str) -> None:
        """Click the one thing of this role and name with the mouse."""
        node = self.one(role, name)
        self.send("DOM.scrollIntoViewIfNeeded", backendNodeId=node.backend_id)
        x, y = self._middle(node)
        assert self._hits(node, x, y), f"{node.role} {node.name!r} is covered by something else"
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            button = "none" if kind == "mouseMoved" else "left"
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=1)

    def type(self, text: str) -> None:
        """Type a text into what has the focus."""
        self.send("Input.insertText", text=text)

    def fill(self, name: str, text: str) -> None:
        """Click into the text field of this name, and put a text in the place of what it holds."""
        self.click("textbox", name)
        self.select_all()
        self.type(text)

    def select_all(self) -> None:
        """Select what is in the text field that has the focus."""
        self.send("Input.dispatchKeyEvent", type="keyDown", commands=["selectAll"])

    def press(self, key: str) -> None:
        """Press and let go of a key: Tab or Enter."""
        facts = _KEYS[key]
        self.send("Input.dispatchKeyEvent", type="keyDown" if "text" in facts else "rawKeyDown", **facts)
        self.send("Input.dispatchKeyEvent", type="keyUp", **(facts | {"text": ""}))

    def tab_to(self, role: str, name: str, *, at_most: int = 60) -> None:
        """Press Tab until the thing of this role and name has the focus."""
        passed = []
        for _ in range(at_most):
            self.press("Tab")
            node = self.focused()
            if node is not None and (node.role, node.name) == (role, name):
                return
            passed.append(node and f"{node.role} {node.name!r}")
        raise AssertionError(f"Tab never comes to {role} {name!r}; it came to {passed}")

    def _middle(self, node: Node) -> tuple[float, float]:
        quads = self.send("DOM.getContentQuads", backendNodeId=node.backend_id)["quads"]
        assert quads, f"{node.role} {node.name!r} is not visible"
        quad = quads[0]
        return sum(quad[0::2]) / 4, sum(quad[1::2]) / 4

    def _hits(self, node: Node, x: float, y: float) -> bool:
        """Tell whether a click there meets the node or something inside it."""
        seen = self.send("Page.getLayoutMetrics")["cssVisualViewport"]  # the look-up counts from the page's corner
        place = {"x": round(x + seen["pageX"]), "y": round(y + seen["pageY"])}
        hit = self.send("DOM.getNodeForLocation", **place)["backendNodeId"]
        return hit == node.backend_id or hit in self._inside(node)

    def _inside(self, node: Node) -> set[int]:
        described = self.send("DOM.describeNode", backendNodeId=node.backend_id, depth=-1, pierce=True)["node"]
        found: set[int] = set()

        def walk(part: dict[str, Any]) -> None:
            for child in part.get("children", ()):
                found.add(child["backendNodeId"])
                walk(child)

        walk(described)
        return found
