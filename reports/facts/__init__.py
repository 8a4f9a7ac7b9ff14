"""The parts of the frozen document, each from the rows of `figures`; `snapshot.py` says its shape."""
