"""The bank of kernels on the page: PyTorch's own maps, every kernel edited alone, nothing lost on the way."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.convolution import bank, kernels
from convlab.convolution.bank import Bank
from convlab.pictures import images
from convlab.probing import bundled
from convlab.ui.picture import stock_pixels
from tests.pages.test_kernels import PAGE, controls, run_script, set_to
from tests.ui.driver import lab, open_page, received, send, troubles

KEY = "kernels.bank"
LAPLACIAN = [[[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]] * 3


def open_bank(**query: object) -> AppTest:
    app = open_page(PAGE, experiment="bank", **query)
    assert troubles(app) == []
    return app


def shown(app: AppTest) -> tuple[dict[str, Any], Bank, Tensor]:
    """What the browser was sent: header, parameters, maps [N, H, W]."""
    header, blobs = received(app, KEY)
    made = Bank(torch.tensor(header["weight"]), torch.tensor(header["bias"]))
    maps = torch.frombuffer(bytearray(blobs["result"]), dtype=torch.float32)
    return header, made, maps.reshape(header["result_shape"])


def edit(app: AppTest, made: Bank, **changed: object) -> AppTest:
    """Send what the browser would after an edit."""
    header = received(app, KEY)[0]
    payload = {
        "revision": header["revision"] + 1,
        "origin": header["origin"],
        "weight": made.weight.tolist(),
        "bias": made.bias.tolist(),
        "chosen": 0,
    }
    return send(app, KEY, "bank", payload | changed)


def facts(app: AppTest) -> dict[str, str]:
    return dict(received(app, KEY)[0]["facts"])


def button(app: AppTest, name: str) -> Any:
    return app.button(key=f"{KEY}.{name}")


def test_the_layer_of_the_chapter_is_shown_as_what_it_is() -> None:
    app = open_bank(size=8)
    assert facts(app) == {
        "weight": "[16, 3, 3, 3]",
        "bias": "[16]",
        "Input → output": "[1, 3, 32, 32] → [1, 16, 30, 30]",
        "Parameters": "448 = 16 × (3 × 3 × 3 + 1)",
    }
    _header, made, maps = shown(app)
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(3, 16, 3)
    assert torch.equal(made.weight, conv.weight)
    image = images.to_float(stock_pixels("photo:cat", 32, False))
    assert torch.allclose(maps, F.conv2d(image[None], made.weight, made.bias)[0], atol=1e-6)
    assert lab(app).header["shape"] == [1, 8, 8]  # the lab has its own size and colour


def test_a_grey_picture_has_one_channel() -> None:
    app = open_bank(bank_colour="grey", colour="rgb", padding="1", stride=2, activation="relu")
    assert facts(app)["weight"] == "[16, 1, 3, 3]"
    assert facts(app)["Input → output"] == "[1, 1, 32, 32] → [1, 16, 16, 16]"
    assert facts(app)["Parameters"] == "160 = 16 × (1 × 3 × 3 + 1)"
    assert float(shown(app)[2].min()) == 0


@pytest.mark.parametrize("start", ["pytorch", "presets", "net"])
@pytest.mark.parametrize(
    "more", [{}, {"bank_colour": "grey", "bank_count": 5, "normalised": 1, "padding": "same"}]
)
def test_its_code_makes_the_same_maps_bit_for_bit(start: str, more: dict[str, object]) -> None:
    app = open_bank(bank_start=start, bank_edits="3: 0 1 0; 1 -4 1; 0 1 0 + 0.5", **more)
    left = run_script(app.code[-1].value)
    assert torch.equal(left["output"][0], shown(app)[2])


def test_every_start_and_the_names_of_the_presets() -> None:
    app = open_bank(
        bank_start="presets", bank_edits="2: 1 1 1; 1 1 1; 1 1 1 | 0 0 0; 0 0 0; 0 0 0 | 1 1 1; 1 1 1; 1 1 1"
    )
    header, made, _maps = shown(app)
    titles = [kernels.PRESETS[key].title for key in bank.preset_keys(16)]
    assert header["names"] == [*titles[:2], "", *titles[3:]]
    assert header["edited"] == [2]
    assert made.weight[2].sum() == 18
    set_to(app, "bank_start", "net")
    conv1: Any = bundled.weights("net").probe.network.get_submodule("conv1")
    made = shown(app)[1]
    others = [n for n in range(16) if n != 2]
    assert torch.equal(made.weight[others], conv1.weight[others])
    assert made.weight[2].sum() == 18  # a change outlives another start
    assert troubles(app) == []


def test_an_edit_changes_one_kernel_and_is_in_the_link() -> None:
    app = open_bank()
    _header, made, before = shown(app)
    changed = made.replaced(5, bank.One(torch.tensor(LAPLACIAN), 0.25))
    edit(app, changed, chosen=5)
    assert troubles(app) == []
    header, now, maps = shown(app)
    assert torch.equal(now.weight, changed.weight)
    assert [n for n in range(16) if not torch.equal(before[n], maps[n])] == [5]
    assert (header["revision"], header["chosen"], header["edited"]) == (1, 5, [5])
    grids = " | ".join(["0 1 0; 1 -4 1; 0 1 0"] * 3)
    wanted = {"experiment": "bank", "bank_kernel": "5", "bank_edits": f"5: {grids} + 0.25"}
    assert app.query_params == wanted
    again = open_page(PAGE, **wanted)
    assert torch.equal(shown(again)[2], maps)


def test_all_sixteen_edited_at_once_are_in_the_link_too() -> None:
    app = open_bank()
    drawn = bank.as_pytorch(16, 3, 99)
    edit(app, drawn)
    again = open_page(
        PAGE, **{name: text[0] if isinstance(text, list) else text for name, text in app.query_params.items()}
    )
    assert not again.warning
    assert torch.equal(shown(again)[1].weight, drawn.weight)
    assert torch.equal(shown(again)[1].bias, drawn.bias)


def test_what_is_put_back_to_the_start_is_no_edit() -> None:
    app = open_bank()
    made = shown(app)[1]
    edit(app, made.replaced(1, bank.One(torch.tensor(LAPLACIAN), 0.0)), chosen=1)
    assert button(app, "reset").label == "Kernel 1 as it started"
    edit(app, made, chosen=1)
    assert controls(app).bank_edits == ""
    assert button(app, "reset").disabled


def test_an_edit_of_a_bank_that_is_gone_comes_too_late() -> None:
    app = open_bank()
    old, made = received(app, KEY)[0]["origin"], shown(app)[1]
    set_to(app, "bank_seed", 3)
    assert received(app, KEY)[0]["origin"] == old + 1
    edit(app, made, origin=old)
    assert controls(app).bank_edits == ""
    assert torch.equal(shown(app)[1].weight, bank.as_pytorch(16, 3, 3).weight)


@pytest.mark.parametrize(
    "changed",
    [
        {"weight": [[[[1.0]]]]},
        {"weight": "x"},
        {"bias": [1.0]},
        {"bias": [5000.0] * 16},
        {"chosen": 16},
        {"chosen": -1},
        {"chosen": "x"},
        {"revision": 10**30},
        {"origin": None},
    ],
    ids=str,
)
def test_what_no_browser_of_ours_sends_changes_nothing(changed: dict[str, object]) -> None:
    app = open_bank()
    made = shown(app)[1]
    edit(app, made.replaced(1, bank.One(torch.tensor(LAPLACIAN), 0.0)), **changed)
    assert troubles(app) == []
    assert controls(app).bank_edits == ""


def test_changes_to_kernels_that_are_not_shown_are_kept() -> None:
    app = open_bank(bank_edits="9: 1 1 1; 1 1 1; 1 1 1 + 2", bank_colour="grey")
    set_to(app, "bank_count", 4)
    edit(app, shown(app)[1].replaced(0, bank.One(torch.ones(1, 3, 3), 0.0)))
    set_to(app, "bank_count", 16)
    assert received(app, KEY)[0]["edited"] == [0, 9]
    set_to(app, "bank_colour", "rgb")
    assert received(app, KEY)[0]["edited"] == []
    set_to(app, "bank_colour", "grey")
    assert received(app, KEY)[0]["edited"] == [0, 9]


def test_the_chosen_kernel_is_one_that_is_there() -> None:
    app = open_bank(bank_kernel=15)
    set_to(app, "bank_count", 4)
    assert received(app, KEY)[0]["chosen"] == 3
    set_to(app, "bank_count", 16)
    assert received(app, KEY)[0]["chosen"] == 15


def test_a_kernel_goes_to_the_lab_above_with_its_bias() -> None:
    app = open_bank(colour="grey", size=32, bank_kernel=7)
    before = controls(app)
    button(app, "use").click().run()
    assert troubles(app) == []
    _header, made, maps = shown(app)
    above = lab(app)
    assert torch.equal(above.kernel, made.weight[7])
    assert above.header["settings"]["bias"] == float(made.bias[7])
    assert above.header["shape"] == [3, 32, 32]
    assert torch.allclose(above.output, maps[7], atol=1e-6)
    assert app.toggle(key="kernels.each").value is True
    app.session_state["kernels.by_numbers"] = True
    app.run()
    app.button(key="kernels.undo").click().run()  # bias and colours come back too
    assert controls(app) == before


def test_the_labs_kernel_comes_into_the_bank() -> None:
    app = open_bank(kernel="0 1 0; 1 -4 1; 0 1 0", bias=0.5, bank_kernel=4)
    button(app, "take").click().run()
    made = shown(app)[1]
    assert made.weight[4].tolist() == LAPLACIAN
    assert float(made.bias[4]) == 0.5
    assert received(app, KEY)[0]["edited"] == [4]
    button(app, "reset_all").click().run()
    assert torch.equal(shown(app)[1].weight, bank.as_pytorch(16, 3, 0).weight)


def test_a_kernel_of_another_size_is_not_taken_and_the_button_says_why() -> None:
    app = open_bank(kernel="1 2; 3 4")
    assert button(app, "take").disabled
    assert (
        button(app, "take").help == "The bank's kernels are 3 × 3, and the lab's is 2 × 2: resize it there."
    )


def test_three_kernels_do_not_fit_one_channel() -> None:
    app = open_bank(colour="rgb", kernel=" | ".join(["0 1 0; 1 -4 1; 0 1 0"] * 3), bank_colour="grey")
    button(app, "take").click().run()
    assert "The kernel has 3 channels and the picture 1" in troubles(app)[0]
    assert controls(app).bank_edits == ""


def test_settings_that_do_not_fit_are_one_sentence_and_the_weights_stay() -> None:
    app = open_page(PAGE, experiment="bank", padding="same", stride=2)
    header, blobs = received(app, KEY)
    assert "padding='same' works with stride 1 only" in header["error"]
    assert blobs["result"] == b""
    assert len(header["weight"]) == 16
    edit(app, Bank(torch.zeros(16, 3, 3, 3), torch.zeros(16)))
    assert len(received(app, KEY)[0]["edited"]) == 16


def test_a_board_is_brought_to_32_px() -> None:
    app = open_bank(picture="board")
    assert facts(app)["Input → output"] == "[1, 3, 32, 32] → [1, 16, 30, 30]"


def test_a_link_with_nonsense_for_changes_says_so() -> None:
    app = open_page(PAGE, experiment="bank", bank_edits="99: 1")
    assert "bank_edits" in app.warning[0].value.replace("\\", "")
    assert torch.equal(shown(app)[1].weight, bank.as_pytorch(16, 3, 0).weight)
