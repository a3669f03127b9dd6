"""What happened to a run: changes of the rate, halts, and the line of runs that it was forked from."""

import json
from pathlib import Path

import hypothesis
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convlab.training import runs, story
from convlab.training.metrics import Halt, Outline
from convlab.training.runs import Run
from convlab.training.schedule import one_cycle
from convlab.training.status import State
from convlab.training.story import Leg, Parent, Story
from tests.training.small import at_batch, create, settings, train


def steered(rate: float = 0.5, batch: int = 6, **changes: object) -> Run:
    """A run whose rate was changed before its batch of this number, from 0, and one end of an epoch."""
    run = create(**changes)

    def change(run: Run) -> State | None:
        run.set_lr(rate)
        return None

    train(run, leave=at_batch(batch, change)(run))
    return run


def said(told: Story) -> list[str]:
    return [str(sentence) for sentence in story.events(told)]


def test_a_plain_run_has_nothing_to_tell() -> None:
    run = create()
    assert run.story().leg.per_epoch == 0
    assert run.story().leg.lr == 0.01
    train(run)
    told = run.story()
    assert said(told) == []
    assert (told.given, told.parents, told.leg.state, told.leg.done) == (None, (), "finished", 15)
    assert told.leg.devices == ["cpu"]


def test_a_change_of_the_rate_counts_from_its_batch_on() -> None:
    leg = steered().story().leg
    assert leg.changes == {6: 0.5}
    assert leg.rates(range(5, 8)) == [0.01, 0.5, 0.5]
    assert said(Story((leg,))) == ["lr 0.01 → 0.5 at epoch 1.2"]
    assert leg.lr == 0.5


def test_a_change_at_the_end_of_an_epoch_is_one_at_the_start_of_the_next() -> None:
    run = steered(batch=4)  # the orders of the fifth batch have been read: those before the end of the epoch
    assert run.metrics().lrs == ((1, 6, 0.5),)
    assert run.story().leg.changes == {5: 0.5}


def test_one_cycle_goes_on_from_the_new_rate() -> None:
    leg = steered(schedule="one_cycle", lr=0.1).story().leg
    plain = [one_cycle(step, 15, 0.1) for step in range(15)]
    factor = 0.5 / plain[6]
    assert leg.rates(range(15)) == pytest.approx(plain[:6] + [factor * rate for rate in plain[6:]])
    assert leg.lr == pytest.approx(factor * plain[14])


@given(
    st.sampled_from(["constant", "one_cycle"]),
    st.integers(4, 40),
    st.dictionaries(st.integers(0, 39), st.floats(1e-6, 1e6), max_size=5),
)
@hypothesis.settings(max_examples=40)
def test_rates_are_those_of_pytorchs_own_schedule(
    schedule: str, steps: int, changes: dict[int, float]
) -> None:
    lrs = tuple((1, step + 1, lr) for step, lr in changes.items() if step < steps)
    leg = Leg(settings(epochs=1, schedule=schedule), per_epoch=steps, outline=Outline(1, 0, 0, lrs))
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.01)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, steps, cycle_momentum=False)
    group, expected = optimizer.param_groups[0], []
    if schedule == "constant":
        group["lr"] = 0.01
    for step in range(steps):
        if step in changes and schedule == "constant":
            group["lr"] = changes[step]
        elif step in changes:
            scale = changes[step] / group["lr"]
            group |= {name: scale * group[name] for name in ("lr", "initial_lr", "max_lr", "min_lr")}
        expected.append(group["lr"])
        optimizer.step()
        if schedule == "one_cycle":
            cycle.step()
    assert leg.rates(range(steps)) == pytest.approx(expected)


def test_halts_are_told_in_their_order_and_the_last_word_on_a_batch_counts() -> None:
    outline = Outline(1, 2, 1, ((1, 2, 1.0), (1, 2, 2.0)), (Halt(2, 3, "stopped"), Halt(2, 3, "resumed")))
    leg = Leg(settings(), per_epoch=5, outline=outline)
    words = ["lr 0.01 → 2 at epoch 0.2", "stopped at epoch 1.4", "resumed at epoch 1.4"]
    assert said(Story((leg,))) == words
    assert leg.epoch == 1.4


def test_a_paused_and_resumed_run_says_where() -> None:
    run = create()
    train(run, leave=at_batch(3, lambda run: "paused")(run))
    assert said(run.story()) == ["paused at epoch 0.6"]
    train(run)
    assert said(run.story()) == ["paused at epoch 0.6", "resumed at epoch 0.6"]
    assert run.story().leg.untold == 0


def test_another_device_or_pytorch_is_told() -> None:
    run = create()
    train(run, leave=at_batch(3, lambda run: "paused")(run))
    before = {**run.environment, "device": "cuda (H)", "torch": "9.9"}
    (run.folder / "environment.json").write_text(json.dumps(before))
    train(run)
    assert said(run.story())[1].startswith("resumed at epoch 0.6 on cpu, PyTorch 2")
    assert run.story().leg.devices == ["cuda (H)", "cpu"]


