import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { labConfig, labSecrets } from "../lab/launch/config.ts";
import { type Lab, startSimulators, TINY } from "../lab/simulators/lab.ts";
import { until } from "../support/until.ts";

// The command line as an operator has it, against the simulators as if they were real accounts.
const main = fileURLToPath(new URL("../../context-api/src/main.ts", import.meta.url));
let lab: Lab;
let folder: string;

beforeAll(async () => {
  lab = await startSimulators({ sizes: { acme: TINY["acme"]! } });
  folder = mkdtempSync(join(tmpdir(), "sidelight-commands-"));
  writeFileSync(join(folder, "sidelight.yaml"), labConfig(lab.tenants, "http://localhost:9"));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify(labSecrets(lab.tenants)));
});
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true });
});

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

function sidelight(args: string[], env: Record<string, string> = {}, input = ""): Promise<Ran> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    cwd: folder,
    env: { ...process.env, SIDELIGHT_DATA: join(folder, "data"), SIDELIGHT_CONFIG: join(folder, "sidelight.yaml"), ...env },
  });
  child.stdin.end(input);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk;
  });
  return new Promise((resolve) => child.once("exit", (code) => resolve({ code, out, err })));
}

/** The port that a `serve` has taken. */
const listening = (child: ChildProcessWithoutNullStreams): Promise<number> =>
  new Promise((resolve) =>
    child.stdout.on("data", (chunk: Buffer) => {
      const found = /listening http:\/\/localhost:(\d+)/.exec(String(chunk));
      if (found) resolve(Number(found[1]));
    }),
  );

