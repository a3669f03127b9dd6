"""Feature maps: a stack of the learner's own, edited layer by layer."""

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.networks import stacks
from convlab.ui.networks import OWN_STACK
from tests.pages.test_feature_maps import (
    LAB,
    PAGE,
    assert_is_pytorchs,
    choose,
    controls,
    header_names,
)
from tests.pages.test_feature_maps_experiments import press, texts
from tests.ui.driver import open_page, received, troubles


def parts(app: AppTest) -> list[Any]:
    return list(stacks.parse(controls(app).stack).layers)


def edit(app: AppTest, at: int, name: str, value: object) -> AppTest:
    """Set a number, or the kind, of the chosen layer."""
    key = f"feature_maps.part.{at}.{name}"
    widget: Any = app.selectbox(key=key) if name == "kind" else app.number_input(key=key)
    after: AppTest = widget.set_value(value).run()
    return after


def pick(app: AppTest, at: int) -> AppTest:
    after: AppTest = app.pills(key="feature_maps.at").set_value(at).run()
    return after


def test_layers_are_changed_added_and_removed() -> None:
    app = open_page(PAGE, network=OWN_STACK)
    edit(app, 0, "out_channels", 5)
    edit(app, 0, "kernel_size", 5)
    edit(app, 0, "padding", 2)
    assert_is_pytorchs(app)
    assert parts(app)[0] == stacks.Conv2d(out_channels=5, kernel_size=5, padding=2)
    pick(app, 1)
    edit(app, 1, "kind", "batch_norm")
    assert_is_pytorchs(app)
    assert parts(app)[1] == stacks.BatchNorm2d()
    press(app, "Add a layer behind")
    assert parts(app)[2] == stacks.Conv2d(padding=1)
    assert len(parts(app)) == 11
    assert_is_pytorchs(app)
    press(app, "Remove this layer")
    assert parts(app)[1] == stacks.Conv2d(padding=1)
    assert_is_pytorchs(app)
    assert app.query_params["stack"] == controls(app).stack


def test_layers_are_numbered_as_pytorch_names_them() -> None:
    app = open_page(PAGE, network=OWN_STACK)
    (pills,) = [group for group in app.pills if group.key == "feature_maps.at"]
    names = header_names(received(app, LAB)[0])[1:]
    assert [option.split()[0] for option in pills.options] == names == [str(n) for n in range(10)]
    pick(app, 3)
    assert app.selectbox(key="feature_maps.part.3.kind").label == "Layer 3"


def test_a_stack_has_1_to_12_layers() -> None:
    app = open_page(PAGE, network=OWN_STACK, stack='[{"kind":"relu"}]')
    press(app, "Remove this layer")
    assert "1 to 12 layers" in app.warning[0].value
    assert parts(app) == [stacks.ReLU()]
    for n in range(11):
        press(app, "Add a layer behind")
        assert len(parts(app)) == n + 2
    press(app, "Add a layer behind")
    assert "1 to 12 layers" in app.warning[0].value
    assert len(parts(app)) == 12
    assert_is_pytorchs(app)
    assert not app.run().warning


@pytest.mark.parametrize("kind", ["max_pool", "avg_pool"])
def test_a_pool_without_a_stride_goes_on_by_its_kernel(kind: str) -> None:
    text = f'[{{"kind":"{kind}","kernel_size":5}}]'
    app = open_page(PAGE, network=OWN_STACK, stack=text)
    assert_is_pytorchs(app)
    assert app.number_input(key="feature_maps.part.0.stride").value == 5
    edit(app, 0, "kernel_size", 7)
    assert parts(app) == [stacks.KINDS[kind](kernel_size=7)]
    edit(app, 0, "stride", 6)  # the field has to show 7, yet a stride is 4 at most
    assert parts(app)[0].stride == 4
    edit(app, 0, "stride", 2)
    assert parts(app)[0].stride == 2
    assert_is_pytorchs(app)


