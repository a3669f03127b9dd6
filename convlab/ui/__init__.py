"""What pages share: state, words, figures and browser components; the only rooms that know Streamlit and Plotly."""
