# The rules of bench/policy/merge-gate.yaml in Rego, for a comparison over the same facts.
package countersign.merge

import rego.v1

default allow := false

allow if count(violations) == 0

min_approvals := 1

min_coverage := 80

required_scans := ["sast", "sca", "secrets"]

licences := {"MIT", "Apache-2.0", "BSD-3-Clause", "ISC"}

approvals := [a |
	some a in input.change.approvals
	a.state == "approved"
	a.kind == "human"
	a.by != input.change.author
	a.commit == input.change.head
]

excepted(f) if {
	some w in input.exceptions
	w.fingerprint == f.fingerprint
	time.parse_rfc3339_ns(w.expiresAt) > time.parse_rfc3339_ns(input.now)
	count(w.controls) > 0
	w.approver != w.requester
}

open_findings := [f |
	some f in input.change.findings
	f.severity == "critical"
	f.state == "open"
	not excepted(f)
]

scanned(kind) if {
	some r in input.change.scans
	r.kind == kind
	r.commit == input.change.head
	r.done
}

missing_scans := [kind | some kind in required_scans; not scanned(kind)]

licensed(component) if {
	some licence in component.licences
	licence in licences
}

unlicensed := [c | some c in input.change.sbom.components; not licensed(c)]

violations contains {"id": "approval", "message": message} if {
	input.change.ai
	count(approvals) < min_approvals
	message := sprintf("needs %d approval(s) on %s, has %d", [min_approvals, input.change.head, count(approvals)])
}

violations contains {"id": "senior", "message": message} if {
	input.change.authorRole == "junior"
	not senior
	message := sprintf("%s needs a senior review", [input.change.author])
}

senior if {
	some a in approvals
	a.role in {"senior", "lead", "security"}
}

violations contains {"id": "security", "message": message} if {
	input.change.risk in {"high", "critical"}
	not secured
	message := sprintf("risk is %s", [input.change.risk])
}

secured if {
	some a in approvals
	a.role == "security"
}

violations contains {"id": "findings", "message": message} if {
	count(open_findings) > 0
	places := concat(", ", [sprintf("%s at %s", [f.rule, f.path]) | some f in open_findings])
	message := sprintf("%d critical: %s", [count(open_findings), places])
}

violations contains {"id": "scans", "message": message} if {
	count(missing_scans) > 0
	message := sprintf("missing: %s", [concat(", ", missing_scans)])
}

violations contains {"id": "coverage", "message": message} if {
	input.change.coverage < min_coverage
	message := sprintf("%v%% is below %v%%", [input.change.coverage, min_coverage])
}

violations contains {"id": "sbom", "message": message} if {
	input.change.sbom.commit != input.change.head
	message := sprintf("no SBOM of %s", [input.change.head])
}

violations contains {"id": "licences", "message": message} if {
	count(unlicensed) > 0
	names := concat(", ", [sprintf("%s (%s)", [c.name, concat(" OR ", c.licences)]) | some c in unlicensed])
	message := sprintf("not allowed: %s", [names])
}
