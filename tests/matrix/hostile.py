"""Names that somebody could give a permission to break a report."""

from __future__ import annotations

HOSTILE = (
    "<script>document.title = 'broken'</script>",
    "<img src=x onerror=\"document.title='broken'\">",
    "</style></script></td></table><h1>broken</h1>",
    "a | b \\| c",
    "`code` ``` ~~~",
    "@octocat #1 :tada: owner/repo#2",
    "[link](https://evil.example.com) ![image](https://evil.example.com/x.png)",
    "https://evil.example.com www.evil.example.com",
    "*bold* _under_ ~~gone~~ $x$",
    "- item",
    "&lt;b&gt; &amp; &#64;",
    "${{ secrets.TOKEN }} {{ 7 * 7 }}",
    "rtl \u202e gnp.exe",
    "line\nbreak\ttab\x1b[31mred\x07",
    "trailing ",
    "日本語の権限",
    "x" * 280,
)
