"""convlab.ui.components.tensor_sheet: what a browser is told of modules and tensors, and what it may send."""

import math

import pytest
import streamlit
import torch
from streamlit.testing.v1 import AppTest

from convlab.networks.designs import Net, seeded
from convlab.ui.components import tensor_sheet
from convlab.ui.components.tensor_sheet import BUFFER, Column, Row, ends, kept_entry, parent
from convlab.ui.tensor_rows import rows_of
from tests.ui.driver import received


def page() -> None:
    import torch

    from convlab.networks.designs import Net, seeded
    from convlab.ui.components.tensor_sheet import Column, Row, Step, tensor_sheet
    from convlab.ui.tensor_rows import rows_of

    net = seeded(Net, 0)
    doubled = {name: 2 * tensor for name, tensor in net.state_dict().items() if name != "fc2.bias"}
    rows = [
        *rows_of(net, doubled),
        Row("extra", "Tensor", (torch.ones((), device="meta"), None), "why", "new"),
    ]
    tensor_sheet(
        "sheet",
        rows,
        [Column("net", "weights"), "doubled"],
        code="a\nb",
        steps=[Step("first", ("conv1",), (1,))],
        formula="{0} + {1}",
        kept=("conv1.weight", (3, 0, 1, 2)),
    )


def test_a_browser_is_told_of_each_module_and_tensor_and_gets_their_values_in_order() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    header, blobs = received(app, "sheet")
    rows = {row["name"]: row for row in header["rows"]}
    net = seeded(Net, 0)
    assert [*rows][:3] == ["", "conv1", "conv1.weight"]
    assert (rows[""]["count"], rows["conv1"]["count"]) == (18_091, 448)
    counts = [row["count"] for row in rows.values() if not row["module"]]
    assert counts[:-1] == [432, 16, 1152, 8, 16384, 32, 64, 2]
    assert rows["conv1.weight"]["shown"] == "weight"
    assert header["rows"][rows["conv1.weight"]["parent"]]["name"] == "conv1"
    assert rows["conv1.weight"]["shape"] == "[16, 3, 3, 3]"
    values = torch.frombuffer(bytearray(blobs["values"]), dtype=torch.float32)
    for name, tensor in net.state_dict().items():
        for cell, times in zip(rows[name]["cells"], (1, 2), strict=True):
            if (name, times) == ("fc2.bias", 2):
                assert cell == {"at": -1, "shape": None, "said": "None"}
                continue
            at = cell["at"]
            assert torch.equal(values[at : at + tensor.numel()], times * tensor.flatten())
    assert rows["extra"]["cells"][0] == {"at": -1, "shape": [], "said": "meta: a shape, no values"}
    assert (rows["extra"]["note"], rows["extra"]["mark"]) == ("why", "new")
    largest = float(max(tensor.abs().max() for tensor in net.state_dict().values()))
    assert [column["end"] for column in header["columns"]] == [largest, 2 * largest]
    assert header["code"] == ["a", "b"]
    assert header["steps"] == [{"says": "first", "rows": ["conv1"], "lines": [1]}]
    assert header["kept"] == ["conv1.weight", [3, 0, 1, 2]]


def test_columns_of_the_same_share_a_scale_but_no_counter_no_buffer_and_nothing_that_is_no_number() -> None:
    rows = [
        Row("a", "Tensor", (torch.tensor([1.0, math.nan]), torch.tensor([-3.0]), torch.tensor([0.5]))),
        Row("seen", "Tensor", (torch.tensor(100), torch.tensor(100), None)),
        Row("running_var", BUFFER, (torch.tensor([9.0, 9.0]), torch.tensor([9.0]), torch.tensor([9.0]))),
        Row("b", "Tensor", (torch.tensor([math.inf]), None, torch.empty(2, device="meta"))),
    ]
    before, after = Column("before", "weights"), Column("after", "weights")
    assert ends(rows, [before, after, Column("gradient", "gradients")]) == [3.0, 3.0, 0.5]
    assert ends(rows, [Column("a"), Column("b"), Column("c")]) == [1.0, 3.0, 0.5]
    assert ends([Row("zero", "Tensor", (torch.zeros(2),))], [Column("a")]) == [1.0]


def test_tensors_of_any_dtype_are_drawn() -> None:
    for dtype in (torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.bool):
        assert tensor_sheet.as_floats(torch.ones(2, 2).to(dtype)).tolist() == [1.0] * 4
    assert tensor_sheet.as_floats(torch.tensor([3 + 4j])).tolist() == [5.0]


def test_what_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensor_sheet, "MOST_DRAWN", 10)
    monkeypatch.setattr(tensor_sheet, "MOST_SENT", 15)
    rows = [Row(str(n), "Tensor", (torch.ones(size),)) for n, size in enumerate((11, 10, 6, 5, 0))]
    cells, values = tensor_sheet._drawn(rows)
    assert [line[0]["at"] for line in cells] == [-1, 0, -1, 10, -1]
    assert [line[0]["said"] for line in cells] == ["too large to draw", "", "too large to draw", "", "empty"]
    assert torch.cat(values).numel() == 15


def test_a_row_belongs_to_the_nearest_module_that_is_there() -> None:
    modules = {"": 0, "a": 1}
    assert parent("a.b.weight", modules) == "a"
    assert parent("ab.weight", modules) == ""
    assert parent("", modules) is None
    assert parent("x.y", {}) is None


def test_a_parameter_with_two_names_counts_once() -> None:
    net = seeded(Net, 0)
    net.conv2.weight = net.conv1.weight
    inside = tensor_sheet._parameters_of(rows_of(net), {"": 0, "conv1": 1, "conv2": 2})
    assert sum(inside[""].values()) == 18_090 - 1152
    assert sum(inside["conv2"].values()) == 432 + 8


def test_what_is_gone_counts_in_what_is_gone_alone() -> None:
    rows = [
        Row("", "Net"),
        Row("convs[0]", "Conv2d", mark="gone"),
        Row("convs[0].weight", "Parameter", (torch.ones(5),), mark="gone"),
        Row("fc.bias", "Parameter", (torch.ones(3),)),
    ]
    told = {row["name"]: row["count"] for row in tensor_sheet._told(rows)}
    assert told == {"": 3, "convs[0]": 5, "convs[0].weight": 5, "fc.bias": 3}


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"name": "conv1.weight", "index": [3, 0, 1, 2]}, ("conv1.weight", (3, 0, 1, 2))),
        ({"name": "b", "index": []}, ("b", ())),
        ({"name": "b", "index": [-1]}, None),
        ({"name": "b", "index": [1e300]}, None),
        ({"name": "b", "index": ["x"]}, None),
        ({"name": "b", "index": [math.inf]}, None),
        ({"name": 5, "index": [1]}, None),
        ({"name": "b"}, None),
        ({"name": "b", "index": 3}, None),
        ("x", None),
        (None, None),
    ],
)
def test_what_a_browser_sends(sent: object, found: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamlit, "session_state", {"sheet": {"keep": sent}})
    assert kept_entry("sheet") == found
