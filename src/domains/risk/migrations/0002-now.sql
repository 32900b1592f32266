-- The newest assessment of each change: what lists and figures ask of, without looking through all that were ever made.
-- Derived from risk_assessment, in the transaction that adds to it.
create table risk_now (
  change_id text not null,
  repository_id text not null,
  assessment_id text not null,
  number integer not null,
  score_hundredths integer not null,
  level text not null,
  primary key (change_id) include (level)
);
insert into risk_now (change_id, repository_id, assessment_id, number, score_hundredths, level)
  select distinct on (change_id) change_id, repository_id, id, number, score_hundredths, level
  from risk_assessment order by change_id, number desc;
create index risk_now_highest on risk_now (score_hundredths desc, change_id);
create index risk_now_level on risk_now (level, score_hundredths desc, change_id);
