# pgregent: what a user and a contributor run. `make help` lists it.
SHELL := /bin/bash
PREFIX ?= /usr/local
DESTDIR ?=
LAB ?= demo
NODES ?= 3
RUNS ?= 10000
SEED ?= 1
MINUTES ?= 30

# As root things just run; as an ordinary user only packages and the lab ask for sudo.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SWIFT_BUILD := swift build --explicit-target-dependency-import-check error
LAB_COMMAND := Tests/Lab/lab --name $(LAB)
PGREGENT := $(SUDO) $(LAB_COMMAND) exec controller --user operator -- pgregent

BUILD_PACKAGES := libpq-dev libyaml-dev libssl-dev
LAB_PACKAGES := postgresql-15 postgresql-15-repmgr repmgr pgbouncer barman openssh-server sudo iproute2 nftables procps rsync
CHECK_PACKAGES := shellcheck
# What the benchmark of failovers is held against.
BENCH_PACKAGES := patroni etcd-server jq python3-psycopg2

.PHONY: help build install test unit-test lab-test check-format format golden fuzz sim soak bench bench-program demo lab-up \
	lab-down reference \
	build-packages check-packages lab-packages bench-packages debug

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: build-packages ## the release build: .build/release/pgregent
	$(SWIFT_BUILD) -c release --static-swift-stdlib --product pgregent

install: build ## the program and an example file, under PREFIX (/usr/local) and DESTDIR
	install -D -m 0755 .build/release/pgregent $(DESTDIR)$(PREFIX)/bin/pgregent
	install -D -m 0644 cluster.yaml.example $(DESTDIR)$(PREFIX)/share/pgregent/cluster.yaml.example
	sed 's|/usr/local/bin|$(PREFIX)/bin|' Packaging/pgregent.service | \
	  install -D -m 0644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/pgregent.service
	install -D -m 0644 cluster.schema.json $(DESTDIR)$(PREFIX)/share/pgregent/cluster.schema.json

test: check-format unit-test sim lab-test ## everything: format, unit tests, the simulation, acceptance tests on real hosts

unit-test: build-packages lab-packages debug
	swift test --skip-build --skip 'LabTests|PostgresClientTests|OpenSSHTests'
	swift test --skip-build --filter 'PostgresClientTests|OpenSSHTests'

# The lab makes namespaces, so its tests run as root; they build nothing.
lab-test: build-packages lab-packages debug
	$(SUDO) env "PATH=$$PATH" "HOME=$$HOME" swift test --skip-build --filter LabTests

debug: build-packages
	$(SWIFT_BUILD) --build-tests

check-format: check-packages
	swift format lint --strict --recursive --parallel Package.swift Sources reconcilers Tests Benchmarks
	find Sources reconcilers -name '*.sh' -exec shellcheck {} +

format: ## rewrite the sources as .swift-format says
	swift format --in-place --recursive --parallel Package.swift Sources reconcilers Tests Benchmarks

golden: debug ## rewrite the expected plans under Tests/GoldenPlans; review the diff
	GOLDEN_REWRITE=1 swift test --skip-build --filter GoldenPlans

reference: build-packages ## rewrite docs/cluster-yaml.md and cluster.schema.json from the table of keys
	$(SWIFT_BUILD) --product pgregent
	.build/debug/pgregent schema --markdown > docs/cluster-yaml.md && .build/debug/pgregent schema > cluster.schema.json

fuzz: debug ## 60 seconds of mutated cluster.yaml files
	FUZZ_SECONDS=60 swift test --skip-build --filter YAMLTests

sim: build-packages ## schedules of faults over modelled hosts: RUNS=10000 SEED=1
	$(SWIFT_BUILD) -c release --product simulate
	.build/release/simulate $(RUNS) $(SEED)

soak: build lab-packages ## random faults and edits under the daemon: MINUTES=30
	$(SUDO) env "PATH=$$PATH" Tests/Lab/soak $(MINUTES)

bench: build bench-program lab-packages bench-packages ## the figures of docs/figures.md, on this machine
	$(SUDO) env "PATH=$$PATH" Benchmarks/bench
	$(SUDO) env "PATH=$$PATH" Benchmarks/switchover
	$(SUDO) env "PATH=$$PATH" Benchmarks/failover

bench-program: build-packages
	$(SWIFT_BUILD) -c release --product pgregent-bench

lab-up: lab-packages ## bare hosts to play with: NODES=3 LAB=demo
	$(SUDO) $(LAB_COMMAND) up --bare --nodes $(NODES)

lab-down: ## remove them
	$(SUDO) $(LAB_COMMAND) down

# The debug build: it is made in a tenth of the time, and the lab runs whichever is newer.
demo: build-packages lab-packages ## bare hosts to a running cluster, before your eyes
	$(SWIFT_BUILD) --product pgregent
	@Tests/Lab/demo $(LAB)

build-packages: PACKAGES := $(BUILD_PACKAGES)
check-packages: PACKAGES := $(CHECK_PACKAGES)
lab-packages: PACKAGES := $(LAB_PACKAGES)
bench-packages: PACKAGES := $(BENCH_PACKAGES)
build-packages check-packages lab-packages bench-packages:
	@missing=$$(for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then $(SUDO) apt-get update -q && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $$missing; fi
