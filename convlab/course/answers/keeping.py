"""Saving, loading and moving: what a file holds, what ``to`` does (sections 8.4.2 and 8.4.3)."""

import torch
from torch import nn


def left_random() -> dict[str, object]:
    """How many tensors keep their random values when fc1 is renamed and strict=False forgives it."""
    from convlab.networks.plain import Net
    from convlab.networks.state_dicts import NetRenamed

    saved, net = Net().state_dict(), NetRenamed()
    said = ""
    try:
        net.load_state_dict(saved)
    except RuntimeError as error:
        said = str(error).splitlines()[0]
    found = net.load_state_dict(saved, strict=False)
    return {
        "answer": len(found.missing_keys),
        "unexpected": len(found.unexpected_keys),
        "tensors": len(saved),
        "said": said,
    }


def tensors_in_a_file() -> dict[str, object]:
    """How many tensors the state_dict of a Net with batch norm holds, and how many of them are trained."""
    from convlab.networks.variants import NetBatchNorm

    net = NetBatchNorm()
    return {"answer": len(net.state_dict()), "trained": len(list(net.parameters()))}


def what_to_changes() -> dict[str, object]:
    """Which of a module and a tensor is of another dtype behind a to() whose result nobody keeps."""
    module, tensor = nn.Linear(2, 2), torch.ones(2)
    module.to(torch.float64)
    tensor.to(torch.float64)
    changed = [module.weight.dtype == torch.float64, tensor.dtype == torch.float64]
    answer = {(True, True): "both", (True, False): "module", (False, True): "tensor", (False, False): "none"}
    return {"answer": answer[changed[0], changed[1]]}


def still_held() -> dict[str, object]:
    """How many of a network's parameters its optimiser still holds, made before the network left "meta"."""
    with torch.device("meta"):
        net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(16, 8, 3), nn.Linear(512, 32), nn.Linear(32, 2))
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-2)
    net.to_empty(device="cpu")
    held = {id(p) for p in optimizer.param_groups[0]["params"]}
    still = sum(id(p) in held for p in net.parameters())
    net.to(torch.float64)
    followed = torch.optim.SGD(net.parameters(), lr=1e-2)
    net.to(torch.float32)
    held = {id(p) for p in followed.param_groups[0]["params"]}
    return {"answer": still, "of": len(held), "after_dtype": sum(id(p) in held for p in net.parameters())}


def mixed_dtypes() -> dict[str, object]:
    """What a float32 convolution says to a float64 picture, and simple arithmetic to the same two."""
    conv, picture = nn.Conv2d(3, 16, 3), torch.zeros(1, 3, 32, 32, dtype=torch.float64)
    sum_of_both = (picture + torch.zeros(1)).dtype
    try:
        conv(picture)
    except RuntimeError as error:
        return {"answer": "error", "said": f"RuntimeError: {error}", "sum": str(sum_of_both)}
    return {"answer": "converts", "said": "", "sum": str(sum_of_both)}


def where_a_file_goes() -> dict[str, object]:
    """Where torch.load puts a tensor that was saved from the device "meta", and with map_location="cpu"."""
    import io

    file = io.BytesIO()
    torch.save({"weight": torch.empty(3, device="meta")}, file)
    file.seek(0)
    weight = torch.load(file, weights_only=True)["weight"]
    return {"answer": "saved" if weight.device.type == "meta" else "cpu", "device": str(weight.device)}


def speed_of_a_gpu() -> dict[str, object]:
    """How many times as fast the book's GPU trained Net as its CPU, by the clock that it printed."""
    from convlab.chapter.published import PUBLISHED

    cpu, gpu = PUBLISHED["net_cpu"].seconds, PUBLISHED["net"].seconds
    return {"answer": round(cpu / gpu, 1), "cpu": cpu, "gpu": gpu}
