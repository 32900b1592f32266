# The rules of the built-in packs that are enforced, in Rego: for an OPA that takes part in the merge gate.
#
# Facts that nobody supplied are absent. A rule is met only where what it needs is known and as it should be, so what is
# not known is a violation as well: unknown never passes.
#
#   opa build -t wasm -e countersign/gate/merge -o merge.tar.gz merge.rego
#   countersign policy-engine add house-rules --bundle merge.tar.gz --mode enforce
package countersign.gate.merge

import rego.v1

default allow := false

allow if count(violations) == 0

violations contains {"id": id, "msg": found.msg, "severity": found.severity} if some id, found in broken

min_coverage := 80

# Independent approvals: of exactly this commit, by a human who neither wrote nor prompted it.

independent := [a.by.id |
	some a in input.review.approvals
	a.state == "approved"
	a.onHead
	a.by.kind == "human"
	authors := input.change.authors
	prompters := input.change.prompters
	not a.by.id in authors
	not a.by.id in prompters
]

# Roles that those hold.
roles := {r.role | some r in input.review.roles; r.id in independent}

is_high_risk if input.risk.level in {"high", "critical"}

needs(control) if control in input.risk.requiredControls

# What is known to be so; `not` of these is "it may be otherwise".

without_ai if input.ai.assisted == false

without_code if input.change.sourceLines == 0

is_covered if input.evidence.coverage.lines == 0

is_covered if input.evidence.coverage.percent >= min_coverage

# Security

broken["security.scan-ai"] := {"severity": "critical", "msg": "the static analysis of it is not known to have run"} if {
	not without_ai
	not input.evidence.sast.ran
}

broken["security.scan-sensitive"] := {"severity": "critical", "msg": "it touches a sensitive path and is not analysed"} if {
	count(input.change.sensitive) > 0
	not input.evidence.sast.ran
}

may_hold_findings if not without_ai

may_hold_findings if count(input.change.sensitive) > 0

broken["security.findings"] := {"severity": "high", "msg": "severe findings are open, or nobody looked"} if {
	may_hold_findings
	not has_no_findings
}

has_no_findings if {
	input.evidence.sast.open.critical == 0
	input.evidence.sast.open.high == 0
}

broken["security.secrets"] := {"severity": "critical", "msg": "it holds secrets, or nobody looked"} if {
	not has_no_secrets
}

has_no_secrets if {
	input.evidence.secrets.ran
	count(input.evidence.secrets.findings) == 0
}

may_hold_vulnerabilities if not without_ai

may_hold_vulnerabilities if count(input.change.dependencyFiles) > 0

broken["security.vulnerabilities"] := {"severity": "high", "msg": "severe vulnerabilities are open, or nobody looked"} if {
	may_hold_vulnerabilities
	not has_no_vulnerabilities
}

has_no_vulnerabilities if {
	input.evidence.sca.ran
	input.evidence.sca.open.critical == 0
	input.evidence.sca.open.high == 0
}

broken["security.dependencies-exist"] := {"severity": "critical", "msg": "an added dependency is not known to exist"} if {
	count(input.change.dependencyFiles) > 0
	not dependencies_exist
}

dependencies_exist if {
	input.evidence.dependencies.existenceKnown
	every d in input.evidence.dependencies.added { d.existence != "missing" }
}

broken["security.dependencies-age"] := {"severity": "medium", "msg": "an added dependency is new, or its age is not known"} if {
	count(input.change.dependencyFiles) > 0
	not dependencies_aged
}

dependencies_aged if {
	input.evidence.dependencies.agesKnown
	every d in input.evidence.dependencies.added { object.get(d, "ageDays", 7) >= 7 }
}

# Quality

broken["quality.coverage"] := {"severity": "high", "msg": "tests do not run enough of the added lines"} if {
	not without_ai
	not without_code
	not is_covered
}

broken["quality.enhanced-tests"] := {"severity": "high", "msg": "the risk asks for tests that run the added lines"} if {
	needs("enhanced-tests")
	not without_code
	not is_covered
}

broken["quality.tests"] := {"severity": "high", "msg": "no run of the tests of this commit is known to pass"} if {
	not without_code
	not tests_pass
}

