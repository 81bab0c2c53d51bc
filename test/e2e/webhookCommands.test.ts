import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type CommandLine, listeningPort, openCommandLine } from "../harness/commandLine.ts";

let cli: CommandLine;
beforeAll(async () => {
  cli = await openCommandLine();
});
afterAll(() => cli?.close());

/** A configuration with a Zendesk account and a service of our own, and no webhook. */
function writeConfig(
  name: string,
  moreSecrets: Record<string, string> = {},
): { file: string; secretsFile: string; env: Record<string, string> } {
  const { zendesk } = cli.lab.tenants["acme"]!;
  const file = join(cli.folder, `${name}.yaml`);
  const secretsFile = join(cli.folder, `${name}-secrets.json`);
  writeFileSync(
    file,
    `version: 1
secrets: { provider: file, path: ${name}-secrets.json }
tenants:
  mycompany:
    connections:
      - id: zendesk
        platform: zendesk
        settings: { url: ${zendesk.url}, auth: { clientId: ${zendesk.credentials.clientId}, clientSecret: zd.client } }
      - id: billing # our own service
        platform: generic
      - id: crm
        platform: salesforce
        settings: { url: ${cli.lab.tenants["acme"]!.salesforce.url}, auth: { clientId: x, clientSecret: crm.client } }
`,
  );
  writeFileSync(secretsFile, JSON.stringify({ "zd.client": zendesk.credentials.clientSecret, ...moreSecrets }));
  return { file, secretsFile, env: { SIDELIGHT_CONFIG: file, SIDELIGHT_DATA: join(cli.folder, `${name}-data`) } };
}

const add = (connection: string, env: Record<string, string>, ...moreOptions: string[]) =>
  cli.run(["webhooks", "add", connection, "--tenant", "mycompany", "--url", "https://sidelight.example/", ...moreOptions], env);

describe("sidelight webhooks", () => {
  it("adds a webhook with its token and signing secret, and prints its address", async () => {
    const { file, secretsFile, env } = writeConfig("add");
    const { code, out, err } = await add("billing", env);
    expect([code, err], out).toEqual([0, ""]);
    const [, billing] = parse(readFileSync(file, "utf8")).tenants.mycompany.connections;
    expect(billing).toEqual({
      id: "billing",
      platform: "generic",
      webhooks: [{ kind: "events", token: "mycompany.billing.events.token", secret: "mycompany.billing.events.secret" }],
    });
    expect(readFileSync(file, "utf8")).toContain("# our own service");
    const secrets = JSON.parse(readFileSync(secretsFile, "utf8"));
    const token = secrets["mycompany.billing.events.token"];
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(secrets["mycompany.billing.events.secret"]).toMatch(/^whsec_/);
    const address = `https://sidelight.example/v1/webhooks/mycompany/generic/${token}`;
    expect(out).toContain(address);
    const list = await cli.run(["webhooks", "list", "--url", "https://sidelight.example"], env);
    expect([list.code, list.out]).toEqual([0, `mycompany  billing  events  ${address}\n`]);

    expect((await add("billing", env)).code).toBe(0);
    const tokens = parse(readFileSync(file, "utf8")).tenants.mycompany.connections[1].webhooks.map(
      (w: { token: string }) => w.token,
    );
    expect(tokens).toEqual(["mycompany.billing.events.token", "mycompany.billing.events.2.token"]);
    expect(JSON.parse(readFileSync(secretsFile, "utf8"))["mycompany.billing.events.token"]).toBe(token);
  });

  it("replaces a token a second time and keeps the one in use", async () => {
    const { file, secretsFile, env } = writeConfig("again");
    await add("billing", env);
    await add("billing", env);
    const [first] = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.includes("events.token"));
    const second = JSON.parse(readFileSync(secretsFile, "utf8"))["mycompany.billing.events.2.token"];
    // The first webhook is removed once the sender uses the second address.
    const text = readFileSync(file, "utf8");
    const [entry] = /^ *- kind: events\n(?: {12}.*\n)*/m.exec(text) ?? [first!];
    writeFileSync(file, text.replace(entry!, ""));
    const { code, out, err } = await add("billing", env);
    expect([code, err], out).toEqual([0, ""]);
    const tokens = parse(readFileSync(file, "utf8")).tenants.mycompany.connections[1].webhooks.map(
      (w: { token: string }) => w.token,
    );
    expect(tokens).toEqual(["mycompany.billing.events.2.token", "mycompany.billing.events.3.token"]);
    expect(JSON.parse(readFileSync(secretsFile, "utf8"))["mycompany.billing.events.2.token"]).toBe(second);
  });

  it("names what a webhook still needs", async () => {
    const { env } = writeConfig("needs");
    const zendesk = await add("zendesk", env);
    expect([zendesk.code, zendesk.err], zendesk.out).toEqual([0, ""]);
    expect(zendesk.out).toContain("Put the secret mycompany.zendesk.events.secret (the signing secret of the webhook");
    expect((await add("crm", env)).err).toContain("Salesforce has several kinds of webhooks. Use --kind with one of ");
    expect((await add("crm", env, "--kind", "outbound-messages")).err).toContain(
      "The webhook outbound-messages needs organizationId",
    );
    expect((await add("crm", env, "--kind", "outbound-messages", "--set", "organizationId=00D5g000004xyz1")).code).toBe(0);
    expect((await add("nothing", env)).err).toContain("The configuration has no connection nothing of mycompany.");
  });

  it("sends a signed test to a running server, which verifies it and stores nothing", { timeout: scaled(60_000) }, async () => {
    const { secretsFile, env } = writeConfig("signed");
    await add("billing", env);
    await add("zendesk", env);
    await add("crm", env, "--kind", "outbound-messages", "--set", "organizationId=00D5g000004xyz1");
    const secrets = JSON.parse(readFileSync(secretsFile, "utf8"));
    writeFileSync(
      secretsFile,
      JSON.stringify({ ...secrets, "mycompany.zendesk.events.secret": "zd-signing", "crm.client": "x" }),
    );
    const server = cli.startServer({ ...env, SIDELIGHT_LOG: "warn" });
    const url = `http://localhost:${await listeningPort(server)}`;
    const test = (...moreOptions: string[]) => cli.run(["webhooks", "test", "--url", url, ...moreOptions], env);
    const success = await test();
    expect([success.code, success.err], success.out).toEqual([0, ""]);
    expect(success.out.match(/^ok /gm)).toHaveLength(3);
    expect((await cli.run(["webhooks", "test", "billing", "--url", "http://localhost:1"], env)).out).toContain(
      "the server does not answer",
    );

    const key = (await cli.run(["keys", "create", "--tenant", "mycompany", "--role", "admin", "--json"], env)).out;
    const headers = { authorization: `Bearer ${JSON.parse(key).admin}` };
    const quarantine = await (await fetch(`${url}/v1/quarantine`, { headers })).json();
    expect(quarantine).toMatchObject({ items: [] });

    writeFileSync(
      join(cli.folder, "other-secrets.json"),
      JSON.stringify({ ...secrets, "mycompany.zendesk.events.secret": "other" }),
    );
    const otherConfig = join(cli.folder, "other.yaml");
    writeFileSync(otherConfig, readFileSync(env["SIDELIGHT_CONFIG"]!, "utf8").replace("signed-secrets", "other-secrets"));
    const refusedTest = await cli.run(["webhooks", "test", "zendesk", "--url", url], { ...env, SIDELIGHT_CONFIG: otherConfig });
    expect([refusedTest.code, refusedTest.out]).toEqual([1, expect.stringContaining("the server refused it: 401")]);
    const unknown = await fetch(`${url}/v1/webhooks/mycompany/zendesk/nothing`, { method: "POST", body: "{}" });
    expect(unknown.status).toBe(401);
    await until("the server to log the causes", () => server.err().includes("token unknown"));
    const log = server.err();
    expect(log).toContain('"connection":"zendesk","webhook":"events","cause":"signature_mismatch"');
    expect(log).toContain("compare the signing secret with the platform's");
    for (const secret of ["zd-signing", secrets["mycompany.zendesk.events.token"]]) expect(log).not.toContain(secret);
    server.child.stdin.end();
    await server.ended;
  });
});

