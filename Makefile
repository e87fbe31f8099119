# The same commands without make: python3 bootstrap.py run | test | setup
PYTHON ?= python3

.PHONY: run test setup check
run:
	@$(PYTHON) bootstrap.py run

test:
	@$(PYTHON) bootstrap.py test $(ARGS)

setup:
	@$(PYTHON) bootstrap.py setup --level dev

check:
	@.ci/run
