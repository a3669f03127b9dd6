"""A page with nothing but a sheet of tensors: ?case= chooses which, and what was kept stands below."""

from collections.abc import Sequence
from typing import Any

import streamlit as st
import torch

from convlab.networks.designs import Net, seeded
from convlab.networks.variants import NetResDeep
from convlab.ui.components.tensor_sheet import Column, Row, Step, kept_entry, tensor_sheet
from convlab.ui.tensor_rows import rows_of

CODE = """class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()  # makes the place for what follows
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)"""


def sheet(case: str) -> tuple[list[Row], Sequence[str | Column], dict[str, Any]]:
    """The rows, the columns and the options of that name; the tests make the same ones to compare with."""
    torch.set_num_threads(1)
    if case == "deep":
        return rows_of(seeded(lambda: NetResDeep(n_blocks=30), 0)), ["weights"], {}
    net = seeded(Net, 0)
    gradient = {name: 0.1 * torch.sin(1000 * tensor) for name, tensor in net.state_dict().items()}
    after = {name: tensor - 0.5 * gradient[name] for name, tensor in net.state_dict().items()}
    gradient.pop("fc2.bias")
    marks = {"conv1": "changed", "fc1.weight": "new", "fc2.bias": "gone"}
    notes = {"fc2.bias": "its gradient is None"}
    rows = rows_of(net, gradient, after, marks=marks, notes=notes, lines={"conv1": (3,)})
    columns = [Column("before", "weights"), Column("gradient", "gradients"), Column("after", "weights")]
    if case == "code":
        steps = [Step("Nothing yet."), Step("conv1 hands out its weight.", ("conv1.weight",), (3,))]
        return rows, columns, {"code": CODE, "steps": steps, "reveals": True}
    if case == "flat":
        return (
            [Row(f"layer{n}.weight", "Tensor", (torch.full((2, 2), float(n)),)) for n in range(200)],
            ["all"],
            {},
        )
    if case == "odd":
        odd = torch.full((4, 4), torch.nan)
        rows = [Row("a", "Tensor", (odd, torch.ones(2, 3), torch.ones(4, 4, device="meta"))),
                Row("seen", "buffer", (torch.tensor(7), None, torch.zeros(0)))]  # fmt: skip
        return rows, ["one", "two", "three"], {}
    return rows, columns, {"formula": "{0} \u2212 0.5 \u00d7 {1} = {2}"}


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    st.title("Tensors")
    st.button("Rerun")
    rows, columns, options = sheet(st.query_params.get("case", "step"))

    def keep() -> None:
        st.session_state.kept = kept_entry("sheet")

    tensor_sheet("sheet", rows, columns, kept=st.session_state.get("kept"), on_keep=keep, **options)
    st.html(f'<p id="kept">{st.session_state.get("kept")}</p>')
