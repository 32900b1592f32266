#!/usr/bin/env bash
# Writes a countersign.pull-request/v1 of a pull request on GitHub to standard output.
#
#   GH_TOKEN=... ./pull-request.sh OWNER/REPOSITORY NUMBER > pull-request.json
#   countersign evidence add pull-request.json --commit HEAD
#
# Needs gh and jq. The calls to GitHub are not tried by our tests, because they need its network; the jq program is.
# Branch protection can be read by administrators only: without that right it is left out, and what rests on it is unknown.
set -euo pipefail
repository=$1
number=$2
here=$(cd "$(dirname "$0")" && pwd)

pull=$(gh api "repos/$repository/pulls/$number")
reviews=$(gh api --paginate "repos/$repository/pulls/$number/reviews" | jq -s 'add // []')
branch=$(jq -r .base.ref <<< "$pull")
protection=$(gh api "repos/$repository/branches/$branch/protection" 2> /dev/null || echo null)

jq -n --argjson pull "$pull" --argjson reviews "$reviews" --argjson protection "$protection" -f "$here/pull-request.jq"
