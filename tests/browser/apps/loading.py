"""The lab whose server is never done with loading; its pages have PyTorch all the same."""

from streamlit.starlette import App

from convlab.ui import server

server._load = lambda: None

app = App("app.py", routes=server.routes(), middleware=server.middleware(), lifespan=server.lifespan)
