"""How much the tests try: a sample by default; `STORIES=both` tells every story on both databases (`.ci/run` does),
`TESTS=long` does that and tries a hundred times as many examples.
"""

import os

LONG = os.environ.get("TESTS") == "long"
BOTH = LONG or os.environ.get("STORIES") == "both"
