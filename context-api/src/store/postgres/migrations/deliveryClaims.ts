import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { byBytes, policyOf } from "./initial.ts";

/** Which process sends the deliveries of a subject or of a name, and until when. */
export const deliveryClaims: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(byBytes(statement)).execute(db);
    for (const statement of policyOf("delivery_claims")) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table delivery_claims (
    tenant text not null, target text not null, action text not null, order_key text not null,
    claimed_by text not null, claimed_until bigint not null, primary key (tenant, target, action, order_key))`,
  "create index delivery_claims_owner on delivery_claims (tenant, claimed_by)",
];
