import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "./issues.ts";
import { loadConfig } from "./load.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidelight-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function load(files: Record<string, string>, environment: string | null = null) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return await loadConfig(join(folder, "sidelight.yaml"), environment);
}
async function errorOf(files: Record<string, string>, environment: string | null = null): Promise<string> {
  const error: unknown = await load(files, environment).catch((e: unknown) => e);
  if (!(error instanceof ConfigError)) throw new Error(`expected a ConfigError: ${String(error)}`);
  return error.message.replaceAll(`${folder}/`, "");
}
const tenants = (days: number) => `tenants: { acme: { csatDays: ${days} } }\n`;
const main = (includes: string, members = "") => `version: 1\ninclude: [${includes}]\n${members}`;

describe("loadConfig with several files", () => {
  it("merges included files recursively: the including file wins, and a later include over an earlier one", async () => {
    const { config, files } = await load({
      "sidelight.yaml": main("a.yaml, parts/b.yaml", "http: { trustedProxies: 1 }\n"),
      "a.yaml": `http: { trustedProxies: 9, bodySeconds: 9 }\n${tenants(1)}`,
      "parts/b.yaml": `include: [c.yaml]\n${tenants(2)}`,
      "parts/c.yaml": `${tenants(3)}http: { requestsPerMinute: 7 }\n`,
    });
    expect(config.http).toMatchObject({ trustedProxies: 1, bodySeconds: 9, requestsPerMinute: 7 });
    expect(config.tenants["acme"]!.csatDays).toBe(2);
    expect([...files.keys()]).toEqual(
      ["sidelight.yaml", "a.yaml", "parts/b.yaml", "parts/c.yaml"].map((name) => join(folder, name)),
    );
  });

  it("accepts a file that is included twice on different paths", async () => {
    const { config } = await load({
      "sidelight.yaml": main("a.yaml, b.yaml"),
      "a.yaml": "include: [shared.yaml]\n",
      "b.yaml": "include: [shared.yaml]\n",
      "shared.yaml": tenants(3),
    });
    expect(config.tenants["acme"]!.csatDays).toBe(3);
  });

  it("lays the overlay of the environment over all files", async () => {
    const files = {
      "sidelight.yaml": main("a.yaml"),
      "a.yaml": "tenants: { acme: { csatDays: 1, connections: [{ id: zd, platform: zendesk, settings: { url: live } }] } }\n",
      "sidelight.staging.yaml":
        "tenants: { acme: { connections: [{ id: zd, environment: sandbox, settings: { url: sandbox } }] } }\n",
    };
    const [plain, staging] = [await load(files), await load(files, "staging")];
    expect([plain.environment, staging.environment]).toEqual([null, "staging"]);
    expect(plain.config.tenants["acme"]!.connections[0]).toMatchObject({ environment: "production", settings: { url: "live" } });
    expect(staging.config.tenants["acme"]).toMatchObject({
      csatDays: 1,
      connections: [{ id: "zd", platform: "zendesk", environment: "sandbox", settings: { url: "sandbox" } }],
    });
  });
});

describe("ConfigError names the file of the fault", () => {
  it.each<[string, Record<string, string>, string]>([
    [
      "a value in an included file",
      { "sidelight.yaml": main("a.yaml"), "a.yaml": "# Ours.\ntenants:\n  acme:\n    csatDays: soon\n" },
      "a.yaml:4: tenants.acme.csatDays: Invalid input: expected number, received string",
    ],
    [
      "an unknown key",
      { "sidelight.yaml": main("a.yaml", tenants(1)), "a.yaml": "tenants:\n  acme:\n    csatDay: 1\n" },
      "a.yaml:3: tenants.acme.csatDay: Unrecognized key",
    ],
    ["invalid YAML", { "sidelight.yaml": main("a.yaml"), "a.yaml": "a: 1\na: 2\n" }, "a.yaml:2: Map keys must be unique"],
    [
      "a missing file",
      { "sidelight.yaml": main('a.yaml, "b.yaml"'), "a.yaml": tenants(1) },
      "sidelight.yaml:2: include.1: b.yaml cannot be read",
    ],
    [
      "includes that are not a list",
      { "sidelight.yaml": "version: 1\ninclude: a.yaml\n" },
      "sidelight.yaml:2: include: expected array of paths",
    ],
    [
      "an include that is not a path",
      { "sidelight.yaml": main("{}") },
      "sidelight.yaml:2: include.0: expected string, a path from this file",
    ],
    [
      "a file that contains a list",
      { "sidelight.yaml": main("a.yaml"), "a.yaml": "- 1\n" },
      "a.yaml: the file: expected object, as in version: 1",
    ],
    [
      "a file that includes itself",
      { "sidelight.yaml": main("sidelight.yaml") },
      "sidelight.yaml:2: include.0: includes itself: sidelight.yaml → sidelight.yaml",
    ],
    [
      "a cycle of several files",
      { "sidelight.yaml": main("a.yaml"), "a.yaml": "include:\n  - b.yaml\n", "b.yaml": "\ninclude: [a.yaml]\n" },
      "b.yaml:2: include.0: includes itself: a.yaml → b.yaml → a.yaml",
    ],
  ])("%s", async (_, files, expected) => {
    expect(await errorOf(files)).toBe(expected);
  });

  it("an environment without an overlay file", async () => {
    expect(await errorOf({ "sidelight.yaml": `version: 1\n${tenants(1)}` }, "staging")).toBe(
      "sidelight.staging.yaml: cannot be read; SIDELIGHT_ENVIRONMENT is staging",
    );
  });

  it("a value in an overlay", async () => {
    const files = { "sidelight.yaml": `version: 1\n${tenants(1)}`, "sidelight.staging.yaml": `\n\n${tenants(-1)}` };
    expect(await errorOf(files, "staging")).toMatch(/^sidelight\.staging\.yaml:3: tenants\.acme\.csatDays: Too small/);
  });

  it("a cycle through symbolic links", async () => {
    await symlink(join(folder, "sidelight.yaml"), join(folder, "link.yaml"));
    expect(await errorOf({ "sidelight.yaml": main("link.yaml") })).toMatch(/^sidelight\.yaml:2: include\.0: includes itself/);
  });
});
