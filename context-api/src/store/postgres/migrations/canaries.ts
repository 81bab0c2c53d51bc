import { createTables } from "./createTables.ts";

const statements = [
  `create table canaries (
    tenant text not null, id text not null, version text not null, base text not null, state text not null, settings text not null,
    outcome text not null, message text, created_at bigint not null, ends_at bigint not null, ended_at bigint,
    primary key (tenant, id))`,
  "create index canaries_newest on canaries (tenant, created_at, id)",
];

/** Versions of the configuration that are tried with a part of the events. */
export const canaries = createTables(statements, ["canaries"]);
