-- A challenge of an approval is the digest of what is approved; the nonce makes it again, the site says where it may be answered.
alter table access_challenge drop constraint access_challenge_purpose_check;
alter table access_challenge add constraint access_challenge_purpose_check
  check (purpose in ('register', 'sign-in', 'approval'));
alter table access_challenge add column nonce text, add column rp_id text, add column origin text;
alter table access_challenge add constraint access_challenge_approval_check check (
  (purpose = 'approval') = (nonce is not null and rp_id is not null and origin is not null)
);

-- Yes or no of one person to one exact revision of something, by an assertion of their passkey; the record has the assertion.
create table access_approval (
  id text primary key,
  user_id text not null references access_user (id),
  subject_type text not null,
  subject_id text not null,
  digest text not null,
  decision text not null check (decision in ('approve', 'reject')),
  given_at timestamptz not null,
  record_id text not null,
  -- since when it counts no more, for what was not done by then: whoever gave it lost all access
  ended_at timestamptz
);
create unique index access_approval_subject on access_approval (subject_type, subject_id, digest, user_id)
  where ended_at is null;
create index access_approval_user on access_approval (user_id) where ended_at is null;
