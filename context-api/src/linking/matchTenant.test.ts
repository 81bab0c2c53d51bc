import { type DecisionData, ofKind, type RecordInput } from "@sidelight/model/records.ts";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DecisionDraft, decisionEvent } from "../identity/decisionEvent.ts";
import { identityPlatform } from "../identity/decisions.ts";
import { listEventsAfter } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { projectionDigest } from "../log/replay/digest.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { findRun, listModels } from "../store/tables/identityModels.ts";
import { listStrikeRows } from "../store/tables/identityStrikes.ts";
import { listSuggestionRows, type SuggestionRow } from "../store/tables/identitySuggestions.ts";
import { listObjectKeys } from "../store/tables/projections.ts";
import { matchTenant } from "./matchTenant.ts";
import { refreshSuggestions } from "./refreshSuggestions.ts";
import { refreshStrikes } from "./strikes.ts";
import { company, person } from "./testRecords.ts";

let logs: Logs;
const clock = manualClock(Date.parse("2026-11-22T09:00:00Z"));
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const zendeskUser = person("zendesk.user:1", {
  name: "Marisol Quintanilla",
  emails: ["marisol@quintanilla.example"],
  phones: ["+493012345678"],
});
const contact = person("salesforce.contact:003000000000001AAA", {
  name: "Marisol Quintanilla",
  emails: ["m.quintanilla@quintanilla.example"],
  phones: ["+493012345678"],
});
const stranger = person("zendesk.user:2", { name: "Tom Lee", emails: ["tom@other.example"] });
const organization = company("zendesk.organization:3", "ACME Gesellschaft mbH");
const account = company("salesforce.account:001000000000001AAA", "Acme GmbH");

async function newTenant(...records: RecordInput[]): Promise<TenantLog> {
  const log = await logs.newLog(() => clock.now());
  await log.commit({ records, correlationId: "test" });
  return log;
}
const run = (log: TenantLog, automatic: "suggest" | "link" = "suggest") => matchTenant({ log, clock, automatic });

async function decisionsIn(log: TenantLog) {
  const keys = await listObjectKeys(log.store, { connection: identityPlatform, object: "decision" }, "", 100);
  return ofKind(await openReader(log).records(keys), "decision");
}
async function areOne(log: TenantLog, ...records: RecordInput[]): Promise<boolean> {
  const nodes = await openReader(log).nodesOf(records.map(({ ref }) => log.key(ref)));
  return new Set(nodes.values()).size === 1;
}
const suggestions = (log: TenantLog, state = "open"): Promise<SuggestionRow[]> =>
  listSuggestionRows(log.store, { state, limit: 100, offset: 0 });

let decisions = 0;
/** A decision of a person, with the update of the suggestions that its service does. */
async function decide(log: TenantLog, draft: DecisionDraft, records: readonly RecordInput[]): Promise<void> {
  decisions += 1;
  const common: Omit<DecisionData, "type" | "effect"> = {
    ...{ kind: "decision", actor: { kind: "person", id: "k_1", role: "agent" }, reason: null, confidence: null },
    ...{ modelVersion: null, request: null, decidedAt: new Date(clock.now()).toISOString() },
  };
  await log.commit({ events: [decisionEvent(`dec_${decisions}`, draft, common, clock.now())], correlationId: "test" });
  await refreshSuggestions(
    log,
    records.map(({ ref }) => log.key(ref)),
    clock.now(),
  );
}
const undoOf = (ref: string): DecisionDraft => ({
  ...{ type: "undone", effect: null, sides: [[], []], supersedes: [ref], subject: contact.ref },
});
const dismissal = (leftRecord: RecordInput, rightRecord: RecordInput): DecisionDraft => ({
  ...{
    type: "dismissed",
    effect: "distinct",
    sides: [[leftRecord.ref], [rightRecord.ref]],
    supersedes: [],
    subject: rightRecord.ref,
  },
});

const timeout = scaled(60_000);

describe("a tenant whose configuration only suggests", () => {
  it("gets suggestions that are stored, and no link", { timeout }, async () => {
    const log = await newTenant(zendeskUser, contact, stranger, organization, account);
    const { links, people, companies } = await run(log);
    expect([links, people, companies]).toEqual([0, 3, 2]);
    expect(await decisionsIn(log)).toEqual([]);
    expect((await suggestions(log)).map(({ kind, confidence }) => [kind, confidence])).toEqual([
      ["person", 9_800],
      ["company", 5_000],
    ]);
    expect(await findRun(log.store)).toMatchObject({
      matched_at: clock.now(),
      people: 3,
      companies: 2,
      model_version: "shipped-1",
    });
    // Too few pairs to fit a model.
    expect(await listModels(log.store, 10)).toEqual([]);
  });

  it("keeps the time of a suggestion that a later match finds again, and removes one that is gone", { timeout }, async () => {
    const log = await newTenant(zendeskUser, contact, organization, account);
    await run(log);
    const [first] = await suggestions(log);
    clock.advance(3_600_000);
    await log.commit({
      records: [{ ...account, changedAt: 2, data: { ...account.data, name: "Zeta" } as never }],
      correlationId: "test",
    });
    await run(log);
    expect(await suggestions(log)).toEqual([first]);
  });
});

