"""Which build of PyTorch `make run` takes: with a GPU, without one, where its index cannot be reached."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from tests import sources
from tools import torch_build

NOWHERE = "http://127.0.0.1:9/simple"


def offer(index: Path) -> None:
    """An index of empty packages that call themselves PyTorch's CPU build."""
    for name, pin in torch_build.pins().items():
        folder, version = index / name, f"{pin}+cpu"
        folder.mkdir(parents=True)
        wheel, about = f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
        with zipfile.ZipFile(folder / wheel, "w") as archive:
            told = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            archive.writestr(f"{about}/METADATA", told)
            archive.writestr(
                f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            archive.writestr(f"{about}/RECORD", "")
        (folder / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>')


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but pip."""
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    return place / "bin"


@pytest.fixture
def choose(fresh: Path, tmp_path: Path) -> Callable[..., str]:
    """Run it in that environment, with a folder of commands in front of all others, and say what it said."""

    def choose(index: str, **environment: str) -> str:
        path = f"{tmp_path / 'commands'}{os.pathsep}{fresh}"
        chosen = {"PATH": path, "CONVLAB_TORCH_INDEX": index, "PIP_CONFIG_FILE": os.devnull, **environment}
        command = [str(fresh / "python"), "-m", "tools.torch_build"]
        ran = subprocess.run(
            command, cwd=sources.ROOT, env=chosen, capture_output=True, text=True, check=False
        )
        assert ran.returncode == (1 if "is no build" in ran.stderr else 0), ran.stderr
        return ran.stdout + ran.stderr

    return choose


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the default build is the small one")
def test_the_build_that_fits_is_taken_once(choose: Callable[..., str], tmp_path: Path) -> None:
    commands = tmp_path / "commands"
    commands.mkdir()
    lister = commands / "nvidia-smi"
    lister.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA H100 80GB HBM3'\n")
    lister.chmod(0o755)
    offer(tmp_path / "index")
    index = (tmp_path / "index").as_uri()
    assert choose(index).startswith("An NVIDIA GPU is here: PyTorch's default build with CUDA")
    assert choose(index, TORCH="cuda").startswith("As asked: PyTorch's default build with CUDA")
    assert choose(index, TORCH="gpu") == "TORCH=gpu is no build of PyTorch: choose one of auto, cpu, cuda.\n"
    lister.write_text("#!/bin/sh\necho 'No devices were found'\n")
    fallen_back = choose(NOWHERE).splitlines()
    assert fallen_back[0].startswith("No NVIDIA GPU is here: PyTorch's CPU build")
    assert fallen_back[1].startswith(f"{NOWHERE} does not offer it, or cannot be reached: PyTorch's default")
    assert len(choose(index).splitlines()) == 1  # taken
    assert choose(NOWHERE) == ""  # and kept: there is nothing to say, nothing is asked
    assert choose(NOWHERE, TORCH="cuda") == ""


def test_it_knows_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = torch_build.pins()
    assert pins.keys() == {"torch", "torchvision"}
    for build, kept in (("", True), ("+cpu", True), ("+cu130", True), (".post1", False)):
        monkeypatch.setattr(metadata, "version", lambda name, build=build: pins[name] + build)
        assert torch_build.there() is kept


def test_make_runs_it_before_anything_is_fetched() -> None:
    makefile = (sources.ROOT / "Makefile").read_text()
    recipe = makefile[makefile.index("\n$(RUN_READY):") :].splitlines()[2:4]
    assert recipe[0] == "\t@TORCH=$(TORCH) $(BIN)/python -m tools.torch_build"
    assert recipe[1].startswith("\t$(INSTALL) --no-deps --require-hashes -r requirements.lock")
