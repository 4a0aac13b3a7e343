# The verbs of Wagehouse. `make help` lists them; each does the set-up it needs first.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# On a warehouse of its own: what it finds does not depend on what was built here, nor on a lock.
SQLFLUFF := cd dbt_project && WAGEHOUSE_DATA="$$(mktemp -d)" ../$(BIN)/sqlfluff
CLI := $(BIN)/python -m orchestration
# dbt and the linters do not read .env by themselves.
DOTENV := $(if $(wildcard .env),$(CURDIR)/$(BIN)/dotenv -f $(CURDIR)/.env run --no-override --,)

export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export RUNTIME__DLTHUB_TELEMETRY := false
ifdef TARGET
export WAGEHOUSE_TARGET := $(TARGET)
endif

.PHONY: help
help:  ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

# ---- set-up ---------------------------------------------------------------------------------

.PHONY: setup
setup: $(VENV)/.synced reports/node_modules/.synced  ## Python and Node packages, as locked

$(VENV)/.synced: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 …" >&2; exit 1; }
	@echo "Setting up Python packages in $(VENV) …"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv 2>&1 | { grep -v '^WARNING: Location' || true; }
	@$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock
	@touch $@

# What the Spark targets need beside: packages of the second lock (0.5 GB) and Java of the system.
.PHONY: setup-spark
setup-spark: $(VENV)/.spark-synced  ## the packages of the Spark targets, as locked
$(VENV)/.spark-synced: requirements-spark.lock $(VENV)/.synced
	@echo "Setting up Spark in $(VENV) …"
	@$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements-spark.lock
	@touch $@

reports/node_modules/.synced: reports/package-lock.json reports/package.json
	@node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null \
		|| { echo "Node.js 20 or newer is needed to build the reports: node --version" >&2; exit 1; }
	@echo "Setting up Node packages in reports/node_modules …"
	@cd reports && npm ci --loglevel=error --no-progress --no-audit --no-fund >/dev/null
	@touch $@

# A browser for the tests: the system's, else Debian's package, else the one Playwright fetches.
.PHONY: browser
browser: $(VENV)/.synced
	@if [ -z "$${CHROMIUM:-}" ] && ! command -v chromium chromium-browser google-chrome >/dev/null; then \
		echo "Setting up a browser for the tests …"; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
		else $(BIN)/playwright install chromium; fi; fi

COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --quiet
# Java for the Spark targets: the system's, else Debian's package where one may install it.
.PHONY: java
java:
	@if ! command -v java >/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Setting up Java for Spark …"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends openjdk-17-jre-headless >/dev/null; \
		else echo "Spark needs Java 17 or newer, and there is none: install a headless JRE." >&2; exit 1; fi; fi

.PHONY: lock
lock: $(VENV)/.synced  ## resolve the lock files again from pyproject.toml
	$(COMPILE) --extra dev -o requirements.lock
	$(COMPILE) --extra dev --extra spark -c requirements.lock -o requirements-spark.lock

# ---- the product ----------------------------------------------------------------------------

# The Spark targets need packages of their own; they are set up where a target is named.
.PHONY: run
run: setup $(if $(filter spark%,$(TARGET)),$(VENV)/.spark-synced)  ## collect, build, test, publish and report: from the sources to the site
	@$(CLI) run $(ARGS)

# Words and names go to the verb by the environment, so that no shell reads them.
.PHONY: collect
collect: $(VENV)/.synced  ## ask one source once: SOURCE= QUERY= WHERE= LIMIT= and COUNTRY= CATEGORY= ROME= SINCE= UNTIL=
	@$(CLI) collect --source "$${SOURCE:?name one: make collect SOURCE=the_muse}" $${QUERY:+--query "$$QUERY"} $${WHERE:+--where "$$WHERE"} $${LIMIT:+--limit "$$LIMIT"} $${COUNTRY:+--country "$$COUNTRY"} $${CATEGORY:+--category "$$CATEGORY"} $${ROME:+--rome "$$ROME"} $${SINCE:+--since "$$SINCE"} $${UNTIL:+--until "$$UNTIL"} $(ARGS)
export SOURCE QUERY WHERE LIMIT COUNTRY CATEGORY ROME SINCE UNTIL

