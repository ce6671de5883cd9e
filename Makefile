# Every target does its own set-up: a machine needs Python 3.11+, make and the package index.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

# The versions that were tried together; pyproject.toml says what else may do.
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

PLAY_READY := $(VENV)/.ready-play
DEV_READY := $(VENV)/.ready-dev

BINDINGS := module_bindings
MODULE := game.rules.sets.arcade
GOLDEN := tests/codegen

REAL_SERVER := .real-server
REAL_SERVER_URL ?= http://127.0.0.1:3000
CONFORMANCE_WASM ?= tests/conformance/conformance.wasm
CONFORMANCE_MODULE ?=
BLACKHOLIO_WASM ?=
COVERED := 94

.DEFAULT_GOAL := help
.PHONY: help play host bots test coverage check format lint types imports check-bindings bindings languages soak \
        real-server stop-real-server test-real test-window test-page accelerator runtime runtime-wheel benchmark npm-client zipapp app docs clean

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null || \
	 sed -n 's/^\([a-z-]*\):.*## /  make \1: /p' $(MAKEFILE_LIST)

play: $(PLAY_READY) ## play Blackholio against bots (ARGS="--name Bo --bots 20")
	$(PY) run_game.py play $(ARGS)

host: $(PLAY_READY) ## run a world for others to join (ARGS="--listen 0.0.0.0:3000")
	$(PY) run_game.py host $(ARGS)

bots: $(PLAY_READY) ## send bots into a world (ARGS="--server HOST:PORT --count 30")
	$(PY) run_game.py bots $(ARGS)

test: $(DEV_READY) ## run the tests, on all cores (ARGS="-k codegen", ARGS="-n 0" for one process)
	@echo "running the tests: about three minutes on two cores"
	$(PY) -m pytest -n auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder $(ARGS)

coverage: $(DEV_READY) ## run the tests, the inspector's page where there is a Chromium, and say what they do not reach, branches included
	@echo "running the tests under coverage: about six minutes on two cores"
	$(PY) -m pytest -q -n auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder --page --cov --cov-fail-under=$(COVERED) $(ARGS)

check: $(DEV_READY) ## format, lint, types, imports, bindings, tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m basedpyright
	$(VENV)/bin/lint-imports
	$(MAKE) check-bindings
	$(MAKE) test

format: $(DEV_READY) ## put the code into shape
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

bindings: $(DEV_READY) ## regenerate module_bindings/ and every other committed bindings package
	$(PY) -m spacetimedb_sdk generate --module $(MODULE) --out $(BINDINGS)
	$(PY) -m spacetimedb_sdk generate --schema $(GOLDEN)/data/conformance.v9.json --out $(GOLDEN)/golden/conformance
	$(PY) -m spacetimedb_sdk generate --schema $(GOLDEN)/data/conformance_2x.v10.json --out $(GOLDEN)/golden/conformance_2x
	cd examples/chat && ../../$(PY) -m spacetimedb_sdk generate --module chat_module --out module_bindings
	cd examples/adventure && ../../$(PY) -m spacetimedb_sdk generate --module adventure_module --out module_bindings
	cd examples/tanks && ../../$(PY) -m spacetimedb_sdk generate --module tanks_module --out module_bindings
	$(PY) -m spacetimedb_sdk generate --module benchmarks.peers.rows_module --out benchmarks/peers/rows_bindings

check-bindings: $(DEV_READY) ## the committed bindings are those of the rules
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	 $(PY) -m spacetimedb_sdk generate --module $(MODULE) --out "$$scratch/$(BINDINGS)" && \
	 diff -r -x __pycache__ $(BINDINGS) "$$scratch/$(BINDINGS)" || \
	 { echo "module_bindings/ is not what $(MODULE) defines: run 'make bindings' and commit it" >&2; exit 1; }

languages: $(DEV_READY) ## bring the catalogues of the game's languages up to date, and say what is to be translated
	$(PY) .ci/languages.py

soak: $(DEV_READY) ## the long form of the tests
	$(PY) -m pytest --soak -m soak $(ARGS)

real-server: $(DEV_READY) ## build SpacetimeDB 1.2.0, start it, publish the conformance module (CONFORMANCE_MODULE=NAME: one in Python; BLACKHOLIO_WASM=FILE: and the game's)
	$(PY) .ci/real_server.py start --folder $(REAL_SERVER) --url $(REAL_SERVER_URL) --wasm $(CONFORMANCE_WASM) \
	  $(if $(BLACKHOLIO_WASM),--blackholio $(BLACKHOLIO_WASM)) $(if $(CONFORMANCE_MODULE),--python $(CONFORMANCE_MODULE))

