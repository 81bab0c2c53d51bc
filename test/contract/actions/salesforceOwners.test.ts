import { salesforce } from "@sidelight/salesforce/index.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LabActionBench, openLabActionBench, salesforceSettings } from "../../harness/actionBench.ts";
import { REPS } from "../../lab/world/companies.ts";

let bench: LabActionBench;
beforeEach(async () => {
  bench = await openLabActionBench(salesforce, salesforceSettings, { limits: { salesforce: {} } });
});
afterEach(() => bench.close());

const ids = () => bench.acme.world.ids.salesforce;
const inactive = () => ids().user(REPS - 1);
const task = (id: string, owners: object) => ({
  id,
  input: { whatId: ids().account(0), subject: `Call ${id}`, dueDate: "2026-11-27", ...owners },
});
const ownerOf = (id: string) =>
  [...bench.acme.world.salesforce.tables.Task.values()].find((row) => row["Sidelight_External_Id__c"] === id)?.["OwnerId"];

describe("the owner of a task", () => {
  it("is the fallback when a queue owns the account, and the integration's user when nobody is named", async () => {
    const outcomes = await bench.perform("create-task", [
      task("q1", { ownerId: ids().queue(0) }),
      task("q2", { ownerId: ids().queue(0), fallbackOwnerId: ids().user(1) }),
      task("q3", { ownerId: null }),
    ]);
    expect(outcomes).toMatchObject([{ cause: "misconfigured", isRetryable: false }, { state: "done" }, { state: "done" }]);
    expect([ownerOf("q2"), ownerOf("q3")]).toEqual([ids().user(1), ids().integrationUser]);
  });

  it("is the fallback, or else the integration's user, when the account's owner was deactivated", async () => {
    const outcomes = await bench.perform("create-task", [
      task("i1", { ownerId: inactive(), fallbackOwnerId: ids().user(1) }),
      task("i2", { ownerId: inactive() }),
      task("i3", { ownerId: ids().user(0), fallbackOwnerId: inactive() }),
      task("i4", { ownerId: inactive(), fallbackOwnerId: inactive() }),
      task("i5", { ownerId: ids().queue(0), fallbackOwnerId: inactive() }),
    ]);
    expect(outcomes).toMatchObject(outcomes.map(() => ({ state: "done", hasWritten: true })));
    expect(["i1", "i2", "i3", "i4", "i5"].map(ownerOf)).toEqual([
      ids().user(1),
      ids().integrationUser,
      ids().user(0),
      ids().integrationUser,
      ids().integrationUser,
    ]);
  });
});
