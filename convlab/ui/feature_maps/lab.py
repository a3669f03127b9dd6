"""From a forward pass to what the lab shows: maps, windows, receptive fields, one unit taken apart."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from torch import Tensor

from convlab.errors import UserError
from convlab.networks import units
from convlab.networks.graph import INPUT, Layer
from convlab.networks.layer_kinds import ITSELF
from convlab.networks.receptive_field import Unit
from convlab.networks.recording import Recording, flat_maps
from convlab.ui import server
from convlab.ui.components.network_lab import (
    ClassShown,
    LayerShown,
    PassShown,
    PlaceShown,
    UnitShown,
    VerdictShown,
    chosen,
    network_lab,
)
from convlab.ui.feature_maps import edits, large
from convlab.ui.feature_maps.controls import FeatureMapsControls, State, note_shapes
from convlab.ui.feature_maps.forward import PASSES, ForwardPass
from convlab.ui.feature_maps.same_place import follow
from convlab.ui.feature_maps.unfolded import after, ladder, made
from convlab.ui.networks import CROSS
from convlab.ui.picture import Picture
from convlab.ui.words import _, explain, named, sentences

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

    note_shapes({name: tuple(forward.output(name).shape) for name in forward.names})
    follow(state, forward)
    at = unit_at(state.value, forward)
    forward.row(*at)
    network_lab(
        _KEY,
        forward.origin,
        picture.pixels,
        shown(forward, picture, at[0], state.value.ranges),
        place_of(state.value, forward),
        whole_unit(forward, *at),
        verdict(forward),
        state.value.ranges,
        moved,
        edits.shown(state.value, forward, picture, *at),
        {
            "edit": lambda: edits.take_edit(forward.model),
            "step": lambda: edits.take_step(forward.model),
            "paste": lambda: edits.take_paste(forward.model),
        },
        PassShown(forward.identity, server.path("unit"), PASSES.secret_of(forward)),
    )


_MOST_NAMED = 6  # outputs that the verdict lists
_FEW = 3  # of which it writes more than a line each


def verdict(forward: ForwardPass) -> VerdictShown:
    """Softmax of the vector at the end, of many entries the likeliest; none for maps, and for one entry."""
    if forward.model.source == CROSS:
        return _score(forward)
    if forward.result.dim() != 1:
        return VerdictShown(_("The network ends in maps: it says nothing of classes."))
    if len(forward.result) < 2:
        return VerdictShown(_("The network ends in one number: it says nothing of classes."))
    last = forward.names[-1]
    if not forward.result.isfinite().all():
        words = _("{layer} puts out what is no finite number: it says nothing of classes.")
        return VerdictShown(words.format(layer=last))
    chances, logits = forward.result.softmax(0).tolist(), forward.result.tolist()
    listed = list(range(len(chances)))
    if len(chances) > _MOST_NAMED:
        listed = sorted(listed, key=lambda n: -chances[n])[: _MOST_NAMED - 1]
    names = {n: unit_name(forward, last, (n,)) for n in listed}
    if len(listed) > _FEW and not forward.unit_names(last):  # each has one line, and all are untrained
        names = {n: _("output {n}").format(n=n) for n in listed}
    rows = [ClassShown(n, name, chances[n], logits[n]) for n, name in names.items()]
    rest = len(chances) - len(listed)
    others = (rest, sum(chances) - sum(chances[n] for n in listed)) if rest else None
    called = _title(forward.network.layer(last))
    if forward.unit_names(last):
        words = _("Softmax of {layer}.").format(layer=called)
        if len(chances) <= _MOST_NAMED:
            words = sentences(words, _("It knows only these, and must choose one."))
    else:
        words = _("Softmax of {layer}, which is untrained and stands for no classes.").format(layer=called)
    return VerdictShown(words, rows, others)


def _score(forward: ForwardPass) -> VerdictShown:
    """Of figure 8.8: the largest value of the last map, where it is, and the next."""
    found = forward.output("conv2")[0]
    values = found.flatten().sort(descending=True).values
    row, col = divmod(int(found.argmax()), found.shape[1])
    words = _("The largest value of conv2, at unit ({row}, {column}); the next is {value}.")
    said = words.format(row=row, column=col, value=f"{float(values[1]):.4g}".replace("-", "−"))
    (name,) = forward.model.class_names
    score = {"layer": forward.names.index("conv2"), "words": words}
    return VerdictShown(said, [ClassShown(0, name, None, float(values[0]))], score=score)


def unit_name(forward: ForwardPass, layer: str, unit: Unit) -> str:
    """What an output of the network is called, plain text: its class, or "output 1, untrained"; else ""."""
    if layer != forward.names[-1] or len(unit) != 1:
        return ""
    return _unit_names(forward, layer)[unit[0]]


def _unit_names(forward: ForwardPass, layer: str) -> Sequence[str]:
    """What all outputs of the network are called; () for another layer."""
    if layer != forward.names[-1]:
        return ()
    untrained = _("output {n}, untrained")
    return forward.unit_names(layer) or [untrained.format(n=n) for n in range(len(forward.result))]


def place_of(controls: FeatureMapsControls, forward: ForwardPass) -> PlaceShown:
    """The place in the controls, moved to the nearest one that this network has."""
    names = forward.names
    layer = names.index(controls.layer) if controls.layer in names else min(1, len(names) - 1)
    channel, *pixel = controls.within(forward.output(names[layer]).shape)
    return PlaceShown(layer, channel, *(pixel or (0, 0)))


def unit_at(controls: FeatureMapsControls, forward: ForwardPass) -> tuple[str, Unit]:
    """The open layer and unit as the library counts: (channel, row, col), or (entry,) in a vector."""
    return unit_of(place_of(controls, forward), forward)


def unit_of(place: PlaceShown, forward: ForwardPass) -> tuple[str, Unit]:
    """A layer and a unit in it as the library counts."""
    name = forward.names[place.layer]
    unit = (place.channel, place.row, place.col)
    return name, unit[:1] if forward.output(name).dim() == 1 else unit


def shown(forward: ForwardPass, picture: Picture, opened: str, ranges: str) -> list[LayerShown]:
    """The input and every layer with their windows, receptive fields and values.

    Of a large network only what the open layer takes part in has values, the other layers have thumbnails.
    """
    sent = large.whole(forward, opened) if large.is_large(forward) else None
    values = picture.values
    shape = tuple(values.shape)
    captions = [_shape_text(shape), _range_text(float(values.min()), float(values.max()))]
    whole = {"size": (1, 1), "jump": (1, 1), "start": (0, 0)}
    pixels = tuple(tuple((n, n + 1) for n in range(size)) for size in shape[1:])
    words = f"{INPUT}, {_shape_text(shape)}"
    small = None if sent is None else large.thumbnail(forward, INPUT, ranges)
    told = None if sent is not None and INPUT not in sent else values
    source = LayerShown(
        INPUT, words, captions, shape, [], ITSELF.placed(), whole, pixels, None, [], told, small=small
    )
    recipes = made(forward, opened, sent)
    layers = [
        replace(_layer_shown(forward, layer, sent, ranges), recipe=recipes.get(layer.name))
        for layer in forward.recording.layers
    ]
    return [source, *layers]


def _title(layer: Layer) -> str:
    """A layer's name; that of an nn.Sequential's is a number, so its kind stands behind."""
    return f"{layer.name} {layer.kind}" if layer.name.isdigit() else layer.name


def _layer_shown(forward: ForwardPass, layer: Layer, sent: set[str] | None, ranges: str) -> LayerShown:
    output = forward.output(layer.name)
    if output.dim() == 2:  # a Linear layer that met a picture whole
        output = output.flatten()
    facts = forward.recording.told[layer.name]
    row = forward.fields.get(layer.name) or forward.unruled(layer.name)
    dropped, turned = _dropped(forward, layer.name), after(forward.recording, layer.name)
    dead, constant = flat_maps(facts, output) if output.dim() == 3 else ([], [])
    captions = [_shape_text(tuple(output.shape)), _range_text(facts.minimum, facts.maximum)]
    if layer.parameters:
        captions.append(_("{count:,} par.").format(count=layer.parameters))
    elif layer.shared_parameters:
        captions.append(_("shared par."))
    return LayerShown(
        title=_title(layer),
        words=f"{layer.name}, {layer.kind}, {_shape_text(tuple(output.shape))}",
        captions=captions,
        shape=tuple(output.shape),
        sources=[forward.names.index(name) for name in layer.inputs],
        window=(layer.reads or ITSELF).placed(),
        field={"size": row.field.size, "jump": row.field.jump, "start": row.field.start},
        reach=row.reach,
        grid=row.grid,
        dead=[n for n in dead if n not in dropped],
        constant=[n for n in constant if n not in dropped],
        dropped=dropped,
        values=output if sent is None or layer.name in sent or output.dim() == 1 else None,
        small=None if sent is None or output.dim() == 1 else large.thumbnail(forward, layer.name, ranges),
        names=_unit_names(forward, layer.name) if output.dim() == 1 else (),
        kind=layer.kind,
        groups=layer.reads.groups if layer.reads else 0,
        ruled=layer.name in forward.fields,
        after=None if turned is None else forward.names.index(turned.name),
    )


def _dropped(forward: ForwardPass, layer: str) -> list[int]:
    """The maps that a layer dropped in this pass: none in eval()."""
    found = forward.recording.training
    return [] if found is None else list(found.maps(layer))


def _shape_text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _range_text(low: float, high: float) -> str:
    return f"{low:.2f} … {high:.2f}".replace("-", "−")


def whole_unit(forward: ForwardPass, name: str, unit: Unit) -> UnitShown | None:
    """A unit taken apart, and its map unfolded."""
    told = unit_shown(forward, name, unit)
    return told and replace(told, ladder=ladder(forward, name, unit))


def unit_shown(forward: ForwardPass, name: str, unit: Unit) -> UnitShown | None:
    """A unit taken apart, in words and numbers; None for the input, which comes from nowhere."""
    if name == INPUT:
        return None
    layer = _title(forward.network.layer(name))
    title = _("{layer}, unit {unit}").format(layer=layer, unit=", ".join(map(str, unit)))
    if called := unit_name(forward, name, unit):
        title = named(title, called)
    try:
        explained = units.explain_unit(forward.recording, name, unit)
        terms, steps, remark = _told(explained, training=forward.beside is not None)
        steps = [*steps, *_turned(forward.recording, name, unit)]
        return UnitShown(title, terms, steps, remark, _adds(forward, explained))
    except UserError as error:
        return UnitShown(title, [], [explain(error)])


def _turned(recording: Recording, name: str, unit: Unit) -> list[str]:
    """What its activation makes of an entry of a vector: maps show that behind their sums."""
    turned = after(recording, name)
    if turned is None or len(unit) != 1:
        return []
    before, behind = (_number(float(recording.outputs[one][0][unit])) for one in (name, turned.name))
    return [f"{turned.kind}({before}) = {behind}"]


_MOST_LINES = 64  # to one unit: of more, the strongest


def _adds(forward: ForwardPass, explanation: units.Explanation) -> list[tuple[int, int, float]]:
    """What comes along the lines to a unit: layer by position, map or entry in it, value."""
    parts, sources = explanation.parts, explanation.sources
    places = [(forward.names.index(source.layer), source.channels[0]) for source in sources]
    match parts:
        case units.Convolution():
            at, first = places[0]
            found = [(at, first + n, value) for n, value in enumerate(parts.contributions)]
        case units.Linear():
            found = [(places[0][0], term.index, term.product) for term in parts.top]
        case units.Merge():
            found = [(*place, term) for place, term in zip(places, parts.terms, strict=True)]
        case _:
            found = [(*place, parts.result) for place in places]
    known = [line for line in found if math.isfinite(line[2])]
    return sorted(known, key=lambda line: -abs(line[2]))[:_MOST_LINES]


Term = tuple[str, float, str]
Told = tuple[list[Term], list[str], str]


def _told(explanation: units.Explanation, training: bool = False) -> Told:
    """Terms (name, value, note), the steps from them to the unit's value, and a remark."""
    parts, value, sources = explanation.parts, explanation.value, explanation.sources
    kind = explanation.layer.kind
    match parts:
        case units.Convolution():
            terms = _running(parts.contributions, sources[0].channels[0])
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
            steady = explanation.layer.settings.get("track_running_stats", True) and not training
            whose = _("running") if steady else _("of this batch")
            terms = list(zip(names, given, ("", whose, whose, "weight", "bias"), strict=True))
            x, mean, var, scale, shift = (round(term, 4) for term in given)
            shown = (x - mean) / (var + parts.eps) ** 0.5 * scale + shift
            step = f"({_number(x)} {_joined(-mean)}) / √({_number(var)} + {parts.eps:g}) × {_number(scale)}"
            return terms, [f"{step} {_joined(shift)} {_equals(shown, value)}"], ""
        case units.Merge():
            terms = [(source.layer, term, "") for source, term in zip(sources, parts.terms, strict=True)]
            first, *more = parts.terms
            added = f"{' '.join([_number(first), *map(_joined, more)])} {_equals(_rounded_sum(terms), value)}"
            return terms, [added if kind == "Add" else f"{kind} = {_number(value)}"], ""
    step, note = f"{kind}({_number(parts.input)})", ""
    if isinstance(parts, units.Dropout):
        step, note = f"{_number(parts.input)} / (1 − {parts.p:g})", _("kept")
        if parts.dropped:
            step, note = f"{_number(parts.input)} × 0", _("dropped")
    return [(_("input"), parts.input, note)], [f"{step} = {_number(value)}"], ""


