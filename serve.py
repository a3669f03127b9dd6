"""What ``make run`` starts: app.py and its pages under Streamlit, and PyTorch on a route beside them."""

from streamlit.starlette import App

from convlab.ui import server

app = App("app.py", routes=server.routes(), middleware=server.middleware(), lifespan=server.lifespan)
