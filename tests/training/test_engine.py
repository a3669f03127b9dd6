"""The loop: it gives what PyTorch gives, and cut anywhere and taken up the same bit for bit."""

import itertools
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from convlab.errors import UserError
from convlab.networks import designs
from convlab.networks.designs import DESIGNS
from convlab.training import engine
from convlab.training.batches import normalisation
from convlab.training.engine import Diverged, EpochRecord, Trainer
from convlab.training.schedule import one_cycle
from convlab.training.settings import Settings
from tests.training.small import DATASET

SMALL: dict[str, Any] = {"epochs": 2, "batch_size": 12, "device": "cpu"}
KINDS: dict[str, dict[str, Any]] = {
    "nesterov": {"momentum": 0.9, "nesterov": True, "lr": 0.02},
    "adam": {"optimizer": "adam", "lr": 1e-3, "l1": 1e-4},
    "adamw": {"optimizer": "adamw", "lr": 1e-3, "weight_decay": 0.1, "initialisation": "xavier"},
    "dropout": {"design": "net_dropout", "options": {"n_chans1": 8}, "l2": 1e-3},
    "batch norm": {"design": "net_batch_norm", "options": {"n_chans1": 8, "activation": "relu"}},
    "augmented": {"flip": True, "shift_px": 2, "label_smoothing": 0.1, "normalisation": "data"},
    "one cycle": {"schedule": "one_cycle", "lr": 0.1, "momentum": 0.9},
    "mistakes": {"unshuffled": True, "validate_in_train_mode": True, "design": "net_batch_norm"},
}


def trainer(**changes: Any) -> Trainer:
    return Trainer(Settings.parse({**SMALL, **changes}), DATASET)


def finish(run: Trainer, records: list[EpochRecord] | None = None) -> tuple[list[float], list[EpochRecord]]:
    """Train to the end: (loss of every batch, every epoch's record without the clock)."""
    losses, records = [], records or []
    while not run.finished:
        while run.batch < run.batches_per_epoch:
            loss = run.step()
            assert loss is not None
            losses.append(loss)
        records.append(run.end_epoch())
    return losses, records


def timeless(record: EpochRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in ("seconds", "images_per_s")}


@pytest.mark.parametrize("kind", KINDS)
def test_cut_anywhere_and_restored_it_is_the_same_bit_for_bit(kind: str) -> None:
    whole = trainer(**KINDS[kind])
    losses, records = finish(whole)
    tensors, extra = whole.state()
    for cut in range(0, len(losses) + 1, 3 if kind != "dropout" else 1):
        one = trainer(**KINDS[kind])
        before = [r for _ in range(cut) for r in advance(one)]
        state, told = one.state()
        other = trainer(**KINDS[kind])
        advance(other)  # what it did before is forgotten
        torch.rand(7)  # and the global generator is nobody's
        other.restore(state, json.loads(json.dumps(told)))
        rest, after = finish(other)
        assert rest == losses[cut:]
        assert [timeless(r) for r in before + after] == [timeless(r) for r in records]
        again, told_again = other.state()
        assert again.keys() == tensors.keys()
        assert all(torch.equal(again[name], tensors[name]) for name in tensors)
        assert {**told_again, "seconds": 0} == {**extra, "seconds": 0}


@pytest.mark.parametrize("kind", KINDS)
def test_steps_that_are_recorded_and_replayed_give_what_plain_ones_give_bit_for_bit(kind: str) -> None:
    plain, changes = trainer(**KINDS[kind], epochs=5), {**SMALL, **KINDS[kind], "epochs": 5}
    losses, records = finish(plain)
    replayed = Trainer(Settings.parse(changes), DATASET, record=rerun)
    found: list[tuple[int, int, float]] = []
    for epoch in range(5):
        if epoch == 3:  # what a restored run exchanges is recorded anew
            replayed.restore(*replayed.state())
        while replayed.batch < replayed.batches_per_epoch:
            with asking_nothing():
                assert replayed.step() is None
        assert timeless(replayed.end_epoch()) == timeless(records[epoch])
        found += replayed.drain()
    assert [loss for *_place, loss in found] == losses
    assert [place for *place, _loss in found] == [[e, b] for e in range(1, 6) for b in range(1, 5)]
    tensors, _extra = replayed.state()
    assert all(torch.equal(tensor, tensors[name]) for name, tensor in plain.state()[0].items())


