#!/usr/bin/env bash
# demo.sh FOLDER CORES: the synthetic cohort through the whole workflow. The last line is a report's path.
set -euo pipefail
folder=$1 cores=$2
oncopipe demo --output "$folder"
cd "$folder"
oncopipe run --config config.yaml --cores "$cores"
find "$PWD/results/patients" -name '*.report.html' | LC_ALL=C sort | tail -n 1
