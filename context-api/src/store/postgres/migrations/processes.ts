import { createTables } from "./createTables.ts";

const statements = [
  // Read and written without a tenant, as the list of tenants: it names processes and counts, and no row of a customer.
  `create table leaders (
    tenant text not null, epoch bigint not null, generation bigint not null, process text not null,
    since bigint not null, primary key (tenant))`,
  `create table invalidations (
    tenant text not null, generation bigint not null, dependencies text not null, created_at bigint not null,
    primary key (tenant, generation))`,
  `create table connection_states (
    tenant text not null, connection text not null, state text not null, updated_at bigint not null,
    primary key (tenant, connection))`,
  // A connection without a tenant may read how far each log is.
  `create policy heads_of_all on log_heads for select using (coalesce(current_setting('sidelight.tenant', true), '') = '')`,
];

/** What processes that share one database coordinate with. */
export const processes = createTables(statements, ["invalidations", "connection_states"]);
