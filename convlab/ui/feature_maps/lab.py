"""From a forward pass to what the lab shows: maps, windows, receptive fields, one unit taken apart."""

from torch import Tensor

from convlab.errors import UserError
from convlab.networks import recording, units
from convlab.networks.graph import INPUT, Layer
from convlab.networks.layer_kinds import ITSELF
from convlab.networks.receptive_field import Unit
from convlab.ui.components.network_lab import LayerShown, PlaceShown, UnitShown, chosen, network_lab
from convlab.ui.feature_maps.controls import FeatureMapsControls, State
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.picture import Picture
from convlab.ui.words import _, explain

_KEY = "feature_maps.lab"


def lab(state: State, forward: ForwardPass, picture: Picture) -> None:
    """Show the lab for the place in the controls, and take the places chosen in it."""

    def moved() -> None:
        place = chosen(_KEY)
        if place is None or place.layer >= len(forward.names):
            return
        wanted = vars(place) | {"layer": forward.names[place.layer]}
        if place_of(state.value.model_copy(update=wanted), forward) == place:
            state.change(**wanted)

    network_lab(
        _KEY,
        forward.identity,
        picture.pixels,
        shown(forward, picture),
        place_of(state.value, forward),
        unit_shown(forward, *unit_at(state.value, forward)),
        _verdict(forward),
        state.value.ranges,
        moved,
    )


def _verdict(forward: ForwardPass) -> str:
    """Softmax of two logits; "" for a network with other outputs."""
    logits = forward.recording.result
    if logits.shape != (1, 2):
        return ""
    first, second = forward.model.class_names
    chances = logits.softmax(1)[0].tolist()
    sentence = _("Class probabilities (softmax of the last layer): {first} {p:.3f}, {second} {q:.3f}.")
    return sentence.format(first=first, p=chances[0], second=second, q=chances[1])


def place_of(controls: FeatureMapsControls, forward: ForwardPass) -> PlaceShown:
    """The place in the controls, moved to the nearest one that this network has."""
    names = forward.names
    layer = names.index(controls.layer) if controls.layer in names else min(1, len(names) - 1)
    shape = forward.output(names[layer]).shape
    rows, cols = shape[1:] if len(shape) == 3 else (1, 1)
    return PlaceShown(
        layer, min(controls.channel, shape[0] - 1), min(controls.row, rows - 1), min(controls.col, cols - 1)
    )


def unit_at(controls: FeatureMapsControls, forward: ForwardPass) -> tuple[str, Unit]:
    """The open layer and unit as the library counts: (channel, row, col), or (entry,) in a vector."""
    place = place_of(controls, forward)
    name = forward.names[place.layer]
    unit = (place.channel, place.row, place.col)
    return name, unit[:1] if forward.output(name).dim() == 1 else unit


def shown(forward: ForwardPass, picture: Picture) -> list[LayerShown]:
    """The input and every layer with their values, windows and receptive fields."""
    values = picture.values
    shape = tuple(values.shape)
    captions = [_shape_text(shape), _range_text(float(values.min()), float(values.max()))]
    whole = {"size": (1, 1), "jump": (1, 1), "start": (0, 0)}
    pixels = tuple(tuple((n, n + 1) for n in range(size)) for size in shape[1:])
    words = f"{INPUT}, {_shape_text(shape)}"
    source = LayerShown(INPUT, words, captions, shape, [], ITSELF.placed(), whole, pixels, None, [], values)
    return [source, *(_layer_shown(forward, layer) for layer in forward.recording.layers)]


def _layer_shown(forward: ForwardPass, layer: Layer) -> LayerShown:
    output = forward.output(layer.name)
    if output.dim() == 2:  # a Linear layer that met a picture whole
        output = output.flatten()
    facts = recording.facts(layer, forward.recording.outputs[layer.name])
    row = forward.fields[layer.name]
    captions = [_shape_text(tuple(output.shape)), _range_text(facts.minimum, facts.maximum)]
    if layer.parameters:
        captions.append(_("{count:,} par.").format(count=layer.parameters))
    return LayerShown(
        title=f"{layer.name} {layer.kind}" if layer.name.isdigit() else layer.name,
        words=f"{layer.name}, {layer.kind}, {_shape_text(tuple(output.shape))}",
        captions=captions,
        shape=tuple(output.shape),
        sources=[forward.names.index(name) for name in layer.inputs],
        window=(layer.reads or ITSELF).placed(),
        field={"size": row.field.size, "jump": row.field.jump, "start": row.field.start},
        reach=row.reach,
        grid=row.grid,
        dead=[*facts.dead, *facts.constant] if output.dim() == 3 else [],
        values=output,
    )


