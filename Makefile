# Each target is one command; what is longer is a script of that name in scripts/.
MAKEFLAGS += --no-print-directory

.PHONY: help run test test-long lint fuzz bench pictures pictures-all demo build clean

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

run: ## install what is missing, build, and serve on 127.0.0.1:8080
	@scripts/run

test: ## all tests, with all they need: both databases, the real engine (under ten minutes)
	@scripts/test

test-long: ## the tests with many kills, long histories and all speech data
	@TALKIT_TEST_LONG=1 scripts/test -timeout=90m

lint: ## gofmt, vet, staticcheck, ruff, the import table, the OpenAPI document
	@scripts/lint

fuzz: ## each fuzz test for half a minute
	@scripts/fuzz

bench: build ## the figures of docs/performance.md, measured here
	@./talkit bench

pictures: ## draw the pictures of docs/ anew, in a real browser
	@mkdir -p docs/pictures
	@scripts/need ffmpeg browser
	TALKIT_PICTURES=$(CURDIR)/docs/pictures go test -count=1 -run TestPictures ./test/e2e

FOLDER = .cache/pictures
pictures-all: ## draw the main pages with nothing, one and a thousand things in them, into FOLDER, to be looked at
	@mkdir -p $(FOLDER)
	@scripts/need ffmpeg browser
	TALKIT_PICTURES_ALL=$(abspath $(FOLDER)) go test -count=1 -run TestAllPictures ./test/e2e

demo: build ## the main job, end to end, in this terminal
	@scripts/demo

build: ## ./talkit, one file that needs no C library
	CGO_ENABLED=0 go build -o talkit ./cmd/talkit

clean: ## remove what was built here (engines and recordings stay)
	rm -rf talkit .cache
