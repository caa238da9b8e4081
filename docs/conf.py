"""Build the site from these pages: Sphinx, with MyST for Markdown (`make docs`).

The pages also read well on a code host. Parts for the site alone, such as its table of contents, are in comments:

    <!-- site
    ```{toctree}
    ...
    -->

and `<!-- file of the site: ../CHANGELOG.md -->` includes a page from the root of the repository.
"""

# ruff: noqa: INP001 - Sphinx's configuration, not a package

import re
from importlib.metadata import version as version_of
from pathlib import Path

from pygments.lexer import RegexLexer, bygroups  # type: ignore[import-untyped]
from pygments.token import Generic  # type: ignore[import-untyped]
from sphinx.application import Sphinx

project = "pulumi-auth0-permissions"
author = "the authors of pulumi-auth0-permissions"
version = release = version_of(project)

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
nitpicky = True

myst_heading_anchors = 4
myst_links_external_new_tab = False

autoclass_content = "both"  # the arguments of `__init__` belong to the class
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100
default_role = "py:obj"  # docstrings put names in single backquotes
nitpick_ignore_regex = [
    ("py:.*", r"(pulumi|pathlib|collections)\..*|Mapping|Literal|Path|str|dict|None"),
    ("py:.*", r"ApiPermissions|ResourceOptions|.*Unmanaged|.*Removal"),
]

html_theme = "furo"
html_title = "auth0-permissions"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_last_updated_fmt = None  # the same pages, the same bytes
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"navigation_with_keys": False}

_DOCS = Path(__file__).resolve().parent
_SITE = re.compile(r"^<!-- site\n(.*?)^-->$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"^<!-- file of the site: \.\./(.*?) -->\n.*", re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")


class Session(RegexLexer):  # type: ignore[misc]
    """Commands behind ``$`` and their output; Pygments' own lexer takes each ``#`` in an output for root's prompt."""

    tokens = {  # noqa: RUF012 - as Pygments has it
        "root": [
            (r"^(\$ )(.*\n)", bygroups(Generic.Prompt, Generic.Strong)),
            (r".*\n", Generic.Output),
        ]
    }


def setup(app: Sphinx) -> dict[str, bool]:
    """Register how Sphinx handles the comments and colours commands."""
    app.connect("source-read", _with_site_parts)
    app.add_lexer("console", Session)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _with_site_parts(_app: Sphinx, _name: str, content: list[str]) -> None:
    content[0] = _FILE.sub(lambda match: _of_the_root(match[1]), _SITE.sub(r"\1", content[0]))


def _of_the_root(name: str) -> str:
    """Return the text of a page at the root of the repository, with its links relative to this folder."""

    def moved(match: re.Match[str]) -> str:
        text, target = match[1], match[2]
        if "://" in target or target.startswith("#"):
            return match[0]
        if target.startswith("docs/"):
            return f"[{text}]({target.removeprefix('docs/')})"
        file = _DOCS.parent / target.partition("#")[0]
        return f"[{text}](../{target})" if file.is_file() and file.suffix != ".md" else text

    return _LINK.sub(moved, (_DOCS.parent / name).read_text(encoding="utf-8"))
