"""A checkpoint that a learner gives, and a form for what its file does not tell."""

import hashlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import streamlit as st

from convlab.errors import N_, UserError
from convlab.networks import checkpoints
from convlab.networks.about import About
from convlab.networks.checkpoints import Checkpoint
from convlab.networks.class_names import one_line
from convlab.networks.designs import DESIGNS
from convlab.numerals import number, plain
from convlab.probing import loading
from convlab.probing.loading import NORMALISATIONS, LoadedProbe, Questions, checked_normalisation
from convlab.probing.probe import numbered
from convlab.ui import uploads
from convlab.ui.boundary import acting, keeping, say_problem
from convlab.ui.kept import kept
from convlab.ui.networks import NEWEST, Model
from convlab.ui.words import REMARKS, _, enumerated, escaped

MAX_MB = checkpoints.MAX_BYTES // 2**20
_GIVEN = "networks.checkpoint."
_SAID = "networks.said"  # SHA-256 of a file -> what the learner said of it
_OWN = "own"
_NORMALISATIONS = {
    "cifar10": N_("CIFAR-10's, as in the chapter"),
    "none": N_("0 to 1: ToTensor() alone"),
    "half": N_("−1 to 1: Normalize(0.5, 0.5)"),
    _OWN: N_("another mean and std"),
}


@dataclass(frozen=True)
class _Given:
    """A file that was read, and its shortened name."""

    checkpoint: Checkpoint
    name: str

    @property
    def said(self) -> About:
        """What this session was told of the file."""
        found: About = st.session_state.get(_SAID, {}).get(self.checkpoint.identity, About())
        return found

    def questions(self, said: About) -> Questions:
        """What is open once that is said."""
        make = lambda: loading.questions(self.checkpoint, said)  # noqa: E731
        return cast(Questions, kept("networks.questions", 8).get((self.checkpoint.identity, said), make))


def upload(key: str, slot: str = "model") -> None:
    """Let the learner give a checkpoint, "model" or another slot; after a bad one the last good one stays.

    Every lesson opens the same one as "model". Below stands a form for what its file does not tell.
    """

    def make(file: Any) -> None:
        given = _Given(checkpoints.load(file.getvalue()), uploads.shortened(file.name))
        st.session_state[_GIVEN + slot] = given

    tip = _(
        "Weights of one of the chapter's designs, up to {limit} MB, whatever the file's name ends with: "
        "what torch.save writes, a training checkpoint too, or safetensors. Only tensors and plain values "
        "are read."
    )
    limit, label = uploads.limit_mb(MAX_MB), _("Checkpoint (.pt, .pth, .ckpt, .bin or .safetensors)")
    label = _("Checkpoint to compare with") if slot == "second" else label
    file = st.file_uploader(label, max_upload_size=limit, help=tip.format(limit=limit), key=key)
    uploads.read(key, [file] if file else [], make)
    given: _Given | None = st.session_state.get(_GIVEN + slot)
    if given is not None:
        _form(f"{key}.{given.checkpoint.identity[:12]}", given)


def opened(slot: str = "model") -> Model:
    """The checkpoint that the learner gave.

    Raises UserError while there is none, and while its answers would depend on a guess.
    """
    given: _Given | None = st.session_state.get(_GIVEN + slot)
    if given is None:
        raise UserError(N_("There is no checkpoint yet: upload one above, or choose other weights."))
    said = given.said
    if given.questions(said).pressing:
        raise UserError(N_("This file does not tell how to read its network: say so in the form above."))
    identity = given.checkpoint.identity, given.name, said
    return cast(Model, kept("networks.opened", 4).get(identity, lambda: _model(given, said)))


def _model(given: _Given, said: About) -> Model:
    found = loading.settle(given.checkpoint, said)
    identity, file = given.checkpoint.identity, given.checkpoint.file
    if said != About():  # the same weights, read in another way, are another network
        identity = hashlib.sha256(f"{identity} {said}".encode()).hexdigest()
    file = replace(file, name=f"my_checkpoint.{file.name.rpartition('.')[2]}")
    return Model(identity, found.probe, given.name, found.match, "checkpoint", NEWEST, file, found.about)


def _form(key: str, given: _Given) -> None:
    """What the file leaves open: a form where answers depend on it, else behind a button."""
    asked, said = given.questions(About()), given.said
    if asked == Questions():
        return
    if given.questions(said).pressing:
        with st.container(border=True, key=f"{key}.form"):
            text = _(
                "**This file does not tell how to read its network**, and its answers depend on that. "
                "What is filled in is the chapter's way: change what was otherwise, then open it."
            )
            st.markdown(text)
            _fields(key, given, asked)
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.read"):
        st.caption(_summary(loading.settle(given.checkpoint, said)), width="content")
        with st.popover(_("Read it otherwise"), icon=":material/edit:", key=f"{key}.otherwise"):
            _fields(key, given, asked)


