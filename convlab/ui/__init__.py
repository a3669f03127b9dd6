"""What pages share: state, words, figures, browser components; all that knows Streamlit and Plotly."""
