-- The five grades of a change's lines as columns: figures over many changes are read from an index alone.
alter table change add column lines_human bigint not null
  generated always as ((detail->'attribution'->'lines'->>'humanAttested')::bigint) stored;
alter table change add column lines_hinted bigint not null
  generated always as ((detail->'attribution'->'lines'->>'hinted')::bigint) stored;
create index change_figures on change (repository_id, merged_at)
  include (lines_counted, lines_attested, lines_declared, lines_human, lines_hinted);

-- Words of titles and authors; what stands between words is told from them by ASCII punctuation alone, whatever the locale.
alter table change add column words tsvector not null
  generated always as (to_tsvector('simple', regexp_replace(title || ' ' || author_name, '[[:punct:][:space:]]+', ' ', 'g'))) stored;
create index change_words on change using gin (words);
create index change_head on change (head_oid text_pattern_ops);
