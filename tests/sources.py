"""The project's own source files, parsed: what the tests of the architecture read."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def lessons() -> list[Path]:
    """The top floor: app.py and the pages."""
    return [path for path in (ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))) if path.exists()]


def interface() -> list[Path]:
    """The middle floor: what pages share."""
    return sorted((ROOT / "convlab" / "ui").rglob("*.py"))


def library() -> list[Path]:
    """The ground floor: convlab without its ui, and without the programs with mistakes that it shows."""
    files = sorted((ROOT / "convlab").rglob("*.py"))
    return [path for path in files if path not in set(interface()) and path.parent.name != "gallery"]


def scripts() -> list[Path]:
    """The browser components' JavaScript."""
    return sorted((ROOT / "convlab" / "ui").rglob("*.js"))


def everything() -> list[Path]:
    """All code that people read: the three floors, tests, benchmarks, tools."""
    folders = ("pages", "convlab", "tests", "benchmarks", "tools")
    code = [
        path for name in folders for kind in ("py", "js") for path in sorted((ROOT / name).rglob(f"*.{kind}"))
    ]
    ours = [path for path in code if "node_modules" not in path.parts]  # there after `make check`
    return [*ROOT.glob("*.py"), *ours]


def module_name(path: Path) -> str:
    """``convlab/ui/words.py`` -> ``convlab.ui.words``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a file imports, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def within(name: str, package: str) -> bool:
    """Whether a full name is a package or something inside it."""
    return name == package or name.startswith(f"{package}.")


def at(path: Path, problems: list[str]) -> list[str]:
    """Problems with the file in front: ``convlab/pictures/images.py: line 3: ...``."""
    return [f"{path.relative_to(ROOT)}: {problem}" for problem in problems]


def messages() -> set[str]:
    """Every sentence inside ``_()`` or ``N_()``, read from the source."""
    found = set()
    for path in [*lessons(), *interface(), *library()]:
        for call in (*calls(path, "_"), *calls(path, "N_")):
            if call.args and isinstance(call.args[0], ast.Constant):
                found.add(str(call.args[0].value))
    return found


def calls(path: Path, name: str) -> Iterator[ast.Call]:
    """Calls of a function, whatever it is a part of, in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
            yield node