def _running(contributions: tuple[float, ...], first: int) -> list[Term]:
    """What each map adds, numbered from ``first``, and the sum so far."""
    sums, name, note = accumulate(contributions), _("from map {n}"), _("sum so far {total}")
    both = enumerate(zip(contributions, sums, strict=True), first)
    return [(name.format(n=n), term, note.format(total=_number(total))) for n, (term, total) in both]


def _taps(source: units.Source, values: Tensor, winner: tuple[int, int] | None = None) -> list[Term]:
    """What lies under a pool's window, padding aside, by place."""
    return [
        (f"({row}, {col})", float(values[i, j]), _("the largest") if (row, col) == winner else "")
        for i, row in enumerate(source.rows)
        for j, col in enumerate(source.cols)
        if bool(values[i, j].isfinite())
    ]


def _number(value: float) -> str:
    text = f"{value:.4f}"
    return text.replace("-", "−" if float(text) else "")  # what is rounded to zero has no sign


def _joined(term: float) -> str:
    """A term behind others, with its sign as the one between them."""
    text = _number(term)
    return f"− {text[1:]}" if text.startswith("−") else f"+ {text}"


def _equals(shown: float, value: float) -> str:
    """The value behind "=", or behind "≈" where the rounded numbers on the screen do not add up to it."""
    return f"{'=' if _number(shown) == _number(value) else '≈'} {_number(value)}"


def _rounded_sum(terms: list[Term]) -> float:
    return sum(round(term, 4) for _name, term, _note in terms)


def _sum_steps(name: str, terms: list[Term], bias: float, value: float) -> list[str]:
    total = sum(term for _name, term, _note in terms)
    sign, size = _joined(bias).split()
    sum_and_bias = _("{total} {sign} bias {bias}").format(total=_number(total), sign=sign, bias=size)
    return [
        f"{name} {_equals(_rounded_sum(terms), total)}",
        f"{sum_and_bias} {_equals(round(total, 4) + round(bias, 4), value)}",
    ]
