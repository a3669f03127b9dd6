"""The empty page in a server that is prepared as the lab's is: torch loaded, what imports made set aside."""

from benchmarks.apps.empty import page
from convlab.ui import startup

startup.prepare()
page()
