"""What stands around the code: pins, make targets that a text names, Streamlit's settings, colours."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from streamlit import config

from convlab.pictures import images
from convlab.ui import checkpoints, own_data
from tests import sources

SETTINGS = tomllib.loads((sources.ROOT / ".streamlit" / "config.toml").read_text())


# Parts of a page, which only a page can show: tests/pages/test_LESSON*.py drive them, tests/browser too. A
# component's Python door that only hands on what the browser shows is tested with it, in tests/browser.
SHOWN_ON_PAGES = {
    "ui": "home keep",
    "ui/own": "bench controls shelf",
    "ui/feature_maps": "experiments toolbar",
    "ui/modules": "parts"
    " registered registered_views step"
    " saved moved moved_time"
    " capacity capacity_kernels capacity_ticket capacity_width"
    " regularised regularised_dropout regularised_norm regularised_penalties",
    "ui/train": "experiments mistakes run_actions start toolbar",
    "ui/compare": "controls cost curves experiments files links live look numbers setup shelf",
    "ui/programs": "gallery",
    "ui/probe": "experiments lab mistakes modes",
    "ui/components": "learning_player time_machine training_curves training_loop",
}


def mirror(module: Path) -> Path:
    """Where a module's tests are: convlab/a/b.py -> tests/a/test_b.py; a component is one module."""
    inside = module.relative_to(sources.ROOT / "convlab")
    name = inside.parent.name if inside.name == "__init__.py" else inside.stem.strip("_")
    folder = inside.parent.parent if inside.name == "__init__.py" else inside.parent
    return sources.ROOT / "tests" / folder / f"test_{name}.py"


