#!/usr/bin/env bash
# A thousand sessions without memory through mia-features and mia-signal: no pattern may earn its costs.
# Prints trades by pattern and side with their mean in ticks; CI runs sixty of these sessions.
#
#   scripts/random-walks.sh
set -euo pipefail
cd "$(dirname "$0")/.."
MIA_TEST_FULL=1 exec cargo test --locked --test it -- signals::random_walk --nocapture
