import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openHarness } from "../harness/harness.ts";

it("the files of the embedded store contain no personal value in clear text", async () => {
  const harness = await openHarness();
  const { world } = harness.lab.tenants["acme"]!;
  const values = world.people.flatMap((p) => [p.email, `${p.first} ${p.last}`]).filter((v) => v.length > 8);
  const names = (await readdir(harness.directory)).filter((n) => n.startsWith("sidelight.sqlite"));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const bytes = await readFile(join(harness.directory, name));
    for (const value of values) expect(bytes.includes(value), `${value} in ${name}`).toBe(false);
  }
  await harness.close();
});