describe("sidelight", () => {
  it("tells what it can do, in one line", async () => {
    const { code, err } = await sidelight([]);
    expect(code).toBe(1);
    expect(err).toMatch(/^usage: sidelight <serve\|/);
    expect((await sidelight(["migrate"])).err).toBe("migrate is not built yet\n");
  });

  it("makes, lists and revokes keys", async () => {
    const made = await sidelight(["keys", "create", "--tenant", "acme", "--role", "agent", "--label", "Zendesk app"]);
    expect(made.code).toBe(0);
    const [, token] = /^agent {2}(slk_acme_\S+)$/m.exec(made.out)!;
    const keyId = token!.split("_")[2]!;
    const listed = await sidelight(["keys", "list", "--tenant", "acme"]);
    expect(listed.out).toMatch(new RegExp(`^${keyId} {2}agent .* in use {2}Zendesk app$`, "m"));
    expect(listed.out).not.toContain(token);
    expect((await sidelight(["keys", "revoke", "--tenant", "acme", keyId])).out).toMatch(/^revoked /);
    expect((await sidelight(["keys", "list", "--tenant", "acme"])).out).toContain("revoked 20");
    const unknown = await sidelight(["keys", "revoke", "--tenant", "acme", "000000000000"]);
    expect([unknown.code, unknown.err]).toEqual([1, "there is no key 000000000000; sidelight keys list tells their ids\n"]);
    expect((await sidelight(["keys", "create", "--tenant", "nobody", "--role", "agent"])).err).toContain("no tenant nobody");
  });

  it("doctor says that all is well, or what to do next", async () => {
    await sidelight(["keys", "create", "--tenant", "acme", "--role", "service"]);
    const well = await sidelight(["doctor"]);
    expect(well.out).not.toContain("WRONG");
    expect(well.out.match(/signed in and answered/g)).toHaveLength(3);
    expect(well.code).toBe(0);
    const secrets = labSecrets(lab.tenants);
    const wrong = join(folder, "wrong.yaml");
    writeFileSync(join(folder, "wrong.json"), JSON.stringify({ ...secrets, "acme.zendesk": "not the secret" }));
    writeFileSync(wrong, labConfig(lab.tenants, "http://localhost:9").replace("secrets.json", "wrong.json"));
    const ill = await sidelight(["doctor"], { SIDELIGHT_CONFIG: wrong });
    expect(ill.code).toBe(1);
    expect(ill.out).toMatch(
      /WRONG {2}acme: zendesk \(Zendesk\): .+\n {7}→ check tenants\.acme\.connections\.zendesk\.settings\.auth/,
    );
    expect(ill.out).not.toContain("not the secret");
    expect(ill.out.match(/signed in and answered/g)).toHaveLength(2);
  });

  it("tells file, line and reason of a configuration that can't be used", async () => {
    const file = join(folder, "broken.yaml");
    writeFileSync(file, stringify({ version: 1, tenants: { acme: { timeZone: "Mars/Olympus", connections: [] } } }));
    const { code, err } = await sidelight(["doctor"], { SIDELIGHT_CONFIG: file });
    expect(code).toBe(1);
    expect(err).toBe(`${file}:4: tenants.acme.timeZone: not an IANA time zone\n`);
  });

  it("checks a configuration with all its files, and needs no store and no secret for it", async () => {
    const [file, shared] = [join(folder, "whole.yaml"), join(folder, "shared.yaml")];
    const env = { SIDELIGHT_CONFIG: file, SIDELIGHT_DATA: join(folder, "no-data") };
    const text = labConfig(lab.tenants, "http://localhost:9", {}, { hasRoutes: true }).replace("secrets.json", "none.json");
    writeFileSync(file, `include: [shared.yaml]\n${text}`);
    writeFileSync(shared, "tenants:\n  acme:\n    routing:\n      transforms:\n        mine: '{ \"a\": 1 }'\n");
    const well = await sidelight(["config", "check"], env);
    expect(well).toEqual({
      code: 0,
      out: expect.stringMatching(/^acme {2}v[0-9a-f]{8} {2}\d connections {2}\d+ routes\n$/),
      err: "",
    });
    writeFileSync(join(folder, "whole.staging.yaml"), "# Staging.\ntenants: { acme: { csatDays: 30 } }\n");
    const staging = await sidelight(["config", "check", "--environment", "staging"], env);
    expect([staging.code, staging.err]).toEqual([0, ""]);
    expect(staging.out).not.toBe(well.out);
    writeFileSync(shared, "tenants:\n  acme:\n    routing:\n      transforms:\n        mine: '{ \"a\": $rm(1) }'\n");
    expect(await sidelight(["config", "check"], env)).toEqual({
      code: 1,
      out: "",
      err: `${shared}:5: tenants.acme.routing.transforms.mine: there is no $rm, at character 10\n`,
    });
    const absent = await sidelight(["config", "check"], { ...env, SIDELIGHT_ENVIRONMENT: "moon" });
    expect([absent.code, absent.err]).toEqual([
      1,
      `${join(folder, "whole.moon.yaml")}: cannot be read; SIDELIGHT_ENVIRONMENT is moon\n`,
    ]);
    expect(existsSync(join(folder, "no-data"))).toBe(false);
    expect((await sidelight(["config", "versions", "--tenant", "acme"], env)).err).toMatch(
      /^no configuration was put to use yet/,
    );
    expect((await sidelight(["config", "sing"], env)).err).toMatch(/^config check /);
  });

  it("compares, lists and rolls back configurations beside a running serve, which takes them up", {
    timeout: 60_000,
  }, async () => {
    const file = join(folder, "life.yaml");
    const env = { SIDELIGHT_CONFIG: file, SIDELIGHT_DATA: join(folder, "life-data") };
    const write = (tenant: object) => writeFileSync(file, stringify({ version: 1, tenants: { acme: tenant } }));
    write({ connections: [], routing: { transforms: { mine: '{ "a": 1 }' } } });
    const { out: keys } = await sidelight(["keys", "create", "--tenant", "acme", "--role", "admin", "--json"], env);
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, "serve"], {
      env: { ...process.env, ...env, PORT: "0", SIDELIGHT_LOG: "silent" },
    });
    try {
      const port = await listening(child);
      const headers = { authorization: `Bearer ${JSON.parse(keys).admin}` };
      const inUse = async () =>
        ConfigStatus.parse(await (await fetch(`http://127.0.0.1:${port}/v1/config`, { headers })).json()).version;
      const takenUp = (version: string) => {
        child.kill("SIGHUP");
        return until(`version ${version}`, async () => (await inUse()) === version);
      };
      const first = await inUse();
      write({ connections: [], csatDays: 30, routing: { transforms: { mine: '{ "a": 2 }' } } });
      const changed = await sidelight(["config", "diff", first], env);
      const [, second] = /^acme {2}\S+ → (\S+)$/m.exec(changed.out)!;
      expect(changed).toEqual({
        code: 0,
        out: `acme  ${first} → ${second}\n  csatDays: 90 → 30\n  routing.transforms.mine: "{ \\"a\\": 1 }" → "{ \\"a\\": 2 }"\n`,
        err: "",
      });
      await takenUp(second!);
      expect((await sidelight(["config", "diff"], env)).out).toBe(`acme  ${second}  no change\n`);

      const back = await sidelight(["config", "rollback", first], env);
      expect(back.out).toBe(`acme is rolled back to ${first}, until the files say something else than ${second}\n`);
      await takenUp(first);
      expect((await sidelight(["config", "versions"], env)).out).toMatch(
        new RegExp(`^acme {2}${first} {2}\\S+Z {2}rollback {2}rolled back to\nacme {2}${second} {2}\\S+Z {2}reload\n$`),
      );
      expect((await sidelight(["config", "diff", second!], env)).out).toBe(`acme  ${second}  no change\n`);
      expect((await sidelight(["config", "rollback", second!], env)).out).toContain("which is what the files say");
      await takenUp(second!);
      expect((await sidelight(["config", "rollback", "v00000000"], env)).err).toMatch(/^v00000000 was never in use/);
      expect(child.exitCode).toBeNull();
    } finally {
      child.kill();
    }
  });

  it("shows what the store holds of a customer, and asks nobody", async () => {
    const before = lab.requests.list({}).length;
    const { code, out } = await sidelight(["context", "--tenant", "acme", "email:nobody@example.com"]);
    expect(code).toBe(0);
    expect(JSON.parse(out).match.state).toBe("none");
    expect(lab.requests.list({}).length).toBe(before);
    expect((await sidelight(["context", "--tenant", "acme", "nonsense"])).err).toContain("kind:value");
  });

  it("connects Salesforce by a certificate, whose key comes from a file and goes to the secrets", {
    timeout: 60_000,
  }, async () => {
    const config = join(folder, "jwt.yaml");
    const env = { SIDELIGHT_CONFIG: config, SIDELIGHT_DATA: join(folder, "jwt-data") };
    writeFileSync(config, "version: 1\nsecrets: { provider: file, path: jwt-secrets.json }\ntenants: {}\n");
    const { url, credentials } = lab.tenants["acme"]!.salesforce;
    const key = join(folder, "server.key");
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const connect = (set: Record<string, string> = {}) => {
      const settings = {
        url,
        "auth.flow": "jwt",
        "auth.clientId": credentials.clientId,
        "auth.username": credentials.username,
        "auth.privateKey": key,
        ...set,
      };
      const pairs = Object.entries(settings).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
      return sidelight(["connect", "salesforce", "--tenant", "mycompany", ...pairs], env);
    };

    writeFileSync(key, "s3cret, and no key");
    expect((await connect()).out).toContain("That does not work: The private key can't be used");
    writeFileSync(key, other.export({ type: "pkcs8", format: "pem" }));
    expect((await connect()).out).toContain("the private key doesn't fit the app's certificate");
    writeFileSync(key, credentials.jwtPrivateKey);
    expect((await connect({ "auth.username": "nobody@acme.example" })).out).toContain("doesn't have this user pre-authorised");
    expect((await connect({ "auth.clientId": "3MVG9nobody" })).out).toContain("there is no app with this consumer key");
    expect((await connect({ "auth.flow": "password" })).err).toBe("Sign-in is one of client-credentials, jwt\n");
    expect(readFileSync(config, "utf8")).not.toContain("salesforce");

    const { code, out, err } = await connect();
    expect([code, err], out).toEqual([0, ""]);
    expect(parse(readFileSync(config, "utf8")).tenants.mycompany.connections[0].settings.auth).toEqual({
      flow: "jwt",
      clientId: credentials.clientId,
      username: credentials.username,
      privateKey: "mycompany.salesforce",
    });
    expect(JSON.parse(readFileSync(join(folder, "jwt-secrets.json"), "utf8"))).toEqual({
      "mycompany.salesforce": credentials.jwtPrivateKey,
    });
    expect(statSync(join(folder, "jwt-secrets.json")).mode & 0o777).toBe(0o600);
    expect((await sidelight(["doctor"], env)).out).toContain("salesforce (Salesforce) signed in and answered");
  });

  it.each([
    ["{ provider: env }", "the environment of sidelight serve, as SIDELIGHT_SECRET_MYCOMPANY_ZENDESK."],
    [
      "{ provider: aws, region: eu-central-1, prefix: sidelight/ }",
      "AWS Secrets Manager in eu-central-1, as the plain text of sidelight/mycompany.zendesk.",
    ],
    ["{ provider: azure, vault: https://v.vault.azure.net }", "Azure Key Vault https://v.vault.azure.net, as mycompany-zendesk."],
  ])("says where a secret goes with %s", async (secrets, place) => {
    const config = join(folder, "places.yaml");
    writeFileSync(config, `version: 1\nsecrets: ${secrets}\ntenants: {}\n`);
    const { url, credentials } = lab.tenants["acme"]!.zendesk;
    const set = ["--set", `url=${url}`, "--set", `auth.clientId=${credentials.clientId}`];
    const { code, out } = await sidelight(
      ["connect", "zendesk", "--tenant", "mycompany", ...set],
      { SIDELIGHT_CONFIG: config },
      `${credentials.clientSecret}\n`,
    );
    expect([code, out]).toEqual([0, expect.stringContaining(`Put the secret into ${place}\n`)]);
  });

  it("serve ends where its configuration is wrong, or the store in use, and lets go of its port", async () => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, "serve"], {
      cwd: folder,
      env: { ...process.env, PORT: "0", SIDELIGHT_DATA: join(folder, "taken"), SIDELIGHT_CONFIG: join(folder, "sidelight.yaml") },
    });
    await listening(child);
    try {
      const second = await sidelight(["serve"], { PORT: "0", SIDELIGHT_DATA: join(folder, "taken") });
      expect(second).toMatchObject({ code: 1, out: "" });
      expect(second.err).not.toBe("");
      writeFileSync(join(folder, "wrong.yaml"), "version: 2\n");
      const wrong = await sidelight(["serve"], { PORT: "0", SIDELIGHT_CONFIG: join(folder, "wrong.yaml") });
      expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining("wrong.yaml:1") });
    } finally {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("exit", resolve));
    }
  });

  it("serve cuts off a body that never ends, and goes on for everybody else", async () => {
    const config = join(folder, "slow.yaml");
    writeFileSync(config, stringify({ version: 1, http: { bodySeconds: 1 }, tenants: { acme: { connections: [] } } }));
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, "serve"], {
      env: {
        ...process.env,
        PORT: "0",
        SIDELIGHT_DATA: join(folder, "slow-data"),
        SIDELIGHT_CONFIG: config,
        SIDELIGHT_LOG: "silent",
      },
    });
    try {
      const port = await listening(child);
      const slow = connect(port, "127.0.0.1");
      slow.write(
        'POST /v1/contexts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"refs":[',
      );
      let said = "";
      slow.on("data", (chunk: Buffer) => {
        said += chunk;
      });
      const cut = new Promise((resolve) => slow.once("close", resolve));
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
      await cut;
      // Whoever sends no key is told so before the body is waited for.
      expect(said).toMatch(/^HTTP\/1\.1 (401|408) /);
    } finally {
      child.kill();
    }
  });

  it("connects the three platforms from nothing, and serves them", { timeout: 60_000 }, async () => {
    const config = join(folder, "new.yaml");
    const env = { SIDELIGHT_CONFIG: config, SIDELIGHT_DATA: join(folder, "new-data") };
    writeFileSync(config, "# Ours.\nversion: 1\nsecrets: { provider: file, path: new-secrets.json }\ntenants: {}\n");
    const { zendesk, salesforce, mixpanel } = lab.tenants["acme"]!;
    const refused = await sidelight(
      ["connect", "zendesk", "--tenant", "mycompany", "--set", `url=${zendesk.url}`],
      env,
      `${zendesk.credentials.clientId}\nnot the secret\n`,
    );
    expect(refused.code).toBe(1);
    expect(refused.out).toContain("That does not work: ");
    expect(refused.out).toContain("→ check tenants.mycompany.connections.zendesk.settings.auth");
    expect(readFileSync(config, "utf8")).not.toContain("zendesk");

    const answers: [string, string[], string][] = [
      ["zendesk", [`url=${zendesk.url}`, `auth.clientId=${zendesk.credentials.clientId}`], zendesk.credentials.clientSecret],
      [
        "salesforce",
        [`url=${salesforce.url}`, `auth.clientId=${salesforce.credentials.clientId}`],
        salesforce.credentials.clientSecret,
      ],
      [
        "mixpanel",
        [
          `projectId=${mixpanel.credentials.projectId}`,
          "region=us",
          `auth.username=${mixpanel.credentials.username}`,
          `queryUrl=${mixpanel.url}`,
          `exportUrl=${mixpanel.url}`,
        ],
        mixpanel.credentials.secret,
      ],
    ];
    for (const [platform, set, secret] of answers) {
      const { code, out, err } = await sidelight(
        ["connect", platform, "--tenant", "mycompany", ...set.flatMap((s) => ["--set", s])],
        env,
        `${secret}\n`,
      );
      expect([code, err], out).toEqual([0, ""]);
      expect(out).toMatch(/answers\. .*has the connection/);
      expect(out).not.toContain(secret);
    }
    const text = readFileSync(config, "utf8");
    expect(text).toContain("# Ours.");
    for (const [, , secret] of answers) expect(text).not.toContain(secret);
    expect(statSync(join(folder, "new-secrets.json")).mode & 0o777).toBe(0o600);
    const doctor = await sidelight(["doctor"], env);
    expect(doctor.out.match(/signed in and answered/g)).toHaveLength(3);
    expect(doctor.out).toContain("sidelight keys create --tenant mycompany");
    expect((await sidelight(["connect", "hubspot", "--tenant", "mycompany"], env)).err).toMatch(
      /^connect <salesforce\|zendesk\|mixpanel>/,
    );
  });
});
