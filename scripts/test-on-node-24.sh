#!/usr/bin/env bash
# Runs the tests on Node 24, taken from the npm registry into a temporary folder.
set -euo pipefail
cd "$(dirname "$0")/.."
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --no-audit --no-fund --no-save --silent node@24
export PATH="$folder/node_modules/node/bin:$folder/node_modules/.bin:$PATH"
case "$(node --version)" in v24.*) ;; *) echo "expected Node 24, found $(node --version)" >&2; exit 1 ;; esac
node node_modules/vitest/vitest.mjs run
