-- The changes of a result across repositories, and the result of a change, each from an index alone.
create index gate_verdict_result on gate_verdict (result, change_id);
create index gate_verdict_change on gate_verdict (change_id) include (result);
