"""What a run needs of memory, before anything is built."""

import pytest

from convlab.errors import UserError
from convlab.networks.designs import DESIGNS, parameter_counts
from convlab.training import memory, network, runs, worker
from tests.training.small import DATASET, create, settings

DEEP = {"design": "net_res_deep", "options": {"n_blocks": 100, "n_chans1": 128}}


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "room_of", lambda device: 16 * 10**9)


@pytest.mark.parametrize("design", DESIGNS)
def test_parameters_are_those_of_the_network(design: str) -> None:
    built = network.build(settings(design=design), 2)
    assert memory.sizes(design, ()).parameters == sum(parameter_counts(built))


@pytest.mark.parametrize("shared", [False, True])
def test_many_blocks_follow_from_few(shared: bool) -> None:
    options = {"n_blocks": 30, "n_chans1": 8, "shared": shared}
    line, found = (
        memory.sizes("net_res_deep", tuple(options.items())),
        memory._sizes("net_res_deep", options, 2),
    )
    assert line.parameters == found.parameters
    assert line.saved == pytest.approx(found.saved)
    assert line.largest == found.largest


@pytest.mark.parametrize(
    ("changes", "pictures", "measured_mb"),  # the peak of the process that trained one epoch, on Linux
    [
        ({}, 550, 745),
        ({"batch_size": 1024}, 1274, 897),
        ({"design": "net_width", "options": {"n_chans1": 128}, "batch_size": 1024}, 1274, 1939),
        (
            {
                "design": "net_batch_norm",
                "options": {"n_chans1": 128},
                "batch_size": 512,
                "optimizer": "adam",
            },
            762,
            1579,
        ),
        ({"design": "net_res_deep", "options": {"n_blocks": 10}, "batch_size": 256}, 550, 1105),
        (
            {"design": "net_fast", "options": {"n_chans1": 64}, "batch_size": 1024, "shift_px": 8},
            1274,
            1476,
        ),
        (
            {"design": "net_res_deep", "options": {"n_chans1": 16, "n_blocks": 40}, "batch_size": 128},
            550,
            1036,
        ),
        ({"design": "net_dropout", "options": {"n_chans1": 64}, "batch_size": 1024}, 1274, 1388),
        ({"design": "net_res", "options": {"n_chans1": 128}, "batch_size": 1024}, 1274, 1992),
        ({"design": "dense", "batch_size": 1024, "optimizer": "adam"}, 1274, 1029),
    ],
)
def test_it_is_about_what_was_measured(changes: dict[str, object], pictures: int, measured_mb: int) -> None:
    needed_mb = memory.needed(settings(**{"batch_size": 64, **changes}), 2, pictures) / 2**20
    assert 0.95 * measured_mb < needed_mb < 1.5 * measured_mb


@pytest.mark.usefixtures("room")
def test_hazard_28_what_does_not_fit_is_refused_with_what_would() -> None:
    memory.check(settings(**DEEP, batch_size=64), 2, 5000)
    with pytest.raises(
        UserError, match=r"needs 4\d\.\d GB of memory, and 16\.0 GB are there: choose batch_size"
    ) as told:
        memory.check(settings(**DEEP, batch_size=1024), 2, 5000)
    most = told.value.sentence.values["most"]
    memory.check(settings(**DEEP, batch_size=most), 2, 5000)
    with pytest.raises(UserError, match="GB of memory"):
        memory.check(settings(**DEEP, batch_size=most + 2), 2, 5000)


def test_a_network_that_fits_with_no_batch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "room_of", lambda device: memory.PROCESS)
    with pytest.raises(UserError, match="choose a smaller network"):
        memory.check(settings(), 2, 100)


@pytest.mark.usefixtures("room")
def test_hazard_28_who_resumes_a_run_that_does_not_fit_is_told_so() -> None:
    run = create(**DEEP, batch_size=1024)
    worker.train(run, data=lambda key: DATASET)
    assert run.status().state == "failed"
    assert "GB of memory" in str(run.status().message)
    assert runs.get(run.id).epochs_stored() == ()


def test_there_is_room_on_this_machine() -> None:
    found = memory.room_of("cpu")
    assert found is None or found > memory.PROCESS
