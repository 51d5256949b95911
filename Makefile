# Two commands on a fresh machine: `make demo` and `make test`. They need Python 3.11 or newer (with venv) and make.
.PHONY: demo test check format bench races clashes kills peer-kills mutations crashes register-scale runtime dev
.DEFAULT_GOAL := demo
PY := .venv/bin/python
JOBS ?= logical
ARGS ?=

demo: runtime
	@echo "Starting the demo (Ctrl-C ends it; what you did is kept for the next start)."
	@$(PY) -m bot demo $(ARGS)

# `STORIES=both make test` tries everything on both databases, as CI does; `TESTS=long` many more examples, too.
# Bytecode is kept whatever the shell says: else each worker, and each process that a test starts, compiles everything.
test: dev
	@echo "Running the tests, on SQLite and PostgreSQL, in random order."
	@PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -q -n $(JOBS) --maxprocesses=4 --dist=worksteal $(ARGS)

check: dev
	@echo "Format:";  $(PY) -m ruff format --check .
	@echo "Lint:";    $(PY) -m ruff check .
	@echo "Types:";   $(PY) -m mypy --strict bot workflows migrations tests
	@echo "Imports:"; .venv/bin/lint-imports

format: dev
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

bench: dev
	@$(PY) -m tests.bench $(ARGS)

# Long programs, each with a seed and a budget (ARGS="--seed 2 --pairs 50"); they exit 1 when anything was lost or doubled.
races: dev
	@$(PY) -m tests.programs.races $(ARGS)

clashes: dev
	@$(PY) -m tests.programs.clashes $(ARGS)

kills: dev
	@$(PY) -m tests.programs.kills $(ARGS)

peer-kills: dev
	@$(PY) -m tests.programs.peer_kills $(ARGS)

mutations: dev
	@$(PY) -m tests.programs.mutations $(ARGS)

crashes: dev
	@$(PY) -m tests.crash_points $(ARGS)

register-scale: dev
	@$(PY) -m tests.programs.register_scale $(ARGS)

# One stamp per lock: the second time nothing is installed. What `test` needs includes what `demo` needs.
# `cksum` covers both locks, so that a change of either installs again.
runtime: ; @set -- runtime requirements.txt; $(install)
dev:     ; @set -- dev requirements-dev.txt; $(install)

define install
want=$$(cat requirements.txt requirements-dev.txt | cksum); \
if [ -x $(PY) ] && $(PY) -c '' 2>/dev/null; then :; else $(make_venv); fi; \
if [ "$$want" = "$$(cat .venv/.locked-dev 2>/dev/null)" ]; then exit 0; fi; \
if [ "$$want" = "$$(cat .venv/.locked-$$1 2>/dev/null)" ]; then exit 0; fi; \
echo "Installing the locked packages of $$2 into .venv (once; a minute with a warm cache) ..."; \
$(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$$2" || { \
  echo "Could not install $$2: see the lines above (no network, or a proxy that pip was not told of?)." >&2; exit 1; }; \
echo "$$want" > ".venv/.locked-$$1"
endef

define make_venv
python=; bare=; \
for name in python3.14 python3.13 python3.12 python3.11 python3; do \
  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
  if "$$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$$name; break; fi; \
  bare=$$name; \
done; \
if [ -z "$$python" ] && [ -n "$$bare" ]; then \
  echo "$$bare has no venv module. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; fi; \
if [ -z "$$python" ]; then \
  echo "Python 3.11 or newer is needed, and none is on the PATH (looked for python3.14 ... python3.11, python3)." >&2; exit 1; fi; \
echo "Making .venv with $$("$$python" --version 2>&1) ..."; \
rm -rf .venv && "$$python" -m venv .venv || exit 1
endef
