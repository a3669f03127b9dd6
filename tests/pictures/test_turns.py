"""convlab.pictures.turns: one picture at a time, in bounded time; who waits too long is told."""

import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from convlab.errors import UserError
from convlab.pictures import files, turns
from tests.corpus import chunk, png, saved, scene


def test_a_file_is_read_until_the_time_is_over() -> None:
    assert turns.Timed(b"abc", time.thread_time() + 10).read(2) == b"ab"
    with pytest.raises(turns.TooSlow):
        turns.Timed(b"abc", time.thread_time() - 1).read(2)


@pytest.fixture
def taken() -> Iterator[None]:
    """The turn is somebody else's until the test ends."""
    has, ends = Event(), Event()

    def hold() -> None:
        with turns.turn():
            has.set()
            ends.wait(20)

    thread = Thread(target=hold)
    thread.start()
    assert has.wait(20)
    yield
    ends.set()
    thread.join()


@pytest.mark.usefixtures("taken")
def test_hazard_22_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SECONDS", 0.05)
    with pytest.raises(UserError, match="The lab is busy with other pictures: please try again"):
        files.read(saved(scene(), "PNG"))


def test_hazard_22_one_picture_is_decoded_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, real = [0], [0], files._decoded

    def decoded(data: bytes, file: turns.Timed) -> object:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.01)
        result = real(data, file)
        inside[0] -= 1
        return result

    monkeypatch.setattr(files, "_decoded", decoded)
    data = saved(scene(), "PNG")
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(files.read, [data] * 8))) == 8
    assert most == [1]


def test_who_is_patient_waits_and_has_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SECONDS", 0.1)
    has = Event()

    def hold() -> None:
        with turns.turn():
            has.set()
            time.sleep(0.3)

    thread = Thread(target=hold)
    thread.start()
    assert has.wait(20)
    with turns.turn(patient=True) as seconds:
        assert seconds == max(0.1, turns._LEAST_S)
    thread.join()


def test_hazard_22_memory_is_kept_for_the_thread_that_had_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[int] = []
    monkeypatch.setattr(turns, "_trim", given_back.append)
    monkeypatch.setattr(turns, "_LARGE_S", 0.0)  # all are large
    data = saved(scene(), "PNG")
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        one.submit(files.read, data).result()
        given_back.clear()
        one.submit(files.read, data).result()
        assert not given_back
        other.submit(files.read, data).result()
        assert given_back == [0]


def segments(times: int) -> bytes:
    jpeg = saved(scene(), "JPEG")
    return jpeg[:2] + b"\xff\xfe\0\2" * times + jpeg[2:]


def comments(times: int) -> bytes:
    gif = saved(scene().quantize(16), "GIF")
    start = 13 + (3 << (gif[10] & 7) + 1)
    return gif[:start] + b"!\xfe" + b"\1a" * times + b"\0" + gif[start:]


def runs(times: int) -> bytes:
    """A BMP whose lines are runs beyond their ends, which are skipped."""
    size = struct.pack("<IiiHHIIiiII", 40, 1, 8000, 1, 8, 1, 0, 0, 0, 2, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 62) + size + bytes(4) + b"\0\0\xff\0" + b"\1\1" * times


def pieces(times: int) -> bytes:
    whole = png(24, 16, 8, 2, bytes(73 * 16))
    return whole[:33] + chunk(b"abCd", b"") * times + whole[33:]


@pytest.mark.parametrize("made", [segments, comments, runs, pieces])
def test_hazard_23_a_picture_of_very_many_parts_is_given_up(
    made: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = made(300_000)  # type: ignore[operator]
    monkeypatch.setattr(turns, "SECONDS", 0.03)
    monkeypatch.setattr(turns, "_LEAST_S", 0.03)
    before = time.thread_time()
    with pytest.raises(UserError, match=r"picture takes more than .* seconds to read: please save it"):
        files.read(data)
    assert time.thread_time() - before < 0.5