def test_waiting_for_a_gpu_is_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step only tells it what to do: the seconds of an epoch, and its pictures a second, hold the wait."""
    run, clock = Trainer(Settings.parse(SMALL), DATASET, record=rerun), itertools.count()
    monkeypatch.setattr(engine, "perf_counter", lambda: float(next(clock)))  # a second at every look
    for _ in range(run.batches_per_epoch):
        run.step()
    assert run.end_epoch().seconds == run.batches_per_epoch + 1


def rerun(call: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
    """What a CUDA graph does, without one: every replay reads and fills the same tensors."""
    result = torch.zeros(())

    def replay() -> None:
        result.copy_(call())

    return replay, result


class AskingNothing(TorchDispatchMode):
    """Fails where a tensor is asked for its value: on a GPU, Python would wait for all that is under way."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        assert func not in (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.is_nonzero.default)
        return func(*args, **(kwargs or {}))


def epochs(run: Trainer, count: int) -> None:
    for _ in range(count):
        while run.batch < run.batches_per_epoch:
            run.step()
        run.end_epoch()


def asking_nothing() -> TorchDispatchMode:
    return AskingNothing()  # type: ignore[no-untyped-call]


def test_a_plain_step_asks_for_its_loss() -> None:
    with pytest.raises(AssertionError), asking_nothing():
        trainer().step()


def test_a_replayed_run_that_diverges_says_where_and_keeps_the_weights_before_it() -> None:
    changes = {**SMALL, "lr": 1e9, "design": "net_res"}
    plain, replayed = trainer(**changes), Trainer(Settings.parse(changes), DATASET, record=rerun)
    with pytest.raises(Diverged) as expected:
        finish(plain)
    with pytest.raises(Diverged) as found:
        epochs(replayed, 2)
    assert vars(found.value) == vars(expected.value)
    kept = replayed.weights()
    assert all(torch.equal(tensor, kept[name]) for name, tensor in plain.weights().items())


def advance(run: Trainer) -> list[EpochRecord]:
    """One batch; the epoch's record where one ends before it."""
    ended = [run.end_epoch()] if run.batch == run.batches_per_epoch else []
    run.step()
    return ended


def test_the_learning_rate_may_change_on_the_way_and_survives_a_cut() -> None:
    for schedule in ("constant", "one_cycle"):
        one, other = trainer(schedule=schedule), trainer(schedule=schedule)
        advance(one)
        planned = one_cycle(2, 8, 0.01) / one_cycle(1, 8, 0.01)
        one.set_lr(0.002)
        assert one.lr == pytest.approx(0.002, rel=1e-12)
        advance(one)
        assert one.lr == pytest.approx(0.002 * (planned if schedule == "one_cycle" else 1))
        other.restore(*one.state())
        assert finish(other)[0] == finish(one)[0]
    with pytest.raises(UserError, match=r"lr cannot be 0\.0"):
        one.set_lr(0.0)


def by_hand(settings: Settings, epochs: int) -> tuple[list[float], dict[str, Tensor]]:
    """The chapter's loop on the plain network: epoch losses and final weights."""
    net = designs.seeded(lambda: designs.design(settings.design).build(**settings.options), settings.seed)
    optimizer = torch.optim.SGD(net.parameters(), settings.lr, weight_decay=settings.weight_decay)
    mean, std = (torch.tensor(values)[:, None, None] for values in normalisation(settings, DATASET))
    pictures = (DATASET.train.images / 255 - mean) / std
    order, losses = torch.Generator().manual_seed(settings.seed), []
    for _ in range(epochs):
        batches = torch.randperm(len(pictures), generator=order).split(settings.batch_size)
        means = []
        for index in batches:
            loss = F.cross_entropy(net(pictures[index]), DATASET.train.labels[index])
            loss = loss + settings.l1 * sum(p.abs().sum() for p in net.parameters())
            loss = loss + settings.l2 * sum(p.square().sum() for p in net.parameters())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            means.append(loss.item())
        losses.append(sum(means) / len(means))
    return losses, net.state_dict()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"l1": 1e-3, "l2": 1e-3},
        {"design": "net_width", "weight_decay": 0.01},
        {"design": "net_res_deep", "options": {"n_blocks": 2, "shared": True}, "lr": 3e-3},
        {"design": "net_fast"},
        {"design": "net_fixed"},
        {"design": "dense"},
    ],
)
def test_it_trains_as_the_chapters_loop(changes: dict[str, Any]) -> None:
    run = trainer(**changes)
    losses, weights = by_hand(run.settings, 2)
    _, records = finish(run)
    assert [record.train_loss for record in records] == pytest.approx(losses, rel=1e-5)
    for name, tensor in run.weights().items():
        torch.testing.assert_close(tensor, weights[name], rtol=1e-3, atol=1e-5)


