import { createTables } from "./createTables.ts";

const statements = [
  `create table replays (
    tenant text not null, id text not null, target text not null, route text, state text not null, filter text not null,
    per_minute bigint not null, position bigint not null, through bigint not null, counts text not null, message text,
    created_at bigint not null, updated_at bigint not null, ended_at bigint,
    primary key (tenant, id))`,
  "create index replays_newest on replays (tenant, created_at, id)",
  "create index replays_running on replays (tenant, created_at) where state = 'running'",
];

/** Past events that are routed again, and how far each such run is. */
export const replays = createTables(statements, ["replays"]);