describe("two records that the model takes for one person", () => {
  it("are one customer after the match, with confidence, version and reasons, and rebuild to the same bytes", {
    timeout,
  }, async () => {
    const log = await newTenant(zendeskUser, contact, stranger, organization, account);
    const { links } = await run(log, "link");
    expect([links, await areOne(log, zendeskUser, contact), await areOne(log, zendeskUser, stranger)]).toEqual([1, true, false]);
    const [decision] = await decisionsIn(log);
    expect(decision?.data).toMatchObject({
      type: "linked",
      effect: "model",
      modelVersion: "shipped-1",
      actor: { kind: "model" },
    });
    expect(decision?.data.confidence).toBeGreaterThanOrEqual(0.99);
    expect(decision?.data.reasons).toContainEqual({ rule: "phone", text: "the same phone number" });
    expect(await areOne(log, organization, account)).toBe(false);
    const digest = await projectionDigest(log);
    await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
    expect(await projectionDigest(log)).toBe(digest);
  });

  it("are linked once, however often they are matched", { timeout }, async () => {
    const log = await newTenant(zendeskUser, contact);
    await run(log, "link");
    expect((await run(log, "link")).links).toBe(0);
    expect(await decisionsIn(log)).toHaveLength(1);
    expect([(await suggestions(log)).length, (await suggestions(log, "linked")).length]).toEqual([0, 1]);
  });

  it("are linked once by two leaders that match at the same time", { timeout }, async () => {
    const log = await newTenant(zendeskUser, contact);
    const runs = await Promise.all([run(log, "link"), run(log, "link")]);
    expect(runs.map(({ links }) => links).sort()).toEqual([0, 1]);
    expect(await decisionsIn(log)).toHaveLength(1);
  });

  it("stay apart after a person undid the link, and are suggested", { timeout }, async () => {
    const log = await newTenant(zendeskUser, contact);
    await run(log, "link");
    const [decision] = await decisionsIn(log);
    await decide(log, undoOf(decision!.ref), [zendeskUser, contact]);
    expect(await areOne(log, zendeskUser, contact)).toBe(false);
    // Another record of one of them gives the model another pair for the same two customers.
    const profile = person("mixpanel.user:m1", {
      name: "Marisol Quintanilla",
      emails: ["marisol@quintanilla.example"],
      phones: ["+493012345678"],
    });
    await log.commit({ records: [profile], correlationId: "test" });
    expect((await run(log, "link")).links).toBe(0);
    expect(await areOne(log, zendeskUser, contact)).toBe(false);
    expect(await suggestions(log)).toHaveLength(1);
  });

  it("stay apart when a person dismissed the suggestion before, also when it is matched with another model", {
    timeout,
  }, async () => {
    const log = await newTenant(zendeskUser, contact);
    await run(log);
    await decide(log, dismissal(zendeskUser, contact), [zendeskUser, contact]);
    expect([(await run(log, "link")).links, await areOne(log, zendeskUser, contact)]).toEqual([0, false]);
    expect([(await suggestions(log)).length, (await suggestions(log, "dismissed")).length]).toEqual([0, 1]);
  });

  it("are only suggested when they are contacts of two accounts", { timeout }, async () => {
    const second = person("salesforce.contact:003000000000002AAA", {
      ...{ name: "Marisol Quintanilla", emails: ["marisol@quintanilla.example"], phones: ["+493012345678"] },
      account: "salesforce.account:001000000000002AAA",
    });
    const first = { ...contact, edges: [{ rel: "account" as const, to: account.ref }] };
    const log = await newTenant(first, second);
    expect((await run(log, "link")).links).toBe(0);
    expect(await suggestions(log)).toHaveLength(1);
  });
});

describe("a person whose records lead to two accounts", () => {
  const name = "Marisol Quintanilla";
  const phones = ["+493012345678"];
  const contactOf = (n: number, emails: string[]) =>
    person(`salesforce.contact:00300000000000${n}AAA`, { name, emails, phones, account: `salesforce.account:a${n}` });

  it("is linked to neither, whether the records share an address or not", { timeout }, async () => {
    const separateTenant = await newTenant(
      zendeskUser,
      contactOf(1, ["one@quintanilla.example"]),
      contactOf(2, ["two@quintanilla.example"]),
    );
    expect((await run(separateTenant, "link")).links).toBe(0);
    expect((await suggestions(separateTenant)).length).toBeGreaterThan(0);
    const sharedAddress = ["marisol@quintanilla.example"];
    const contestedTenant = await newTenant(zendeskUser, contactOf(1, sharedAddress), contactOf(2, sharedAddress));
    expect((await run(contestedTenant, "link")).links).toBe(0);
  });
});

