#!/usr/bin/env bash
# Installs the packed package as a user would, without development dependencies, starts it and stops it.
set -euo pipefail
cd "$(dirname "$0")/.."
node scripts/build.mjs
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
# as root, the database runs as another user, who must be able to pass
chmod 711 "$folder"
cp -r bin dist scripts docs LICENSE README.md package.json package-lock.json "$folder/"
mkdir -p "$folder/repository"
git -C "$folder/repository" init --quiet
git -C "$folder/repository" -c user.name=Ada -c user.email=ada@example.com commit --quiet --allow-empty -m 'first'
cd "$folder"
npm ci --omit=dev --no-audit --no-fund --silent
node bin/countersign.mjs start --repo repository --data "$folder/data" --port 0 > ready.json 2> server.log &
server=$!
for _ in $(seq 120); do
  if grep -q '"event":"ready"' ready.json; then break; fi
  kill -0 "$server" 2>/dev/null || { cat server.log >&2; exit 1; }
  sleep 0.5
done
grep '"event":"ready"' ready.json
url="$(node -p 'JSON.parse(require("fs").readFileSync("ready.json", "utf8").trim().split("\n").at(-1)).url')"
curl --fail --silent --show-error "$url/healthz"
echo
node bin/countersign.mjs doctor --data "$folder/data" | tee doctor.txt
grep -q '^pass *policy engine' doctor.txt
kill -INT "$server"
wait "$server"
echo "production install: started and stopped"
