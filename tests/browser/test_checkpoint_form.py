"""A checkpoint in a browser: any file name is taken, and the form for what it leaves open needs no mouse."""

from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, expect

from convlab.networks.designs import design, seeded
from convlab.pictures import crop, images, photographs
from convlab.probing.loading import NORMALISATIONS
from tests.browser import harness

WAIT_MS = 60_000


# Page -> how it writes a probability.
PAGES = {"probe?model=checkpoint&picture=photo:cat": ".4f", "feature_maps?weights=checkpoint": ".3f"}


@pytest.mark.parametrize("page", PAGES)
def test_a_training_checkpoint_named_pth_is_opened_by_keyboard(
    page: str, browser: Browser, app_server: harness.Server, tmp_path: Path
) -> None:
    module = seeded(lambda: design("net_res").build(activation="relu"), 3).eval()
    weights = {f"module.{name}": tensor for name, tensor in module.state_dict().items()}
    file = tmp_path / "cifar_net.pth"
    torch.save({"epoch": 3, "model_state_dict": weights, "loss": 0.3}, file)
    tab = harness.new_tab(browser, app_server)
    tab.open(f"/{page}")
    uploader = tab.page.locator("[data-testid=stFileUploader]").filter(has_text="Checkpoint")
    uploader.locator("input[type=file]").set_input_files(file)
    expect(tab.page.get_by_label("Class names")).to_be_visible(timeout=WAIT_MS)
    tab.wait_idle()
    assert tab.axe() == []
    keys = tab.page.keyboard
    tab.page.get_by_label("Design").focus()
    keys.type("skip")
    keys.press("Enter")
    tab.wait_idle()
    names = tab.page.get_by_label("Class names")
    names.focus()
    keys.type("猫, dog & cat")
    keys.press("Tab")
    tab.wait_idle()
    assert tab.page.evaluate("document.activeElement.innerText") == "Open with these answers"
    keys.press("Enter")
    tab.wait_idle()
    seen = crop.cut(photographs.photograph("cat"))[None]
    mean, std = NORMALISATIONS["cifar10"]
    with torch.no_grad():
        first = module(images.normalise(images.to_float(seen), mean, std)).softmax(1)[0]
    for name, share in zip(("猫", "dog & cat"), first.tolist(), strict=True):
        for text in (name, format(share, PAGES[page])):
            expect(tab.page.get_by_text(text).first).to_be_visible(timeout=WAIT_MS)
    assert tab.errors == []
    tab.page.context.close()
