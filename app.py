"""ConvLab's home page: what the lab is, its lessons, the device and the versions in use."""

from convlab.ui.frame import page
from convlab.ui.home import cards, machine

with page("home"):
    cards()
    machine()
