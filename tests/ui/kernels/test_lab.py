"""ui/kernels/lab.py: the words beside a convolution, and which edit of the browser counts."""

import pytest

from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.kernels.lab import convolved
from convlab.ui.picture import working_picture
from tests.pages.test_kernels import OPENING, PAGE, assert_is_pytorchs
from tests.ui.driver import lab, open_page, send


def notes(**controls: object) -> list[str]:
    wanted = KernelsControls.model_validate({"size": 16, **controls})
    return convolved(wanted, working_picture(wanted)[0]).notes


def facts(**controls: object) -> dict[str, str]:
    wanted = KernelsControls.model_validate({"size": 16, **controls})
    return dict(convolved(wanted, working_picture(wanted)[0]).facts)


def test_the_opening_kernel_is_a_column_times_a_row() -> None:
    assert notes() == ["The weights add up to 0.", "Separable: column [1, 1, 1] times row [-1, 0, 1]."]


def test_a_kernel_of_full_rank_is_not_separable() -> None:
    assert notes(kernel="1 0; 0 1")[-1] == "Not separable: no column times row makes it."


def test_three_kernels_are_named_and_three_alike_are_one() -> None:
    found = notes(colour="rgb", kernel="1 0; 0 1 | 1 1; 1 1 | 0 0; 0 2")
    assert [note.partition(":")[0] for note in found[1:]] == ["red", "green", "blue"]
    assert found[1].endswith("Not separable: no column times row makes it.")
    assert len(notes(colour="rgb", kernel="1 2 | 1 2 | 1 2")) == 2


def test_a_mean_over_one_channel_is_three_times_too_large_on_rgb() -> None:
    blur = "; ".join(["1/9 1/9 1/9"] * 3)
    assert any("a true mean needs 1/27" in note for note in notes(colour="rgb", kernel=blur))
    assert notes(colour="rgb", kernel=blur)[0].startswith(
        "Three channels are added: the weights add up to 3, so the output is 3 times as bright."
    )
    assert not any("1/27" in note for note in notes(kernel=blur))
    small = "; ".join(["1/4 1/4"] * 2)
    assert any("needs 1/12, not 1/4" in note for note in notes(colour="rgb", kernel=small))
    for no_mean in ("0 0 0; 0 1 0; 0 0 0", "0 -1 0; -1 5 -1; 0 -1 0", "1/4 1/2 1/4"):
        assert not any("mean" in note for note in notes(colour="rgb", kernel=no_mean))


@pytest.mark.parametrize(
    ("kernel", "total", "vectors"),
    [
        ("1e-5 2e-5", "3e-05", "column [1] times row [1e-05, 2e-05]"),
        ("1/9 1/9; 1/9 1/9", "0.4444", "column [0.3333, 0.3333] times row [0.3333, 0.3333]"),
        ("1000 1000; 1000 1000", "4000", ""),
        ("1e-30 -1e-30", "0", ""),
        ("0 0", "0", ""),
        ("999.5 0.25", "999.75", ""),
    ],
)
def test_no_weight_and_no_sum_is_rounded_to_0(kernel: str, total: str, vectors: str) -> None:
    found = notes(kernel=kernel)
    assert found[0] == f"The weights add up to {total}."
    assert vectors in found[1]


def test_a_filter_that_relu_silences_says_so() -> None:
    assert "did not fire" in notes(kernel="-1", activation="relu")[0]
    assert "did not fire" not in notes(kernel="1", activation="relu")[0]


def test_the_facts_of_a_plain_convolution() -> None:
    assert facts() == {
        "Height": "floor((16 + 0 + 0 - 1*(3-1) - 1)/1) + 1 = 14",
        "Width": "floor((16 + 0 + 0 - 1*(3-1) - 1)/1) + 1 = 14",
        "weight": "[1, 1, 3, 3]",
        "bias": "[1]",
        "Parameters": "9 + 1 = 10",
        "Dense layer, same map": f"{16**2 * 14**2:,} + {14**2} = {16**2 * 14**2 + 14**2:,}",
    }


def test_an_even_kernel_pads_more_on_one_side_and_a_stride_may_leave_rows() -> None:
    assert facts(kernel="1 2; 3 4", padding="same")["same"] == "0 left, 1 right, 0 above, 1 below"
    assert facts(stride=3)["Ignored"].endswith("rows 1, columns 1")
    assert "same" not in facts(padding="same")
    assert "Ignored" not in facts(stride=1)


@pytest.mark.parametrize(
    "controls", [{"padding": "same", "stride": 2}, {"dilation": 4, "kernel": "1; 2; 3; 4; 5"}]
)
def test_what_does_not_fit_has_its_sentence_and_no_facts(controls: dict[str, object]) -> None:
    wanted = KernelsControls.model_validate({"size": 16, **controls})
    shown = convolved(wanted, working_picture(wanted)[0])
    assert (shown.output, shown.geometry, shown.facts, shown.output_shape) == (None, None, [], "")
    assert shown.error.endswith(".")
    assert shown.notes


def test_an_edit_of_an_older_kernel_than_a_presets_comes_too_late() -> None:
    app = open_page(PAGE)
    origin = lab(app).header["origin"]
    app.selectbox(key="kernels.preset").set_value("blur").run()
    before = assert_is_pytorchs(app).kernel
    send(app, "kernels.lab", "edit", {"revision": 3, "origin": origin, "kernel": OPENING.tolist()})
    assert assert_is_pytorchs(app).kernel.equal(before)
    assert lab(app).header["origin"] == origin + 1
