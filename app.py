"""ConvLab's home page: the chapter as a path, the lessons, the device and the versions in use."""

import streamlit as st

from convlab.ui.boundary import error_boundary
from convlab.ui.frame import page
from convlab.ui.home import lessons, machine, more, path

with page("home"):
    left, right = st.columns([8, 5], gap="large")
    with left:
        with error_boundary():
            path()
        more()
    with right:
        lessons()
    machine()
