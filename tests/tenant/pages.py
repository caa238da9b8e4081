"""The page read back as elements, and a browser that fetches it and sends its forms."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests

from auth0_local_tenant import LocalTenant

API = "https://orders.example.com/v1"
API_ID = "507f1f77bcf86cd799439011"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{ "x" * 9 }}'
VALUES = ["read:orders", "write:orders", "read:comment ", HOSTILE]
VOID = {"meta", "link", "input", "br", "path"}


PERMISSIONS = f"/apis/{API_ID}/permissions"
DELETE_READ = f"{PERMISSIONS}/delete?value=read%3Aorders"


def held(*values: str) -> list[dict[str, str]]:
    """Return permissions of the API as a seed names them."""
    return [{"resource_server_identifier": API, "permission_name": value} for value in values]


@dataclass
class Element:
    """An element of a page with the text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, tag: str) -> Iterator["Element"]:
        """Yield the elements with this tag, in order."""
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.all(tag)

    def everything(self) -> Iterator["Element"]:
        """Yield all elements inside."""
        for child in self.children:
            yield child
            yield from child.everything()


class Reader(HTMLParser):
    """Reads a page into elements; fails if tags are not closed as they were opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.root = Element("root", {})
        self._open = [self.root]
        self.feed(page)
        assert self._open == [self.root], "unclosed elements"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"repeated attribute in {tag}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if tag not in VOID:
            assert self._open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        """Add text to all that is open."""
        for element in self._open:
            element.text += data


@dataclass(frozen=True, slots=True)
class Browser:
    """Fetches pages and sends forms as a browser does."""

    tenant: LocalTenant

    def get(self, path: str) -> Element:
        """Return a page."""
        answer = requests.get(self.tenant.domain + path, timeout=10)
        assert answer.status_code == 200, answer.text
        return Reader(answer.text).root

    def post(self, path: str, /, **fields: str) -> requests.Response:
        """Send a form and follow the redirect."""
        headers = {"Origin": self.tenant.domain, "Sec-Fetch-Site": "same-origin"}
        return requests.post(self.tenant.domain + path, data=fields, headers=headers, timeout=10)


def hostile_seed() -> dict[str, object]:
    """Return a seed whose names are as hostile as can be."""
    return {
        "resource_servers": [
            {
                "id": API_ID,
                "identifier": API,
                "name": 'Orders "API" & more',
                "scopes": [{"value": value, "description": f"About {value}"} for value in VALUES],
            },
            {"id": "b" * 24, "identifier": HOSTILE},
        ],
        "roles": [
            {"name": HOSTILE, "permissions": held("read:orders", HOSTILE)},
            *({"name": f"Team {index}", "permissions": held("read:orders")} for index in range(6)),
        ],
        "clients": [{"client_id": HOSTILE, "name": HOSTILE}, {"client_id": "batch", "name": "Batch"}],
        "client_grants": [
            {"client_id": HOSTILE, "audience": API, "scope": ["read:orders", "dead:scope"]},
            {"client_id": "batch", "audience": API, "allow_all_scopes": True},
            {"audience": API, "default_for": "third_party_clients", "scope": ["write:orders"]},
        ],
        "users": [{"user_id": "auth0|anne", "permissions": held("read:orders")}],
    }
