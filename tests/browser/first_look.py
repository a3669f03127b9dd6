"""What a page shows as figures, and what PyTorch alone makes of the same pictures."""

import re

import torch
from playwright.sync_api import expect
from safetensors.torch import load_file
from torch import Tensor, nn

from tests.browser.harness import ROOT, Tab

WEIGHTS = ROOT / "convlab" / "weights"
MEAN, STD = torch.tensor([0.4915, 0.4823, 0.4468]), torch.tensor([0.247, 0.2435, 0.2616])  # chapter 7.1.4
METRICS = """() => [...document.querySelectorAll('[data-testid="stMetric"]')].map((node) => [
  node.querySelector('[data-testid="stMetricLabel"]').innerText.trim(),
  node.querySelector('[data-testid="stMetricValue"]').innerText.trim()])"""
TABLES = """() => [...document.querySelectorAll('[data-testid="stTable"] tr')].map((row) =>
  [...row.querySelectorAll("th, td")].map((cell) => cell.innerText.trim()))"""
# All words, those of the browser's components too, without the spaces of their layout.
WORDS = """() => {
  const found = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent);
    if (["STYLE", "SCRIPT", "TEMPLATE"].includes(node.nodeName)) return;
    if (node.shadowRoot) walk(node.shadowRoot);
    node.childNodes.forEach(walk);
    const inline = node.nodeType !== Node.ELEMENT_NODE || getComputedStyle(node).display === "inline";
    if (!inline) found.push(" ");
  };
  walk(document.querySelector('[data-testid="stMain"]'));
  return found.join("").replace(/\\s+/g, " ");
}"""


def normalised(pictures: Tensor) -> Tensor:
    """uint8 [N, 3, 32, 32] as the chapter's networks take them."""
    return (pictures / 255 - MEAN[:, None, None]) / STD[:, None, None]


def bundled(module: nn.Module, name: str) -> nn.Module:
    module.load_state_dict(load_file(WEIGHTS / f"{name}.safetensors"))
    return module.eval()


def chances(module: nn.Module, pictures: Tensor) -> Tensor:
    """Softmax of the logits of uint8 [N, 3, 32, 32], float64."""
    with torch.no_grad():
        logits: Tensor = module(normalised(pictures)).double()
    return logits.softmax(1)


def opened(tab: Tab, path: str) -> tuple[dict[str, str], str]:
    """Metrics by label, and all words, of the page at that path."""
    tab.errors.clear()
    tab.open(path)
    tab.wait_idle(500)
    if (busy := tab.page.get_by_role("button", name=re.compile("Measure on .* pictures"))).count():
        busy.first.click()  # on a slow machine long work waits to be asked for
        expect(busy).to_have_count(0, timeout=60_000)
        tab.wait_idle(500)
    assert tab.errors == []
    assert tab.page.get_by_test_id("stAlertContentError").all_inner_texts() == []
    return shown(tab)


def shown(tab: Tab) -> tuple[dict[str, str], str]:
    return dict(tab.page.evaluate(METRICS)), str(tab.page.evaluate(WORDS))


def share(value: float, digits: int = 1) -> str:
    return f"{100 * value:.{digits}f}%"


def right(found: Tensor, labels: Tensor) -> float:
    return float((found.argmax(1) == labels).double().mean())
