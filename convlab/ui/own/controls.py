"""The controls of the page of own lessons: which lesson is open."""

from typing import Annotated

from pydantic import Field

from convlab.course import own
from convlab.ui.urls import Controls, PageState


class OwnControls(Controls):
    """What the page's link holds: the key of a lesson that is kept or was shared; "" for none."""

    course: Annotated[str, Field(pattern=f"^({own.KEY})?$")] = ""


State = PageState[OwnControls]