def test_the_l2_term_is_twice_a_weight_decay_in_sgd() -> None:
    term, decay = trainer(l2=0.001), trainer(weight_decay=0.002)
    plain = [loss for loss, _ in (finish(term), finish(decay))]
    for name, tensor in term.weights().items():
        torch.testing.assert_close(tensor, decay.weights()[name], rtol=1e-5, atol=1e-7)
        assert torch.equal(tensor, decay.weights()[name])
    assert plain[0][0] - plain[1][0] == pytest.approx(0.001 * squares(trainer()), rel=1e-4)


@pytest.mark.parametrize("changes", [{}, {"l2": 0.01}, {"l1": 1e-3}, {"l1": 1e-3, "l2": 0.01}])
def test_penalties_are_counted_apart(changes: dict[str, float]) -> None:
    run = trainer(**changes)
    added, losses = [], []
    while run.batch < run.batches_per_epoch:
        sums = sum(p.detach().abs().sum().item() for p in run.network.parameters()), squares(run)
        added.append(changes.get("l1", 0.0) * sums[0] + changes.get("l2", 0.0) * sums[1])
        losses.append(run.step())
    record = run.end_epoch()
    assert record.penalty == pytest.approx(sum(added) / len(added), rel=1e-5)
    entropies = [loss - term for loss, term in zip(losses, added, strict=True) if loss is not None]
    assert record.cross_entropy == pytest.approx(sum(entropies) / len(entropies), abs=1e-4)


def test_a_checkpoint_that_knows_no_penalties_leaves_its_epoch_without() -> None:
    old, run = trainer(l2=0.01), trainer(l2=0.01)
    old.step()
    tensors, extra = old.state()
    del extra["penalties"]  # as in version 0.6
    run.restore(tensors, extra)
    json.dumps(run.state()[1], allow_nan=False)
    _, records = finish(run)
    assert math.isnan(records[0].penalty)
    assert records[1].penalty > 0
    plain = trainer()
    plain.restore(tensors, extra)
    assert finish(plain)[1][0].penalty == 0


def squares(run: Trainer) -> float:
    return sum(p.detach().square().sum().item() for p in run.network.parameters())


@pytest.mark.parametrize("key", DESIGNS)
def test_every_design_learns(key: str) -> None:
    options = {"n_blocks": 3} if key == "net_res_deep" else {}
    run = trainer(design=key, options=options, optimizer="adam", lr=1e-3, epochs=6)
    _, records = finish(run)
    assert records[-1].train_loss < 0.8 * records[0].train_loss
    assert run.parameters == sum(designs.parameter_counts(DESIGNS[key].build(**options)))
    last = records[-1]
    assert (last.epoch, last.lr) == (6, 1e-3)
    assert last.gradient_norms.keys() == {
        name.rpartition(".")[0] for name, p in run.network.named_parameters() if p.requires_grad
    }
    assert all(0 < norm < 1e3 for norm in last.gradient_norms.values())


def test_gradient_norms_are_means_over_the_batches() -> None:
    run = trainer(epochs=1)
    wanted: dict[str, list[float]] = {"fc2.weight": [], "fc2.bias": []}
    while run.batch < run.batches_per_epoch:
        run.step()
        for name, parameter in run.network.named_parameters():
            if name in wanted and parameter.grad is not None:
                wanted[name].append(float(parameter.grad.norm()))
    means = [sum(values) / len(values) for values in wanted.values()]
    assert run.end_epoch().gradient_norms["fc2"] == pytest.approx(math.hypot(*means), rel=1e-5)


