"""Kernels: what the presets are, what the algebra does, and that text carries every bit."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from convlab.convolution import kernels
from convlab.errors import UserError

sizes = st.integers(1, 7)
weights = st.floats(-1000, 1000, width=32)


@st.composite
def any_kernel(draw: st.DrawFn) -> Tensor:
    shape = (draw(st.sampled_from([1, 3])), draw(sizes), draw(sizes))
    count = shape[0] * shape[1] * shape[2]
    return torch.tensor(draw(st.lists(weights, min_size=count, max_size=count))).reshape(shape)


def same_bits(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one.view(torch.int32), other.view(torch.int32))


def same_padding(image: Tensor, kernel: Tensor) -> Tensor:
    return F.conv2d(image[None], kernel[None], padding="same")[0, 0]


def test_the_chapters_blur_and_vertical_edges() -> None:
    assert kernels.preset("blur").tolist() == torch.full((3, 3), 1 / 9).tolist()
    assert kernels.preset("vertical_edges").tolist() == [[-1, 0, 1]] * 3


def test_an_edge_answers_with_its_sign_and_a_flat_region_with_0() -> None:
    dark_to_light = torch.zeros(1, 5, 6)
    dark_to_light[..., 3:] = 1
    kernel = kernels.preset("vertical_edges")[None]
    right = F.conv2d(dark_to_light[None], kernel[None])[0, 0]
    left = F.conv2d(dark_to_light.flip(2)[None], kernel[None])[0, 0]
    assert right.tolist() == [[0, 3, 3, 0]] * 3
    assert left.tolist() == [[0, -3, -3, 0]] * 3


@pytest.mark.parametrize(
    "key",
    [
        "vertical_edges",
        "horizontal_edges",
        "diagonal_edges_down",
        "diagonal_edges_up",
        "cross",
        "checkerboard",
        "sobel_x",
        "sobel_y",
        "laplacian",
    ],
)
def test_detectors_are_silent_on_a_flat_region(key: str) -> None:
    assert float(kernels.preset(key).sum()) == pytest.approx(0, abs=1e-6)


def test_horizontal_and_diagonal_detectors_point_their_own_way() -> None:
    assert kernels.preset("horizontal_edges").tolist() == [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]
    assert kernels.preset("diagonal_edges_down").tolist() == [[0, 1, 1], [-1, 0, 1], [-1, -1, 0]]
    assert kernels.preset("diagonal_edges_up").tolist() == [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]


@pytest.mark.parametrize("size", [(3, 3), (4, 3), (5, 5), (7, 6)])
@pytest.mark.parametrize("key", ["cross", "checkerboard"])
def test_cross_and_checkerboard_score_1_on_their_pattern(key: str, size: tuple[int, int]) -> None:
    kernel = kernels.preset(key, size)
    pattern = (kernel > 0).float()
    assert float((kernel * pattern).sum()) == pytest.approx(1, abs=1e-6)
    assert float((kernel * (1 - pattern)).sum()) == pytest.approx(-1, abs=1e-6)


def test_the_cross_is_a_plus() -> None:
    assert (kernels.preset("cross", (5, 3)) > 0).int().tolist() == [
        [0, 1, 0],
        [0, 1, 0],
        [1, 1, 1],
        [0, 1, 0],
        [0, 1, 0],
    ]


@pytest.mark.parametrize(("key", "total"), [("sharpen", 1), ("emboss", 1), ("gaussian", 1), ("identity", 1)])
def test_presets_that_keep_the_brightness(key: str, total: float) -> None:
    assert float(kernels.preset(key).sum()) == total


def test_presets_at_other_sizes() -> None:
    assert kernels.preset("vertical_edges", (1, 3)).tolist() == [[-1, 0, 1]]
    assert kernels.preset("vertical_edges", (2, 4)).tolist() == [[-1, -1, 1, 1]] * 2
    assert kernels.preset("gaussian", (1, 5)).tolist() == [[1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16]]
    assert kernels.preset("motion_blur", (3, 2)).tolist() == [[0, 0], [0.5, 0.5], [0, 0]]
    assert kernels.preset("identity", (2, 2)).tolist() == [[1, 0], [0, 0]]
    assert float(kernels.preset("blur", (2, 7)).sum()) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("key", list(kernels.PRESETS))
def test_every_preset_at_every_size_is_a_kernel_or_a_clear_refusal(key: str) -> None:
    entry = kernels.PRESETS[key]
    for kh in range(1, 8):
        for kw in range(1, 8):
            if entry.scales and (kh < entry.smallest[0] or kw < entry.smallest[1]):
                with pytest.raises(UserError, match="at least"):
                    kernels.preset(key, (kh, kw))
                continue
            kernel = kernels.preset(key, (kh, kw))
            assert kernel.shape == ((kh, kw) if entry.scales else entry.size)
            assert kernels.check(kernel[None]).abs().sum() > 0


def test_identity_gives_the_picture_back_at_any_size() -> None:
    image = torch.rand(1, 9, 8, generator=torch.Generator().manual_seed(0))
    for size in [(1, 1), (2, 3), (4, 6), (7, 7)]:
        assert torch.equal(same_padding(image, kernels.preset("identity", size)[None]), image[0])


def test_random_follows_its_seed_and_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    one, again, other = (kernels.preset("random", (3, 5), seed) for seed in (7, 7, 8))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_unknown_presets_and_sizes_are_refused() -> None:
    with pytest.raises(UserError, match="no kernel called 'nonsense'"):
        kernels.preset("nonsense")
    with pytest.raises(UserError, match="1 to 7 rows and columns, not 8 x 3"):
        kernels.preset("blur", (8, 3))


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (torch.zeros(3, 3), "float32 tensor"),
        (torch.zeros(1, 3, 3, dtype=torch.float64), "not float64"),
        (torch.zeros(2, 3, 3), "1 or 3 channels, not 2"),
        (torch.zeros(1, 0, 3), "1 to 7 rows"),
        (torch.zeros(1, 3, 8), "not 3 x 8"),
        (torch.full((1, 1, 1), float("nan")), "not a number between"),
        (torch.full((1, 1, 1), float("inf")), "not a number between"),
        (torch.full((1, 1, 1), 1000.5), "between -1000 and 1000"),
    ],
)
def test_what_is_no_kernel_is_refused(kernel: Tensor, message: str) -> None:
    with pytest.raises(UserError, match=message):
        kernels.check(kernel)


def test_normalise_counts_every_channel_that_is_summed() -> None:
    ones = torch.ones(1, 3, 3)
    assert kernels.normalise(ones, 1)[0, 0, 0] == torch.tensor(1 / 9)
    assert kernels.normalise(ones, 3)[0, 0, 0] == torch.tensor(1 / 27)
    assert kernels.normalise(torch.ones(3, 3, 3), 3)[0, 0, 0] == torch.tensor(1 / 27)
    assert kernels.normalise(torch.full((1, 1, 2), -2.0), 1).tolist() == [[[0.5, 0.5]]]


def test_normalise_refuses_a_sum_of_0_and_weights_that_grow_too_large() -> None:
    with pytest.raises(UserError, match="add up to 0"):
        kernels.normalise(kernels.preset("vertical_edges")[None], 3)
    with pytest.raises(UserError, match="add up to 0"):
        kernels.normalise(torch.zeros(1, 2, 2), 1)
    with pytest.raises(UserError, match="between"):
        kernels.normalise(torch.tensor([[[1000.0, -999.5]]]), 1)


def test_algebra_by_hand() -> None:
    kernel = torch.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
    assert kernels.scale(kernel, 0.5).tolist() == [[[0.5, 1, 1.5], [2, 2.5, 3]]]
    assert kernels.transpose(kernel).tolist() == [[[1, 4], [2, 5], [3, 6]]]
    assert kernels.rotate90(kernel).tolist() == [[[3, 6], [2, 5], [1, 4]]]
    assert kernels.negate(kernel).tolist() == [[[-1, -2, -3], [-4, -5, -6]]]
    assert kernels.flip(kernel).tolist() == [[[6, 5, 4], [3, 2, 1]]]
    assert kernels.resize(kernel, 3, 1).tolist() == [[[0], [2], [5]]]
    assert kernels.resize(kernel, 1, 5).tolist() == [[[0, 1, 2, 3, 0]]]
    assert kernels.per_channel(kernel, 3).tolist() == kernel.tolist() * 3
    with pytest.raises(UserError, match="between"):
        kernels.scale(kernel, 200)
    with pytest.raises(UserError, match="3 channels and the picture 1"):
        kernels.per_channel(torch.zeros(3, 1, 1), 1)


def test_negating_nothing_leaves_no_minus_zero() -> None:
    assert kernels.format_kernel(kernels.negate(torch.zeros(1, 1, 2))) == "0 0"


@settings(max_examples=30)
@given(any_kernel())
def test_turns_and_flips_come_round(kernel: Tensor) -> None:
    half = kernels.rotate90(kernels.rotate90(kernel))
    assert same_bits(half, kernels.flip(kernel))
    assert same_bits(kernels.flip(half), kernel)
    assert same_bits(kernels.transpose(kernels.transpose(kernel)), kernel)


@given(sizes, sizes, sizes, sizes, st.integers(0, 1000))
def test_growing_a_kernel_changes_no_output(kh: int, kw: int, more_h: int, more_w: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    kernel = torch.randint(-9, 10, (1, kh, kw), generator=generator).float()
    image = torch.randint(0, 256, (1, 9, 10), generator=generator).float()
    larger = kernels.resize(kernel, max(kh, more_h), max(kw, more_w))
    assert torch.equal(same_padding(image, larger), same_padding(image, kernel))
    assert torch.equal(kernels.resize(larger, kh, kw), kernel)


@pytest.mark.parametrize(
    ("key", "column", "row"),
    [
        ("sobel_x", [1, 2, 1], [-1, 0, 1]),
        ("sobel_y", [-1, 0, 1], [1, 2, 1]),
        ("vertical_edges", [1, 1, 1], [-1, 0, 1]),
        ("gaussian", [0.25, 0.5, 0.25], [0.25, 0.5, 0.25]),
        ("identity", [0, 1, 0], [0, 1, 0]),
    ],
)
def test_separable_presets_and_their_two_vectors(key: str, column: list[float], row: list[float]) -> None:
    found = kernels.separate(kernels.preset(key))
    assert found is not None
    assert (found[0].tolist(), found[1].tolist()) == (column, row)


def test_the_minus_of_a_negated_kernel_goes_to_the_vector_that_sums_to_0() -> None:
    across, down = (kernels.separate(-kernels.preset(key)) for key in ("sobel_x", "sobel_y"))
    assert across is not None
    assert down is not None
    assert [vector.tolist() for vector in (*across, *down)] == [[1, 2, 1], [1, 0, -1], [1, 0, -1], [1, 2, 1]]


def test_the_zero_kernel_is_zeros_times_zeros() -> None:
    found = kernels.separate(torch.zeros(2, 3))
    assert found is not None
    assert (found[0].tolist(), found[1].tolist()) == ([0, 0], [0, 0, 0])


@pytest.mark.parametrize("key", ["laplacian", "sharpen", "cross", "diagonal_edges_down", "random"])
def test_kernels_that_do_not_separate(key: str) -> None:
    assert kernels.separate(kernels.preset(key)) is None


@given(st.lists(weights, min_size=1, max_size=7), st.lists(weights, min_size=1, max_size=7))
def test_every_outer_product_separates_and_multiplies_back(one: list[float], other: list[float]) -> None:
    kernel = torch.outer(torch.tensor(one), torch.tensor(other)).clamp(-1000, 1000)
    if (
        torch.outer(torch.tensor(one), torch.tensor(other)).abs().max() > 1000
        or 0 < kernel.abs().max() < 1e-20
    ):
        kernel = torch.outer(torch.tensor(one).sign(), torch.tensor(other).sign())
    found = kernels.separate(kernel)
    assert found is not None
    assert torch.allclose(torch.outer(*found), kernel, rtol=0, atol=1e-5 * float(kernel.abs().max()))


@settings(max_examples=50)
@given(any_kernel())
def test_text_carries_every_bit(kernel: Tensor) -> None:
    text = kernels.format_kernel(kernel)
    assert len(text) <= kernels.MAX_TEXT_LENGTH
    assert same_bits(kernels.parse(text), kernel)


def test_the_longest_text_is_still_read() -> None:
    kernel = torch.full((3, 7, 7), -1.17549435e-38)
    assert same_bits(kernels.parse(kernels.format_kernel(kernel)), kernel)


def test_text_by_hand() -> None:
    assert kernels.format_kernel(kernels.preset("vertical_edges")[None]) == "-1 0 1; -1 0 1; -1 0 1"
    assert kernels.format_kernel(torch.tensor([[[0.1]], [[1 / 9]], [[1000.0]]])) == "0.1 | 0.11111111 | 1000"
    assert kernels.parse("1/9, -1/2 \n 2e1 .5").tolist() == [[[torch.tensor(1 / 9).item(), -0.5], [20, 0.5]]]
    assert kernels.parse("\N{MINUS SIGN}1 +2").tolist() == [[[-1, 2]]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a weight"),
        ("1 2; 3", "same number of weights"),
        ("1 2 | 3", "same number of rows"),
        ("1 | 2", "1 or 3 channels, not 2"),
        ("1 2 3 4 5 6 7 8", "not 1 x 8"),
        ("1;2;3;4;5;6;7;8", "not 8 x 1"),
        ("1e999", "between -1000 and 1000"),
        ("1e308/1e-308", "between -1000 and 1000"),
        ("1/0", "divides by 0"),
        ("1/1e-999", "divides by 0"),
        ("nan", "'nan' is not a weight"),
        ("inf", "'inf' is not a weight"),
        ("1_0", "not a weight"),
        ("\N{ARABIC-INDIC DIGIT ONE}", "not a weight"),
        ("1//2", "not a weight"),
        ("1 2;;3 4", "row of the kernel is empty"),
        ("x" * 30, "'x{20}' is not"),
        ("1 " * 4500, "at most 8000 characters, not 9000"),
    ],
)
def test_bad_text_gets_a_clear_sentence(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        kernels.parse(text)


@given(st.text(max_size=60))
def test_no_text_does_worse_than_a_user_error(text: str) -> None:
    try:
        kernel = kernels.parse(text)
    except UserError:
        return
    assert same_bits(kernels.parse(kernels.format_kernel(kernel)), kernel)


def test_weights_are_put_at_a_place_and_nowhere_else() -> None:
    kernel = torch.zeros(3, 3, 4)
    one = kernels.put(kernel, torch.tensor([[[1.0, 2.0]]]), (1, 2, 2))
    assert one.nonzero().tolist() == [[1, 2, 2], [1, 2, 3]]
    each = kernels.put(kernel, torch.ones(3, 2, 1), (1, 0, 3))
    assert each.nonzero().tolist() == [[c, row, 3] for c in range(3) for row in (0, 1)]
    assert not bool(kernel.any())
    with pytest.raises(UserError, match="1 × 3 weights; from this cell on there is room for 3 × 2"):
        kernels.put(kernel, torch.ones(1, 1, 3), (0, 0, 2))
    with pytest.raises(UserError, match="3 channels and the kernel 1"):
        kernels.put(kernel[:1], torch.ones(3, 1, 1), (0, 0, 0))


@pytest.mark.parametrize("key", kernels.PRESETS)
def test_a_preset_is_known_by_its_weights_in_every_channel(key: str) -> None:
    kernel = kernels.preset(key, seed=3)[None]
    assert kernels.preset_of(kernel, seed=3) == key
    assert kernels.preset_of(kernel.expand(3, -1, -1), seed=3) == key
    other = kernel.expand(3, -1, -1).clone()
    other[1, 0, 0] += 0.5
    assert kernels.preset_of(other, seed=3) is None


def test_a_preset_is_known_at_other_sizes_that_it_has() -> None:
    assert kernels.preset_of(kernels.preset("gaussian", (5, 7))[None]) == "gaussian"
    assert kernels.preset_of(torch.ones(1, 1, 1)) == "identity"  # as are others of one weight
    assert kernels.preset_of(torch.full((1, 7, 7), 2.0)) is None
