"""ui/kernels/controls.py: what a link holds as settings and weights, and how seldom a kernel is read."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from convlab.convolution import conv2d, kernels
from convlab.convolution.conv2d import ConvSettings
from convlab.ui.kernels.controls import KernelsControls
from tests.ui.driver import lab, open_page, send, troubles

PAGE = "pages/kernels.py"


def counted(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[tuple[Any, ...]]:
    """Arguments of each call of a function from now on."""
    calls: list[tuple[Any, ...]] = []
    function: Callable[..., Any] = getattr(module, name)

    def call(*given: Any) -> Any:
        calls.append(given)
        return function(*given)

    monkeypatch.setattr(module, name, call)
    return calls


def test_an_edit_parses_the_kernel_once_and_lays_it_over_the_picture_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = open_page(PAGE, padding="2")
    parsed = counted(monkeypatch, kernels, "parse")
    checked = counted(monkeypatch, conv2d, "_check_axis")
    laid = conv2d.geometry.cache_info().misses
    edit = {"revision": 1, "origin": 1, "kernel": [[[0.5, 0.25], [0.125, -7]]]}
    app.selectbox(key="kernels.rows").set_value(2).run()
    app.selectbox(key="kernels.columns").set_value(2).run()
    parsed.clear()
    checked.clear()
    laid = conv2d.geometry.cache_info().misses
    send(app, "kernels.lab", "edit", edit | {"origin": lab(app).header["origin"]})
    assert troubles(app) == []
    assert lab(app).kernel.tolist() == edit["kernel"]
    assert parsed == [("0.5 0.25; 0.125 -7",)]
    assert conv2d.geometry.cache_info().misses == laid
    app.selectbox(key="kernels.stride").set_value(2).run()
    assert len(parsed) == 1
    assert (conv2d.geometry.cache_info().misses, len(checked)) == (laid + 1, 2)


def test_settings_are_the_controls_of_the_same_name() -> None:
    controls = KernelsControls(padding="3", padding_mode="reflect", stride=2, bias=0.5, flip=True)
    assert controls.settings == ConvSettings(padding=3, padding_mode="reflect", stride=2, bias=0.5, flip=True)
    assert KernelsControls(padding="same").settings.padding == "same"


def test_a_grey_picture_meets_the_first_of_three_kernels() -> None:
    text = "1 2 | 3 4 | 5 6"
    assert KernelsControls(kernel=text, colour="rgb").weights.tolist() == [[[1, 2]], [[3, 4]], [[5, 6]]]
    assert KernelsControls(kernel=text).weights.tolist() == [[[1, 2]]]
    assert KernelsControls(kernel=text).kernel_size == (1, 2)


def test_the_weights_of_a_text_are_shared_and_no_tool_writes_to_them() -> None:
    controls = KernelsControls(kernel="1 2; 3 5")
    before = controls.weights.clone()
    for change in (kernels.transpose, kernels.rotate90, kernels.flip, kernels.negate):
        change(controls.weights)
    kernels.resize(controls.weights, 2, 2).fill_(0)
    conv2d.convolve(torch.zeros(1, 8, 8), controls.weights, ConvSettings(flip=True))
    assert torch.equal(controls.weights, before)
    assert controls.weights.data_ptr() == KernelsControls(kernel="1 2; 3 5").weights.data_ptr()
