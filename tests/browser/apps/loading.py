"""The lab whose server is never done with loading; its pages have PyTorch all the same."""

from convlab.ui import server
from serve import app as app

server._load = lambda: None
