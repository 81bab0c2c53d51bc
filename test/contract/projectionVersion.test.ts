import { doctor } from "@sidelight/context-api/cli/doctor.ts";
import { projectionVersion } from "@sidelight/context-api/log/projections/version.ts";
import { projectionDigest } from "@sidelight/context-api/log/replay/digest.ts";
import { queriesOf } from "@sidelight/context-api/store/queries.ts";
import { toStatement } from "@sidelight/context-api/store/statement.ts";
import { findProjectionVersion, saveProjectionVersion } from "@sidelight/context-api/store/tables/tenants.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captureOutput } from "../harness/capturedOutput.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { allPlatforms } from "../harness/platforms.ts";
import { TINY } from "../lab/simulators/lab.ts";

let harness: Harness;
let original: string;
// One store, from one test to the next.
beforeAll(async () => {
  harness = await openHarness({ lab: { sizes: { acme: TINY["acme"]! } } });
  original = await digest();
});
afterAll(() => harness?.close());

const log = () => harness.runtime.tenants.get("acme")!.tenant.log;
const digest = () => projectionDigest(log());
const version = () => findProjectionVersion(log().store);
const lines = (text: string) => harness.logged.filter((line) => line.includes(text) && line.includes('"acme"'));
const resolved = () => harness.lab.tenants["acme"]!.examples.resolved[0]!;

/** As if an earlier release had made the projections, without the customers of this one. */
async function makeOld(): Promise<void> {
  const { store } = log();
  const statements = [toStatement(queriesOf(store).deleteFrom("members")), saveProjectionVersion(store, projectionVersion - 1)];
  await log().commit({ statements, correlationId: "test" });
}

async function doctorOutput(): Promise<string> {
  const output = captureOutput();
  const env = {
    SIDELIGHT_DATA: harness.directory,
    SIDELIGHT_CONFIG: `${harness.directory}/sidelight.yaml`,
    ...(harness.databaseUrl === null ? {} : { SIDELIGHT_DATABASE_URL: harness.databaseUrl }),
  };
  await doctor({}, { env, clock: systemClock, platformNames: [], loadPlatforms: async () => allPlatforms });
  output.restore();
  return output.text();
}

describe("projections of another release", () => {
  it("stay while no process does the background work, and sidelight doctor reports them", async () => {
    await makeOld();
    await harness.restart({ pull: false });
    expect(await version()).toBe(projectionVersion - 1);
    expect(lines("another release made the projections")).toEqual([]);
    await harness.stop();
    expect(await doctorOutput()).toContain(`WRONG  acme: the projections have version ${projectionVersion - 1}`);
  });

  it("are rebuilt when the tenant is served, once, with the same result and lines in the log", async () => {
    await harness.restart();
    await until("the last line", () => lines("the projections are rebuilt").length === 1);
    expect(await version()).toBe(projectionVersion);
    expect(await digest()).toBe(original);
    expect((await harness.context(resolved())).body.match.state).toBe("resolved");
    await harness.restart();
    expect(lines("another release made the projections")).toHaveLength(1);
    await harness.stop();
    expect(await doctorOutput()).toContain(`ok     acme: projections of version ${projectionVersion}`);
  });

  it("are rebuilt by a rebuild on demand, too", async () => {
    await harness.restart({ pull: false });
    await makeOld();
    await harness.runtime.writer.send({ kind: "rebuild", tenant: "acme" });
    expect(await version()).toBe(projectionVersion);
    expect(await digest()).toBe(original);
  });
});
