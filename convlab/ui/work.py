"""Long work of a session in a thread of its own: how far it is, a way to stop it, what it has found.

A page that works in its own run cannot be stopped from one of its fragments: Streamlit waits for its end.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convlab.ui.boundary import keeping, rerun
from convlab.ui.kept import kept
from convlab.ui.words import _, duration, enumerated

T = TypeVar("T")
_PATIENCE_S = 1.0  # work that is done by then shows no bar
_LOOK_S = 0.3


class _StoppedError(Exception):
    """The learner has stopped the work."""


class Work(Generic[T]):
    """Work that has begun; it ends when it is done, fails, or says how far it is after it was stopped.

    Attributes:
        done, total: how far it is.
        so_far: what it had found when it said so.
        result, error: of work that has ended; both None where it was stopped.
    """

    def __init__(self, identity: Hashable, make: Callable[["Work[T]"], T]) -> None:
        self.identity = identity
        self.done, self.total, self._began = 0, 1, time.monotonic()
        self.so_far: T | None = None
        self.result: T | None = None
        self.error: Exception | None = None
        self._stopped, self._ended = threading.Event(), threading.Event()
        threading.Thread(target=self._run, args=(make,), name="work", daemon=True).start()

    def _run(self, make: Callable[["Work[T]"], T]) -> None:
        try:
            self.result = make(self)
        except _StoppedError:
            pass
        except Exception as error:
            self.error = error  # raised where the work is waited for
        finally:
            self._ended.set()

    def say(self, done: int, total: int, so_far: T | None = None) -> None:
        """How far it is; does not come back where the work was stopped."""
        if self._stopped.is_set():
            raise _StoppedError
        self.done, self.total, self.so_far = done, total, so_far

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None where nobody knows."""
        left = self.total - self.done
        return left * (time.monotonic() - self._began) / self.done if self.done else None

    def stop(self) -> None:
        """End it."""
        self._stopped.set()

    def ended(self, within_s: float = 0.0) -> bool:
        """Whether it has ended, or ends within a time."""
        return self._ended.wait(within_s)


def under_way(key: str) -> Hashable | None:
    """The identity of the work of a key that has begun; None where there is none."""
    work: Work[object] | None = st.session_state.get(f"{key}.work")
    return None if work is None else work.identity


def asked(
    key: str,
    identity: Hashable,
    label: str,
    make: Callable[[Work[T]], T],
    by_itself: bool = True,
    again: str | None = None,
    partly: bool = False,
) -> T | None:
    """What work finds, behind a button, with a bar and a way to stop it; this session keeps the last ones.

    Asked for once, it begins by itself for other identities, unless ``by_itself`` is false, until it is
    stopped: then what there was so far stands. None before; if ``partly``, what there is so far, and the page
    runs again whenever the work says another object. ``again`` labels a button that has it found anew.
    ``make`` calls no Streamlit. Raises what it raises.
    """
    found, state, place = kept(key, most=24), st.session_state, st.empty()
    if identity in found:
        known: T = found.get(identity, lambda: None)
        _offer_again(place, key, identity, again, make)
        return known
    work: Work[T] | None = state.get(f"{key}.work")
    if work is not None and work.identity != identity:
        work.stop()
        work = None
    if work is None:
        pressed = place.button(label, key=key, icon=":material/play_arrow:")
        if not pressed and not (by_itself and state.get(f"{key}.going")):
            before, part = state.get(f"{key}.stopped", (None, None))
            return part if before == identity else None
        state[f"{key}.going"] = True
        work = state[f"{key}.work"] = Work(identity, make)
    if not work.ended(_PATIENCE_S):
        place.empty()
        so_far = work.so_far if partly else None
        st.fragment(_waiting, run_every=_LOOK_S)(key, partly, so_far)
        return so_far
    del state[f"{key}.work"]
    place.empty()
    if work.result is not None:
        result = work.result
        kept_one: T = found.get(identity, lambda: result)
        _offer_again(place, key, identity, again, make)
        return kept_one
    del state[f"{key}.going"]
    if work.error is not None:
        raise work.error
    state[f"{key}.stopped"] = identity, work.so_far
    rerun()


def _offer_again(
    place: DeltaGenerator, key: str, identity: Hashable, label: str | None, make: Callable[[Work[T]], T]
) -> None:
    """A button, where it has a label, that forgets what was found and begins the work again."""
    if label is None:
        return

    def begin() -> None:
        kept(key).forget(identity)
        st.session_state[f"{key}.going"] = True
        st.session_state[f"{key}.work"] = Work(identity, make)

    place.button(label, key=f"{key}.again", icon=":material/replay:", on_click=keeping(begin))


def _waiting(key: str, partly: bool, seen: object) -> None:
    """How far the work is; when it has ended, or found what the page has not seen, the page runs again."""
    work: Work[object] | None = st.session_state.get(f"{key}.work")
    if work is None or work.ended() or (partly and work.so_far is not seen):
        rerun()
    told = f"{work.done:,} / {work.total:,}"
    if work.seconds_left is not None:
        told = enumerated([told, _("about {time} left").format(time=duration(work.seconds_left))])
    st.progress(work.done / work.total, told)
    st.button(_("Stop"), icon=":material/stop:", on_click=keeping(work.stop), key=f"{key}.stop")
