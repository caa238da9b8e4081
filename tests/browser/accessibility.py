"""Judges of accessibility: axe-core, and what axe does not look at."""

from __future__ import annotations

from importlib import resources

from browser.tab import Tab

# Ratio of contrast by WCAG 2.1, and the colour that is really behind an element.
_COLOURS = """
const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
const light = colour => numbers(colour).slice(0, 3).map(c => c / 255)
  .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
const clear = colour => numbers(colour)[3] === 0;
const ground = element => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!clear(colour)) return colour;
  }
  return 'rgb(255, 255, 255)';
};
"""


def axe_findings(tab: Tab) -> list[str]:
    """Return what axe-core objects to on the page, a line each: rule, what it says, where.

    It is run from outside the page, which itself allows no script.
    """
    try:
        source = (resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        raise AssertionError("axe-core is missing: `make test` brings it with the extra `dev`") from None
    tab.evaluate(f"{source}; 0")
    # Without preload: axe would fetch the style sheet, which the page's policy forbids.
    options = "{preload: false, resultTypes: ['violations']}"
    found = tab.evaluate(f"axe.run(document, {options}).then(r => r.violations)")
    return [f"{rule['id']}: {rule['help']}: {node['html']}" for rule in found for node in rule["nodes"]]


def focus_ring(tab: Tab) -> dict[str, object]:
    """Return how the focus is shown: width in CSS pixels, style, and contrast to what is around."""
    found: dict[str, object] = tab.evaluate(
        f"""(() => {{ {_COLOURS}
          const element = document.activeElement, style = getComputedStyle(element);
          const around = ground(element.parentElement || element);
          return {{width: parseFloat(style.outlineWidth), style: style.outlineStyle,
                   contrast: ratio(style.outlineColor, around)}};
        }})()"""
    )
    return found