def _fields(key: str, given: _Given, asked: Questions) -> None:
    """A widget for each open question, and a button that takes the answers."""
    said, answers = given.said, dict[str, Callable[[], Any]]()
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}.row"):
        if asked.designs:
            chosen = said.design or (asked.designs[0] if asked.alike else None)
            titles = {name: _(DESIGNS[name].title) for name in asked.designs}
            answers["design"] = _select(f"{key}.design", _("Design"), titles, chosen)
        if asked.activations:
            fitting = asked.designs[0] if asked.designs else given.checkpoint.matches[0].design
            usual = inspect.signature(DESIGNS[fitting].make).parameters["activation"].default
            chosen = (said.options or {}).get("activation", usual)
            titles = {name: {"relu": "ReLU"}.get(name, name) for name in asked.activations}
            answers["activation"] = _select(f"{key}.activation", _("Activation"), titles, chosen, 130)
        if asked.normalisation:
            known = {numbers: name for name, numbers in NORMALISATIONS.items()}
            chosen = "cifar10" if said.mean is None else known.get((said.mean, said.std or ()), _OWN)
            titles = {name: _(title) for name, title in _NORMALISATIONS.items()}
            answers["normalisation"] = _select(
                f"{key}.normalisation", _("Normalisation"), titles, chosen, 260
            )
            if answers["normalisation"]() == _OWN:
                answers["mean"] = _text(f"{key}.mean", _("Mean of red, green, blue"), _numbers(said.mean))
                answers["std"] = _text(f"{key}.std", _("Standard deviation"), _numbers(said.std))
        if asked.classes:
            label = _("Class names, in the order of the logits")
            names, example = ", ".join(said.classes or ()), ", ".join(numbered(asked.classes))
            answers["classes"] = _text(f"{key}.classes", label, names, example)
        take = acting(lambda: _take(given, {name: answer() for name, answer in answers.items()}), key)
        st.button(_("Open with these answers"), type="primary", on_click=keeping(take), key=f"{key}.take")
    say_problem(key)


def _select(
    key: str, label: str, titles: dict[str, str], chosen: str | None, width: int = 240
) -> Callable[[], str | None]:
    """A select box, and what it says; None for nothing yet."""
    st.session_state.setdefault(key, chosen)
    look: dict[str, Any] = {"placeholder": _("Choose one"), "width": width}
    if chosen is None:
        look["index"] = None  # with it, a box can be emptied
    st.selectbox(label, list(titles), format_func=titles.__getitem__, key=key, **look)
    return lambda: cast("str | None", st.session_state[key])


def _text(key: str, label: str, value: str, example: str = "0.5 0.5 0.5") -> Callable[[], str]:
    """A text field, and what it says."""
    st.session_state.setdefault(key, value)
    st.text_input(label, placeholder=example, max_chars=2000, width=300, key=key)
    return lambda: str(st.session_state[key])


def _take(given: _Given, answers: dict[str, Any]) -> None:
    """Keep what the learner said of a file. Raises UserError for what cannot be."""
    if "design" in answers and answers["design"] is None:
        raise UserError(N_("Several designs fit these weights and answer differently: choose one."))
    mean, std = NORMALISATIONS.get(answers.get("normalisation", ""), (None, None))
    if answers.get("normalisation") == _OWN:
        mean, std = checked_normalisation(_three(answers["mean"]), _three(answers["std"]))
    options = {"activation": answers["activation"]} if "activation" in answers else None
    said = About(answers.get("design"), options, _names(answers.get("classes", "")), mean, std)
    loading.settle(given.checkpoint, said)
    st.session_state.setdefault(_SAID, {})[given.checkpoint.identity] = said


def _names(text: str) -> tuple[str, ...] | None:
    """Names between commas, or semicolons where there are any; None for no text."""
    parts = re.split("[;；]" if re.search("[;；]", text) else "[,，、]", text)
    return tuple(one_line(part, None) for part in parts) if text.strip() else None


def _three(text: str) -> tuple[float, ...]:
    """Numbers as they are printed, pasted or typed: blanks or commas between them, in brackets or not."""
    bare = plain(text).strip(" ()[]")
    parts = re.split(r"[,;]?\s+|;", bare) if re.search(r"[\s;]", bare) else bare.split(",")
    return tuple(map(number, parts))


def _numbers(numbers: tuple[float, ...] | None) -> str:
    return " ".join(f"{one:g}" for one in numbers or ())


def _summary(found: LoadedProbe) -> str:
    """How a file is read that tells too little, as Markdown."""
    parts = [_("Read as {design}").format(design=_(DESIGNS[found.match.design].title))]
    if activation := found.match.options.get("activation"):
        parts.append({"relu": "ReLU"}.get(activation, activation))
    mean, std = (_numbers(numbers) for numbers in (found.probe.mean, found.probe.std))
    parts.append(_("mean {mean}, std {std}").format(mean=mean, std=std))
    if found.questions.classes:
        parts.append(_("it names no classes, so they are numbered"))
    return escaped(enumerated(parts, REMARKS))
