-- What the rules said of changes without their words. Few changes differ in it, so figures count shapes and not changes.
create table gate_shape (
  digest text primary key,
  -- [{id, mode, status, unknown: [path]}]
  rules jsonb not null
);
alter table gate_verdict add column shape text references gate_shape (digest);

create temporary table shaped on commit drop as
  select answers.digest as answers, shape.rules,
    'sha256:' || encode(sha256(convert_to(shape.rules::text, 'UTF8')), 'hex') as digest
  from decision_answers answers, lateral (
    select jsonb_agg(jsonb_build_object('id', rule->'id', 'mode', rule->'mode', 'status', rule->'status', 'unknown',
        case when jsonb_typeof(rule->'unknown') = 'array' then jsonb_path_query_array(rule->'unknown', '$[*].path')
          else '[]'::jsonb end) order by place) as rules
    from jsonb_array_elements(answers.rules) with ordinality as one (rule, place)
  ) shape
  where shape.rules is not null;
insert into gate_shape select distinct on (digest) digest, rules from shaped;
update gate_verdict set shape = shaped.digest
  from decision join shaped on shaped.answers = decision.answers_digest where decision.id = gate_verdict.decision_id;

-- the changes of which a rule said something are those of the shapes in which it says it, in the order of lists
create index gate_verdict_shape_place on gate_verdict (shape, place);
create index gate_verdict_place on gate_verdict (place);
