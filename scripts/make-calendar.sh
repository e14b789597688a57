#!/bin/sh
# Writes config/calendar.toml and the generated part of docs/calendar.md, or compares with --check.
# Run it once a year, then read the difference before committing it.
#
#   scripts/make-calendar.sh [--check]      MIA_TEST_DATA=DIR to test against the real bars as well
set -eu
cd "$(dirname "$0")/.."
venv=${CARGO_TARGET_DIR:-target}/venv-calendar
pins='exchange_calendars==4.13.2 pandas_market_calendars==5.5.0 pandas==3.1.1 tzdata==2026.6 zstandard==0.25.0'
if [ "$(cat "$venv/pins" 2>/dev/null)" != "$pins" ]; then
    mkdir -p "$(dirname "$venv")"
    python3 -m venv --clear "$venv"
    # shellcheck disable=SC2086  # one argument a package
    "$venv/bin/pip" install --quiet --disable-pip-version-check $pins
    printf '%s\n' "$pins" > "$venv/pins"
fi
: "${MIA_TEST_DATA:=../shared/data}"
export MIA_TEST_DATA
exec "$venv/bin/python" scripts/make-calendar.py "$@"
