-- The newest assessment of each change: what lists and figures ask of, without looking through all that were ever made.
-- Derived from risk_assessment and change, in the transaction that adds an assessment.
create table risk_now (
  change_id text primary key,
  repository_id text not null,
  assessment_id text not null,
  number integer not null,
  score_hundredths integer not null,
  level text not null,
  -- of the change
  place text collate "C" not null
);
insert into risk_now (change_id, repository_id, assessment_id, number, score_hundredths, level, place)
  select distinct on (one.change_id) one.change_id, one.repository_id, one.id, one.number, one.score_hundredths, one.level,
    change.place
  from risk_assessment one join change on change.id = one.change_id
  order by one.change_id, one.number desc;
create index risk_now_highest on risk_now (score_hundredths desc, change_id);
create index risk_now_level_highest on risk_now (level, score_hundredths desc, change_id);
create index risk_now_level_place on risk_now (level, place) include (change_id);
