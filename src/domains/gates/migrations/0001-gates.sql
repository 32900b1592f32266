-- What the merge gate said last of each change; the decision it names has the whole answer.
create table gate_verdict (
  change_id text primary key,
  repository_id text not null,
  decision_id text not null,
  decision_record_id uuid not null,
  assessment_id text not null,
  result text not null,
  decision text not null,
  policy_revision text not null,
  -- digest of the facts: the same facts under the same policy are not judged again
  facts_digest text not null,
  judged_at timestamptz not null
);
create index gate_verdict_by_result on gate_verdict (repository_id, result);
