import { idle } from "@sidelight/test-support/advance.ts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import {
  type FieldPerson,
  fieldPeople,
  jobTitleOf,
  putJobTitle,
  putRow,
  putUser,
  settleFields,
  titleOf,
  worldOf,
  writesOf,
} from "../harness/sharedFields.ts";
import { DELIVERIES } from "../lab/world/cause.ts";

// Two two-way fields with opposite owners: the job title belongs to Salesforce, and where the person came from to Zendesk. Both are
// changed on both sides, while webhooks are duplicated, late, lost or reordered.

const peopleOfRun = 5;
const hour = 3_600_000;

let harness: Harness;
let people: FieldPerson[];
beforeAll(async () => {
  const twoWay = { kind: "person", direction: "two-way", rule: "newest", enabled: true };
  harness = await openHarness({
    webhooks: true,
    configure(config) {
      config.tenants.acme.fields = {
        jobTitle: { ...twoWay, platforms: { salesforce: "Title", zendesk: "job_title" }, owner: "salesforce" },
        origin: { ...twoWay, platforms: { salesforce: "LeadSource", zendesk: "notes" }, owner: "zendesk" },
      };
    },
  });
  people = await fieldPeople(harness, peopleOfRun);
  await settleFields(harness);
});
afterAll(() => harness.close());

const originOf = ({ contact }: FieldPerson): unknown =>
  worldOf(harness).salesforce.tables.Contact.get(contact)!["LeadSource"] ?? null;
const notesOf = ({ user }: FieldPerson): unknown => worldOf(harness).zendesk.users.get(user)!.notes || null;

const step = fc.record({
  person: fc.nat(peopleOfRun - 1),
  side: fc.constantFrom("salesforce" as const, "zendesk" as const),
  field: fc.constantFrom("jobTitle" as const, "origin" as const),
  isCleared: fc.boolean(),
  delivery: fc.option(fc.constantFrom(...DELIVERIES)),
  /** Until the next change. */
  waitMs: fc.constantFrom(0, 200, 3_000, 20_000, 200_000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let values = 0;

function change({ person: index, side, field, isCleared, delivery }: Step): void {
  const person = people[index]!;
  values += 1;
  const value = isCleared && values % 4 === 0 ? null : `Value ${values}`;
  const cause = delivery === null ? undefined : { id: `cause-${values}`, kind: "field", seed: values, delivery };
  if (side === "salesforce")
    putRow(harness, "Contact", person.contact, { [field === "jobTitle" ? "Title" : "LeadSource"]: value }, cause);
  else if (field === "jobTitle") putJobTitle(harness, person.user, value, cause);
  else putUser(harness, person.user, { notes: value ?? "" }, cause);
}

const writeCount = (): number =>
  [...writesOf(harness, "salesforce", "Contact").values(), ...writesOf(harness, "zendesk", "user").values()].reduce(
    (a, b) => a + b,
    0,
  );

it("two opposite two-way fields settle to one value, with at most one write to a platform for each change", {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      const writes = writeCount();
      for (const next of steps) {
        change(next);
        await idle(harness.clock);
        for (let waited = 0; waited < next.waitMs; waited += 1_000) {
          harness.clock.advance(Math.min(1_000, next.waitMs - waited));
          await idle(harness.clock);
        }
      }
      // A user whose event is lost is found by the next pull of users.
      await settleFields(harness, hour / 2, 15_000);
      for (const person of people) {
        expect(titleOf(harness, person)).toBe(jobTitleOf(harness, person));
        expect(originOf(person)).toBe(notesOf(person));
      }
      expect(writeCount() - writes).toBeLessThanOrEqual(2 * steps.length);
      await expectLedger(steps);
    }),
    { numRuns: 1 },
  );
});

/** The last decision about a field names the value that all platforms have now. */
async function expectLedger(steps: readonly Step[]): Promise<void> {
  const types = ["flowed", "conflict_resolved"].map((type) => `customer.field.${type}`);
  const lists = await Promise.all(types.map((type) => harness.request(`/v1/events?limit=200&type=${type}`)));
  const events = lists.flatMap(({ body }) => body.items).sort((a, b) => b.sequence - a.sequence);
  for (const { person: index, field } of steps) {
    const person = people[index]!;
    const { id } = (await harness.context(`salesforce.contact:${person.contact}`)).body.customer!;
    const last = events.find(({ data }) => data.customer === id && data.field === field);
    expect(last?.data.value ?? null).toBe(field === "jobTitle" ? titleOf(harness, person) : originOf(person));
  }
}
