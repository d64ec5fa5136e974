# `make help` lists the targets. Everything here is plain `go`; the Makefile only remembers the flags.

SHELL      := /bin/sh
GO         ?= go
# .ci/run sets GOTEST to a wrapper that turns a skipped test into a failure.
GOTEST     ?= $(GO) test
TOOL       := $(GO) tool -modfile=tools.mod
HAVE_CC    := $(shell command -v $${CC:-cc} 2>/dev/null)
# Without a C compiler the tests still run, only not under the race detector.
CHECK_TEST := $(if $(HAVE_CC),race,test)

FUZZTIME ?= 30s
COUNT    ?= 6
BENCH    ?= .
PKG      ?= ./...

# The product needs no C; only `race` turns CGO on, because the race detector asks for it.
export CGO_ENABLED = 0

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: check
check: format vet lint deadcode modules $(CHECK_TEST) ## everything a change must pass

.PHONY: test
test: ## the tests, as the README says
	$(GOTEST) $(PKG)

# Long tests in which one goroutine does everything, or one visitor, or one command after the other, or days of what others have hours of:
# the race detector finds in those what there is to find.
ALONE := TestAYearOfDigests|TestNineDaysDownMakeOneDigest|TestNineDaysWithoutTheRelayMakeOneDigest|$\
	TestAfterARestoreNobodyLosesAReleaseAndFewGetOneAgain|TestARelayThatHangsUpOnEverybodyIsLeftAloneAndNoAttemptCounts|$\
	TestReadersAtAnyDomainsOnWhomARelayHangsUpStopTheOthersForTwoDaysAtMost|$\
	TestARelayThatAnswersSomeDotsNotAndHangsUpOnOneMailIsFoundToWork|$\
	TestWhatCannotBeReadOfTheOldDatabaseIsSaidAndStopsNoRestore|$\
	TestPagesMadeToTakeLongDoNot|$\
	TestTombstonesOfAFilterAreThoseThatItSelectsAsTheyWereLast|TestDatesAreReadAsTheyAreUsuallyWritten|$\
	TestBrowser|TestJoiningInABrowser|TestAReaderJoinsChangesMovesAndLeavesInABrowserWithMailByRealSMTP|$\
	TestScriptsKeepTheirPromises|TestNoKindOfMailLooksLikeSpam|TestQuietHoursPutDigestsOffToTheirEnd|$\
	TestLetterNeverWaitsForAPerson|TestLetterIsGivenUpAfterADayAndNeverSentWithALinkThatHasEnded|$\
	TestMessageThatAloneIsRefusedAtMailIsGivenUpAsItsOwnFault|TestDeliveryIsGivenUpWhenItsCadenceSaysSo|$\
	TestNothingTellsOfWhatIsNotPublicBeforeItsInstantAndEverythingAfter|TestFeedsOfAnyNumberOfFiltersCrowdNoOtherFeedOut|$\
	TestFeedsOfTheSameReleasesAreIdenticalWhereverAndWheneverTheyWereImported|TestFeedsAreIdenticalAcrossARestartAndClocks|$\
	TestASecondExportWritesNothingAndAfterAChangeOnlyWhatDiffers|TestAPlainHostServesTheExportAsTheDaemonServesTheSite

.PHONY: race
race: ## the tests under the race detector, the longest of them shorter or left out (needs a C compiler)
	CGO_ENABLED=1 $(GOTEST) -race -short -skip '^($(ALONE))$$' -timeout 30m $(PKG)

.PHONY: format
format: ## fail when a file is not formatted
	@bad=$$($(TOOL) gofumpt -l .) || exit 1; \
	if [ -n "$$bad" ]; then echo "not formatted (run make fmt):"; echo "$$bad"; exit 1; fi

.PHONY: fmt
fmt: ## format every Go file
	$(TOOL) gofumpt -w .

.PHONY: vet
vet: ## go vet
	$(GO) vet $(PKG)

.PHONY: lint
lint: ## golangci-lint, with the rules of .golangci.yml
	$(TOOL) golangci-lint run

.PHONY: deadcode
deadcode: ## fail when the program cannot reach a function
	@# store.Volatile and store.Parts are for tests alone: databases that need not survive the machine, runs in many small parts.
	@dead=$$($(TOOL) deadcode ./cmd/tidings | grep -v 'unreachable func: \(Volatile\|Parts\)$$'); \
	if [ -n "$$dead" ]; then echo "$$dead"; exit 1; fi

.PHONY: modules
modules: ## go.mod is tidy, and the modules are what go.sum says
	$(GO) mod tidy -diff
	$(GO) mod verify

.PHONY: golden
golden: ## rewrite the golden files; read the diff before you commit it
	@dirs=$$(grep -rl --include='*_test.go' '"update"' . | xargs -r -n1 dirname | sort -u); \
	for dir in $$dirs; do $(GO) test $$dir -update || exit 1; done
	@git --no-pager diff --stat

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (30s) each
	@for pkg in $$($(GO) list $(PKG)); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

.PHONY: bench
bench: | build/ ## every benchmark COUNT (6) times; compares with build/bench.old when it is there
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) $(PKG) > build/bench.new
	$(TOOL) benchstat $(wildcard build/bench.old) build/bench.new

KILLS  ?= 200
MAILS  ?= 20000
WHOLE  ?= 100000

.PHONY: crash
crash: ## kill -9 a sending process KILLS (200) times in a run of MAILS (20000), faults on; then WHOLE (100000) without
	$(GO) test -count 1 -v -timeout 2h -run 'TestKilledAgainAndAgain|TestLeftAlone' ./mailer -args -kills $(KILLS) -mails $(MAILS) -whole $(WHOLE)

POINTS ?= 100

.PHONY: diskfull
diskfull: ## a full disk at POINTS (100) points of planning and sending; takes root, for a small tmpfs
	$(GO) test -count 1 -v -timeout 2h -run TestDiskFull ./mailer -args -points $(POINTS)

SOAK   ?= 10m

.PHONY: soak
soak: ## SOAK (10m) of sending with a relay that comes and goes, under the race detector: nothing is left behind (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -count 1 -v -timeout 2h -run TestSoak ./mailer -args -soak $(SOAK)

.PHONY: litestream
litestream: ## a backup by Litestream, restored; where that is installed
	@if command -v litestream >/dev/null; then $(GO) test -count 1 -v -tags litestream -run Litestream ./cmd/tidings; \
	else echo "litestream is not installed: nothing was tested"; fi

.PHONY: demo
demo: ## a newsroom, its feeds and its mails, on this machine alone
	$(GO) run ./cmd/tidings demo

.PHONY: build
build: | build/ ## one static binary at build/tidings
	$(GO) build -trimpath -tags timetzdata -ldflags '-s -w' -o build/tidings ./cmd/tidings

build/:
	@mkdir -p $@
