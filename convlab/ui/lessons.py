"""The lessons: a row each for the page, its name, its card on the home page and what is loaded early.

Nothing heavy is imported here: the server reads this before PyTorch is there.
"""

from dataclasses import dataclass

from convlab.errors import N_


@dataclass(frozen=True)
class Lesson:
    """A page; its prose is ``locale/LANGUAGE/NAME.md``.

    Attributes:
        thumbnail: "module:function" that makes the PNG on its card; "" for a page without a card.
        early: modules that the server imports before the first page; the last lesson's come first.
        later: modules that the server imports once the first page is there.
        in_head: whether every page leads there; the home page leads to the others too.
    """

    file: str
    title: str
    icon: str
    thumbnail: str = ""
    early: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    in_head: bool = True


LESSONS = {
    "home": Lesson(
        "app.py",
        N_("Home"),
        ":material/home:",
        early=("streamlit.material_icon_names", "convlab.ui.home", "convlab.ui.thumbnails"),
    ),
    "kernels": Lesson(
        "pages/kernels.py",
        N_("Kernels"),
        ":material/grid_on:",
        "convlab.ui.thumbnails:kernels_and_edges",
        early=("convlab.ui.kernels.route", "convlab.ui.kernels.toolbar", "convlab.ui.kernels.experiments"),
        later=("convlab.ui.figures",),
    ),
    "feature_maps": Lesson(
        "pages/feature_maps.py", N_("Feature maps"), ":material/layers:", "convlab.ui.thumbnails:first_maps"
    ),
    "modules": Lesson(
        "pages/modules.py",
        N_("Modules"),
        ":material/account_tree:",
        "convlab.ui.thumbnails:tensors_of_net",
        later=("convlab.ui.modules.route",),
    ),
    "train": Lesson(
        "pages/train.py", N_("Train"), ":material/show_chart:", "convlab.ui.thumbnails:losses_of_the_book"
    ),
    "probe": Lesson(
        "pages/probe.py",
        N_("Probe"),
        ":material/search_insights:",
        "convlab.ui.thumbnails:two_verdicts",
        later=("convlab.ui.probe.route", "captum.attr"),
    ),
    "slips": Lesson("pages/slips.py", N_("Slips in the book"), ":material/spellcheck:", in_head=False),
    "lessons": Lesson("pages/lessons.py", N_("Own lessons"), ":material/bookmarks:", in_head=False),
    "programs": Lesson("pages/programs.py", N_("Programs"), ":material/bug_report:", in_head=False),
}
