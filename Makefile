# What can be made here; each needs only make and Python 3.11 or newer.
#
#   make run ARGS="--seed HOST:PORT"   a node in the foreground
#   make test                          all tests that gate a change
#   make test-all                      pure and shell tests on the other Pythons here
#   make lint                          ruff, mypy
#   make soak                          the long versions of tests
#   make chaos SEEDS=10000             random disasters in the simulator, new ones
#   make bench                         what it costs, in minutes: bench/results/short
#   make bench-full                    the same for longer, for more members, to be kept:
#   make bench-simulated, bench-real   its two halves
#   make clean                         forget everything made here

# How many disasters `make chaos` plays.
SEEDS ?= 1000

.PHONY: run test test-all lint soak chaos bench bench-full bench-simulated bench-real clean
.DELETE_ON_ERROR:

BIN := .venv/bin
# Process tests wait more than they work, so more of them than processors.
WORKERS ?= 4
# As root, if only in namespaces of our own: networks are cut, and small disks filled.
PYTEST := scripts/as-root $(BIN)/python -m pytest
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

chaos: .venv/tested
	$(BIN)/python scripts/chaos --seeds $(SEEDS)

# Real machines are network namespaces; where there can be none, members are on loopback,
# and what cannot be done there says so.
ON_MACHINES := scripts/on-machines
# Others take part where they are there; kinship comes with the bench's requirements.
SERF := $(if $(shell command -v serf),--with serf)

# Some ten minutes on two cores with nothing beside (36 with ten programs beside, on
# 2026-11-23, of which 10.5 of the processor; two of these are spared since): hot path
# and turns 1, simulated 1.5, real ones 6, most of it waiting; the environment comes
# first. Outcomes of so short runs are not kept by git.
bench: export BENCH_RESULTS := bench/results/short
bench: .venv/benched
	$(BIN)/python bench/hot_path.py --seconds 0.3
	$(BIN)/python bench/turns.py --seconds 2
	$(BIN)/python bench/partition_recovery.py --seeds 2
	$(BIN)/python bench/scale.py --sizes 16,64,256 --seeds 1 --seconds 20
	$(BIN)/python bench/idle.py --minutes 0.5 --seeds 1
	$(BIN)/python bench/false_alarms.py --size 16 --seeds 1 --lasts 33
	$(BIN)/python bench/broadcast.py --sizes 16 --seeds 2
	$(BIN)/python bench/calibration.py --seeds 20
	$(BIN)/python bench/lifeguard.py --size 64 --sick 8 --paused 32.768 --awake 0.256 \
	  --seeds 1
	$(BIN)/python bench/crash_detection.py --sizes 16 --seeds 5
	$(ON_MACHINES) $(BIN)/python bench/idle.py --real --members 16 --minutes 1 \
	  --settle 20 $(SERF)
	$(ON_MACHINES) $(BIN)/python bench/crash_detection.py --real --members 8 --seeds 2
	$(ON_MACHINES) $(BIN)/python bench/partition_recovery.py --real --size 8 --seeds 1 \
	  --cuts 15 --shapes half,one
	$(ON_MACHINES) $(BIN)/python bench/throughput.py --seconds 6 --one-seconds 10 \
	  --rates 100,300
	@$(BIN)/python bench/page.py

# Outcomes go to bench/results, where each step's says when it was made, by this very
# command. Simulations are bound by processors and need no quiet machine; real members
# do, and mostly wait.
bench-full:
	$(MAKE) bench-simulated
	$(MAKE) bench-real