tests_pass if {
	input.evidence.tests.total > 0
	input.evidence.tests.failed == 0
	input.evidence.tests.errors == 0
}

broken["quality.complexity"] := {"severity": "medium", "msg": "it is too complex to be reviewed whole"} if {
	not is_reviewable
}

is_reviewable if {
	input.change.complexity.level in {"simple", "moderate", "complex"}
	input.change.complexity.decisionsAdded <= 400
}

# Review, audit trail, change management

broken["compliance.human-approval"] := {"severity": "critical", "msg": "no independent human approved exactly this commit"} if {
	count(independent) < 1
}

needs_two if input.ai.byAgent

needs_two if is_high_risk

broken["compliance.second-approval"] := {"severity": "critical", "msg": "two independent humans have to approve it"} if {
	needs_two
	count(independent) < 2
}

broken["compliance.no-self-approval"] := {"severity": "critical", "msg": "the only approval is by who wrote or prompted it"} if {
	count(independent) == 0
	not nobody_approved_their_own
}

nobody_approved_their_own if {
	every a in input.review.approvals { is_of_another(a) }
}

is_of_another(a) if a.state != "approved"

is_of_another(a) if {
	authors := input.change.authors
	prompters := input.change.prompters
	not a.by.id in authors
	not a.by.id in prompters
}

broken["compliance.changes-requested"] := {"severity": "high", "msg": "a reviewer still asks for changes"} if {
	not nobody_waits
}

nobody_waits if {
	every a in input.review.approvals { a.state != "changes_requested" }
}

by_no_junior if {
	held := input.change.authorRoles
	not "junior-developer" in held
}

broken["compliance.senior-review"] := {"severity": "high", "msg": "a senior has to review what a junior wrote"} if {
	not by_no_junior
	count(roles & {"senior-developer", "tech-lead", "security"}) == 0
}

may_need_security if not without_ai

may_need_security if needs("security-review")

broken["compliance.security-review"] := {"severity": "high", "msg": "a security reviewer has to approve it"} if {
	may_need_security
	not "security" in roles
}

broken["compliance.legal-consultation"] := {"severity": "high", "msg": "the legal team has to approve it"} if {
	needs("legal-consultation")
	not "legal" in roles
}

broken["compliance.audit-trail"] := {"severity": "critical", "msg": "the record of its interactions is missing or not complete"} if {
	not without_ai
	not has_trail
}

has_trail if {
	input.evidence.interactions.complete
	input.evidence.interactions.sessions > 0
}

broken["compliance.ticket"] := {"severity": "low", "msg": "no ticket is linked"} if {
	not has_ticket
}

has_ticket if count(input.change.tickets) > 0

# The charter

broken["charter.accountable-human"] := {"severity": "critical", "msg": "it names no human"} if {
	count(input.change.accountable) == 0
}

delivered_by_people if {
	without_ai
	not input.ai.byAgent
	kind := input.change.mergedBy.kind
	not kind in {"agent", "automation"}
}

broken["charter.no-automatic-delivery"] := {"severity": "critical", "msg": "no human who had no part in it approved it"} if {
	not delivered_by_people
	count(independent) == 0
}

broken["charter.no-sensitive-data-in-prompts"] := {"severity": "critical", "msg": "prompts are not known to be free of secrets"} if {
	not without_ai
	not prompts_are_clean
}

prompts_are_clean if {
	input.evidence.interactions.sensitivePassed == 0
	input.evidence.interactions.unscanned == 0
}

broken["charter.no-bypass"] := {"severity": "critical", "msg": "a control was bypassed, or is not known to be there"} if {
	not controls_held
}

controls_held if {
	input.merge.adminOverride == false
	input.merge.directPush == false
	input.protection.enabled
	input.protection.forcePushBlocked
}

broken["charter.no-untracked-use"] := {"severity": "high", "msg": "AI was used untracked, or its record is missing"} if {
	not without_ai
	not is_tracked
}

is_tracked if {
	input.evidence.interactions.sessions > 0
	count(input.evidence.interactions.unapprovedTools) == 0
	count(input.ai.contradictions) == 0
}
