"""``convlab`` without a command: the lab is opened, and what stands in its way is one sentence."""

import errno
import runpy
import socket
import sys
from importlib import metadata
from pathlib import Path

import pytest

import convlab
from convlab.__main__ import main
from convlab.commands import serve
from convlab.errors import UserError
from tests import sources

PORT = 9123


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Path]]:
    """Streamlit's command line, and the folder, of each start; nothing is served."""
    found: list[tuple[list[str], Path]] = []
    monkeypatch.setattr(runpy, "run_module", lambda *_, **__: found.append((sys.argv, Path.cwd())))
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(serve, "PORT", PORT)
    monkeypatch.chdir(Path.cwd())  # and back again
    return found


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["--port", "9124"], ["--server.port", "9124"]),
        (["serve", "--port=9124"], ["--server.port", "9124"]),
        (["--no-browser", "--port", "9124"], ["--server.port", "9124", "--server.headless", "true"]),
        (
            ["--port", "9124", "--", "--server.address", "192.168.1.5"],
            ["--server.port", "9124", "--server.address", "192.168.1.5"],
        ),
        ([], ["--server.port", str(PORT)]),
    ],
)
def test_without_a_command_the_lab_is_opened(
    words: list[str], options: list[str], started: list[tuple[list[str], Path]]
) -> None:
    assert main(words) == 0
    assert started == [(["streamlit", "run", "serve.py", *options], sources.ROOT)]


@pytest.mark.parametrize(("port", "sentence"), [(0, "0 is no port"), (65_536, "65536 is no port")])
def test_what_is_no_port_is_refused(port: int, sentence: str) -> None:
    with pytest.raises(UserError, match=f"{sentence}: choose one from 1 to 65535"):
        serve.check(port)


def test_a_port_in_use_is_one_sentence(
    started: list[tuple[list[str], Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"Port {port} is in use: end what uses it, or choose another one with --port.\n"
    )
    assert started == []
    serve.check(port)  # it has been left


def test_a_port_that_the_account_may_not_have_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_socket: socket.socket, _address: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(UserError, match="may not listen on port 80: choose one above 1023"):
        serve.check(80)


def test_a_folder_that_cannot_be_written_is_said_and_the_lab_opens(
    started: list[tuple[list[str], Path]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "file" / "home"))
    assert main([]) == 0
    said = capsys.readouterr().err
    assert said.startswith("ConvLab cannot make its folder ")
    assert "set CONVLAB_HOME" in said
    assert said.count("\n") == 1
    assert len(started) == 1


def test_where_nothing_was_brought_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(convlab, "__file__", str(tmp_path / "convlab" / "__init__.py"))
    monkeypatch.setattr(metadata, "files", lambda _: None)
    with pytest.raises(UserError, match="pages are not there: install it again"):
        serve.folder()
