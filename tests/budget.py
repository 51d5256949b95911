"""How much the tests try: a sample by default, the long form with `TESTS=long` in the environment."""

import os

LONG = os.environ.get("TESTS") == "long"
