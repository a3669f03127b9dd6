"""PyTorch's answer to a picture just given or opened: file and networks in; square, verdicts and why out."""

from typing import Annotated

from pydantic import Field, ValidationError

from convlab.errors import N_, UserError
from convlab.pictures import files
from convlab.ui.components.probe_lab import picture_told, pixels_told, reduced
from convlab.ui.components.shared import pack, parts
from convlab.ui.picture import digest_of
from convlab.ui.probe.attribution import explained
from convlab.ui.probe.controls import CHECKPOINT, ProbeControls
from convlab.ui.probe.lab import ASKED, WHY, identity
from convlab.ui.probe.models import named_models
from convlab.ui.probe.subject import Subject, asked
from convlab.ui.words import DEFAULT_LANGUAGE, languages, speaking


class Question(ProbeControls):
    """Whom the lab asks about a picture, and why they say so where that is asked too, in a language."""

    language: Annotated[str, Field(max_length=20)] = DEFAULT_LANGUAGE


def answer(message: bytes) -> bytes:
    """What the lab is to show of a new picture, as ``pack`` packs it.

    The header has ``identity`` and ``picture`` as the lab gets them, and ``said``: logits and probabilities
    of each network. The blobs are ``source``, ``seen`` and ``values``. Who asks why, gets also ``why``, and
    its blobs, as ``Explanation`` tells them. A message is the uint32 length of the JSON text, the text
    (a ``Question`` of ``lab.ASKED``, or with all of ``lab.WHY`` and the language), the file; UserError for
    anything else, and for no such network.
    """
    try:
        text, file = parts(message)
        question = Question.model_validate_json(text)
        more = question.model_fields_set - set(ASKED)
        if more not in (set(), {*WHY, "language"}) or question.language not in languages():
            raise ValueError(more)
        if CHECKPOINT in (question.model, question.second):
            raise ValueError(question.model)
    except (ValidationError, ValueError) as error:
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error
    controls = question.model_copy(update={"picture": "upload"}).settled()
    models = named_models(controls)

    def ask(loaded: files.Loaded) -> Subject:
        return asked(controls, models, loaded.pixels, digest_of(file), reduced(loaded.pixels))

    subject = files.made(file, ask)
    chances = subject.probabilities(controls.temperature)
    with speaking(question.language):
        why = explained(controls, subject) if more else None
    header = {
        "identity": identity(controls, subject),
        "picture": picture_told(subject),
        "said": [
            {"logits": logits.tolist(), "probabilities": probabilities.tolist()}
            for logits, probabilities in zip(subject.logits, chances, strict=True)
        ],
    }
    blobs = pixels_told(subject, subject.seen, subject.values)
    if why is None:
        return pack(header, **blobs)
    return pack({**header, "why": why.told()}, **blobs, **why.blobs())
