"""PyTorch's answer to a picture just given: file and networks in; the square, its pixels and verdicts out."""

from pydantic import ValidationError

from convlab.errors import N_, UserError
from convlab.pictures import files
from convlab.ui.components.probe_lab import picture_told, pixels_told, reduced
from convlab.ui.components.shared import pack, parts
from convlab.ui.picture import digest_of
from convlab.ui.probe.controls import CHECKPOINT, ProbeControls
from convlab.ui.probe.lab import ASKED, identity
from convlab.ui.probe.models import named_models
from convlab.ui.probe.subject import Subject, asked


def answer(message: bytes) -> bytes:
    """What the lab is to show of a new picture, as ``pack`` packs it.

    The header has ``identity`` and ``picture`` as the lab gets them, and ``said``: logits and probabilities
    of each network. The blobs are ``source``, ``seen`` and ``values``. A message is the uint32 length of the
    JSON text, the text (``lab.ASKED``), the file; UserError for anything else, and for no such network.
    """
    try:
        text, file = parts(message)
        controls = ProbeControls.model_validate_json(text)
        if not controls.model_fields_set <= set(ASKED) or CHECKPOINT in (controls.model, controls.second):
            raise ValueError(controls.model_fields_set)
    except (ValidationError, ValueError) as error:
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error
    controls = controls.model_copy(update={"picture": "upload"}).settled()
    models = named_models(controls)

    def ask(loaded: files.Loaded) -> Subject:
        return asked(controls, models, loaded.pixels, digest_of(file), reduced(loaded.pixels))

    subject = files.made(file, ask)
    chances = subject.probabilities(controls.temperature)
    header = {
        "identity": identity(controls, subject),
        "picture": picture_told(subject),
        "said": [
            {"logits": logits.tolist(), "probabilities": probabilities.tolist()}
            for logits, probabilities in zip(subject.logits, chances, strict=True)
        ],
    }
    return pack(header, **pixels_told(subject, subject.seen, subject.values))
