"""convlab.ui.modules.step_words: the sentences of the stops, and their numbers against PyTorch's."""

import copy

import pytest
import torch
import torch.nn.functional as F

from convlab.training.step import LINES, ORDERS
from convlab.ui.modules import step_words
from convlab.ui.modules.step_controls import Order, StepControls
from convlab.ui.modules.step_taken import Taken, batch, taken


def said(controls: StepControls) -> list[str]:
    found = taken(controls)
    return [step_words.sentence(found, n) for n in range(len(found.places))]


def test_the_sentences_of_the_chapters_loop() -> None:
    assert said(StepControls()) == [
        "Before the loop: no gradient yet, every .grad is None.",
        "The network makes 2 logits of each of the 8 pictures. No weight changes.",
        "The loss is the mean of the pictures' losses: 0.6728.",
        "Every .grad is None, as before.",
        "backward() gives each of the 18,090 weights its gradient; their length is 0.6044.",
        "Each weight becomes w − 0.01 × its .grad. The largest change is 0.0004722, in fc2.bias.",
        "The network makes 2 logits of each of the 8 pictures. No weight changes.",
        "The loss of the same batch is now 0.6691; before the last step it was 0.6728.",
        "Every .grad is None again.",
        "backward() gives each of the 18,090 weights its gradient; their length is 0.6092.",
        "Each weight becomes w − 0.01 × its .grad. The largest change is 0.0004551, in fc2.bias.",
        "The loss of the same batch is now 0.6654; before the last step it was 0.6691.",
    ]


def test_their_numbers_are_pytorchs() -> None:
    found = taken(StepControls())
    _pixels, pictures, labels = batch(range(8))
    loss = F.cross_entropy(found.network(pictures), labels)
    gradients = torch.autograd.grad(loss, list(found.network.parameters()))
    length = torch.cat([gradient.flatten() for gradient in gradients]).norm()
    assert step_words.number(float(length)) == "0.6044"
    assert step_words.number(0.01 * float(gradients[-1].abs().max())) == "0.0004722"


def test_without_zero_grad_the_second_step_goes_twice_as_far() -> None:
    sentences = said(StepControls(step_order="no_zero_grad"))
    added = "backward() adds to the gradients that are there: their length was 0.6044, now it is 1.213."
    assert added in sentences
    assert sentences[-1] == "The loss of the same batch is now 0.6617; before the last step it was 0.6691."


@pytest.mark.parametrize("order", ["step_first", "zero_grad_last"])
def test_in_the_wrong_order_step_finds_no_gradient(order: Order) -> None:
    sentences = said(StepControls(step_order=order))
    assert sentences.count("Every .grad is None, so step() leaves each weight as it is.") == 2
    assert sentences[-1] == "The loss of the same batch is now 0.6728; before the last step it was 0.6728."


@pytest.mark.parametrize("order", ORDERS)
def test_the_line_that_is_lit_is_the_one_that_ran(order: Order) -> None:
    found = taken(StepControls(step_order=order))
    code = step_words.code(found)
    for place in found.places[1:-1]:
        (lit,) = step_words.lit(found, place.moment)
        assert code[lit] == f"    {LINES[place.moment.line]}"
    assert step_words.lit(found, found.places[0].moment) == ()
    assert step_words.lit(found, found.places[-1].moment) == (len(code) - 1,)


def formulas(found: Taken) -> list[str]:
    return [step_words.formula(found, place) for place in found.places]


def test_the_formula_stands_where_it_is_true() -> None:
    found = taken(StepControls(step_lr=0.25))
    for place, text in zip(found.places, formulas(found), strict=True):
        assert text == ("{0} − 0.25 × {1} = {2}" if place.moment.line == "step" else "")
        if text:
            before, gradient, after = (found.states[n]["conv2.weight"] for n in place.columns)
            assert before is not None
            assert gradient is not None
            assert after is not None
            assert torch.equal(before.add(gradient, alpha=-0.25), after)
    assert set(formulas(taken(StepControls(step_order="step_first")))) == {""}


def losses(**changes: object) -> list[str]:
    found = taken(StepControls.model_validate(changes))
    return [step_words.number(moment.loss) for moment in found.passes]


def test_a_rate_can_be_too_large_as_the_notes_say() -> None:
    assert losses(step_lr=1) == ["0.6728", "0.4489", "0.4505"]
    assert losses(step_lr=3) == ["0.6728", "0.8436", "2.824"]
    assert losses(step_network="net_sketches") == ["0.3935", "0.152", "0.04674"]
    assert losses(step_network="net_sketches", step_lr=0.05)[:2] == ["0.3935", "1.582"]


def test_with_dropout_the_loss_moves_by_itself() -> None:
    found = taken(StepControls(step_network="net_dropout", step_order="step_first"))
    assert len({moment.loss for moment in found.passes}) == 3
    assert "Dropout draws anew" in step_words.outcome(found, found)


def test_the_losses_stand_beside_those_of_the_chapters_loop() -> None:
    chapter, wrong = taken(StepControls()), taken(StepControls(step_order="zero_grad_last"))
    losses = "Loss before the steps, after one, after two: {}."
    assert step_words.outcome(chapter, chapter) == losses.format("0.6728 → 0.6691 → 0.6654")
    assert step_words.outcome(wrong, chapter) == (
        losses.format("0.6728 → 0.6728 → 0.6728") + " As the chapter has it: 0.6728 → 0.6691 → 0.6654."
    )


def test_without_zero_grad_a_lower_loss_is_said_to_be_no_better() -> None:
    chapter, wrong = taken(StepControls()), taken(StepControls(step_order="no_zero_grad"))
    assert step_words.outcome(wrong, chapter).endswith(
        "As the chapter has it: 0.6728 → 0.6691 → 0.6654. The loss is lower by a longer step, not by a"
        " better one. The second step went along the sum of both gradients, 1.99 times as far as"
        " the chapter's. Each turn adds one more: this is SGD with momentum 1, which never fades."
    )
    before, after = (moment.weights for moment in wrong.moments if moment.line == "step")
    moved = torch.cat([(after[name] - weight).flatten() for name, weight in before.items()])
    assert float(moved.norm()) == pytest.approx(0.01 * 1.213, rel=1e-3)


def test_a_loss_that_is_not_lower_is_not_called_so() -> None:
    chapter, wrong = (
        taken(StepControls(step_lr=3, step_order=order)) for order in ("chapter", "no_zero_grad")
    )
    assert wrong.passes[-1].loss is not None
    assert chapter.passes[-1].loss is not None
    lower = wrong.passes[-1].loss < chapter.passes[-1].loss
    assert ("lower by a longer step" in step_words.outcome(wrong, chapter)) == lower


def test_without_zero_grad_sgd_is_sgd_with_momentum_1() -> None:
    network, (_pixels, pictures, labels) = taken(StepControls()).network, batch(range(8))
    found = []
    for momentum in (0.0, 1.0):
        model = copy.deepcopy(network).requires_grad_()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=momentum)
        for _turn in range(100):
            loss = F.cross_entropy(model(pictures), labels)
            if momentum:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        found.append(loss.item())
    assert found[0] == pytest.approx(found[1], rel=1e-3)