.PHONY: load
load: $(VENV)/.synced  ## land a file at once and say what it pays: FILE= MAPPING= (else all of data/inbox)
	@$(CLI) load $${FILE:+--file "$$FILE"} $${MAPPING:+--mapping "$$MAPPING"} $(ARGS)

.PHONY: map
map: $(VENV)/.synced  ## propose a mapping for FILE= and show rows as they would land; YES=1 writes it unasked
	@$(CLI) map --file "$${FILE:?name one: make map FILE=data/inbox/salaries.csv}" $${YES:+--yes} $(ARGS)

.PHONY: files
files: $(VENV)/.synced  ## every dropped file: state, rows, quarantined, mapping
	@$(CLI) files $(ARGS)

.PHONY: retry
retry: $(VENV)/.synced  ## take corrected rows and files out of quarantine again
	@$(CLI) retry $(ARGS)
export FILE MAPPING YES

.PHONY: serve
serve: $(VENV)/.synced  ## serve the built site on this machine
	@$(CLI) serve $(ARGS)

.PHONY: dev
dev: setup  ## Dagster's own pages: the asset graph, runs, schedules
	@$(CLI) dev $(ARGS)

.PHONY: docs
docs: $(VENV)/.synced  ## dbt docs: every model, column and test
	@$(CLI) docs $(ARGS)

.PHONY: build
build: $(VENV)/.synced  ## dbt build alone, on what has landed
	@cd dbt_project && $(DOTENV) ../$(BIN)/dbt build --exclude-resource-type unit_test $(ARGS)

.PHONY: cluster
cluster: $(VENV)/.spark-synced  ## a small Spark cluster on this machine, for TARGET=spark_cluster
	@$(CLI) cluster start

.PHONY: cluster-stop
cluster-stop: $(VENV)/.synced  ## end it
	@$(CLI) cluster stop

.PHONY: sql
sql: $(VENV)/.synced  ## a prompt on the published database, read-only; also while a run writes
	@$(CLI) sql $(ARGS)

.PHONY: logs
logs: $(VENV)/.synced  ## follow the log of the last run
	@$(CLI) logs $(ARGS)

# ---- for who works on it --------------------------------------------------------------------

.PHONY: lint
lint: $(VENV)/.synced  ## ruff, mypy, sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(SQLFLUFF) lint --config ../.sqlfluff models

.PHONY: format
format: $(VENV)/.synced  ## write the code the way lint wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(SQLFLUFF) fix --config ../.sqlfluff models

.PHONY: test
test: setup browser lint  ## everything: linters, pytest, dbt tests and unit tests, the site in a browser
	$(BIN)/pytest --cov --cov-report=term $(ARGS)

.PHONY: declare
declare: $(VENV)/.synced  ## write the seed and docs of what the sources declare
	@$(BIN)/python -m ingestion.declared

# SIZE generated postings (300), on TARGET spark (one process) or spark_cluster.
.PHONY: test-spark
test-spark: java setup-spark  ## the models on Spark, row by row as on DuckDB; with SIZE=20000, TARGET=spark_cluster
	SPARK_SIZE="$(SIZE)" SPARK_TARGET="$(TARGET)" $(BIN)/pytest -m spark tests/spark $(wildcard tests/cluster) $(ARGS)

.PHONY: eval
eval: $(VENV)/.synced  ## how often the rules are right on labelled data; ARGS=--errors names what went wrong
	@$(BIN)/python -m tests.eval $(ARGS)

.PHONY: bench
bench: $(VENV)/.synced  ## what things cost, beside what bounds them: make bench WHAT=landing
	@$(BIN)/python -m tests.bench $(WHAT) $(ARGS)

.PHONY: soak
soak: setup  ## kill runs again and again and compare what is left: make soak WHAT=run
	$(BIN)/pytest -m soak tests/crash -k "$(or $(WHAT),run)" $(ARGS)

.PHONY: hooks
hooks: $(VENV)/.synced  ## install the git hooks
	$(BIN)/pre-commit install

.PHONY: clean
clean:  ## take away the packages and caches; data stays
	rm -rf $(VENV) reports/node_modules dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache
