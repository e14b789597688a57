#!/bin/sh
# Makes data/sample/ anew from the Python package it was taken from, and checks every step.
#
#   scripts/make-sample.sh [DIR]      DIR: where to write, default data/sample
#
# Needs python3 with pip, unzip, zstd and sha256sum. Changes nothing if a checksum differs.
set -eu

package=mlfinpy
version=0.1.2
wheel_sha256=2e0237e0a5f693bb1c7e9758e52ec03033a4d24ecee1162899d8241d7340e3f2
inside=mlfinpy/dataset/data/tick_data.csv
csv_sha256=b65c9d481aab09af7c7290d898382e9231e6a4694d2685cb0858d248812d0b0e

root=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-$root/data/sample}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() { # check FILE SHA256
    printf '%s  %s\n' "$2" "$1" | sha256sum -c --quiet || {
        echo "make-sample: $1 is not the file that this script was written for" >&2
        exit 1
    }
}

python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$package==$version"
wheel=$work/$package-$version-py3-none-any.whl
check "$wheel" "$wheel_sha256"
unzip -q -o "$wheel" "$inside" "$package-$version.dist-info/LICENSE" -d "$work"
check "$work/$inside" "$csv_sha256"

mkdir -p "$target"
zstd -q -19 -f "$work/$inside" -o "$target/es-ticks-2013.csv.zst"
cp "$work/$package-$version.dist-info/LICENSE" "$target/LICENSE-$package.txt"
zstd -dc "$target/es-ticks-2013.csv.zst" | sha256sum | grep -q "^$csv_sha256"
echo "make-sample: wrote $target/es-ticks-2013.csv.zst and LICENSE-$package.txt"
