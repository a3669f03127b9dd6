"""The chapter's path on the lessons' pages: the card of a station, what it lights up, the way onward."""
