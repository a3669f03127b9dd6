"""pages/modules.py, "Modules and parameters": what each view says, and that its script says the same."""

import contextlib
import io
from typing import Any, get_args

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.networks import registration
from convlab.networks.designs import Net, seeded
from convlab.ui import words
from convlab.ui.modules.controls import ModulesControls
from tests.ui.driver import open_page, received, troubles

PAGE = "pages/modules.py"


def view(topic: str, **query: object) -> AppTest:
    """The part, opened at one of its views."""
    app = open_page(PAGE, part="registered", topic=topic, **query)
    assert troubles(app) == []
    return app


def ran(app: AppTest) -> str:
    """What the view's script prints."""
    app.segmented_control(key="modules.experiment").set_value("code").run()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(app.code[-1].value, "script", "exec"), {"__name__": "script"})
    return printed.getvalue()


def column(app: AppTest, at: int, name: str) -> list[Any]:
    """A column of one of the tables."""
    return list(app.table[at].value[name])


def texts(app: AppTest) -> str:
    """All of the page's prose."""
    return "\n".join(text.value for text in app.markdown)


def test_the_tree_is_net_with_its_code_and_its_counts() -> None:
    app = view("tree")
    assert "`[432, 16, 1152, 8, 16384, 32, 64, 2]`: 18,090 numbers" in texts(app)
    header, blobs = received(app, "modules.tree")
    values = torch.frombuffer(bytearray(blobs["values"]), dtype=torch.float32)
    assert torch.equal(values, torch.cat([tensor.flatten() for tensor in seeded(Net, 0).parameters()]))
    rows = {row["name"]: row for row in header["rows"]}
    (line,) = rows["conv2.weight"]["lines"]
    assert header["code"][line].strip().startswith("self.conv2 =")
    said = [step["says"] for step in header["steps"]]
    assert said[1] == "Net has no parameter of its own: it asks conv1, conv2, fc1, fc2."
    assert said[2] == "conv1 (Conv2d) hands out its weight: 432 numbers, 432 so far."
    assert said[-1] == "Done: 8 tensors, 18,090 numbers."
    assert header["steps"][2]["rows"] == ["conv1.weight"]
    assert ran(app) == "18090 [432, 16, 1152, 8, 16384, 32, 64, 2]\n"


def test_code_that_names_options_says_what_they_are() -> None:
    said = texts(view("tree", tree_of="net_dropout"))
    assert "called as `NetDropout(n_chans1=32, activation='tanh', num_classes=2)`" in said
    assert "`getattr(torch, 'tanh')` is `torch.tanh`" in said
    for shown in ("net", "modules", "sequential", "dense"):
        header, _blobs = received(app := view("tree", tree_of=shown), "modules.tree")
        assert not [word for word in ("getattr", "keeping", "num_classes") if word in "".join(header["code"])]
        assert "called as" not in texts(app)


@pytest.mark.parametrize("topic", get_args(ModulesControls.model_fields["topic"].annotation))
def test_each_view_asks_its_own_question(topic: str) -> None:
    assert words.prose("modules", f"{topic}_asks") in [text.value for text in view(topic).markdown]


@pytest.mark.parametrize("tree_of", get_args(ModulesControls.model_fields["tree_of"].annotation))
def test_every_network_has_its_tree_and_its_script(tree_of: str) -> None:
    app = view("tree", tree_of=tree_of)
    header, _blobs = received(app, "modules.tree")
    last = header["steps"][-1]["says"].split()
    printed = ran(app).split()
    assert last[-2].replace(",", "") == printed[0]
    named = [row for row in header["rows"] if row["module"] and row["parent"] >= 0]
    assert all(row["lines"] for row in named if not row["name"].startswith(("resblocks.",)) or row["lines"])
    assert all(0 <= line < len(header["code"]) for row in header["rows"] for line in row["lines"])


def test_the_tree_by_numbers() -> None:
    app = view("tree")
    app.session_state["modules.by_numbers"] = True
    app.run()
    assert [count for count in column(app, 0, "Numbers") if count != "0"] == [
        str(count) for count in (432, 16, 1152, 8, 16384, 32, 64, 2)
    ]
    assert column(app, 0, "So far")[-1] == "18090"
    app.selectbox(key="modules.tree.tensor").set_value("fc2.bias").run()
    app.number_input(key="modules.tree.index.0").set_value(1).run()
    shown = dict(app.table[2].value.values)
    assert shown == {"Values at the start": f"{float(seeded(Net, 0).fc2.bias.detach()[1]):.6g}"}