describe("a suggestion that a decision settled", () => {
  it("is dismissed, and open again when the decision is undone; the same for companies", { timeout }, async () => {
    const log = await newTenant(organization, account);
    await run(log);
    await decide(log, dismissal(organization, account), [organization, account]);
    expect([(await suggestions(log)).length, (await suggestions(log, "dismissed")).length]).toEqual([0, 1]);
    await run(log);
    expect((await suggestions(log, "dismissed")).length).toBe(1);
    await decide(log, undoOf(`sidelight.decision:dec_${decisions}`), [organization, account]);
    expect([(await suggestions(log)).length, (await suggestions(log, "dismissed")).length]).toEqual([1, 0]);
  });

  it("is linked as long as the link holds, also after the next match", { timeout }, async () => {
    const log = await newTenant(zendeskUser, contact);
    await run(log);
    const merge: DecisionDraft = {
      ...{ type: "merged", effect: "together", sides: [[zendeskUser.ref], [contact.ref]], supersedes: [], subject: contact.ref },
    };
    await decide(log, merge, [zendeskUser, contact]);
    await run(log);
    expect([(await suggestions(log)).length, (await suggestions(log, "linked")).length]).toEqual([0, 1]);
    await decide(log, undoOf(`sidelight.decision:dec_${decisions}`), [zendeskUser, contact]);
    expect([(await suggestions(log)).length, (await suggestions(log, "linked")).length]).toEqual([1, 0]);
  });
});

describe("the version of the model", () => {
  it("is fitted once there are enough pairs, kept for a week, and listed with the next one", {
    timeout: scaled(120_000),
  }, async () => {
    const families = "Alder Birch Cedar Dogwood Elm Fir Ginkgo Hazel".split(" ");
    const givenNames = "Anna Ben Clara David Eva Frank Gina Hugo".split(" ");
    const people = families.flatMap((family, f) =>
      givenNames.flatMap((name, g) => [
        person(`zendesk.user:${1_000 + f * 10 + g}`, {
          name: `${name} ${family}`,
          emails: [`${name}@${family}.example`.toLowerCase()],
        }),
        person(`salesforce.contact:c${f}${g}`, { name: `${name.charAt(0)}. ${family}`, phones: [`+49301234${f}${g}00`] }),
      ]),
    );
    const log = await newTenant(...people);
    expect((await run(log)).modelVersion).toBe("fitted-1");
    clock.advance(86_400_000);
    expect((await run(log)).modelVersion).toBe("fitted-1");
    clock.advance(7 * 86_400_000);
    expect((await run(log)).modelVersion).toBe("fitted-2");
    expect((await listModels(log.store, 10)).map(({ version }) => version)).toEqual(["fitted-2", "fitted-1"]);
    const [{ model } = { model: "" }] = await listModels(log.store, 1);
    expect(model).not.toMatch(/alder|anna/i);
  });
});

describe("strikes", () => {
  const lee = (n: number, name: string) => person(`salesforce.lead:l${n}`, { name, emails: ["lees@family.example"] });

  it("are stored with their holders, and end when the identifier is no longer shared", { timeout }, async () => {
    const log = await newTenant(lee(1, "Ann Lee"), lee(2, "Tom Lee"));
    await refreshStrikes(log);
    expect(await listStrikeRows(log.store, { limit: 10, offset: 0 })).toMatchObject([
      { kind: "email", holders: 2, reason: "contested" },
    ]);
    const lead = person("salesforce.lead:l2", { name: "Tom Lee", emails: ["tom@family.example"] });
    await log.commit({ records: [{ ...lead, changedAt: 2 }], correlationId: "test" });
    await refreshStrikes(log);
    expect(await listStrikeRows(log.store, { limit: 10, offset: 0 })).toEqual([]);
  });

  it("of a domain tell unrelated companies from those of one group", { timeout }, async () => {
    const child = {
      ...company("salesforce.account:a2", "Acme France", ["acme.example"]),
      edges: [{ rel: "parent" as const, to: "salesforce.account:a1" }],
    };
    const log = await newTenant(company("salesforce.account:a1", "Acme Holding", ["acme.example"]), child);
    await refreshStrikes(log);
    const reasons = async () => (await listStrikeRows(log.store, { limit: 10, offset: 0 })).map(({ reason }) => reason);
    expect(await reasons()).toEqual(["contested"]);
    await log.commit({ records: [company("zendesk.organization:9", "Zebra Agency", ["acme.example"])], correlationId: "test" });
    await refreshStrikes(log);
    expect(await reasons()).toEqual(["unrelated"]);
  });

  it("above the cap of holders are over the cap", { timeout }, async () => {
    const people = Array.from({ length: 60 }, (_, n) =>
      person(`zendesk.user:${5_000 + n}`, { name: `Person ${n}`, emails: ["noone@shared.example"] }),
    );
    const log = await newTenant(...people);
    await refreshStrikes(log);
    expect(await listStrikeRows(log.store, { limit: 10, offset: 0 })).toMatchObject([{ holders: 60, reason: "over_cap" }]);
    const events = await listEventsAfter(log, { after: 0 }, 1_000, ["identifier"]);
    expect(events).toEqual([]);
  });
});
