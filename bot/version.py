"""Which Countersign this is; the same as in pyproject.toml, and known from a checkout too."""

VERSION = "0.1.0"
PRODUCT = f"Countersign {VERSION}"
