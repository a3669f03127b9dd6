"""Browser components (Streamlit's v2): each a folder of JavaScript and CSS, and a Python door beside it."""
