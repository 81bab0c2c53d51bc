import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startSimulators, TINY } from "../simulators/lab.ts";
import { fakeClock, salesforceClient } from "../simulators/testing.ts";
import { runScenario } from "./mutations/index.ts";

const folder = mkdtempSync(join(tmpdir(), "lab-world-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("restores world, writes, tokens, secrets and ports after a restart", async () => {
  const clock = fakeClock();
  const first = await startSimulators({ dataDir: folder, sizes: TINY, clock });
  const acme = first.tenants["acme"]!;
  const client = await salesforceClient(acme);
  const task = await client("POST", "/services/data/v67.0/sobjects/Task", { Subject: "kept", Sidelight_External_Id__c: "k-1" });
  const { refs } = runScenario(acme.world, "ticket_created", { seed: 1, at: clock.now() });
  const ticket = Number(refs[0]!.split(":")[1]);
  await first.close();

  // A process killed while writing leaves half a line.
  const world = join(folder, "world");
  const journal = readdirSync(world).find((name) => name.startsWith("acme."))!;
  appendFileSync(join(world, journal), '[{"table":"zendesk.tickets","key":1,"aft');

  // The existing world is used, not the requested date and seed.
  clock.advance(60_000);
  const second = await startSimulators({ dataDir: folder, seed: 99, clock });
  const restoredTenant = second.tenants["acme"]!;
  expect(restoredTenant.world.anchor).toBe(acme.world.anchor);
  expect(restoredTenant.salesforce.url).toBe(acme.salesforce.url);
  expect(restoredTenant.salesforce.credentials).toEqual(acme.salesforce.credentials);
  expect(restoredTenant.examples).toEqual(acme.examples);
  expect(restoredTenant.world.zendesk.tickets.get(ticket)).toEqual(acme.world.zendesk.tickets.get(ticket));
  // The client's pooled connection ended with the first process.
  const get = () => client("GET", `/services/data/v67.0/sobjects/Task/${task.body.id}?fields=Subject`);
  const reply = await get().catch(get);
  expect(reply).toMatchObject({ status: 200, body: { Subject: "kept" } });
  expect([...restoredTenant.world.salesforce.effects.values()]).toHaveLength(1);

  second.reset();
  expect(restoredTenant.world.zendesk.tickets.get(ticket)).toBeUndefined();
  expect(restoredTenant.world.salesforce.effects.size).toBe(0);
  await second.close();

  const third = await startSimulators({ dataDir: folder, clock });
  expect(third.tenants["acme"]!.world.zendesk.tickets.get(ticket)).toBeUndefined();
  await third.close();
  for (const name of readdirSync(world)) expect(statSync(join(world, name)).mode & 0o077).toBe(0);
});
