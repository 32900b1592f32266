# From GitHub's pull request, its reviews and the protection of its base branch to countersign.pull-request/v1.
def person: {login: .login, kind: (if .type == "Bot" then "automation" else "human" end)};
def enabled: (.enabled // false);

{
  schema: "countersign.pull-request/v1",
  repository: $pull.base.repo.full_name,
  number: $pull.number,
  url: $pull.html_url,
  head: $pull.head.sha,
  base: $pull.base.sha,
  author: ($pull.user | person),
  approvals: [
    $reviews[]
    | select(.state == "APPROVED" or .state == "CHANGES_REQUESTED" or .state == "DISMISSED")
    | {by: (.user | person), state: (.state | ascii_downcase), commit: .commit_id, at: .submitted_at}
  ]
}
+ (if $pull.merged then {mergeCommit: $pull.merge_commit_sha} else {} end)
+ (if $protection == null then {} else {
    protection: {
      branch: $pull.base.ref,
      enabled: true,
      requiredApprovals: ($protection.required_pull_request_reviews.required_approving_review_count // 0),
      dismissStale: ($protection.required_pull_request_reviews.dismiss_stale_reviews // false),
      requireSignedCommits: ($protection.required_signatures // {} | enabled),
      forcePushBlocked: ($protection.allow_force_pushes // {} | enabled | not),
      enforceAdmins: ($protection.enforce_admins // {} | enabled)
    }
  } end)
