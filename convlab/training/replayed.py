"""A training step that a GPU replays: recorded once in a CUDA graph, no Python runs between its kernels.

A step of the chapter's network is some eighty small kernels; to start them one by one from Python takes
several times as long as they run (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs).
"""

import contextlib
import gc
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

WARM_UP = 3  # steps of each batch size that run as they are: cuDNN chooses its kernels in them

Step = Callable[..., Tensor]
Recorder = Callable[[Callable[[], Tensor]], tuple[Callable[[], None], Tensor]]


class _Recorded(NamedTuple):
    inputs: tuple[Tensor, ...]
    replay: Callable[[], None]
    result: Tensor


class Replayed:
    """``step(*inputs)``, one recording for each batch size, the length of the first input.

    The step reads and writes other tensors in place only, and never asks one for its value. ``record`` takes
    a call, and gives what repeats it and the tensor that is filled by that. Where it cannot, which the log
    tells, steps run as they are: slower, with the same numbers.
    """

    def __init__(self, step: Step, record: Recorder) -> None:
        self._step, self._record = step, record
        self._as_is = False
        self.forget()

    def forget(self) -> None:
        """Record anew: for when tensors that the step reads or writes were exchanged for others."""
        self._ran: Counter[int] = Counter()
        self._recorded: dict[int, _Recorded] = {}

    def __call__(self, *inputs: Tensor) -> Tensor:
        """What the step gives for the inputs, a tensor of its own."""
        size = len(inputs[0])
        if self._as_is or self._ran[size] < WARM_UP:
            self._ran[size] += 1
            with _aside(inputs[0].device):
                return self._step(*inputs)
        if size not in self._recorded:
            kept = tuple(given.clone() for given in inputs)
            try:
                self._recorded[size] = _Recorded(kept, *self._record(lambda: self._step(*kept)))
            except RuntimeError as error:  # an older driver, or no memory for it
                traceback.print_exception(error)
                self._as_is = True
                return self(*inputs)
        recorded = self._recorded[size]
        torch._foreach_copy_(recorded.inputs, inputs)
        recorded.replay()
        return recorded.result.clone()


def cuda_graph(call: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
    """Record a call in a CUDA graph, without running it: (what replays it, the tensor that it fills)."""
    graph, device = torch.cuda.CUDAGraph(), torch.device("cuda", torch.cuda.current_device())
    with _no_garbage(), torch.cuda.graph(graph, stream=_stream(device), capture_error_mode="thread_local"):
        result = call()  # other threads may use the GPU meanwhile
    return graph.replay, result


@contextlib.contextmanager
def _no_garbage() -> Iterator[None]:
    """None is freed meanwhile: that of an earlier recording, freed while one is made, ends it."""
    gc.collect()
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@cache
def _stream(device: torch.device) -> torch.cuda.Stream:
    return torch.cuda.Stream(device)


@contextlib.contextmanager
def _aside(device: torch.device) -> Iterator[None]:
    """On the stream that is recorded later: autograd remembers where it met a parameter first."""
    if device.type != "cuda":
        yield
        return
    device = torch.device("cuda", torch.cuda.current_device() if device.index is None else device.index)
    stream, outside = _stream(device), torch.cuda.current_stream(device)
    stream.wait_stream(outside)
    with torch.cuda.stream(stream):
        yield
    outside.wait_stream(stream)
