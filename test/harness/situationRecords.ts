import { MixpanelOptions } from "@sidelight/mixpanel/options.ts";
import { profileRecord } from "@sidelight/mixpanel/records.ts";
import { createIdentifiers } from "@sidelight/model/identifiers/identifiers.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { withIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import type { Row } from "@sidelight/salesforce/client.ts";
import { SalesforceOptions } from "@sidelight/salesforce/options.ts";
import { toRecord } from "@sidelight/salesforce/records.ts";
import { ZendeskOptions } from "@sidelight/zendesk/options.ts";
import { organizationRecord, userRecord } from "@sidelight/zendesk/records.ts";
import { WireIdentity, WireOrganization, WireUser } from "@sidelight/zendesk/wire.ts";

// Records as the adapters make them of what the platforms send, for situations that are written as calls:
// Z a user and O an organization of Zendesk, S a contact, L a lead and A an account of Salesforce, M a profile of Mixpanel.
const identifiers = createIdentifiers({ defaultCountry: "FR", freeMailDomains: [] });
const auth = { clientId: "c", clientSecret: "s" };
const zendesk = withIdentifiers(ZendeskOptions.parse({ url: "https://x.zendesk.com", auth }), identifiers).mapping;
const salesforce = withIdentifiers(SalesforceOptions.parse({ url: "https://x.my.salesforce.com", auth }), identifiers).mapping;
const mixpanelOptions = MixpanelOptions.parse({ projectId: 1, auth: { username: "u", secret: "s" } });
const mixpanel = withIdentifiers(mixpanelOptions, identifiers).mapping;
const stamp = "2026-11-21T09:30:00Z";
const origin = (connection: string) => ({ connection, observedAt: 1_000 });

let count = 0;
const nextId = (): number => ++count;
const salesforceId = (prefix: string): string => `${prefix}5g00000${String(nextId()).padStart(5, "0")}`;
const row = (Id: string, fields: object) => ({ Id, SystemModstamp: "2026-11-21T09:30:00.000+0000", ...fields }) as Row;
const dayOf = () => "2026-11-21";

interface UserFields {
  name?: string;
  email?: string;
  external_id?: string;
  phone?: string;
  identities?: string[];
}
/** A user of Zendesk. `identities` are further addresses. */
export function Z({ identities = [], ...fields }: UserFields): RecordInput {
  const id = nextId();
  const wire = WireUser.parse({ id, updated_at: stamp, ...fields });
  const identityRecords = identities.map((value, i) =>
    WireIdentity.parse({ id: id * 100 + i, user_id: id, type: "email", value }),
  );
  const record = userRecord(wire, identityRecords, zendesk, origin("zendesk"));
  if (!record) throw new Error("the user is no customer");
  return record;
}
export const O = (fields: { name: string; domain_names?: string[]; external_id?: string }): RecordInput =>
  organizationRecord(WireOrganization.parse({ id: nextId(), updated_at: stamp, ...fields }), zendesk, origin("zendesk"));
type Fields = Record<string, string | null>;
export const S = (fields: Fields): RecordInput =>
  toRecord.Contact(row(salesforceId("003"), fields), { ...salesforce, dayOf } as never, origin("salesforce"));
export const L = (fields: Fields): RecordInput =>
  toRecord.Lead(row(salesforceId("00Q"), fields), { ...salesforce, dayOf } as never, origin("salesforce"));
export const A = ({ Id, ...fields }: Fields): RecordInput =>
  toRecord.Account(row(Id ?? salesforceId("001"), fields), { ...salesforce, dayOf } as never, origin("salesforce"));
export const M = (id: string, properties: Record<string, unknown>): RecordInput =>
  profileRecord({ $distinct_id: id, $properties: properties }, mixpanel, origin("mixpanel"));

export const acc1 = "0015g0000000AbC";
export const acc2 = "0015g0000000XyZ";
