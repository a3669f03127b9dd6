"""Names that are markup, in a browser: shown letter by letter, nothing run, fetched or made of them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, expect

from tests.browser import harness
from tests.browser.harness import Tab
from tests.pages.test_hostile_names import World, world
from tests.ui.hostile import hostile

__all__ = ["world"]

WAIT_MS = 60_000
# In all documents and shadow roots: elements that only a name can have made, and the text of the page.
SEEN = """() => {
  const made = [];
  let text = "";
  const walk = (root) => {
    for (const node of root.querySelectorAll("b, .katex, a[href*='e.invalid'], img[src*='e.invalid']")) {
      made.push(node.outerHTML.slice(0, 200));
    }
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) walk(node.shadowRoot);
    text += root.textContent ?? root.body?.textContent ?? "";
  };
  walk(document);
  text += document.body.textContent;
  return [made, text];
}"""

PROBE = "/probe?picture=photo:cat&model=run:{run}"
PATHS = {
    "a run": ("/train?run={run}&experiment=then", "child"),
    "past runs": ("/train?run={other}&experiment=past", "seed"),
    "data": ("/train?data={data}&experiment=data", "title"),
    "change": (PROBE + "&second=run:{other}&experiment=change", "two"),
    "ascend": (PROBE + "&experiment=arena&game=ascend", "one"),
    "feature maps": ("/feature_maps?weights=run&run={run}", "child"),
}


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[harness.Server]:
    with harness.serve() as running:
        yield running


@pytest.mark.parametrize("place", PATHS)
def test_a_name_is_shown_letter_by_letter(
    place: str, browser: Browser, server: harness.Server, world: World
) -> None:
    path, tag = PATHS[place]
    tab: Tab = harness.new_tab(browser, server)
    dialogs: list[Dialog] = []
    tab.page.on("dialog", lambda dialog: dialogs.append(dialog))
    tab.page.goto(tab.base_url + path.format(run=world.run.id, other=world.other.id, data=world.data))
    expect(tab.page.locator('[data-testid="stMain"]')).to_contain_text("hx" + tag, timeout=WAIT_MS)
    tab.wait_idle(limit_s=90)
    made, text = tab.page.evaluate(SEEN)
    assert made == []
    assert hostile(tag) in text.replace("\u2060", "")
    assert dialogs == []
    assert tab.outside_requests() == []
    tab.page.context.close()
