import { SidelightError } from "@sidelight/model/errors.ts";
import { type Edge, ofKind, type RecordInput } from "@sidelight/model/records.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadChosenRecords } from "../../context/chosenRecords.ts";
import type { TenantLog } from "../../log/log.ts";
import { openReader } from "../../log/reader.ts";
import { projectionDigest } from "../../log/replay/digest.ts";
import { type Logs, openLogs } from "../../log/testLogs.ts";
import { queriesOf } from "../../store/queries.ts";
import { localOperator } from "../actor.ts";
import type { ServiceContext } from "../service.ts";
import { linkIdentity } from "./linkIdentity.ts";
import { mergeIdentities } from "./mergeIdentities.ts";
import { splitIdentity } from "./splitIdentity.ts";
import { undoDecisions } from "./undoDecisions.ts";
import { unlinkIdentity } from "./unlinkIdentity.ts";

// A run is the log of a new tenant with some commits.
const numRuns = process.env["SIDELIGHT_FULL"] === "1" ? 1_000 : 25;

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const anyId = { kind: "person" as const, canonicalId: (id: string) => id };
const platforms = new Map([
  ["salesforce", { name: "salesforce", objects: { contact: anyId } }],
  ["zendesk", { name: "zendesk", objects: { user: anyId } }],
]);

function contextOf(log: TenantLog): ServiceContext {
  let time = 1_000;
  const tenant = { log, clock: { now: () => ++time }, platforms, config: { defaultCountry: null } };
  return {
    served: { tenant, deliveries: { held: async () => [] } } as never,
    actor: localOperator(log.tenant),
    audit: async (_actor, _entry, commit) => await commit([]),
  };
}

const refs = ["salesforce.contact:1", "salesforce.contact:2", "zendesk.user:1", "zendesk.user:2", "zendesk.user:3"];
const ref = fc.constantFrom(...refs);

interface Version {
  ref: string;
  name: string | null;
  emails: string[];
  deleted: boolean;
}
const version = fc.record({
  ref,
  name: fc.constantFrom(null, "Ada", "Grace"),
  emails: fc.uniqueArray(fc.constantFrom("a@x.example", "b@x.example"), { maxLength: 2 }),
  deleted: fc.boolean(),
});

let observations = 0;
function toRecord({ ref: recordRef, name, emails, deleted }: Version): RecordInput {
  const [type = ""] = recordRef.split(":");
  const [platform = "", object = ""] = type.split(".");
  observations += 1;
  const edges: Edge[] = [];
  return {
    ref: recordRef,
    platform,
    connection: platform,
    object,
    subject: recordRef,
    changedAt: observations,
    observedAt: observations,
    identifiers: emails.map((value) => ({ kind: "email", value })),
    edges,
    deleted,
    data: { kind: "person", name, emails, phones: [], title: null, optedOut: false },
  };
}

type Step =
  | { kind: "records"; versions: Version[] }
  | { kind: "link"; a: string; b: string }
  | { kind: "merge"; a: string; b: string; name: string | undefined }
  | { kind: "unlink"; a: string }
  | { kind: "split"; a: string; others: string[] }
  | { kind: "undo"; index: number };

const change: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("link" as const), a: ref, b: ref }),
  fc.record({ kind: fc.constant("merge" as const), a: ref, b: ref, name: fc.option(ref, { nil: undefined }) }),
  fc.record({ kind: fc.constant("unlink" as const), a: ref }),
  fc.record({ kind: fc.constant("split" as const), a: ref, others: fc.uniqueArray(ref, { minLength: 1, maxLength: 2 }) }),
  fc.record({ kind: fc.constant("undo" as const), index: fc.nat({ max: 5 }) }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: change, weight: 3 },
  {
    arbitrary: fc.record({ kind: fc.constant("records" as const), versions: fc.array(version, { minLength: 1, maxLength: 3 }) }),
    weight: 1,
  },
);

/** Runs a step. @returns the ids of its decisions; none when it was refused */
async function run(context: ServiceContext, step: Step, decided: readonly string[]): Promise<string[]> {
  const { log } = context.served.tenant;
  const change = async (): Promise<{ decisions: { id: string }[] }> => {
    switch (step.kind) {
      case "records":
        await log.commit({ records: step.versions.map(toRecord), correlationId: "test" });
        return { decisions: [] };
      case "link":
        return await linkIdentity(context, { ref: step.a, to: step.b });
      case "merge":
        return await mergeIdentities(context, { into: step.a, from: step.b, values: { name: step.name } });
      case "unlink":
        return await unlinkIdentity(context, { ref: step.a });
      case "split":
        return await splitIdentity(context, { id: step.a, refs: step.others });
      case "undo":
        return await undoDecisions(context, { decisions: [decided[step.index % Math.max(1, decided.length)] ?? "dec_none"] });
    }
  };
  try {
    return (await change()).decisions.map(({ id }) => id);
  } catch (error) {
    // Most random changes have nothing to change.
    if (error instanceof SidelightError && ["conflict", "not_found", "invalid_request"].includes(error.code)) return [];
    throw error;
  }
}

async function membersOf({ store }: TenantLog): Promise<object[]> {
  const rows = queriesOf(store).from("members").select(["key", "node", "rule"]).where("to_seq", "is", null);
  return await rows.orderBy("key").execute();
}

/** The records whose names people chose. */
async function chosenIn(log: TenantLog): Promise<string[]> {
  const reader = openReader(log);
  const nodes = await reader.nodesOf(refs.map((r) => log.key(r)));
  const chosen = await loadChosenRecords(reader, [...nodes.values()]);
  return [...(chosen.get("name") ?? [])].sort();
}

const allRecords: Step = {
  kind: "records",
  versions: refs.map((r) => ({ ref: r, name: "Ada", emails: ["a@x.example"], deleted: false })),
};

describe("any sequence of decisions and events", () => {
  it(
    "rebuilds to the same bytes",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
          const context = contextOf(await logs.newLog());
          const { log } = context.served.tenant;
          const decided: string[] = [];
          for (const next of [allRecords, ...steps]) decided.push(...(await run(context, next, decided)));
          const digest = await projectionDigest(log);
          await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
          expect(await projectionDigest(log)).toBe(digest);
        }),
        { numRuns },
      );
    },
    scaled(300_000),
  );

  it(
    "leaves nothing of a change that is undone",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 5 }), change, async (steps, undone) => {
          const context = contextOf(await logs.newLog());
          const { log } = context.served.tenant;
          const decided: string[] = [];
          for (const next of [allRecords, ...steps]) decided.push(...(await run(context, next, decided)));
          const previous = [await membersOf(log), await chosenIn(log)];
          const ids = await run(context, undone, decided);
          fc.pre(ids.length > 0);
          await undoDecisions(context, { decisions: ids });
          expect([await membersOf(log), await chosenIn(log)]).toEqual(previous);
          // The decision and its undo stay in the log.
          const keys = ids.map((id) => log.key(`sidelight.decision:${id}`));
          expect(ofKind(await openReader(log).records(keys), "decision")).toHaveLength(ids.length);
        }),
        { numRuns },
      );
    },
    scaled(300_000),
  );
});
