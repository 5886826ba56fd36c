#!/bin/sh
# Installs the real Bluesky PDS and its directory for the tests; needs Node 20, npm, a C++ compiler.
# Takes one to three minutes once; does nothing when the folder has exactly these versions.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
target=${DIALOGWERK_TEST_PDS:-$HOME/.cache/dialogwerk-test/pds}
mkdir -p "$target"
if cmp -s "$here/package-lock.json" "$target/installed-lock.json"; then
    exit 0
fi
cp "$here/package.json" "$here/package-lock.json" "$target/"
(cd "$target" && npm ci --no-audit --no-fund && node -e "require('@atproto/pds'); require('@did-plc/server')")
cp "$here/package-lock.json" "$target/installed-lock.json"
