-- Where a change stands in lists, as one text that sorts so: time (ms, moved to be positive), position, id. Other domains
-- copy it beside what they know of a change: two such tables meet in its order, and a page is read without the rest.
alter table change add column place text collate "C" not null generated always as (
  lpad(((extract(epoch from merged_at - timestamptz '1970-01-01 00:00:00+00') * 1000)::bigint + 1e15::bigint)::text, 16, '0')
  || '.' || lpad(position::text, 12, '0') || '.' || id) stored;
