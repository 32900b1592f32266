-- Of the change: the changes of a result are found in the order of lists, and counted by the month of merging.
alter table gate_verdict add column merged_at timestamptz, add column place text collate "C";
update gate_verdict set merged_at = change.merged_at, place = change.place
  from change where change.id = gate_verdict.change_id;
alter table gate_verdict alter column merged_at set not null, alter column place set not null;
create index gate_verdict_result_place on gate_verdict (result, place) include (change_id);
-- nothing asks by repository alone: the changes of a repository are found first
drop index gate_verdict_by_result;
