"""An otherwise empty Streamlit page: a button, and a text that says how often it was pressed."""

import streamlit as st


def page() -> None:
    """One round trip a press."""
    st.session_state.setdefault("presses", 0)
    if st.button("Press"):
        st.session_state.presses += 1
    st.text(f"pressed {st.session_state.presses}")


if __name__ == "__main__":
    page()
