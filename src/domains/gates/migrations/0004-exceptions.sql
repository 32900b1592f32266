-- `rule=exception …`: which exceptions stood for which rules. The same facts under the same policy and exceptions are not judged again.
alter table gate_verdict add column excepted_by text not null default '';