# Estimated minutes of one core, from processor times of 2026-11-23: cuts of 16 4, of
# 10 minutes 2, of 128 14, of 1,000 140, for 25 hours 9; scale 3; broadcast 4; calibration
# 1; Lifeguard 25; crashes of 300 and 1,000 20, others 10; alarms 65; rules 5 each. They
# use up to 2 GB, cuts of 1,000 up to 10 on each core.
bench-simulated: .venv/benched
	$(BIN)/python bench/partition_recovery.py
	$(BIN)/python bench/partition_recovery.py --cuts 30 --shapes half,one --seeds 12 \
	  --kinds "gossipchat,memberlist,memberlist started at once" --name 30s
	$(BIN)/python bench/partition_recovery.py --cuts 600 --seeds 3 --name 10min
	$(BIN)/python bench/partition_recovery.py --size 128 --seeds 1
	$(BIN)/python bench/partition_recovery.py --size 128 --seeds 1 --cuts 600 \
	  --kinds gossipchat --add
	$(BIN)/python bench/partition_recovery.py --size 1000 --seeds 1 \
	  --cuts 10,60,600 --kinds gossipchat
	$(BIN)/python bench/partition_recovery.py --cuts 90000 --shapes half --seeds 1 \
	  --kinds gossipchat --name 25h
	$(BIN)/python bench/scale.py --sizes 16,64,256,1000 --seeds 1
	$(BIN)/python bench/scale.py --sizes 16,64,256 --counted 16,64,256 --seeds 1 \
	  --name 256
	$(BIN)/python bench/idle.py --sizes 16,64,256 --minutes 1 --seeds 2
	$(BIN)/python bench/broadcast.py --sizes 16,32,128 --seeds 2
	$(BIN)/python bench/calibration.py --seeds 40
	$(BIN)/python bench/lifeguard.py
	$(BIN)/python bench/crash_detection.py --sizes 16 --seeds 5
	$(BIN)/python bench/crash_detection.py --sizes 16,32,128 --teams "whole peers" \
	  --seeds 20 --name whole
	$(BIN)/python bench/crash_detection.py --sizes 300,1000 --teams "whole peers" \
	  --seeds 1 --name whole-many
	$(BIN)/python bench/crash_detection.py --sizes 16,32,128 --fates vanished,frozen \
	  --teams gossipchat --seeds 40 --name ours
	$(BIN)/python bench/crash_detection.py --sizes 300,1000 \
	  --fates vanished,frozen --teams gossipchat --seeds 10 --name many
	$(BIN)/python bench/crash_detection.py --sizes 300,1000 \
	  --fates killed,rejected --teams gossipchat --seeds 3 --name many-others
	$(BIN)/python bench/crash_detection.py --sizes 32,128 --fates killed,frozen \
	  --teams "memberlist,SWIM 2002" --seeds 5 --name others
	$(BIN)/python bench/false_alarms.py --size 16 --kinds loss,deaf,pause \
	  --teams gossipchat --seeds 24
	$(BIN)/python bench/false_alarms.py --size 16 --kinds loss,deaf,slow,pause \
	  --seeds 3 --name others
	$(BIN)/python bench/false_alarms.py --size 128 --kinds grid,crash --seeds 18
	$(BIN)/python bench/false_alarms.py --size 128 --kinds grid,crash --seeds 3 --add \
	  --teams "gossipchat: none (memberlist's),gossipchat: no court"
	$(BIN)/python bench/detector_rules.py --size 32 --seeds 20
	$(BIN)/python bench/healing_rules.py --size 16 --seeds 3

