"""What is wrong with a page as people get to see it: at every width, in light and in dark."""

from tests.browser.conftest import Visit

WIDTHS = (1440, 820, 390, 320)
LOOKS = ((1440, "light"), (1440, "dark"), (390, "dark"))
OPEN_ALL = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"


def faults(visitor: Visit, path: str) -> dict[str, object]:
    """What is wrong with a page: wider than the window, not accessible, or complaining in the console."""
    visitor.resize(1440)
    page = visitor.open(path)
    page.evaluate(OPEN_ALL)
    found: dict[str, object] = {}
    for width in WIDTHS:
        visitor.resize(width)
        if visitor.overflow:
            found[f"{path} at {width}"] = f"{visitor.overflow} px too wide"
    for width, theme in LOOKS:
        visitor.resize(width)
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        if violations := visitor.violations():
            found[f"{path} at {width} {theme}"] = violations
    if said := [text for text in visitor.said if "404" not in text and "409" not in text]:
        found[f"{path} said"] = said
    visitor.said.clear()
    return found
