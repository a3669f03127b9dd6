"""A module's rows, in PyTorch's order, and the panel that reads them once more."""

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from convlab.networks.designs import Net, seeded
from convlab.networks.variants import NetBatchNorm, NetResDeep
from convlab.ui.tensor_rows import rows_of
from tests.ui.driver import ready

SCRIPT = """
import torch
from convlab.networks.designs import Net, seeded
from convlab.ui.components.tensor_sheet import Column, Row
from convlab.ui.tensor_rows import rows_of, tensor_numbers

net = seeded(Net, 0)
other = {name: -tensor for name, tensor in net.state_dict().items() if name != "fc2.weight"}
meta = Row("m", "Tensor", (torch.ones(2, device="meta"), torch.ones(1, 1)))
rows = [*rows_of(net, other, notes={"fc1": "wide"}), meta]
tensor_numbers("page.sheet", rows, [Column("net"), "other"], kept=("conv1.weight", (3, 0, 1, 2)))
"""


@pytest.mark.parametrize(
    "module", [Net(), NetBatchNorm(), NetResDeep(n_blocks=2, shared=True), nn.Linear(2, 2)]
)
def test_rows_are_pytorchs_modules_parameters_and_buffers(module: nn.Module) -> None:
    rows = rows_of(module)
    parts = dict(module.named_modules(remove_duplicate=False))
    assert [row.name for row in rows if not row.tensors] == [*parts]
    tensors = {row.name: row.tensors[0] for row in rows if row.tensors}
    assert {*tensors} == {*module.state_dict()}
    parameters = dict(module.named_parameters(remove_duplicate=False))
    assert [row.name for row in rows if row.kind == "Parameter"] == [*parameters]
    assert all(tensors[name] is tensor for name, tensor in parameters.items())


def test_columns_marks_notes_and_lines_go_to_their_rows() -> None:
    net = seeded(Net, 0)
    gradient = {"conv1.bias": torch.ones(16)}
    lines = {"conv1": (4,), "fc1.bias": (7,)}
    made = rows_of(net, gradient, notes={"conv1": "a"}, marks={"fc1.bias": "gone"}, lines=lines)
    rows = {row.name: row for row in made}
    assert rows["conv1.bias"].tensors == (net.conv1.bias, gradient["conv1.bias"])
    assert rows["conv1.weight"].tensors[1] is None
    assert rows["conv1"].note == "a"
    assert rows["fc1.bias"].mark == "gone"
    assert [rows[name].lines for name in ("conv1", "conv1.weight", "fc1.bias", "fc1")] == [
        (4,),
        (4,),
        (7,),
        (),
    ]
    alone = {row.name: row for row in rows_of(net, gradient, own=False)}
    assert alone["conv1.bias"].tensors == (gradient["conv1.bias"],)


def test_an_entry_is_read_in_every_column() -> None:
    app = ready(AppTest.from_string(SCRIPT)).run()
    assert not app.exception
    table, values = (element.value for element in app.table)
    assert list(table["Name"])[:3] == ["Net", "conv1", "conv1.weight"]
    assert list(table["Note"])[list(table["Name"]).index("fc1")] == "wide"
    weight = seeded(Net, 0).conv1.weight.detach()
    assert dict(values.values) == {
        "net": f"{float(weight[3, 0, 1, 2]):.6g}",
        "other": f"{-float(weight[3, 0, 1, 2]):.6g}",
    }
    app.number_input(key="page.sheet.index.0").set_value(15).run()
    assert dict(app.table[1].value.values)["net"] == f"{float(weight[15, 0, 1, 2]):.6g}"
    app.selectbox(key="page.sheet.tensor").set_value("fc2.weight").run()
    assert dict(app.table[1].value.values)["other"] == "None"
    assert len(app.number_input) == 2
    app.selectbox(key="page.sheet.tensor").set_value("m").run()
    assert dict(app.table[1].value.values) == {"net": "meta", "other": "none there"}
