"""``convlab``, without a command or as ``convlab serve``: the lab in the browser."""

import argparse
import os
import runpy
import socket
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import convlab
from convlab.commands import numbers
from convlab.errors import N_, UserError
from convlab.storage import data_folder, disk

PORT = 8501
_SCRIPT = "serve.py"
_HOST = "127.0.0.1"
_LAST_PORT = 65_535


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    add_port(parser)
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    about = "behind --: options of `streamlit run`, such as --server.address 0.0.0.0"
    parser.add_argument("streamlit", nargs="*", metavar="OPTION", help=about)


def add_port(parser: argparse.ArgumentParser) -> None:
    """Declare ``--port``."""
    parser.add_argument("--port", type=numbers.whole, default=PORT, metavar="N", help=f"default: {PORT}")


def run(given: argparse.Namespace) -> int:
    """Serve the lab until it is ended. Raises UserError where the port cannot be had.

    A data folder that cannot be written is said, and the lab opens all the same: what is on the pages needs
    none, and what would be kept says so once more.
    """
    check(given.port)
    try:
        with disk.told():
            data_folder.part("runs")
    except UserError as error:
        print(error, file=sys.stderr, flush=True)
    return start(given.port, [*(["--server.headless", "true"] if given.no_browser else []), *given.streamlit])


def check(port: int) -> None:
    """Raises UserError where the lab cannot listen on a port of this machine."""
    if not 1 <= port <= _LAST_PORT:
        told = N_("--port {port} is no port: choose one from 1 to {last}.")
        raise UserError(told, port=port, last=_LAST_PORT)
    with socket.socket() as trial:
        if os.name == "posix":  # as the server itself: a port that was just left is free
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((_HOST, port))
        except PermissionError as error:
            told = N_("This account may not listen on port {port}: choose one above 1023 with --port.")
            raise UserError(told, port=port) from error
        except OSError as error:
            told = N_("Port {port} is in use: end what uses it, or choose another one with --port.")
            raise UserError(told, port=port) from error


def start(port: int, options: Sequence[str] = ()) -> int:
    """Run Streamlit in this process until it is ended; 0. Raises UserError where the pages are not there."""
    root = folder()
    os.chdir(root)  # where Streamlit finds its settings
    sys.path.insert(0, str(root))
    sys.argv = ["streamlit", "run", _SCRIPT, "--server.port", str(port), *options]
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        pass
    return 0


def folder() -> Path:
    """Where app.py, its pages and Streamlit's settings are: the checkout, or what the package brought.

    Raises UserError where they are not there.
    """
    checkout = Path(convlab.__file__).resolve().parents[1]
    for script in (checkout / _SCRIPT, *_brought()):
        if script.is_file():
            return script.parent
    raise UserError(N_("The lab's pages are not there: install it again with `pip install .` in its folder."))


def _brought() -> list[Path]:
    try:
        files = metadata.files("convlab") or []
    except metadata.PackageNotFoundError:
        return []
    scripts = (file for file in files if file.name == _SCRIPT and "share" in file.parts)
    return [Path(str(file.locate())).resolve() for file in scripts]