def test_holders_stand_side_by_side() -> None:
    app = view("holders")
    assert column(app, 0, "Parameters") == ["1,608", "0", "0", "1,608", "1,608", "1,608", ""]
    held = column(app, 0, "Held in")
    assert [name for name in held if "▸" in name] == ["**▸ \\[…\\]**"]
    assert held[-1] == words.escaped("no super().__init__()")
    message = "ValueError: optimizer got an empty parameter list"
    given = column(app, 0, "SGD(net.parameters(), lr=0.01)")
    assert given == ["4 tensors", message, message, "4 tensors", "4 tensors", "4 tensors", ""]
    registered = column(app, 0, "Registered")
    assert registered[:4] == ["conv1, conv2", "nothing", "nothing", "convs.0, convs.1"]
    assert registered[-1] == words.cell(f"AttributeError: {registration.without_super()}")
    assert "cannot assign module" in registered[-1]
    header, _blobs = received(app, "modules.holder")
    lost = [row for row in header["rows"] if row["mark"] == "gone"]
    assert [row["name"] for row in lost][:2] == ["convs[0]", "convs[0].weight"]
    assert all(header["code"][row["lines"][0]].strip() == "self.convs = [" for row in lost)


@pytest.mark.parametrize("held_in", get_args(ModulesControls.model_fields["held_in"].annotation))
def test_a_holders_script_says_what_the_page_says(held_in: str) -> None:
    app = view("holders", held_in=held_in)
    printed = ran(app)
    if held_in == "no_super":
        assert printed == "AttributeError: cannot assign module before Module.__init__() call\n"
        assert any(code.value == printed.strip() for code in app.code)
    elif held_in in ("list", "dict"):
        assert printed.splitlines() == ["[]", "ValueError: optimizer got an empty parameter list"]
    else:
        assert "weight" in printed
        assert "SGD" in printed


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "mat1 and mat2 shapes cannot be multiplied (64x8 and 512x32)"),
        ({"flatten": 1}, ""),
        ({"flatten": 1, "stack_kernel": 5}, "mat1 and mat2 shapes cannot be multiplied (1x288 and 512x32)"),
        ({"flatten": 1, "stack_kernel": 5, "in_features": 288}, ""),
        ({"flatten": 1, "in_features": 7}, "mat1 and mat2 shapes cannot be multiplied (1x512 and 7x32)"),
    ],
)
def test_pytorchs_message_tells_what_does_not_fit(query: dict[str, int], said: str) -> None:
    app = view("fit", **query)
    assert [code.value for code in app.code][:1] == ([said] if said else [])
    shapes = column(app, 0, "Shape behind it")
    assert ("PyTorch refuses" in shapes) == bool(said)
    assert len(app.success) == (not said)
    printed = ran(app)
    assert printed == (f"RuntimeError: {said}\n" if said else "torch.Size([1, 2])\n")


def test_flatten_mends_the_stack_on_the_page() -> None:
    app = view("fit")
    app.toggle(key="modules.flatten").set_value(True).run()
    assert app.success
    assert column(app, 0, "nn.Sequential")[6] == "nn.Flatten(start_dim=1, end_dim=-1)"
    app.number_input(key="modules.stack_kernel").set_value(5).run()
    assert column(app, 0, "Shape behind it")[6:8] == ["[1, 288]", "PyTorch refuses"]


@pytest.mark.parametrize("beside", get_args(ModulesControls.model_fields["beside"].annotation))
def test_all_forms_are_equal_to_the_bit(beside: str) -> None:
    app = view("forms", beside=beside)
    assert column(app, 0, "Largest difference from Net") == ["0.0"] * 4
    assert len(set(column(app, 0, "Logits of the first picture"))) == 1
    assert column(app, 0, "Modules registered") == [9, 4, 10, 0]
    assert column(app, 0, "First parameter")[2] == "0.weight"
    assert ran(app) == "[0.0, 0.0, 0.0, 0.0]\n"


def test_forward_called_directly_runs_no_hook_of_the_network() -> None:
    app = view("calls", calls=3, forwards=2)
    assert column(app, 0, "Its forward ran") == [5, 5]
    assert column(app, 0, "The hook ran") == [3, 5]
    assert "All 5 outputs are equal to the bit." in texts(app)
    assert ran(app) == "{'net': 3, 'conv1': 5}\n"
    app.number_input(key="modules.calls").set_value(0).run()
    assert column(app, 0, "The hook ran") == [0, 2]