stop-real-server: $(DEV_READY) ## stop it
	$(PY) .ci/real_server.py stop --folder $(REAL_SERVER)

test-real: $(DEV_READY) ## the tests that need a real SpacetimeDB (BLACKHOLIO_WASM=FILE: also play the official module)
	CONFORMANCE_WASM=$(CONFORMANCE_WASM) BLACKHOLIO_WASM=$(BLACKHOLIO_WASM) $(PY) -m pytest -m real_server --real-server $(REAL_SERVER_URL) $(ARGS)

test-window: $(DEV_READY) ## play in a real window, by real keys and a real mouse (needs Xvfb and xdotool; ARGS="--album FOLDER" keeps every screen)
	$(PY) -m pytest --window -m x11 $(ARGS)

test-page: $(DEV_READY) ## look at the inspector's page in a real browser (needs a Chromium)
	$(PY) -m pytest -n 0 --page -m browser $(ARGS)

accelerator: $(DEV_READY) ## build the compiled part that reads rows, and install it into .venv (needs a C compiler)
	@command -v $${CC:-cc} > /dev/null || { echo "there is no C compiler: on Debian or Ubuntu \`apt-get install gcc\` puts one there; everything works without the accelerator" >&2; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --force-reinstall ./accelerator
	$(PY) -c 'from spacetimedb_sdk.sats.bsatn.accelerated import is_used; print("rows are read by", "the accelerator" if is_used() else "plain Python: SPACETIMEDB_ACCELERATOR switches the accelerator off")'

runtime: $(DEV_READY) ## build the interpreter that Python modules run in on a real SpacetimeDB (needs Rust, twenty minutes)
	$(PY) runtime/build.py

runtime-wheel: $(DEV_READY) ## make dist/spacetimedb_python_runtime-*.whl of what `make runtime` has built: publishing needs no checkout then
	@test -f runtime/dist/pyproject.toml || { echo "there is no interpreter in runtime/dist: run 'make runtime' first" >&2; exit 1; }
	$(PY) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist ./runtime/dist

benchmark: $(DEV_READY) ## measure the SDK beside bare Python, Rust, npm and 0.7.0, into docs/performance.md (ARGS="--runs 7"): a calm machine, minutes
	@status=0; $(PY) -m benchmarks.import_time || status=1; \
	 $(PY) benchmarks/sdk.py --page docs/performance.md $(ARGS) || status=1; exit $$status

.PHONY: test-rust
test-rust: $(DEV_READY) ## compile the crates that are generated of Python modules (needs Rust, some minutes)
	$(PY) -m pytest --rust -m rust $(ARGS)

npm-client: $(DEV_READY) ## install the npm package spacetimedb, for the tests that run it (needs node and npm)
	$(PY) -c 'import sys; from benchmarks.sdk import install_npm; sys.exit(install_npm())'

zipapp: $(PLAY_READY) ## the game as one file, dist/blackholio.pyz, for who has Python and the packages
	$(PY) .ci/build_game.py zipapp

app: $(PLAY_READY) ## the game as a folder that needs no Python, dist/blackholio (installs PyInstaller)
	$(PY) -m pip install --quiet --disable-pip-version-check pyinstaller
	$(PY) .ci/build_game.py pyinstaller

docs: $(DEV_READY) ## build the site of docs/ into dist/site, strictly (installs mkdocs-material and mkdocstrings)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 PYTHONPATH=. $(PY) -m mkdocs build --quiet --config-file .ci/mkdocs.yml
	@echo "read it at dist/site/index.html"

clean: ## remove what was installed and built here (not the real server)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	 { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 play" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(PLAY_READY): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	@echo "installing pygame, aiohttp, sqlglot, PyJWT, blake3, zeroconf and websocket-client into $(VENV), once: about a minute, 130 MB"
	$(PIP_INSTALL) --editable '.[game,server,lan]'
	@touch $@

$(DEV_READY): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	@echo "installing the game, the server and the tools of the tests into $(VENV), once: about two minutes, 350 MB"
	$(PIP_INSTALL) --editable '.[dev]'
	@touch $@ $(PLAY_READY)
