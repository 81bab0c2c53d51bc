import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@sidelight/test-support/freePort.ts";
import { startProcess } from "@sidelight/test-support/processes.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type CommandLine, openCommandLine } from "../harness/commandLine.ts";
import { labConfig, labSecrets } from "../lab/launch/config.ts";

// The command line as an operator uses it.
const commands = [
  "serve",
  "lab",
  "connect",
  "webhooks",
  "keys",
  "config",
  "route",
  "identity",
  "doctor",
  "context",
  "replay",
  "backup",
  "restore",
  "migrate",
  "bench",
];
const subCommands = [
  ...["create", "list", "revoke", "rotate"].map((name) => `keys ${name}`),
  ...["check", "diff", "versions", "rollback"].map((name) => `config ${name}`),
  "route test",
  ...["try", "undo", "report"].map((name) => `identity ${name}`),
];
const notBuilt = ["export", "erase"];

let cli: CommandLine;
beforeAll(async () => {
  cli = await openCommandLine();
});
afterAll(() => cli?.close());

describe("sidelight commands", () => {
  it("prints its commands and exits with 2 when it is called without one", async () => {
    const { code, err } = await cli.run([]);
    expect(code).toBe(2);
    expect(err).toMatch(/^Usage: sidelight /);
    for (const name of commands) expect(err).toContain(`  ${name}`);
    for (const name of notBuilt) expect(err).not.toContain(`  ${name} `);
  });

  it("prints the version of the package", async () => {
    const manifest = JSON.parse(readFileSync(new URL("../../context-api/package.json", import.meta.url), "utf8"));
    expect(await cli.run(["--version"])).toEqual({ code: 0, out: `${manifest.version}\n`, err: "" });
  });

  it.each([...commands, ...subCommands])("prints help with examples for %s and does nothing else", async (command) => {
    const data = join(cli.folder, "help-data");
    const { code, out, err } = await cli.run([...command.split(" "), "--help"], { SIDELIGHT_DATA: data });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(`Usage: sidelight ${command}`);
    expect(out).toContain(`Examples:\n  $ `);
    expect(existsSync(data)).toBe(false);
    expect(existsSync(join(cli.folder, "--help"))).toBe(false);
  });

  it.each([
    ["an unknown command", ["sing"], "error: unknown command 'sing'"],
    ["an unknown sub-command", ["config", "sing"], "error: unknown command 'sing'"],
    ["an unknown option", ["doctor", "--loud"], "error: unknown option '--loud'"],
    ["an unknown argument", ["doctor", "acme"], "error: too many arguments for 'doctor'"],
    ["a missing argument", ["backup"], "error: missing required argument 'file'"],
    ["a missing option", ["keys", "list"], "error: required option '--tenant <tenant>' not specified"],
    ["options that exclude each other", ["replay", "--rebuild", "--dry-run"], "Choose what to do: --rebuild or --dry-run."],
    ["a role that does not exist", ["keys", "create", "--tenant", "acme", "--role", "boss"], '"boss" is not a role.'],
    [
      "a platform that does not exist",
      ["connect", "hubspot", "--tenant", "acme"],
      '"hubspot" is not a platform to connect. Use one of salesforce, zendesk, mixpanel.',
    ],
    ...notBuilt.map((name): [string, string[], string] => [
      `${name}, which is not built`,
      [name],
      `sidelight ${name} is not built yet.`,
    ]),
  ])("exits with 2 and one clear line for %s", async (_, args, line) => {
    const { code, out, err } = await cli.run(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(line);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it.each<[string, Record<string, string>, string]>([
    ["an unknown log level", { SIDELIGHT_LOG: "loud" }, 'SIDELIGHT_LOG is "loud". Use one of silent, '],
    ["a master key of the wrong length", { SIDELIGHT_MASTER_KEY: "c2hvcnQ=" }, "SIDELIGHT_MASTER_KEY"],
    ["a data folder that cannot be created", { SIDELIGHT_DATA: "/dev/null/data" }, "/dev/null/data: "],
    ["a configuration that does not exist", { SIDELIGHT_CONFIG: "nowhere.yaml" }, "nowhere.yaml: "],
    ["a configuration that is a folder", { SIDELIGHT_CONFIG: tmpdir() }, `${tmpdir()}: `],
  ])("prints one line without a stack for %s, and the stack on request", async (_, env, line) => {
    const args = ["keys", "list", "--tenant", "acme"];
    const { code, err } = await cli.run(args, env);
    expect(code).toBeGreaterThan(0);
    expect(err).toContain(line);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    const withStack = await cli.run([...args, "--stack"], env);
    expect(withStack.err).toMatch(/\n\s+at /);
    expect((await cli.run(args, { ...env, SIDELIGHT_STACK: "1" })).err).toMatch(/\n\s+at /);
  });

  it("prints one line when the store was encrypted with another master key", async () => {
    const key = () => randomBytes(32).toString("base64");
    const data = join(cli.folder, "other-key-data");
    const args = ["keys", "list", "--tenant", "acme"];
    expect((await cli.run(args, { SIDELIGHT_DATA: data, SIDELIGHT_MASTER_KEY: key() })).code).toBe(0);
    const { code, err } = await cli.run(args, { SIDELIGHT_DATA: data, SIDELIGHT_MASTER_KEY: key() });
    expect(code).toBe(1);
    expect(err).toMatch(/master key/);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  it("resolves relative paths from the folder in which it is called", async () => {
    const script = fileURLToPath(new URL("../tools/node24.mjs", import.meta.url));
    const { child, ended, out, err } = startProcess(
      process.execPath,
      [script, "--here", "context-api/src/main.ts", "config", "check"],
      {
        cwd: tmpdir(),
        env: { ...process.env, npm_lifecycle_event: "sidelight", INIT_CWD: cli.folder, SIDELIGHT_CONFIG: "sidelight.yaml" },
      },
    );
    child.stdin.end();
    expect([await ended, err()]).toEqual([0, ""]);
    expect(out()).toMatch(/^acme {2}v/);
  });

  it("creates, lists and revokes keys", async () => {
    const created = await cli.run(["keys", "create", "--tenant", "acme", "--role", "agent", "--label", "Zendesk app"]);
    expect(created.code).toBe(0);
    const [, token] = /^agent {2}(slk_acme_\S+)$/m.exec(created.out)!;
    const keyId = token!.split("_")[2]!;
    const list = await cli.run(["keys", "list", "--tenant", "acme"]);
    expect(list.out).toMatch(new RegExp(`^${keyId} {2}agent .* active {2}Zendesk app$`, "m"));
    expect(list.out).not.toContain(token);
    expect((await cli.run(["keys", "revoke", "--tenant", "acme", keyId])).out).toMatch(/^revoked /);
    expect((await cli.run(["keys", "list", "--tenant", "acme"])).out).toContain("revoked 20");
    const unknown = await cli.run(["keys", "revoke", "--tenant", "acme", "000000000000"]);
    expect([unknown.code, unknown.err]).toEqual([1, "acme has no API key 000000000000.\n"]);
    expect((await cli.run(["keys", "create", "--tenant", "unknown", "--role", "agent"])).err).toContain("no tenant unknown");
  });

  it("reports in doctor that everything works, or names the next step", async () => {
    await cli.run(["keys", "create", "--tenant", "acme", "--role", "service"]);
    const success = await cli.run(["doctor"]);
    expect(success.out).not.toContain("WRONG");
    expect(success.out.match(/signed in and answered/g)).toHaveLength(3);
    expect(success.code).toBe(0);
    const secrets = labSecrets(cli.lab.tenants);
    const wrongConfig = join(cli.folder, "wrong.yaml");
    writeFileSync(join(cli.folder, "wrong.json"), JSON.stringify({ ...secrets, "acme.zendesk": "not the secret" }));
    writeFileSync(wrongConfig, labConfig(cli.lab.tenants, "http://localhost:9").replace("secrets.json", "wrong.json"));
    const failure = await cli.run(["doctor"], { SIDELIGHT_CONFIG: wrongConfig });
    expect(failure.code).toBe(1);
    expect(failure.out).toMatch(
      /WRONG {2}acme: zendesk \(Zendesk\): .+\n {7}→ check tenants\.acme\.connections\.zendesk\.settings\.auth/,
    );
    expect(failure.out).not.toContain("not the secret");
    expect(failure.out.match(/signed in and answered/g)).toHaveLength(2);
  });

  it("reports in doctor that Redis does not answer, without its password", async () => {
    const port = await freePort();
    const { code, out, err } = await cli.run(["doctor"], { SIDELIGHT_REDIS_URL: `redis://user:the-password@127.0.0.1:${port}` });
    expect(code).toBe(1);
    expect(out).toMatch(/WRONG {2}Redis does not answer\n {7}→ check the address in SIDELIGHT_REDIS_URL/);
    expect(out + err).not.toContain("the-password");
    const refused = await cli.run(["doctor"], { SIDELIGHT_REDIS_URL: "http://user:the-password@redis" });
    expect([refused.code, refused.err]).toEqual([
      1,
      "SIDELIGHT_REDIS_URL: not an address of Redis. Use redis://host:6379/0, or rediss:// for TLS\n",
    ]);
  });

  it("prints file, line and reason of a configuration that cannot be used", async () => {
    const file = join(cli.folder, "broken.yaml");
    writeFileSync(file, stringify({ version: 1, tenants: { acme: { timeZone: "Mars/Olympus", connections: [] } } }));
    const { code, err } = await cli.run(["doctor"], { SIDELIGHT_CONFIG: file });
    expect(code).toBe(1);
    expect(err).toBe(`${file}:4: tenants.acme.timeZone: not an IANA time zone\n`);
  });

  it("checks a configuration with all its files, without a store or a secret", async () => {
    const [file, sharedFile] = [join(cli.folder, "split.yaml"), join(cli.folder, "shared.yaml")];
    const env = { SIDELIGHT_CONFIG: file, SIDELIGHT_DATA: join(cli.folder, "no-data") };
    const text = labConfig(cli.lab.tenants, "http://localhost:9", {}, { hasRoutes: true }).replace("secrets.json", "none.json");
    writeFileSync(file, `include: [shared.yaml]\n${text}`);
    writeFileSync(sharedFile, "tenants:\n  acme:\n    routing:\n      transforms:\n        mine: '{ \"a\": 1 }'\n");
    const plain = await cli.run(["config", "check"], env);
    expect(plain).toEqual({
      code: 0,
      out: expect.stringMatching(/^acme {2}v[0-9a-f]{8} {2}\d connections {2}\d+ routes\n$/),
      err: "",
    });
    writeFileSync(join(cli.folder, "split.staging.yaml"), "# Staging.\ntenants: { acme: { csatDays: 30 } }\n");
    const staging = await cli.run(["config", "check", "--environment", "staging"], env);
    expect([staging.code, staging.err]).toEqual([0, ""]);
    expect(staging.out).not.toBe(plain.out);
    writeFileSync(sharedFile, "tenants:\n  acme:\n    routing:\n      transforms:\n        mine: '{ \"a\": $rm(1) }'\n");
    expect(await cli.run(["config", "check"], env)).toEqual({
      code: 1,
      out: "",
      err: `${sharedFile}:5: tenants.acme.routing.transforms.mine: there is no $rm, at character 10\n`,
    });
    const absent = await cli.run(["config", "check"], { ...env, SIDELIGHT_ENVIRONMENT: "moon" });
    expect([absent.code, absent.err]).toEqual([
      1,
      `${join(cli.folder, "split.moon.yaml")}: cannot be read; SIDELIGHT_ENVIRONMENT is moon\n`,
    ]);
    expect(existsSync(join(cli.folder, "no-data"))).toBe(false);
    expect((await cli.run(["config", "versions", "--tenant", "acme"], env)).err).toMatch(/^There is no store at .*no-data/);
  });

  it("prints the context of a customer from the store, without a request to a platform", async () => {
    const requestsBefore = cli.lab.requests.list({}).length;
    const { code, out } = await cli.run(["context", "--tenant", "acme", "email:unknown@example.com"]);
    expect(code).toBe(0);
    expect(JSON.parse(out).match.state).toBe("none");
    expect(cli.lab.requests.list({}).length).toBe(requestsBefore);
    expect((await cli.run(["context", "--tenant", "acme", "nonsense"])).err).toContain("kind:value");
  });
});
