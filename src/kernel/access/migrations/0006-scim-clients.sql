-- tokens of provisioning clients are few among those of everybody
create index access_token_scim on access_token (created_at desc, id desc) where kind = 'scim';
