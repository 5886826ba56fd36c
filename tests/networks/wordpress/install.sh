#!/usr/bin/env bash
# Installs what the tests against a real WordPress need, from Debian; does nothing when it is there.
set -euo pipefail

if command -v php >/dev/null && command -v mariadbd >/dev/null && [ -f /usr/share/wordpress/wp-load.php ]; then
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
    php-cli php-mysql php-gd php-xml php-mbstring php-curl mariadb-server wordpress >/dev/null
