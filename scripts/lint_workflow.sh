#!/usr/bin/env bash
# Lint the workflow and dry-run it on the example configuration.
set -euo pipefail
cd "$(dirname "$0")/.."
snakemake --lint
snakemake --dry-run --quiet rules
