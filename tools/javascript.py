"""Lint and type-check the browser components' JavaScript: ``python -m tools.javascript``; needs Node and npm.

The tools and their versions are in tools/js/package.json; they are installed beside it when they are missing.
"""

import importlib
import logging
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HERE = ROOT / "tools" / "js"
COMPONENTS = ROOT / "convlab" / "ui" / "components"
# A component's scripts share one scope, which TypeScript understands: only main.js is a module.
TYPES = "--noEmit --allowJs --checkJs --strict false --target es2024 --lib es2024,dom,dom.iterable"


def check() -> int:
    """0 where the linter and the type checker have nothing to say, or where there is no Node."""
    npm = shutil.which("npm")
    if npm is None:
        print("Node is not there: JavaScript is not linted or type-checked.")
        return 0
    install(npm)
    failed = run("biome", "lint", "--error-on-warnings", f"--config-path={HERE}", "convlab", "tests")
    for name, files in components().items():
        print(f"{name}: types", flush=True)
        failed |= run("tsc", *TYPES.split(), *files)
    return failed


def install(npm: str) -> None:
    """Put the tools into tools/js/node_modules, unless they are there in the locked versions."""
    done, lock = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--silent"], cwd=HERE, check=True)
        done.touch()


def components() -> dict[str, list[str]]:
    """The scripts of each component, and of the opening, in the order in which Python joins them."""
    logging.disable(logging.WARNING)  # Streamlit's, that no app is running
    from convlab.ui import opening
    from convlab.ui.components import shared

    for module in pkgutil.iter_modules([str(COMPONENTS)]):
        importlib.import_module(f"convlab.ui.components.{module.name}")
    found = {name: [str(file) for file in shared.sources(name, "js")] for name in shared.USED}
    named = [str(COMPONENTS / "shared" / f"{name}.js") for name in ("base", "newest")]  # what those name
    return {**found, "opening": [*named, *map(str, opening.SCRIPTS)]}


def run(tool: str, *arguments: str) -> int:
    """Exit status of one of the tools."""
    return subprocess.run(
        [HERE / "node_modules" / ".bin" / tool, *arguments], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(check())
