"""The pass that a session has open is found by its secret, and by nothing else, as long as it is open."""

import gc

import pytest
import streamlit as st

from convlab.ui import words
from convlab.ui.feature_maps import open_pass
from tests.ui.feature_maps.test_unfolded import opened


def test_a_pass_is_found_by_its_secret_until_another_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    forward = opened()
    secret = open_pass.secret_of(forward)
    assert open_pass.secret_of(forward) == secret
    found = open_pass.found(secret)
    assert found is not None
    assert found.forward is forward
    del found
    assert open_pass.secret_of(opened(seed=1, weights="random")) != secret
    gc.collect()
    assert open_pass.found(secret) is None
    assert open_pass.found("") is None


def test_another_session_has_another_secret_for_the_same_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    forward = opened()
    secret = open_pass.secret_of(forward)
    first = open_pass.found(secret)
    monkeypatch.setattr(st, "session_state", {})
    assert open_pass.secret_of(forward) != secret
    assert open_pass.found(secret) is first


def test_another_language_has_another_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    forward = opened()
    secret = open_pass.secret_of(forward)
    with words.speaking("fr"):
        found = open_pass.found(open_pass.secret_of(forward))
    assert found is not None
    assert (found.language, found.secret != secret) == ("fr", True)
