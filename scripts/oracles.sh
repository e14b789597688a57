#!/usr/bin/env bash
# Compares what the programs compute with independent implementations from PyPI: Greeks with QuantLib, implied
# volatility with py_lets_be_rational, ATR and ADX with TA-Lib, the variance ratio with arch, the volume profile with a
# brute force in Python; on generated data, and on real data where MIA_TEST_DATA is set. Uses the commands on the PATH,
# else those below target. Without Python it says so and ends with 0; with CI=true that is a failure.
#
#   scripts/oracles.sh [--only NAME]... [--cases N] [--seed N]
set -euo pipefail
cd "$(dirname "$0")/.."

without() {
  if [ "${CI:-}" = true ]; then
    echo "oracles.sh: $1" >&2
    exit 1
  fi
  echo "SKIPPED oracles.sh: $1"
  exit 0
}

command -v python3 >/dev/null 2>&1 || without "no python3"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || without "python3 is older than 3.11"

work=target/oracles-venv
if [ ! -x "$work/bin/python" ] || ! cmp -s scripts/oracles.txt "$work/installed.txt"; then
  rm -rf "$work"
  python3 -c 'import ensurepip, venv' 2>/dev/null || without "python3 has no venv (Debian: python3-venv)"
  python3 -m venv "$work"
  "$work/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r scripts/oracles.txt ||
    without "the packages of scripts/oracles.txt cannot be installed"
  cp scripts/oracles.txt "$work/installed.txt"
fi

for built in target/release target/debug; do
  command -v mia-features >/dev/null 2>&1 && break
  if [ -x "$built/mia-features" ]; then
    PATH="$PWD/$built:$PATH"
  fi
done
command -v mia-features >/dev/null 2>&1 || {
  echo "oracles.sh: mia-features is neither on the PATH nor built: cargo build" >&2
  exit 1
}
exec "$work/bin/python" scripts/oracles.py "$@"