def pins(text: str) -> dict[str, str]:
    """Name -> version of a requirements file; ValueError names a line that pins nothing."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith(("#", "-r ")):
            match = re.fullmatch(r"([a-z0-9-]+)==(\d+(?:\.\d+)+)", line)
            if not match:
                raise ValueError(line)
            found[match[1]] = match[2]
    return found


def made_but_missing(text: str, makefile: str) -> set[str]:
    """Targets that a text tells people to make and the Makefile has not."""
    named = set(re.findall(r"(?:^|`|\$ )make ([a-z]+)\b", text, re.MULTILINE))
    return named - set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def tools(text: str, recipe: str) -> set[str]:
    """Programs of .venv that a text starts: "$(BIN)/ruff check ." -> "ruff check"."""
    names = re.findall(recipe, text, re.MULTILINE)
    return {" ".join(name.split()[:2]) if name.startswith("ruff") else name.split()[0] for name in names}


def flat(table: dict[str, object], prefix: str = "") -> dict[str, object]:
    """{"theme": {"light": {"textColor": x}}} -> {"theme.light.textColor": x}."""
    found: dict[str, object] = {}
    for name, value in table.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance of "#rrggbb"."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def faded(colour: str, ground: str, opacity: float) -> str:
    """What a translucent colour looks like on a ground."""
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(opacity * a + (1 - opacity) * b):02x}" for a, b in pairs)


def test_all_requirements_are_pinned_exactly() -> None:
    run, dev = (
        pins((sources.ROOT / name).read_text()) for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert run["torch"] == "2.14.1"
    assert run["torchvision"] == "0.29.1"
    assert run["streamlit"] == "1.67.0"
    assert run.keys() & dev.keys() == set()
    assert list(pins((sources.ROOT / "requirements-ray.txt").read_text())) == ["ray"]


@pytest.mark.parametrize(
    "line", ["torch", "torch>=2.14", "torch==2.*", "torch==2.14.1 ; extra", "git+https://x"]
)
def test_a_loose_requirement_is_found(line: str) -> None:
    with pytest.raises(ValueError, match=re.escape(line)):
        pins(line)


def test_what_the_lab_imports_is_required_by_name() -> None:
    files = [*sources.lessons(), *sources.interface(), *sources.library()]
    names = {
        name.split(".")[0] for file in files for _, name in sources.imported(ast.parse(file.read_text()))
    }
    outside = names - set(sys.stdlib_module_names) - {"convlab"}
    outside -= pins((sources.ROOT / "requirements-ray.txt").read_text()).keys()  # no part of the lab
    owners = packages_distributions()
    needed = {name: {owner.lower().replace("_", "-") for owner in owners.get(name, [])} for name in outside}
    required = pins((sources.ROOT / "requirements.txt").read_text()).keys()
    assert {name for name, owning in needed.items() if not owning & required} == set()


def test_every_target_that_a_text_names_can_be_made() -> None:
    makefile = (sources.ROOT / "Makefile").read_text()
    texts = [*sources.ROOT.glob("*.md"), sources.ROOT / ".ci" / "run"]
    assert {path.name: made_but_missing(path.read_text(), makefile) for path in texts} == {
        path.name: set() for path in texts
    }
    assert made_but_missing("Type `make run`, then\nmake haste", makefile) == {"haste"}


def test_the_tests_mirror_the_library() -> None:
    components = sources.ROOT / "convlab" / "ui" / "components"
    files = [*sources.library(), *sources.interface()]
    modules = [path for path in files if path.name != "__init__.py"]
    modules += components.glob("*/__init__.py")
    bare = {path for path in map(mirror, modules) if not path.exists()}
    shown = {
        sources.ROOT / "tests" / folder / f"test_{name}.py"
        for folder, names in SHOWN_ON_PAGES.items()
        for name in names.split()
    }
    assert {
        str(path) for path in bare ^ shown
    } == set()  # nor is one in the list that has its tests, or is gone


def test_the_readme_names_every_room_and_none_that_is_gone() -> None:
    readme = (sources.ROOT / "README.md").read_text()
    rooms = readme[readme.index("## How it is built") : readme.index("Follow one edit")]
    named = re.findall(r"[\w/]+\.(?:py|css)\b|\b[\w/]+/", rooms.replace("/NAME/", "/"))
    folders = ["", "convlab", "convlab/ui", "convlab/ui/components", "tests", "tools"]
    gone = {name for name in named if not any((sources.ROOT / folder / name).exists() for folder in folders)}
    assert gone == set()
    there = {path.name for path in (sources.ROOT / "convlab").iterdir()} - {
        "__pycache__",
        "__init__.py",
        "py.typed",
    }
    assert {name for name in there if name not in rooms} == set()


def test_a_commit_is_checked_with_the_tools_of_make_check() -> None:
    makefile = (sources.ROOT / "Makefile").read_text()
    recipe = re.findall(r"^check:.*\n((?:\t.+\n)+)", makefile, re.MULTILINE)[0]
    hooks = (sources.ROOT / ".pre-commit-config.yaml").read_text()
    assert tools(recipe, r"\$\(BIN\)/(.+)$") == tools(hooks, r"entry: \.venv/bin/(.+)$") != set()


def test_streamlit_knows_every_setting() -> None:
    known = config.get_config_options()
    assert [name for name in flat(SETTINGS) if name not in known] == []


def test_the_lab_keeps_to_itself() -> None:
    assert SETTINGS["server"]["address"] == "127.0.0.1"
    assert SETTINGS["browser"]["gatherUsageStats"] is False
    assert SETTINGS["client"]["showErrorDetails"] == "none"
    assert SETTINGS["client"]["showErrorLinks"] is False


def test_the_server_takes_what_the_largest_uploader_says_that_it_takes() -> None:
    limits = (own_data.MAX_ZIP_MB, checkpoints.MAX_MB, images.MAX_UPLOAD_MB)
    assert SETTINGS["server"]["maxUploadSize"] == max(limits)


def test_contrast_by_hand() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert faded("#000000", "#ffffff", 0.6) == "#666666"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_of_the_palette_can_be_read(scheme: str) -> None:
    theme = SETTINGS["theme"][scheme]
    assert contrast("#ffffff", theme["primaryColor"]) >= 4.5  # Streamlit writes white on it in both schemes
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        assert contrast(theme["textColor"], ground) >= 7
        assert contrast(theme["linkColor"], ground) >= 4.5
        assert contrast(theme["primaryColor"], ground) >= 3  # sliders, ticks and rings: WCAG 1.4.11
        assert contrast(faded(theme["textColor"], ground, 0.6), ground) >= 4.5  # captions