def test_numbers_that_only_a_link_may_set_outlive_an_edit() -> None:
    text = '[{"kind":"conv","in_channels":4},{"kind":"flatten"},{"kind":"linear","in_features":9}]'
    app = open_page(PAGE, network=OWN_STACK, stack=text)
    edit(app, 0, "padding", 1)
    assert parts(app)[0] == stacks.Conv2d(in_channels=4, padding=1)


UNFIT = {
    '[{"kind":"conv","in_channels":4}]': "Set in_channels to 3",
    '[{"kind":"max_pool","kernel_size":2,"padding":3}]': "Set padding to half of kernel_size at most",
    '[{"kind":"flatten"},{"kind":"conv"}]': "Move this layer in front of the flatten",
    '[{"kind":"flatten"},{"kind":"batch_norm"}]': "Move this layer in front of the flatten",
    '[{"kind":"max_pool","kernel_size":7},{"kind":"max_pool","kernel_size":7}]': "Take a smaller kernel_size",
    '[{"kind":"conv","kernel_size":7,"dilation":4},{"kind":"conv","kernel_size":7,"dilation":4}]': "smaller",
    '[{"kind":"linear"}]': "Put nn.Flatten in front of it",
}


@pytest.mark.parametrize("text", UNFIT)
def test_a_stack_that_does_not_fit_shows_pytorchs_error_and_goes_on(text: str) -> None:
    app = open_page(PAGE, network=OWN_STACK, stack=text)
    assert troubles(app) == []
    module = stacks.build(stacks.parse(text))
    with pytest.raises((RuntimeError, ValueError)) as pytorchs, torch.no_grad():
        module.eval()(torch.zeros(1, 3, 32, 32))
    assert [code.value for code in app.code] == [str(pytorchs.value)]
    assert UNFIT[text] in texts(app)
    assert not [element for element in app.get("bidi_component") if element.key == LAB]  # never stale
    press(app, "Add a layer behind")
    pick(app, 0)
    while len(parts(app)) > 1:
        press(app, "Remove this layer")
    edit(app, 0, "kind", "relu")
    assert_is_pytorchs(app)


def test_maps_without_a_value_are_said() -> None:
    text = '[{"kind":"mean"},{"kind":"conv_transpose","kernel_size":4,"stride":1,"padding":2}]'
    app = open_page(PAGE, network=OWN_STACK, stack=text)
    assert "1 ConvTranspose2d puts out no values at all, its shape is [8, 0, 0]" in texts_of_notices(app)
    assert not [element for element in app.get("bidi_component") if element.key == LAB]


def texts_of_notices(app: AppTest) -> str:
    return " ".join(str(notice.value).replace("\\", "") for notice in app.info)


def test_a_mean_behind_the_flatten_is_one_number() -> None:
    app = open_page(PAGE, network=OWN_STACK, stack='[{"kind":"flatten"},{"kind":"mean"}]', size=8, layer="1")
    header = assert_is_pytorchs(app)
    assert header["layers"][2]["field"] == {"size": [8, 8], "jump": [0, 0], "start": [0, 0]}


def test_too_large_a_stack_is_refused_with_a_sentence() -> None:
    text = '[{"kind":"conv","out_channels":64},{"kind":"flatten"},{"kind":"linear","out_features":1024}]'
    app = open_page(PAGE, network=OWN_STACK, stack=text, size=64)
    assert troubles(app) == []
    (notice,) = app.info
    assert "5000000" in notice.value


# --- links


def test_a_link_holds_the_stack_and_the_place() -> None:
    app = open_page(PAGE, network=OWN_STACK)
    edit(app, 0, "out_channels", 3)
    choose(app, 2, 1, 30, 7)
    app = choose(app, 1, 2, 31, 5)
    link = dict(app.query_params)
    assert (link["layer"], link["channel"], link["row"], link["col"]) == ("0", "2", "31", "5")
    again = open_page(PAGE, **link)
    assert not again.warning
    assert received(again, LAB)[0]["detail"] == received(app, LAB)[0]["detail"]
    assert controls(again) == controls(app)
