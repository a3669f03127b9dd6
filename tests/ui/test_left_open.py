"""convlab.ui.urls: a control that nobody chose takes what fits, and stays out of the link."""

from streamlit.testing.v1 import AppTest

from convlab.ui.urls import Controls


class Following(Controls):
    """A control that nobody chose follows another."""

    animal: str = "cat"
    sound: str = ""

    def settled(self) -> "Following":
        return self if self.sound else self.model_copy(update={"sound": f"that of a {self.animal}"})


def _following() -> None:
    import streamlit as st

    from convlab.ui.urls import PageState
    from tests.ui.test_left_open import Following

    state = PageState("page", Following)
    st.session_state["would"] = state.with_changes(animal="dog").sound
    st.session_state["is"] = state.value.sound
    st.button("dog", on_click=lambda: state.change(animal="dog"))
    st.button("moo", on_click=lambda: state.change(sound="moo"))
    state.write()


def test_what_is_left_open_follows_and_stays_out_of_the_link() -> None:
    app = AppTest.from_function(_following).run()
    assert (app.session_state["is"], app.session_state["would"]) == ("that of a cat", "that of a dog")
    assert dict(app.query_params) == {}
    app.button[0].click().run()
    assert app.session_state["is"] == "that of a dog"
    assert dict(app.query_params) == {"animal": "dog"}
    app.button[1].click().run()
    assert (app.session_state["is"], app.session_state["would"]) == ("moo", "moo")
    assert dict(app.query_params) == {"animal": "dog", "sound": "moo"}
