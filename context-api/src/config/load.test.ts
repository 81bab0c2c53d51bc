import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "./issues.ts";
import { loadConfig } from "./load.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidelight-config-"));
  file = join(folder, "sidelight.yaml");
});
afterAll(() => rm(folder, { recursive: true }));

async function load(text: string) {
  await writeFile(file, text);
  return await loadConfig(file);
}
/** The lines of the complaint, without the folder. */
async function complaints(text: string): Promise<string[]> {
  const error: unknown = await load(text).catch((e: unknown) => e);
  if (!(error instanceof ConfigError)) throw new Error(`no complaint: ${String(error)}`);
  return error.message.split("\n").map((line) => line.replace(file, "sidelight.yaml"));
}

const acme = `version: 1
tenants:
  acme:
    timeZone: Europe/Berlin
    connections:
      - id: zd
        platform: zendesk # the support desk
        settings: { url: https://acme.zendesk.com }
`;

describe("a configuration", () => {
  it("is read with its defaults", async () => {
    const { config, directory } = await load(acme);
    expect(config).toMatchObject({ http: { requestsPerMinute: 6_000 }, secrets: { provider: "env" } });
    expect(config.tenants["acme"]).toMatchObject({
      csatDays: 90,
      connections: [{ id: "zd", environment: "production", horizonDays: 730, settings: { url: "https://acme.zendesk.com" } }],
    });
    expect(directory).toBe(folder);
  });

  it("may name any time zone that the platform knows, by any of its names", async () => {
    for (const zone of ["UTC", "Etc/UTC", "Asia/Kolkata", "Asia/Calcutta", "Europe/Kyiv", "US/Pacific"])
      expect((await load(acme.replace("Europe/Berlin", zone))).config.tenants["acme"]?.timeZone).toBe(zone);
  });

  it("may repeat itself by anchors", async () => {
    const { config } = await load(`${acme}  beta: &b { csatDays: 30 }\n  gamma: *b\n`);
    expect(config.tenants["gamma"]?.csatDays).toBe(30);
  });
});

describe("a configuration that can't be used is refused with file, line and reason", () => {
  it.each([
    [
      "a value out of range",
      `${acme}        horizonDays: -3\n`,
      /^sidelight\.yaml:9: tenants\.acme\.connections\.0\.horizonDays: Too small/,
    ],
    ["a value of another type", `${acme}    csatDays: soon\n`, /^sidelight\.yaml:9: tenants\.acme\.csatDays: .*expected number/],
    [
      "a field that is missing",
      acme.replace("platform: zendesk", ""),
      /^sidelight\.yaml:6: tenants\.acme\.connections\.0\.platform: /,
    ],
    ["a name nobody knows", `${acme}    timezone: UTC\n`, /^sidelight\.yaml:9: tenants\.acme\.timezone: Unrecognized key$/],
    ["no time zone", acme.replace("Berlin", "Atlantis"), /^sidelight\.yaml:4: tenants\.acme\.timeZone: not an IANA time zone/],
    ["an offset for a time zone", acme.replace("Europe/Berlin", "+02:00"), /^sidelight\.yaml:4: .*not an IANA time zone/],
    ["a tenant's name", acme.replace("acme:", "Acme Inc:"), /^sidelight\.yaml:3: tenants\.Acme Inc: /],
    [
      "two connections of one id",
      `${acme}      - { id: zd, platform: zendesk }\n`,
      /^sidelight\.yaml:9: tenants\.acme\.connections\.1\.id: .*zd/,
    ],
    ["a key twice", `${acme}version: 1\n`, /^sidelight\.yaml:9: Map keys must be unique$/],
    ["a tab", acme.replace("  acme", "\tacme"), /^sidelight\.yaml:3: Tabs are not allowed as indentation$/],
    ["an anchor that isn't there", `${acme}    csatDays: *days\n`, /^sidelight\.yaml: Unresolved alias .*: days$/],
    ["two documents", `${acme}---\n${acme}`, /^sidelight\.yaml:9: /],
    ["a list", "- 1\n", /^sidelight\.yaml: the file: .*expected object/],
    ["nothing", "", /^sidelight\.yaml: the file: .*expected object/],
  ])("%s", async (_, text, complaint) => {
    expect(await complaints(text)).toEqual([expect.stringMatching(complaint)]);
  });

  it("one line for each thing that is wrong", async () => {
    expect(await complaints(`${acme}    csatDays: 0\n    roles: { boss: {} }\n`)).toEqual([
      "sidelight.yaml:10: tenants.acme.roles.boss: Unrecognized key",
      expect.stringMatching(/^sidelight\.yaml:9: tenants\.acme\.csatDays: /),
    ]);
  });

  it("no file", async () => {
    await expect(loadConfig(join(folder, "none.yaml"))).rejects.toThrow(/none\.yaml: cannot be read$/);
  });

  it("aliases that grow without end", async () => {
    const row = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(of).join(", ")}]\n`;
    const bomb = row("a", "x") + row("b", "*a") + row("c", "*b") + row("d", "*c");
    expect(await complaints(bomb)).toEqual([expect.stringMatching(/^sidelight\.yaml: .*alias/i)]);
  });

  it("whatever stands in it, and in no other way", async () => {
    const broken = fc.tuple(
      fc.nat(acme.length),
      fc.string({ unit: fc.constantFrom(..."\n\t :-{}[]&*!|>'\"%@`#?,x1\0é"), maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(broken, async ([at, text]) => {
        const error: unknown = await load(acme.slice(0, at) + text + acme.slice(at)).then(
          () => null,
          (e: unknown) => e,
        );
        if (error !== null) expect(error).toBeInstanceOf(ConfigError);
      }),
      { numRuns: 300 },
    );
  });
});
