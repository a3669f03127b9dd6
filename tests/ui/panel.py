"""Drive a page's "By numbers" panel."""

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.ui.driver import open_page, troubles


def open_panel(page: str, panel: str = "", **query: Any) -> AppTest:
    """A fresh session at a page with its panel open.

    Args:
        page: its name.
        panel: where it is not named as its page.
        **query: of the link.
    """
    app = open_page(f"pages/{page}.py", **query)
    app.session_state[f"{panel or page}.by_numbers"] = True
    app.run()
    assert troubles(app) == []
    return app


def results(app: AppTest, number: int = 0) -> dict[str, str]:
    """Name -> value of one of the panel's tables."""
    return dict(app.expander[0].table[number].value.values)


def column(app: AppTest, name: str, number: int = 1) -> list[Any]:
    """A column of one of the panel's tables."""
    return list(app.expander[0].table[number].value[name])


def set_number(app: AppTest, key: str, value: float) -> AppTest:
    """Type a number, and run."""
    after = app.number_input(key=key).set_value(value).run()
    assert troubles(after) == []
    return after


def rows(app: AppTest, number: int) -> list[list[str]]:
    """One of the page's tables, row by row, as it is read on the screen."""
    return [[text.replace("\\", "") for text in row] for row in app.table[number].value.values.tolist()]
