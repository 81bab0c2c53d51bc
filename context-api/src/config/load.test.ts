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
/** The lines of the error, without the folder. */
async function errorLines(text: string): Promise<string[]> {
  const error: unknown = await load(text).catch((e: unknown) => e);
  if (!(error instanceof ConfigError)) throw new Error(`expected a ConfigError: ${String(error)}`);
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

describe("loadConfig", () => {
  it("fills in defaults", async () => {
    const { config, directory } = await load(acme);
    expect(config).toMatchObject({ http: { requestsPerMinute: 6_000 }, secrets: { provider: "env" } });
    expect(config.tenants["acme"]).toMatchObject({
      csatDays: 90,
      connections: [{ id: "zd", environment: "production", horizonDays: 730, settings: { url: "https://acme.zendesk.com" } }],
    });
    expect(directory).toBe(folder);
  });

  it("accepts every name of a time zone", async () => {
    for (const zone of ["UTC", "Etc/UTC", "Asia/Kolkata", "Asia/Calcutta", "Europe/Kyiv", "US/Pacific"])
      expect((await load(acme.replace("Europe/Berlin", zone))).config.tenants["acme"]?.timeZone).toBe(zone);
  });

  it("resolves YAML anchors", async () => {
    const { config } = await load(`${acme}  beta: &b { csatDays: 30 }\n  gamma: *b\n`);
    expect(config.tenants["gamma"]?.csatDays).toBe(30);
  });
});

describe("loadConfig refuses with file, line and reason", () => {
  it.each([
    [
      "a value out of range",
      `${acme}        horizonDays: -3\n`,
      /^sidelight\.yaml:9: tenants\.acme\.connections\.0\.horizonDays: Too small/,
    ],
    ["a value of another type", `${acme}    csatDays: soon\n`, /^sidelight\.yaml:9: tenants\.acme\.csatDays: .*expected number/],
    ["a missing field", acme.replace("platform: zendesk", ""), /^sidelight\.yaml:6: tenants\.acme\.connections\.0\.platform: /],
    ["an unknown key", `${acme}    timezone: UTC\n`, /^sidelight\.yaml:9: tenants\.acme\.timezone: Unrecognized key$/],
    [
      "an unknown time zone",
      acme.replace("Berlin", "Atlantis"),
      /^sidelight\.yaml:4: tenants\.acme\.timeZone: not an IANA time zone/,
    ],
    ["an offset instead of a time zone", acme.replace("Europe/Berlin", "+02:00"), /^sidelight\.yaml:4: .*not an IANA time zone/],
    [
      "a country that does not exist",
      `${acme}    defaultCountry: XX\n`,
      /^sidelight\.yaml:9: tenants\.acme\.defaultCountry: not a country code of ISO 3166, as in FR$/,
    ],
    ["a country in lower case", `${acme}    defaultCountry: fr\n`, /^sidelight\.yaml:9: .*not a country code of ISO 3166/],
    [
      "an address where the name of a mailbox belongs",
      `${acme}    identity:\n      evidence:\n        roleMailboxes: [lobby, desk@acme.com]\n`,
      /^sidelight\.yaml:11: tenants\.acme\.identity\.evidence\.roleMailboxes\.1: not the part of an address before the @, as in /,
    ],
    [
      "a public suffix as an ignored domain",
      `${acme}    identity: { evidence: { ignored: { domains: [co.uk] } } }\n`,
      /^sidelight\.yaml:9: tenants\.acme\.identity\.evidence\.ignored\.domains\.0: not a domain that somebody can register/,
    ],
    [
      "an ignored phone number without its country",
      `${acme}    identity: { evidence: { ignored: { phones: [01 23 45 67 89] } } }\n`,
      /^sidelight\.yaml:9: .*phones\.0: not a phone number with the calling code of its country/,
    ],
    [
      "an ignored id that is a placeholder anyway",
      `${acme}    identity: { evidence: { ignored: { ids: [42, n/a] } } }\n`,
      /^sidelight\.yaml:9: .*ids\.1: identifies no customer anyway: leave it out$/,
    ],
    [
      "an unknown rule of a customer's value",
      `${acme}    identity:\n      survivorship:\n        person: { name: latest }\n`,
      /^sidelight\.yaml:11: tenants\.acme\.identity\.survivorship\.person\.name\.rule: .*"sourceRank"\|"newest"/,
    ],
    ["an invalid tenant name", acme.replace("acme:", "Acme Inc:"), /^sidelight\.yaml:3: tenants\.Acme Inc: /],
    [
      "two connections with the same id",
      `${acme}      - { id: zd, platform: zendesk }\n`,
      /^sidelight\.yaml:9: tenants\.acme\.connections\.1\.id: .*zd/,
    ],
    ["a key twice", `${acme}version: 1\n`, /^sidelight\.yaml:9: Map keys must be unique$/],
    ["a tab", acme.replace("  acme", "\tacme"), /^sidelight\.yaml:3: Tabs are not allowed as indentation$/],
    ["an alias without an anchor", `${acme}    csatDays: *days\n`, /^sidelight\.yaml: Unresolved alias .*: days$/],
    ["two documents", `${acme}---\n${acme}`, /^sidelight\.yaml:9: /],
    ["a list", "- 1\n", /^sidelight\.yaml: the file: .*expected object/],
    ["an empty file", "", /^sidelight\.yaml: the file: .*expected object/],
  ])("%s", async (_, text, expected) => {
    expect(await errorLines(text)).toEqual([expect.stringMatching(expected)]);
  });

  it("every fault, one a line", async () => {
    expect(await errorLines(`${acme}    csatDays: 0\n    roles: { boss: {} }\n`)).toEqual([
      "sidelight.yaml:10: tenants.acme.roles.boss: Unrecognized key",
      expect.stringMatching(/^sidelight\.yaml:9: tenants\.acme\.csatDays: /),
    ]);
  });

  it("a missing file", async () => {
    await expect(loadConfig(join(folder, "none.yaml"))).rejects.toThrow(/none\.yaml: cannot be read$/);
  });

  it("aliases that expand without limit", async () => {
    const row = (name: string, item: string) => `${name}: &${name} [${Array(10).fill(item).join(", ")}]\n`;
    const bomb = row("a", "x") + row("b", "*a") + row("c", "*b") + row("d", "*c");
    expect(await errorLines(bomb)).toEqual([expect.stringMatching(/^sidelight\.yaml: .*alias/i)]);
  });

  it.each([
    ["an alias that contains itself in a list", "a: &a [*a]\n", /:1: the alias \*a contains itself$/],
    ["an alias that contains itself in a map", "a: &a\n  b: *a\n", /:2: the alias \*a contains itself$/],
    ["two aliases that contain each other", "a: &a\n  b: &b [*a]\nc: *b\n", /:2: the alias \*a contains itself$/],
    [
      "aliases of aliases",
      `a: &a [${"x,".repeat(99)}x]\nb: &b [${"*a,".repeat(99)}*a]\nc: [${"*b,".repeat(99)}*b]\n`,
      /: its aliases make more than/,
    ],
    ["a list that is nested too deep", `a: ${"[".repeat(100)}${"]".repeat(100)}\n`, /: is nested deeper than 64 levels$/],
    [
      "a list that is nested deeper than a parser can follow",
      `a: ${"[".repeat(50_000)}${"]".repeat(50_000)}\n`,
      /: is nested deeper than 64 levels$/,
    ],
    ["a file of more than a megabyte", `# ${"x".repeat(1_100_000)}\n`, /: is larger than 1024 KB/],
  ])("%s", async (_, text, message) => {
    expect(await errorLines(text)).toEqual([expect.stringMatching(message)]);
  });

  it("any broken text, and throws nothing but ConfigError", async () => {
    const insertion = fc.tuple(
      fc.nat(acme.length),
      fc.string({ unit: fc.constantFrom(..."\n\t :-{}[]&*!|>'\"%@`#?,x1\0é"), maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(insertion, async ([index, text]) => {
        const error: unknown = await load(acme.slice(0, index) + text + acme.slice(index)).then(
          () => null,
          (e: unknown) => e,
        );
        if (error !== null) expect(error).toBeInstanceOf(ConfigError);
      }),
      { numRuns: 300 },
    );
  });
});

describe("rights of people", () => {
  it("name the line and the choices for what does not exist", async () => {
    const text = `${acme}    roles: { agent: { act: [note, fly] } }
    people:
      zendesk.user:7: boss
      ada@acme.example: agent
      zendesk.user:8: { role: rep, pii: true, see: all }
    permissionSets: { Sidelight_User: admin }
`;
    expect(await errorLines(text)).toEqual([
      "sidelight.yaml:9: tenants.acme.roles.agent.act.1: not an action. Use some of note, pin, follow-up, refresh, insert, identify, reveal",
      expect.stringMatching(/^sidelight\.yaml:11: tenants\.acme\.people\.zendesk\.user:7: not a grant\. Use agent, rep, none/),
      expect.stringMatching(/^sidelight\.yaml:12: tenants\.acme\.people\.ada@acme\.example: .*zendesk\.user:7/),
      "sidelight.yaml:13: tenants.acme.people.zendesk.user:8.see: Unrecognized key",
      expect.stringMatching(/^sidelight\.yaml:14: tenants\.acme\.permissionSets\.Sidelight_User: not a grant/),
    ]);
  });
});