def _shape_text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _range_text(low: float, high: float) -> str:
    return f"{low:.2f} … {high:.2f}".replace("-", "−")


def unit_shown(forward: ForwardPass, name: str, unit: Unit) -> UnitShown | None:
    """A unit taken apart, in words and numbers; None for the input, which comes from nowhere."""
    if name == INPUT:
        return None
    title = _("{layer}, unit {unit}").format(layer=name, unit=", ".join(map(str, unit)))
    try:
        return UnitShown(title, *_told(units.explain_unit(forward.recording, name, unit)))
    except UserError as error:
        return UnitShown(title, [], [explain(error)])


Term = tuple[str, float, str]
Told = tuple[list[Term], list[str], str]


def _told(explanation: units.Explanation) -> Told:
    """Terms (name, value, note), the steps from them to the unit's value, and a remark."""
    parts, value, sources = explanation.parts, explanation.value, explanation.sources
    kind = explanation.layer.kind
    match parts:
        case units.Convolution():
            maps = enumerate(parts.contributions, sources[0].channels[0])
            terms: list[Term] = [(_("from map {n}").format(n=n), term, "") for n, term in maps]
            name = _("sum over {count} maps").format(count=len(terms))
            return terms, _sum_steps(name, terms, parts.bias, value), ""
        case units.Linear():
            terms = [
                (_("entry {n}").format(n=p.index), p.product, f"{_number(p.input)} × {_number(p.weight)}")
                for p in parts.top
            ]
            terms.append((_("{count} others").format(count=parts.rest_count), parts.rest, ""))
            return terms, _sum_steps(_("sum"), terms, parts.bias, value), ""
        case units.MaxPool():
            terms = _taps(sources[0], parts.values, parts.winner)
            kept = _("{count} values enter, one survives.").format(count=len(terms))
            return terms, [_("largest = {value}").format(value=_number(value))], kept
        case units.AveragePool():
            terms = _taps(sources[0], parts.values)
            total = _rounded_sum(terms)
            quotient = _("sum {total} / {count}").format(total=_number(total), count=parts.divisor)
            return terms, [f"{quotient} {_equals(total / parts.divisor, value)}"], ""
        case units.BatchNorm():
            given = parts.input, parts.mean, parts.var, parts.scale, parts.shift
            names = _("input"), _("mean"), _("variance"), _("scale"), _("shift")
            terms = list(zip(names, given, ("", "", "", "weight", "bias"), strict=True))
            x, mean, var, scale, shift = (round(term, 4) for term in given)
            shown = (x - mean) / (var + parts.eps) ** 0.5 * scale + shift
            step = f"({_number(x)} − {_number(mean)}) / √({_number(var)} + {parts.eps:g}) × {_number(scale)}"
            return terms, [f"{step} + {_number(shift)} {_equals(shown, value)}"], ""
        case units.Merge():
            terms = [(source.layer, term, "") for source, term in zip(sources, parts.terms, strict=True)]
            added = f"{' + '.join(map(_number, parts.terms))} {_equals(_rounded_sum(terms), value)}"
            return terms, [added if kind == "Add" else f"{kind} = {_number(value)}"], ""
    step = f"{kind}({_number(parts.input)}) = {_number(value)}"
    return [(_("input"), parts.input, "")], [step], ""


def _taps(source: units.Source, values: Tensor, winner: tuple[int, int] | None = None) -> list[Term]:
    """What lies under a pool's window, padding aside, by place."""
    return [
        (f"({row}, {col})", float(values[i, j]), _("the largest") if (row, col) == winner else "")
        for i, row in enumerate(source.rows)
        for j, col in enumerate(source.cols)
        if bool(values[i, j].isfinite())
    ]


def _number(value: float) -> str:
    return f"{value:.4f}".replace("-", "−")


def _equals(shown: float, value: float) -> str:
    """The value behind "=", or behind "≈" where the rounded numbers on the screen do not add up to it."""
    return f"{'=' if f'{shown:.4f}' == f'{value:.4f}' else '≈'} {_number(value)}"


def _rounded_sum(terms: list[Term]) -> float:
    return sum(round(term, 4) for _name, term, _note in terms)


def _sum_steps(name: str, terms: list[Term], bias: float, value: float) -> list[str]:
    total = sum(term for _name, term, _note in terms)
    sum_and_bias = _("{total} + bias {bias}").format(total=_number(total), bias=_number(bias))
    return [
        f"{name} {_equals(_rounded_sum(terms), total)}",
        f"{sum_and_bias} {_equals(round(total, 4) + round(bias, 4), value)}",
    ]
