#!/usr/bin/env bash
# Makes dashboard/plotly_js/plotly.min.js from the locked npm packages; to be run when Dash brings another plotly.js.
# A browser is done with it a second earlier than with all of plotly.js, of which the dashboard draws four traces.
set -euo pipefail
cd "$(dirname "$0")/../dashboard/plotly_js"

command -v npm >/dev/null || { echo "npm is missing: apt-get install npm" >&2; exit 1; }
trap 'rm -rf node_modules' EXIT
npm ci --silent --ignore-scripts --no-audit --no-fund
version=$(node -p 'require("plotly.js/package.json").version')
# As plotly.js' own esbuild-config.js has it. Styles are for its maps of tiles, which are left out.
npx --no-install esbuild bundle.js --bundle --minify --format=iife --global-name=Plotly --target=es2016 \
  --define:global=window --define:define.amd=false --loader:.css=empty --legal-comments=eof --log-level=warning \
  --banner:js="/* plotly.js $version, made by scripts/plotly-bundle.sh. Copyright Plotly, Inc.; MIT license */" \
  --outfile=plotly.min.js
ls -l plotly.min.js