def test_a_fork_takes_its_parents_story_along() -> None:
    first = steered()
    second = first.fork(2, {"lr": 0.25, "epochs": 2}, "second")
    train(second)
    third = second.fork(1, {"epochs": 1}, "third")
    train(third)
    expected = ["fork of second at epoch 1", "fork of net at epoch 2"]
    assert said(third.story()) == expected
    before = third.story()
    first.delete()
    second.delete()
    again = Run(third.id).story()
    assert again == before
    assert [leg.changes for leg in again.legs] == [{6: 0.5}, {}, {}]
    assert [leg.settings.lr for leg in again.legs] == [0.01, 0.25, 0.25]


def test_a_fork_knows_nothing_of_what_came_after() -> None:
    run = steered()
    assert run.fork(1).story().parents[0].changes == {}
    assert run.fork(2).story().parents[0].changes == {6: 0.5}


def test_a_fork_takes_the_weights_along_that_the_line_began_with() -> None:
    weights = create().settings  # any settings: the weights are a fresh network's
    fresh = create()
    train(fresh)
    run = runs.create(weights, start=fresh.weights_at(3), file="mine.pt")
    train(run)
    assert said(run.story()) == ["begun with the weights of mine.pt"]
    fork = run.fork(1)
    given = (run.folder / "start.safetensors").read_bytes()
    run.delete()
    told = fork.story()
    assert told.given is not None
    assert told.given.read_bytes() == given
    assert said(told) == ["fork of net at epoch 1", "begun with the weights of mine.pt"]


def test_a_last_layer_that_goes_on_from_other_classes_is_told_of() -> None:
    fresh = create()
    train(fresh)
    now = fresh.environment["classes"]

    def begun(classes: list[str]) -> Run:
        return runs.create(fresh.settings, start=fresh.weights_at(3), file="mine.pt", classes=classes)

    run = begun(now[::-1])
    assert said(run.story()) == ["begun with the weights of mine.pt"]  # its own are not known yet
    train(run)
    told = f"the last layer was trained for other classes before: {now[1]} → {now[0]}, {now[0]} → {now[1]}"
    assert said(run.story()) == ["begun with the weights of mine.pt", told]
    fork = run.fork(1)
    run.delete()
    assert said(Run(fork.id).story())[1:] == ["begun with the weights of mine.pt", told]
    assert len(said(begun(now).story())) == 1


def test_many_other_classes_are_cut_short() -> None:
    assert story.renamed("abcdefg", "bcdefga") == "a → b, b → c, c → d, d → e, e → f, …"
    assert story.renamed((), "ab") == story.renamed("ab", "ab") == ""


def as_in_0_1(fork: Run) -> Run:
    (fork.folder / "parents.json").unlink()
    return Run(fork.id)


def test_a_fork_of_0_1_asks_its_parent_while_that_is_there() -> None:
    run = steered()
    fork = as_in_0_1(run.fork(2))
    assert fork.story().parents[0].changes == {6: 0.5}
    run.delete()
    told = fork.story()
    assert (told.lost, told.parents) == (Parent(run.id, 2), ())
    assert told.given == fork.folder / "start.safetensors"
    assert said(told) == [f"fork of a deleted run ({run.id[:6]}) at epoch 2"]
    train(fork)
    again = fork.fork(1).story()
    assert (again.lost, len(again.legs)) == (told.lost, 2)
    assert again.given is not None


def test_what_another_version_told_of_the_parents_is_as_good_as_lost() -> None:
    run = steered()
    fork = run.fork(2)
    run.delete()
    told = json.loads((fork.folder / "parents.json").read_text())
    told["legs"][0]["unheard_of"] = 1
    (fork.folder / "parents.json").write_text(json.dumps(told))
    assert fork.story().lost == Parent(run.id, 2)


def test_a_run_of_0_1_did_not_write_down_its_halts() -> None:
    run = create()
    train(run, leave=at_batch(3, lambda run: "paused")(run))
    train(run)
    lines = (run.folder / "metrics.jsonl").read_text().splitlines(keepends=True)
    (run.folder / "metrics.jsonl").write_text("".join(line for line in lines if '"state"' not in line))
    assert said(run.story()) == ["resumed 1×, nobody wrote down where"]


def test_a_story_survives_json() -> None:
    run = steered(options={"kernel_size": (1, 3)})
    told = run.story().until(2)
    again = story.KIND.validate_json(json.dumps(told.plain()), strict=True).story()
    assert again == told
    broken = told.plain()
    broken["legs"][0]["settings"]["lr"] = -1
    with pytest.raises(ValueError, match="lr cannot be"):
        story.KIND.validate_json(json.dumps(broken), strict=True)


def test_runs_are_alike_but_for_their_seed_where_the_same_happened(tmp_path: Path) -> None:
    alike = [steered(seed=seed) for seed in (1, 2)]
    forks = [run.fork(2) for run in alike]
    for run in forks:
        train(run)
    others = [steered(0.4), steered(batch=7), create(), alike[0].fork(1), alike[0].fork(2, {"lr": 0.3})]
    others.append(runs.create(settings(), start=alike[0].weights_at(1)))
    assert alike[0].story().alike() == alike[1].story().alike()
    assert create(options={"activation": "tanh"}).story().alike() == create().story().alike()
    assert forks[0].story().alike() == forks[1].story().alike()
    keys = [run.story().alike() for run in (alike[0], forks[0], *others)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("at", "text"), [(3.0, "3"), (3.4, "3.4"), (3.456, "3.46"), (0.0, "0")])
def test_places_in_words(at: float, text: str) -> None:
    assert story.place(at) == text
