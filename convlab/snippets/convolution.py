"""Scripts of plain PyTorch that redo what a page shows, bit for bit; what a learner copies and runs."""

from typing import Any

from torch import Tensor

from convlab.convolution import kernels
from convlab.convolution.conv2d import ConvSettings, conv_arguments
from convlab.convolution.learning import SMALLEST_STD
from convlab.snippets.writer import call, script


def convolution(picture_code: str, kernel: Tensor, in_channels: int, settings: ConvSettings) -> str:
    """Script whose ``output`` is the feature map [H_out, W_out] that ``convolve`` gives.

    Args:
        picture_code: lines that define ``image``, float32 [C, H, W]; their imports, one a line, move up.
        kernel: [1 or C, kh, kw].
    """
    output = """with torch.no_grad():
    output = conv(image.unsqueeze(0))[0, 0]  # [1, C, H, W] -> [1, 1, H_out, W_out] -> [H_out, W_out]"""
    if settings.activation != "none":
        output += f"\noutput = torch.{settings.activation}(output)"
    return script(
        picture_code,
        _layer(kernel, in_channels, settings),
        output,
        "print(tuple(output.shape), output.min().item(), output.mean().item(), output.max().item())",
    )


def matrix(
    picture_code: str, kernel: Tensor, in_channels: int, height: int, width: int, settings: ConvSettings
) -> str:
    """Script whose ``matrix`` [H_out*W_out, C*H*W] is ``tied_matrix``; ``difference``: its gap to the layer.

    It finds every column by asking the layer what it makes of one lit pixel.
    """
    size = in_channels * height * width
    return script(
        picture_code,
        _layer(kernel, in_channels, settings),
        f"""# Column n of the matrix is what the layer makes of a picture with only pixel n lit.
pixels = torch.eye({size}, dtype=torch.float64).reshape(-1, {in_channels}, {height}, {width})
with torch.no_grad():
    output = conv(image.unsqueeze(0)).flatten()  # [H_out * W_out]
    bias = conv.bias.item()
    conv.bias.zero_()
    matrix = conv.double()(pixels).flatten(1).T.float()  # [H_out * W_out, C * H * W]
difference = (matrix @ image.flatten() + bias - output).abs().max().item()""",
        "print(tuple(matrix.shape), (matrix == 0).float().mean().item(), difference)",
    )


def shift(
    picture_code: str, kernel: Tensor, in_channels: int, settings: ConvSettings, dx: int, dy: int, wrap: bool
) -> str:
    """Script whose ``conv_of_shifted``, ``shifted_conv`` and ``difference`` are those of ``equivariance``.

    The stride must divide dx and dy; else the script ends with ``conv_of_shifted``.
    """
    code = "conv(image.unsqueeze(0))[0, 0]"
    if settings.activation != "none":
        code = f"torch.{settings.activation}({code})"
    shifted = "F.pad(picture, (dx, -dx, dy, -dy))  # a negative amount crops"
    if wrap:
        shifted = "torch.roll(picture, (dy, dx), (-2, -1))"
    body = """with torch.no_grad():
    conv_of_shifted = feature_map(shift(image, DX, DY))  # [H_out, W_out]"""
    report = "print(tuple(conv_of_shifted.shape))"
    if dx % settings.stride == 0 and dy % settings.stride == 0:
        over = "" if settings.stride == 1 else f" // {settings.stride}"
        body += f"""
    shifted_conv = shift(feature_map(image), DX{over}, DY{over})  # the same
difference = conv_of_shifted - shifted_conv"""
        report = "print(difference.abs().max().item())"
    return script(
        picture_code,
        f"DX, DY = {dx}, {dy}  # pixels to the right and down",
        _layer(kernel, in_channels, settings),
        f"def feature_map(image):\n    return {code}",
        f"def shift(picture, dx, dy):\n    return {shifted}",
        body,
        report,
    )


def learning(
    picture_code: str,
    target: Tensor,
    in_channels: int,
    settings: ConvSettings,
    lr: float,
    steps: int,
    seed: int,
    momentum: float = 0.0,
) -> str:
    """Script whose ``path`` [S + 1, C, kh, kw] and ``losses`` [S + 1] are those of ``learn``."""
    plain = settings.model_copy(update={"bias": 0.0, "activation": "none"})
    shared = target.shape[0] == 1
    prepare = f"""# Mean 0 and standard deviation 1, as the chapter normalises its pictures.
std = image.std((1, 2), keepdim=True).clamp(min={SMALLEST_STD})
image = (image - image.mean((1, 2), keepdim=True)) / std"""
    if shared and in_channels > 1:
        prepare += "\nimage = image.sum(0, keepdim=True)  # one kernel for all channels works on their sum"
    arguments = f"lr={lr!r}, momentum={momentum!r}" if momentum else f"lr={lr!r}"
    return script(
        picture_code,
        prepare,
        _layer(target, 1 if shared else in_channels, plain),
        f"""with torch.no_grad():
    target = conv(image.unsqueeze(0))  # [1, 1, H_out, W_out]
    bound = 1 / conv.weight[0].numel() ** 0.5
    conv.weight.uniform_(-bound, bound, generator=torch.Generator().manual_seed({seed}))
optimizer = torch.optim.SGD([conv.weight], {arguments})""",
        f"""path, losses = [], []
for step in range({steps} + 1):
    loss = F.mse_loss(conv(image.unsqueeze(0)), target)
    if not loss.isfinite():
        print("diverged at step", step)
        break
    path.append(conv.weight.detach()[0].clone())
    losses.append(loss.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()""",
        f"path = torch.stack(path){'.flip(-2, -1)' if settings.flip else ''}  # [steps + 1, C, kh, kw]",
        "print(losses[0], losses[-1])\nprint(path[-1])",
    )


def _layer(kernel: Tensor, in_channels: int, settings: ConvSettings) -> str:
    layer = call("nn.Conv2d", conv_arguments(kernel, in_channels, settings))
    shape = f"[1, {in_channels}, {kernel.shape[1]}, {kernel.shape[2]}]"
    turn = ".flip(-2, -1)  # turned by half: convolution, not cross-correlation" if settings.flip else ""
    nested: list[Any] = kernel.tolist() if len(kernel) > 1 else kernel[0].tolist()
    weights = _nested(nested, len("    weight = torch.tensor("))
    bias = "conv.bias.zero_()" if settings.bias == 0 else f"conv.bias.fill_({_literal(settings.bias)})"
    return f"""conv = {layer}
with torch.no_grad():
    weight = torch.tensor({weights}){turn}
    conv.weight[:] = weight  # {shape}
    {bias}"""


def _nested(values: list[Any], indent: int) -> str:
    """Weights as nested lists, a row of the kernel a line."""
    if not isinstance(values[0], list):
        return f"[{', '.join(map(_literal, values))}]"
    lines = f",\n{' ' * (indent + 1)}".join(_nested(part, indent + 1) for part in values)
    return f"[{lines}]"


def _literal(value: float) -> str:
    """A Python float that becomes the same float32."""
    text = kernels.number(value)
    return text if "." in text or "e" in text else text + ".0"
