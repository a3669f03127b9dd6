"""The Modules page's state without a page: what its controls hold."""

from typing import cast

from convlab.ui.modules.controls import ModulesControls, State


class _Controlled:
    def __init__(self, value: ModulesControls) -> None:
        self.value = value


def controlled(**controls: object) -> State:
    """A state with these controls, for what only reads it."""
    return cast(State, _Controlled(ModulesControls.model_validate(controls)))
