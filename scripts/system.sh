#!/bin/sh
# Installs what the tests need from the system's package manager: a browser and a font. Does nothing when both are there.
set -eu

browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable
}

if browser >/dev/null 2>&1 || [ -d "/Applications/Google Chrome.app" ]; then
    exit 0
fi
if command -v apt-get >/dev/null 2>&1; then
    root=""
    [ "$(id -u)" -eq 0 ] || root="sudo"
    $root apt-get update -qq
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
elif command -v dnf >/dev/null 2>&1; then
    root=""
    [ "$(id -u)" -eq 0 ] || root="sudo"
    $root dnf install -y -q chromium dejavu-sans-fonts
elif command -v brew >/dev/null 2>&1; then
    brew install --cask chromium
fi
if browser >/dev/null 2>&1 || [ -d "/Applications/Google Chrome.app" ] || [ -d "/Applications/Chromium.app" ]; then
    exit 0
fi
echo "No browser found and none could be installed. Install Chromium or Chrome, then run this again." >&2
[ -z "${CI:-}" ] || exit 1
echo "The browser tests will be skipped." >&2
