"""Which device does the work, and what it is called."""

import pytest
import torch

from convlab import device
from convlab.errors import UserError


@pytest.mark.parametrize(
    ("cuda", "mps", "best"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_cuda_comes_before_mps_and_mps_before_the_cpu(
    cuda: bool, mps: bool, best: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H100")
    assert device.best() == torch.device(best)
    assert device.describe() == ("cuda (NVIDIA H100)" if best == "cuda" else best)
    assert [device.there(kind) for kind in ("cuda", "mps", "cpu", "meta")] == [cuda, mps, True, True]
    assert device.resolve("auto") == torch.device(best)
    assert device.resolve("cpu") == torch.device("cpu")
    assert device.describe(torch.device("cpu")) == "cpu"
    for name, there in (("cuda", cuda), ("mps", mps)):
        if there:
            assert device.resolve(name) == torch.device(name)
        else:
            with pytest.raises(UserError, match=f"There is no {name} device here: choose auto or cpu"):
                device.resolve(name)
