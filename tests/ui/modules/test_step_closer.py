"""convlab.ui.modules.step_closer: which entry is looked at, and what is counted for the table."""

from convlab.training.left_alive import Alive
from convlab.ui.modules import step_closer
from convlab.ui.modules.step_controls import StepControls
from convlab.ui.modules.step_taken import taken


def test_an_entry_that_the_network_has_stays_chosen() -> None:
    found = taken(StepControls())
    assert step_closer.entry_of(StepControls(step_entry="fc1.bias,7"), found) == ("fc1.bias", (7,))
    first = ("conv1.weight", (0, 0, 0, 0))
    for other in ("conv9.weight,1", "fc1.bias,32", "fc1.bias,1,1", "conv1.weight,0,0,0"):
        assert step_closer.entry_of(StepControls(step_entry=other), found) == first


def test_the_batches_follow_each_other() -> None:
    places = step_closer.next_places(StepControls(step_size=4, step_batch=2))
    assert places[:2] == [range(8, 12), range(12, 16)]
    assert len(places) == 4


def test_what_is_alive_is_counted_for_all_three_loops() -> None:
    controls = StepControls()
    counted = step_closer.kept_alive(controls, taken(controls))
    assert counted[True, True] == [Alive(0, 0)] * 4
    assert counted[False, True] == [Alive(8 + 15 * n, 0) for n in range(1, 5)]
    assert counted[False, False] == [Alive(8 + 15 * n, 1_131_652 * n) for n in range(1, 5)]
