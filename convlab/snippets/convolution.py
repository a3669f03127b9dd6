"""Scripts of plain PyTorch that redo what a page shows, bit for bit; what a learner copies and runs."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from convlab.convolution import kernels
from convlab.convolution.bank import SIDE, Bank, Edits, preset_keys
from convlab.convolution.comparison import Layer
from convlab.convolution.conv2d import ConvSettings, Geometry, conv_arguments
from convlab.convolution.learning import SMALLEST_STD
from convlab.snippets.writer import call, script


def convolution(picture_code: str, kernel: Tensor, in_channels: int, settings: ConvSettings) -> str:
    """Script whose ``output`` is the feature map [H_out, W_out] that ``convolve`` gives.

    Lines that define ``image``, float32 [C, H, W], come first; their imports, one a line, move up.
    """
    return script(
        picture_code,
        _layer(kernel, in_channels, settings),
        _output("output", settings),
        "print(tuple(output.shape), output.min().item(), output.mean().item(), output.max().item())",
    )


def _output(name: str, settings: ConvSettings) -> str:
    """What ``conv`` and the activation make of ``image``, under a name."""
    code = f"""with torch.no_grad():
    {name} = conv(image.unsqueeze(0))[0, 0]  # [1, C, H, W] -> [1, 1, H_out, W_out] -> [H_out, W_out]"""
    if settings.activation != "none":
        code += f"\n{name} = torch.{settings.activation}({name})"
    return code


def comparison(picture_code: str, a: Layer, b: Layer, in_channels: int, alike: bool) -> str:
    """Script whose ``output_a`` and ``output_b`` are the feature maps of two layers on one picture.

    Where they have one shape (``alike``), ``difference``, ``largest`` and ``place`` are those of
    ``comparison.difference``.
    """
    parts = [picture_code]
    for name, said, layer in (("output_a", "A, as it was kept", a), ("output_b", "B, as it is now", b)):
        code = _layer(layer.kernel, in_channels, layer.settings)
        parts += [f"# {said}.\n{code}", _output(name, layer.settings)]
    if alike:
        parts.append("""difference = output_b - output_a
largest = difference.abs().max().item()
place = divmod(difference.abs().argmax().item(), difference.shape[1])  # row, column""")
        return script(*parts, 'print("mean of A", output_a.mean().item())\nprint(largest, "at", place)')
    return script(
        *parts, "print(tuple(output_a.shape), tuple(output_b.shape))  # no difference of other shapes"
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
    picture_code: str,
    kernel: Tensor,
    in_channels: int,
    settings: ConvSettings,
    dx: int,
    dy: int,
    wrap: bool,
    fill: Sequence[float] = (),
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
    filled = bool(fill) and not wrap
    shifted_image = "shift_picture(image, BLACK)" if filled else "shift(image, DX, DY)"
    body = f"""with torch.no_grad():
    conv_of_shifted = feature_map({shifted_image})  # [H_out, W_out]"""
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
        *([_filling(fill)] if filled else []),
        body,
        report,
    )


def _filling(fill: Sequence[float]) -> str:
    return f"""BLACK = {list(fill)}  # of the normalised picture, channel by channel

def shift_picture(picture, black):
    moved = [F.pad(channel, (DX, -DX, DY, -DY), value=value) for channel, value in zip(picture, black)]
    return torch.stack(moved)"""


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


def gradient(
    picture_code: str,
    kernel: Tensor,
    target: Tensor,
    in_channels: int,
    place: Geometry,
    settings: ConvSettings,
    rate: float,
) -> str:
    """Script whose ``gradient`` [1 or C, kh, kw] and ``contributions`` [.., H_out, W_out] are ``gradient``'s.

    It lets ``loss.backward()`` find the gradient, adds it up by hand, and takes a step of SGD: ``after``.
    """
    shared = len(kernel) == 1
    prepare = "image = image.sum(0, keepdim=True)  # one kernel for all channels works on their sum"
    channels, kh, kw = kernel.shape
    output = "conv(image.unsqueeze(0))"
    activated = "y" if settings.activation == "none" else f"torch.{settings.activation}(y)"
    turn, turned = (".flip(-2, -1)", ".flip(1, 2)") if settings.flip else ("", "")
    put = "    conv.weight[:] = torch.tensor("
    padded = "image.unsqueeze(0)"
    if any(place.padding):
        mode = "" if settings.padding_mode == "zeros" else f", mode={settings.padding_mode!r}"
        padded = f"F.pad({padded}, {place.padding}{mode})"
    return script(
        picture_code,
        prepare if shared and in_channels > 1 else "",
        _layer(target, channels, settings),
        f"""with torch.no_grad():
    y = {output}
    target = {activated}  # [1, 1, H_out, W_out]
{put}{_nested(kernel.tolist(), len(put))}){turn}  # the kernel that is to become it""",
        f"""y = {output}
y.retain_grad()
loss = F.mse_loss({activated}, target)
loss.backward()
gradient = conv.weight.grad[0]{turned}  # [C, kh, kw]
print(loss.item(), conv.bias.grad.item())
print(gradient)""",
        f"""# The same by hand: what each weight meets at each place, times dL/dy there.
met = F.unfold({padded}, ({kh}, {kw}), dilation={settings.dilation}, stride={settings.stride})
met = met.reshape({channels}, {kh}, {kw}, {place.out_height}, {place.out_width}){turned}
contributions = met * y.grad[0, 0]
print((contributions.sum((-2, -1)) - gradient).abs().max().item())""",
        f"""torch.optim.SGD([conv.weight], lr={rate!r}).step()
after = conv.weight.detach()[0]{turned}
with torch.no_grad():
    y = {output}
    print(F.mse_loss({activated}, target).item())""",
    )


