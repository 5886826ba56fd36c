#!/bin/sh
# Installs a certified OpenID provider for the tests of sign-in; needs Node 20 and npm.
# Takes seconds once; does nothing when the folder has exactly these versions.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
target=${DIALOGWERK_TEST_OIDC:-$HOME/.cache/dialogwerk-test/oidc}
mkdir -p "$target"
if cmp -s "$here/package-lock.json" "$target/installed-lock.json"; then
    exit 0
fi
cp "$here/package.json" "$here/package-lock.json" "$target/"
(cd "$target" && npm ci --no-audit --no-fund && test -f node_modules/oidc-provider/package.json)
cp "$here/package-lock.json" "$target/installed-lock.json"
