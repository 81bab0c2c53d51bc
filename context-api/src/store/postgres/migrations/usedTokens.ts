import { createTables } from "./createTables.ts";

const statements = [
  `create table used_tokens (
    tenant text not null, token text not null, use text not null, expires_at bigint not null,
    primary key (tenant, token))`,
  "create index used_tokens_expiry on used_tokens (tenant, expires_at)",
];

/** Sign-in tokens that were used, so that none is accepted twice by any process. */
export const usedTokens = createTables(statements, ["used_tokens"]);