def bank(picture_code: str, made: Bank, settings: ConvSettings, start: str, seed: int, edits: Edits) -> str:
    """Script whose ``output`` [1, N, H_out, W_out] holds the maps of a bank of kernels.

    Args:
        made: the bank, after its edits.
        start: "pytorch", "presets" or "net", as the page offers them.
        edits: the kernels that were changed since.
    """
    count, channels = made.count, made.channels
    arguments = conv_arguments(made.weight[0], channels, settings) | {"out_channels": count}
    conv = f"conv = {call('nn.Conv2d', arguments)}"
    changed = [line for n in range(count) if (channels, n) in edits for line in _edited(n, made)]
    if settings.flip:
        changed.append("    conv.weight[:] = conv.weight.flip(-2, -1)  # convolution, not cross-correlation")
    activated = f"\noutput = torch.{settings.activation}(output)" if settings.activation != "none" else ""
    return script(
        picture_code,
        _bank_start(conv, made, start, seed),
        "\n".join(["with torch.no_grad():", *changed]) if changed else "",
        f"""with torch.no_grad():
    output = conv(image.unsqueeze(0))  # [1, {channels}, H, W] -> [1, {count}, H_out, W_out]{activated}""",
        """print(tuple(conv.weight.shape), tuple(conv.bias.shape), tuple(output.shape))
print(sum(parameter.numel() for parameter in conv.parameters()))""",
    )


def _bank_start(conv: str, made: Bank, start: str, seed: int) -> str:
    count = made.count
    if start == "pytorch":
        return f"torch.manual_seed({seed})  # nn.Conv2d draws its own start\n{conv}"
    if start == "net":
        summed = "" if made.channels > 1 else ".sum(1, keepdim=True)  # a grey picture: three channels alike"
        return f"""from convlab.probing import bundled
{conv}
with torch.no_grad():
    conv1 = bundled.weights("net").probe.network.conv1
    conv.weight[:] = conv1.weight[:{count}]{summed}
    conv.bias[:] = conv1.bias[:{count}]"""
    keys = preset_keys(count)
    return f"""from convlab.convolution import kernels
{conv}
with torch.no_grad():
    for n, name in enumerate({keys}):
        conv.weight[n] = kernels.preset(name, ({SIDE}, {SIDE}), {seed})  # the same for all channels
    conv.bias.zero_()"""


def _edited(n: int, made: Bank) -> list[str]:
    """Lines that put in an edited kernel and its bias."""
    put = f"    conv.weight[{n}] = torch.tensor("
    return [
        f"{put}{_nested(made.weight[n].tolist(), len(put))})",
        f"    conv.bias[{n}] = {_literal(float(made.bias[n]))}",
    ]


def parameters(kernel: Tensor, in_channels: int, settings: ConvSettings, sides: Sequence[int]) -> str:
    """Script whose ``counts`` are (convolution, dense layer of the same map) for square pictures of sides."""
    layer = call("nn.Conv2d", conv_arguments(kernel, in_channels, settings))
    return script(f"""counts = {{}}
with torch.device("meta"):  # shapes without numbers
    conv = {layer}
    for side in {tuple(sides)}:
        image = torch.empty({in_channels}, side, side)
        dense = nn.Linear(image.numel(), conv(image.unsqueeze(0)).numel())
        counts[side] = tuple(sum(p.numel() for p in layer.parameters()) for layer in (conv, dense))
        print(side, *counts[side])""")


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