describe("sidelight doctor", () => {
  it("reports each secret that the configuration names and the provider does not have, with where to put it", async () => {
    const { env } = writeConfig("missing");
    await add("billing", env);
    await add("zendesk", env);
    const { code, out } = await cli.run(["doctor"], env);
    expect(code).toBe(1);
    expect(out).toContain(
      "WRONG  mycompany: zendesk: the secret mycompany.zendesk.events.secret (the signing secret of the webhook",
    );
    expect(out).toContain("→ put it into missing-secrets.json, as mycompany.zendesk.events.secret; webhooks.0.secret names it");
    expect(out).toContain("WRONG  mycompany: crm: the secret crm.client (the consumer secret of the app): ");
    expect(out).toContain("crm (Salesforce) was not tried: a secret is missing");
    expect(out).toContain("zendesk (Zendesk) signed in and answered");
    expect(out).toContain("ok     mycompany: billing");
  });

  it("reports secrets that can never work", async () => {
    const { secretsFile, env } = writeConfig("unusable");
    await add("billing", env);
    await add("zendesk", env);
    const secrets = JSON.parse(readFileSync(secretsFile, "utf8"));
    writeFileSync(
      secretsFile,
      JSON.stringify({
        ...secrets,
        "mycompany.zendesk.events.secret": "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==",
        "mycompany.billing.events.secret": "whsec_short",
        "mycompany.billing.events.token": "short",
        "mycompany.zendesk.events.token": "has spaces and / slashes",
      }),
    );
    const { code, out } = await cli.run(["doctor"], env);
    expect(code).toBe(1);
    expect(out).toContain("is Zendesk's public test secret, which is refused");
    expect(out).toContain("is not whsec_ and base64 of at least 24 bytes");
    expect(out).toContain("has fewer than 16 characters");
    expect(out).toContain("contains characters that a URL does not keep");
    expect(out).not.toContain("whsec_short");
  });
});
