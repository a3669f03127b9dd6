"""A run of gradient descent in the browser: played, paused, stepped and rewound there, beside its target."""

import hashlib
from typing import Any

from convlab.convolution.learning import Trajectory
from convlab.ui import scales
from convlab.ui.components.shared import declare, pack
from convlab.ui.words import _

_mount = declare(
    "learning_player",
    scripts=[
        "shared/base.js",
        "shared/scale.js",
        "shared/axes.js",
        "learning_player/weights.js",
        "learning_player/curve.js",
        "learning_player/main.js",
    ],
    styles=["shared/base.css", "shared/stage.css", "learning_player/learning_player.css"],
)


def learning_player(trajectory: Trajectory, key: str) -> None:
    """Show how a kernel is learned; a trajectory that the browser has not had before plays by itself.

    Args:
        trajectory: every step's kernel and loss.
        key: Streamlit key.
    """
    blobs = {
        "kernels": trajectory.kernels.numpy().tobytes(),
        "losses": trajectory.losses.numpy().tobytes(),
        "target": trajectory.target.numpy().tobytes(),
    }
    header: dict[str, Any] = {
        "labels": _labels(),
        "identity": hashlib.sha256(b"".join(blobs.values())).hexdigest(),
        "shape": list(trajectory.target.shape),
        "problem": _problem(trajectory),
    }
    _mount(key=key, data=pack(header, **blobs, weight_colours=scales.table(scales.WEIGHTS)))


def _problem(trajectory: Trajectory) -> str:
    if trajectory.diverged_at is None:
        return ""
    sentence = _(
        "Diverged: at step {step} the loss is no longer finite. Lower the learning rate, then try again."
    )
    return sentence.format(step=trajectory.diverged_at)


def _labels() -> dict[str, Any]:
    return {
        "learned": _("Learned kernel"),
        "target": _("Target kernel"),
        "channels": [_("red"), _("green"), _("blue")],
        "difference": _("Largest difference: {value}"),
        "loss": _("Loss"),
        "loss_linear": _("mean squared difference"),
        "loss_log": _("mean squared difference, logarithmic"),
        "step_axis": _("step"),
        "curve_words": _("Loss curve: {first} at step 0, {last} at step {steps}."),
        "controls": _("Play the learning"),
        "play": _("Play"),
        "pause": _("Pause"),
        "step_back": _("Step back"),
        "step": _("Step"),
        "restart": _("Restart"),
        "speed": _("Speed"),
        "times": _("{speed}×"),
        "position": _("Step of the learning"),
        "reading": _("Step {step} of {steps}, loss {loss}"),
        "scale_signed": _("Green is negative, white is zero, purple is positive."),
        "scale_fixed": _("The ends are the largest weight of the target and the start."),
    }
