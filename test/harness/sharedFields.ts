import { findConsumerOffset } from "@sidelight/context-api/store/tables/consumerOffsets.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { effectsOf } from "../lab/control/effects.ts";
import type { Cause } from "../lab/world/cause.ts";
import type { TenantWorld } from "../lab/world/tenant.ts";
import type { MpProfile, Person, SfRow, SObject, ZdOrganization, ZdUser } from "../lab/world/types.ts";
import type { Harness } from "./harness.ts";

// People of the lab have a job title on all platforms: `Title` of the contact, the user field `job_title`, the property `role`.

export interface FieldPerson {
  person: Person;
  contact: string;
  user: number;
  /** Null for a person without a profile. */
  profile: string | null;
}

export const worldOf = (harness: Harness): TenantWorld => harness.lab.tenants["acme"]!.world;

/** People with one record on each of the platforms, who are resolved without doubt. */
export async function fieldPeople(harness: Harness, count: number): Promise<FieldPerson[]> {
  const world = worldOf(harness);
  const people: FieldPerson[] = [];
  for (const person of world.people) {
    const hasAll = person.salesforce && person.zendesk && person.mixpanel && person.distinctIds.length === 1;
    const isPlain = person.alsoAt === null && !Object.values(person.optedOut).includes(true) && person.company !== null;
    const rows = [...world.salesforce.tables.Contact.values()].filter((row) => row["Email"] === person.email);
    if (!hasAll || !isPlain || rows.length !== 1) continue;
    const { body } = await harness.context(`email:${person.email}`);
    if (body.match.state !== "resolved") continue;
    const user = world.ids.zendesk.user(person.index);
    people.push({ person, contact: rows[0]!.Id, user, profile: person.distinctIds[0] ?? null });
    if (people.length === count) return people;
  }
  throw new Error(`the world has only ${people.length} such people`);
}

const stampOf = (harness: Harness): string => new Date(harness.clock.now()).toISOString();

/** A person sets fields of a record in Salesforce. @param cause how its webhooks are delivered */
export function putRow(harness: Harness, object: SObject, id: string, fields: Partial<SfRow>, cause?: Cause): void {
  const world = worldOf(harness);
  const stamp = stampOf(harness).replace("Z", "+0000");
  const table = world.salesforce.tables[object];
  world.change(() => table.put({ ...table.get(id)!, ...fields, SystemModstamp: stamp, LastModifiedDate: stamp }), cause);
}

/** An agent sets members of a user in Zendesk. */
export function putUser(harness: Harness, id: number, members: Partial<ZdUser>, cause?: Cause): void {
  const world = worldOf(harness);
  const { users } = world.zendesk;
  const updated_at = `${stampOf(harness).slice(0, 19)}Z`;
  world.change(() => users.put({ ...users.get(id)!, ...members, updated_at }), cause);
}

export const putJobTitle = (harness: Harness, id: number, title: string | null, cause?: Cause): void => {
  const { users } = worldOf(harness).zendesk;
  putUser(harness, id, { user_fields: { ...users.get(id)!.user_fields, job_title: title } }, cause);
};

export function putOrganization(harness: Harness, id: number, fields: ZdOrganization["organization_fields"]): void {
  const world = worldOf(harness);
  const { organizations } = world.zendesk;
  const organization = organizations.get(id)!;
  const updated_at = `${stampOf(harness).slice(0, 19)}Z`;
  world.change(() =>
    organizations.put({ ...organization, organization_fields: { ...organization.organization_fields, ...fields }, updated_at }),
  );
}

export function putProfile(harness: Harness, id: string, properties: MpProfile["properties"]): void {
  const world = worldOf(harness);
  const { profiles } = world.mixpanel;
  world.change(() => profiles.put({ distinct_id: id, properties: { ...profiles.get(id)!.properties, ...properties } }));
}

export const titleOf = (harness: Harness, { contact }: FieldPerson): unknown =>
  worldOf(harness).salesforce.tables.Contact.get(contact)!["Title"] ?? null;
export const jobTitleOf = (harness: Harness, { user }: FieldPerson): unknown =>
  worldOf(harness).zendesk.users.get(user)!.user_fields["job_title"] ?? null;
export const roleOf = (harness: Harness, { profile }: FieldPerson): unknown =>
  worldOf(harness).mixpanel.profiles.get(profile ?? "")!.properties["role"] ?? null;

/** How often records of an object were written, by id. */
export function writesOf(harness: Harness, platform: "salesforce" | "zendesk" | "mixpanel", object: string): Map<string, number> {
  const effects = effectsOf({ acme: worldOf(harness) }, platform)[object] ?? [];
  return new Map(effects.map(({ id, writes }) => [id, writes]));
}

/** A step on the clock while there is work, and while only the next pull is waited for. */
const [busyStepMs, quietStepMs] = [500, 5_000];

/**
 * Lets the pulls find what changed, and everything that follows from it happen.
 * @param ms on the clock, at least @param stepMs while there is no work
 */
export async function settleFields(harness: Harness, ms = 70_000, stepMs = quietStepMs): Promise<void> {
  const { log } = harness.runtime.tenants.get("acme")!.tenant;
  const { clock } = harness;
  const end = clock.now() + ms;
  let quiet = 0;
  await advanceUntil(clock, busyStepMs, "all work on fields", async () => {
    const isRouted = ((await findConsumerOffset(log.store, "routing")) ?? 0) >= log.head();
    const waiting = (await harness.request("/v1/deliveries?limit=1&state=waiting")).body.items;
    const isDelivered = waiting.length === 0 && (harness.senders?.waiting().length ?? 0) === 0;
    quiet = isRouted && isDelivered ? quiet + 1 : 0;
    if (quiet > 3 && clock.now() < end) clock.advance(stepMs);
    return quiet > 3 && clock.now() >= end;
  });
}
