"""The scripts of "Devices and dtypes" are run, and say what the library says."""

import pytest

from convlab.networks import moving
from convlab.networks.moving import KINDS
from convlab.snippets import moving as scripts
from tests.snippets.test_convolution import run

HERE = ("float64", "float16", "bfloat16", "meta")


@pytest.mark.parametrize("name", HERE)
def test_each_fact_is_what_its_expression_gives(name: str) -> None:
    left = run(scripts.moved_script(name))
    found = moving.moved(name)
    for fact in (*found.network, *found.tensor):
        if not fact.expression.startswith("hex"):  # another process's, another identity
            assert str(eval(fact.expression, left)) == fact.after, fact.expression
    assert scripts.moved(name) in scripts.moved_script(name)


@pytest.mark.parametrize("name", [*HERE, moving.TO_EMPTY])
@pytest.mark.parametrize("first", [True, False])
def test_the_optimiser_holds_and_changes_the_same(name: str, first: bool) -> None:
    left = run(scripts.stepped_script(name, first))
    found = moving.stepped(name, first)
    pairs = zip(left["model"].parameters(), left["held"], strict=True)
    assert [one is other for one, other in pairs] == [h.in_network == h.in_optimizer for h in found.held]
    if found.change is not None:
        assert float(max(left["changes"]).detach()) == pytest.approx(found.change, rel=1e-4, abs=1e-12)


@pytest.mark.parametrize("network", [kind for kind in KINDS if kind not in ("uint8", "cuda")])
@pytest.mark.parametrize("picture", [kind for kind in KINDS if kind != "cuda"])
@pytest.mark.parametrize("mended", [True, False])
def test_a_mixture_runs_or_fails_alike(network: str, picture: str, mended: bool) -> None:
    found = moving.mixed(network, picture, mended)
    code = scripts.mixed_script(network, picture, mended)
    if found.runs:
        logits = run(code)["logits"]
        assert found.said == f"logits: {list(logits.shape)}, {logits.dtype}, {logits.device}"
    else:
        with pytest.raises(RuntimeError) as refused:
            run(code)
        assert found.said == moving.words_of(refused.value)


@pytest.mark.parametrize("where", [None, "cpu", "meta"])
def test_the_file_is_read_alike(where: str | None) -> None:
    left = run(scripts.mapped(where))
    assert {str(tensor.device) for tensor in left["state_dict"].values()} == {where or "cpu"}


def test_the_timed_loop_is_the_one_that_ran(capsys: pytest.CaptureFixture[str]) -> None:
    run(scripts.timed())
    assert "s for 100 epochs" in capsys.readouterr().out