@pytest.mark.parametrize("key", ["net", "net_depth", "net_res", "net_batch_norm"])
def test_a_lost_loss_leaves_the_last_finite_weights(key: str) -> None:
    run = trainer(design=key, lr=1e6)
    states = [run.weights()]

    def on() -> None:
        for _ in range(100):
            advance(run)
            states.append(run.weights())

    with pytest.raises(Diverged) as error:
        on()
    lost = error.value
    assert (lost.epoch, lost.lr) == (run.epoch + 1, 1e6)
    assert lost.batch == run.batch + 1
    assert str(lost) == f"the loss is lost in epoch {lost.epoch}, batch {lost.batch}, at lr 1e+06"
    kept = run.weights()
    assert all(bool(tensor.isfinite().all()) for tensor in kept.values())
    learned = [name for name, _ in run.network.named_parameters()]  # statistics move in the forward pass
    assert all(torch.equal(kept[name], states[-2][name]) for name in learned)


def test_weights_are_kept_although_the_loss_stays_finite() -> None:
    run = trainer()
    run.step()
    good = run.weights()
    run.step()
    assert all(torch.equal(run.state()[0][f"kept.{name}"], good[name]) for name in good)
    with torch.no_grad():
        run.network.get_parameter("conv1.bias")[0] = math.inf  # tanh makes 1 of it
    assert math.isfinite(run.step() or math.nan)
    assert torch.equal(run.state()[0]["kept.conv1.bias"], good["conv1.bias"])


def test_evaluation_by_hand() -> None:
    run = trainer()
    found = run.evaluate("val")
    assert run.network.training
    mean, std = (torch.tensor(values)[:, None, None] for values in (run.mean, run.std))
    logits = run.network((DATASET.val.images / 255 - mean) / std).detach()
    labels, verdicts = DATASET.val.labels, logits.argmax(1)
    assert found.loss == pytest.approx(float(F.cross_entropy(logits, labels)), rel=1e-5)
    assert found.accuracy == float((verdicts == labels).float().mean())
    cells = [[int(((labels == a) & (verdicts == b)).sum()) for b in (0, 1)] for a in (0, 1)]
    assert found.confusion.tolist() == cells
    assert found.recall == pytest.approx([cells[0][0] / sum(cells[0]), cells[1][1] / sum(cells[1])])


def test_8_4_validating_in_training_mode_moves_the_statistics() -> None:
    for mistake in (False, True):
        run = trainer(design="net_batch_norm", validate_in_train_mode=mistake)
        before = run.network.get_buffer("conv1_batchnorm.running_mean").clone()
        first, second = run.evaluate("val"), run.evaluate("val")
        after = run.network.get_buffer("conv1_batchnorm.running_mean")
        assert torch.equal(before, after) is not mistake
        assert first.loss == second.loss  # a batch's own statistics, or fixed ones
        assert run.network.training
    dropping = trainer(design="net_dropout", validate_in_train_mode=True)
    assert dropping.evaluate("val").loss != dropping.evaluate("val").loss


def test_8_4_unshuffled_batches_come_in_the_order_of_the_files() -> None:
    plain, shuffled = trainer(unshuffled=True), trainer()
    index = [torch.cat(run._batches) for run in (plain, shuffled)]
    assert index[0].tolist() == list(range(40))
    assert index[1].sort().values.tolist() == list(range(40)) != index[1].tolist()
    first = torch.randperm(40, generator=torch.Generator().manual_seed(0))
    assert torch.equal(index[1], first)


def test_a_device_that_is_not_there() -> None:
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="There is no cuda device here"):
            trainer(device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU here")
@pytest.mark.parametrize("design", ["net", "net_batch_norm", "net_res"])
def test_a_gpu_gives_what_the_cpu_gives_but_for_rounding(design: str) -> None:
    here, there = trainer(design=design, epochs=3), trainer(design=design, epochs=3, device="cuda")
    for _ in range(3):
        losses = []
        while here.batch < here.batches_per_epoch:
            losses.append(here.step())
            assert there.step() is None  # nobody waits for the GPU
        one, other = here.end_epoch(), there.end_epoch()
        assert [loss for _epoch, _batch, loss in there.drain()] == pytest.approx(losses, rel=2e-2)
        assert other.val_loss == pytest.approx(one.val_loss, rel=2e-2)
        assert (other.epoch, other.lr) == (one.epoch, one.lr)
    assert other.seconds > 0
