"""What chapter 8 of the book prints: its figures, and its slips tried on a picture."""
