"""A network that does not fit is told in PyTorch's words, then in ours."""

from streamlit.testing.v1 import AppTest

from tests.ui.driver import ready


def page() -> None:
    import torch

    from convlab.networks.designs import sequential_net
    from convlab.networks.shape_errors import try_forward
    from convlab.ui.failures import show_failure

    show_failure(try_forward(sequential_net(flatten=False), torch.zeros(1, 3, 32, 32)))


def test_pytorchs_message_comes_first_then_what_to_do() -> None:
    app = ready(AppTest.from_function(page)).run()
    assert not app.exception
    assert app.code[0].value == "mat1 and mat2 shapes cannot be multiplied (64x8 and 512x32)"
    assert any("Flatten" in text.value for text in app.markdown)
