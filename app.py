"""ConvLab's home page: the chapter as a path, the lessons, the device and the versions in use."""

import streamlit as st

from convlab.ui.boundary import error_boundary
from convlab.ui.frame import lesson
from convlab.ui.home import HomeControls, lessons, machine, more, path

with lesson("home", HomeControls) as state:
    left, right = st.columns([8, 5], gap="large")
    with left:
        with error_boundary():
            path(state)
        more()
    with right:
        lessons()
    machine()
