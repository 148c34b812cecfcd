# What can be made here; each needs only make and Python 3.11 or newer.
#
#   make run ARGS="--seed HOST:PORT"   a node in the foreground
#   make test                          all tests that gate a change
#   make test-all                      pure and shell tests on the other Pythons here
#   make lint                          ruff, mypy
#   make soak                          the long versions of tests
#   make bench                         what it costs, in minutes; as root also idle
#   make bench-full                    the same for longer, and for more members
#   make clean                         forget everything made here

.PHONY: run test test-all lint soak bench bench-full clean
.DELETE_ON_ERROR:

BIN := .venv/bin
# Process tests wait more than they work, so more of them than processors.
WORKERS ?= 4
PYTEST := $(BIN)/python -m pytest
# Extra options for pytest, as in: make test PYTEST_ARGS="-k serf -s"
PYTEST_ARGS ?=

# An environment knows its folder by heart: one that was moved is made anew.
ifneq ($(shell cat .venv/made-in 2>/dev/null),$(CURDIR))
$(shell rm -rf .venv)
endif

run: .venv/installed
	@exec $(BIN)/gossipchat node $(ARGS)

test: .venv/tested
	$(PYTEST) -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

test-all: .venv/tested
	scripts/test-all $(PYTEST_ARGS)

lint: .venv/linted
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

soak: .venv/tested
	$(PYTEST) -m soak -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

# Results go to bench/results. Idle members need root for machines of their own.
AS_ROOT := [ "$$(id -u)" = 0 ] || { echo "bench/idle.py: needs root, left out"; exit 0; };

bench: .venv/benched
	$(BIN)/python bench/hot_path.py
	$(BIN)/python bench/partition_recovery.py --seeds 2
	@$(AS_ROOT) $(BIN)/python bench/idle.py --members 16 --minutes 2

bench-full: .venv/benched
	$(BIN)/python bench/hot_path.py --seconds 5
	$(BIN)/python bench/partition_recovery.py
	@$(AS_ROOT) $(BIN)/python bench/idle.py --members 16 --minutes 5
	@$(AS_ROOT) $(BIN)/python bench/idle.py --members 16 --minutes 5 --apart
	@$(AS_ROOT) $(BIN)/python bench/idle.py --members 64 --minutes 5 --apart

clean:
	rm -rf .venv .venv-* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf gossipchat.egg-info twisted/plugins/dropin.cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/made:
	scripts/venv .venv
	@printf %s "$(CURDIR)" > .venv/made-in
	@touch $@

# The versions that the tests ran with are the ones a run gets.
.venv/installed: .venv/made setup.py pyproject.toml gossipchat/VERSION requirements/test.txt
	$(BIN)/python -m pip install -q -c requirements/test.txt -e .
	@touch $@

# Fetched once and kept: the packaging tests install from here, offline.
.venv/tested: .venv/installed requirements/test.txt
	$(BIN)/python -m pip wheel -q -w .venv/wheels -r requirements/test.txt
	$(BIN)/python -m pip install -q --no-index -f .venv/wheels -r requirements/test.txt
	@touch $@

.venv/linted: .venv/tested requirements/lint.txt
	$(BIN)/python -m pip install -q -r requirements/lint.txt
	@touch $@

.venv/benched: .venv/tested requirements/bench.txt
	$(BIN)/python -m pip install -q -r requirements/bench.txt
	@touch $@
