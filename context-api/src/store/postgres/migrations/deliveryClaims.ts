import { createTables } from "./createTables.ts";

const statements = [
  `create table delivery_claims (
    tenant text not null, target text not null, action text not null, order_key text not null,
    claimed_by text not null, claimed_until bigint not null, primary key (tenant, target, action, order_key))`,
  "create index delivery_claims_owner on delivery_claims (tenant, claimed_by)",
];

/** Which process sends the deliveries of a subject or of a name, and until when. */
export const deliveryClaims = createTables(statements, ["delivery_claims"]);
