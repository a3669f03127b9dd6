"""convlab.ui.uploads: each file is read once, what is wrong with it stands below, the last good one stays."""

from unittest.mock import Mock

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from convlab.errors import UserError
from convlab.ui import uploads


def page() -> None:
    import streamlit as st

    from convlab.errors import N_, UserError
    from convlab.ui import uploads

    def make(file):  # type: ignore[no-untyped-def]
        st.session_state.setdefault("calls", []).append(file.name)
        if file.getvalue() == b"bad":
            raise UserError(N_("These bytes are no good: choose another file."))
        return file.getvalue()

    files = st.file_uploader("Files", accept_multiple_files=True, key="files")
    st.session_state["found"] = uploads.read("files", files, make)


def test_the_limit_that_is_shown_is_the_one_that_is_enforced() -> None:
    assert uploads.limit_mb(20) == 20
    config.set_option("server.maxUploadSize", 5)
    try:
        assert uploads.limit_mb(20) == 5
    finally:
        config.set_option("server.maxUploadSize", 200)
    uploads.check_size(Mock(size=20_000_000), 20)
    with pytest.raises(UserError, match="has 21 MB and the limit is 20 MB"):
        uploads.check_size(Mock(size=20_000_001), 20)


def give(app: AppTest, *files: tuple[str, bytes]) -> list[bytes]:
    """Upload these files; what can be used of them."""
    app.file_uploader(key="files").set_value([(name, data, "text/plain") for name, data in files]).run()
    assert not app.exception
    return [upload.content for upload in app.session_state["found"]]


def opened() -> AppTest:
    app = AppTest.from_function(page).run()
    assert app.session_state["found"] == []
    return app


def test_a_file_is_read_once() -> None:
    app = opened()
    assert give(app, ("a", b"1")) == [b"1"]
    app.run()
    app.run()
    assert app.session_state["calls"] == ["a"]
    assert [upload.content for upload in app.session_state["found"]] == [b"1"]


def test_a_bad_file_is_read_once_too_and_the_last_good_one_stays() -> None:
    app = opened()
    give(app, ("a", b"1"))
    assert give(app, ("b", b"bad")) == [b"1"]
    assert app.error[0].value.startswith("These bytes are no good")
    app.run()
    assert len(app.error) == 1
    assert app.session_state["calls"] == ["a", "b"]
    app.file_uploader(key="files").set_value([]).run()
    assert not app.error
    assert [upload.content for upload in app.session_state["found"]] == [b"1"]


def test_among_several_the_bad_ones_are_named() -> None:
    app = opened()
    assert give(app, ("a", b"1"), ("b" * 60, b"bad"), ("c", b"3")) == [b"1", b"3"]
    (error,) = app.error
    assert error.value.startswith(f"**{'b' * 39}…**: These")
    assert [upload.name for upload in app.session_state["found"]] == ["a", "c"]
    assert len({upload.id for upload in app.session_state["found"]}) == 2


def test_hazard_22_a_batch_that_takes_too_long_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "_MOST_S", 0.0)
    app = opened()
    assert give(app, ("a", b"1"), ("b", b"bad"), ("c", b"2"), ("d", b"3")) == [b"1"]
    assert app.session_state["calls"] == ["a", "b"]
    told = [error.value for error in app.error]
    assert "These bytes are no good" in told[0]
    assert all("This file was not read, as files before it took too long" in one for one in told[1:])
    assert len(told) == 3
    assert give(app, ("c", b"2")) == [b"2"]
