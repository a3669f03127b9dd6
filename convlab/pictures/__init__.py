"""Pictures: files made into validated RGB, photographs, drawings, the painted board, crops."""