# Real members, and what is timed: about 170 minutes, most of it waiting.
bench-real: .venv/benched
	$(BIN)/python bench/hot_path.py
	$(BIN)/python bench/turns.py
	$(ON_MACHINES) $(BIN)/python bench/idle.py --real --members 16 --minutes 1.5 \
	  --settle 20 $(SERF)
	$(ON_MACHINES) $(BIN)/python bench/idle.py --real --members 16 --minutes 1.5 \
	  --settle 20 $(SERF) --keyed
	$(ON_MACHINES) $(BIN)/python bench/idle.py --real --members 16 --minutes 1.5 \
	  --settle 20 $(SERF) --with kinship --apart
	$(ON_MACHINES) $(BIN)/python bench/idle.py --real --members 4,16,32 --minutes 1 \
	  --settle 40 $(SERF) --apart
	$(ON_MACHINES) $(BIN)/python bench/idle.py --real --members 64 --minutes 1.1 \
	  --settle 60 $(SERF) --apart
	$(ON_MACHINES) $(BIN)/python bench/scale.py --real --members 4,8,16,32 --settle 40 \
	  $(SERF) --with kinship
	$(ON_MACHINES) $(BIN)/python bench/crash_detection.py --real --members 16 --seeds 5 \
	  --faults killed,vanished,frozen $(SERF) --with kinship
	$(ON_MACHINES) $(BIN)/python bench/crash_detection.py --real --members 32 --seeds 3 \
	  --faults killed,vanished $(SERF)
	$(ON_MACHINES) $(BIN)/python bench/crash_detection.py --real --members 32 --seeds 5 \
	  --faults vanished,frozen
	$(ON_MACHINES) $(BIN)/python bench/crash_detection.py --real --members 16 --seeds 2 \
	  --faults rejected,fenced $(SERF)
	$(ON_MACHINES) $(BIN)/python bench/crash_detection.py --real --members 16 --seeds 3 \
	  --faults killed,vanished,frozen $(SERF) --delay 2 --jitter 1
	$(ON_MACHINES) $(BIN)/python bench/contact_cost.py --members 16 --minutes 4
	$(ON_MACHINES) $(BIN)/python bench/contact_cost.py --members 16 --minutes 4 --keyed
	$(ON_MACHINES) $(BIN)/python bench/false_alarms.py --real --size 16 --lasts 60 \
	  --seeds 1 --troubles frozen,slow,loss25,loss40,deaf40 $(SERF) --with kinship
	$(ON_MACHINES) $(BIN)/python bench/partition_recovery.py --real --size 16 --seeds 2 \
	  --cuts 30 --shapes half,one $(SERF) --with kinship
	$(ON_MACHINES) $(BIN)/python bench/partition_recovery.py --real --size 4 --seeds 2 \
	  --cuts 30 --shapes one $(SERF)
	$(ON_MACHINES) $(BIN)/python bench/partition_recovery.py --real --size 16 --seeds 2 \
	  --cuts 30 --shapes three $(SERF)
	$(ON_MACHINES) $(BIN)/python bench/partition_recovery.py --real --size 16 --seeds 2 \
	  --cuts 30 --shapes half,one $(SERF) --delay 2 --jitter 1
	$(if $(SERF),$(ON_MACHINES) $(BIN)/python bench/partition_recovery.py --real \
	  --size 16 --seeds 3 --cuts 30 --shapes one,half --delay 2 --jitter 1 \
	  --only serf --silent --name serf)
	$(ON_MACHINES) $(BIN)/python bench/broadcast.py --real --sizes 16 --losses 0,5 \
	  --crashed 50 --seeds 1 $(SERF)
	$(ON_MACHINES) $(BIN)/python bench/throughput.py --talks calm --seconds 60 $(SERF)
	$(ON_MACHINES) $(BIN)/python bench/throughput.py --seconds 8 --one-seconds 60 \
	  --rates 100,300 $(SERF)

clean:
	rm -rf .venv .venv-* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf gossipchat.egg-info twisted/plugins/dropin.cache bench/results/short
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/made:
	scripts/venv .venv
	@printf %s "$(CURDIR)" > .venv/made-in
	@touch $@

# The versions that the tests ran with are the ones a run gets.
.venv/installed: .venv/made setup.py pyproject.toml gossipchat/VERSION requirements/test.txt
	$(BIN)/python -m pip install -q -c requirements/test.txt -e .
	@touch $@

# Fetched once and kept: the packaging tests install from here, offline. Of Dask one test
# needs a part, which compiles itself.
.venv/tested: .venv/installed requirements/test.txt requirements/dask.txt
	$(BIN)/python -m pip wheel -q -w .venv/wheels -r requirements/test.txt
	$(BIN)/python -m pip install -q --no-index -f .venv/wheels -r requirements/test.txt
	$(BIN)/python -m pip install -q --no-compile -r requirements/dask.txt
	@touch $@

.venv/linted: .venv/tested requirements/lint.txt
	$(BIN)/python -m pip install -q -r requirements/lint.txt
	@touch $@

.venv/benched: .venv/tested requirements/bench.txt
	$(BIN)/python -m pip install -q -r requirements/bench.txt
	@touch $@
