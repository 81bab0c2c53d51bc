import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type CommandLine, openCommandLine } from "../harness/commandLine.ts";

let cli: CommandLine;
beforeAll(async () => {
  cli = await openCommandLine();
});
afterAll(() => cli?.close());

describe("sidelight connect", () => {
  it("connects Salesforce by a certificate: its key is read from a file and stored with the secrets", {
    timeout: scaled(120_000),
  }, async () => {
    const config = join(cli.folder, "jwt.yaml");
    const env = { SIDELIGHT_CONFIG: config, SIDELIGHT_DATA: join(cli.folder, "jwt-data") };
    writeFileSync(config, "version: 1\nsecrets: { provider: file, path: jwt-secrets.json }\ntenants: {}\n");
    const { url, credentials } = cli.lab.tenants["acme"]!.salesforce;
    const key = join(cli.folder, "server.key");
    const differentKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
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
      return cli.run(["connect", "salesforce", "--tenant", "mycompany", ...pairs], env);
    };

    writeFileSync(key, "s3cret, not a key");
    expect((await connect()).out).toContain("That does not work: The private key cannot be used");
    writeFileSync(key, differentKey.export({ type: "pkcs8", format: "pem" }));
    expect((await connect()).out).toContain("the private key does not match the app's certificate");
    writeFileSync(key, credentials.jwtPrivateKey);
    expect((await connect({ "auth.username": "unknown@acme.example" })).out).toContain("has not pre-authorized this user");
    expect((await connect({ "auth.clientId": "3MVG9unknown" })).out).toContain("there is no app with this consumer key");
    expect((await connect({ "auth.flow": "password" })).err).toBe('Sign-in is "password". Use client-credentials or jwt.\n');
    expect(readFileSync(config, "utf8")).not.toContain("salesforce");

    const { code, out, err } = await connect();
    expect([code, err], out).toEqual([0, ""]);
    expect(parse(readFileSync(config, "utf8")).tenants.mycompany.connections[0].settings.auth).toEqual({
      flow: "jwt",
      clientId: credentials.clientId,
      username: credentials.username,
      privateKey: "mycompany.salesforce",
    });
    expect(JSON.parse(readFileSync(join(cli.folder, "jwt-secrets.json"), "utf8"))).toEqual({
      "mycompany.salesforce": credentials.jwtPrivateKey,
    });
    expect(statSync(join(cli.folder, "jwt-secrets.json")).mode & 0o777).toBe(0o600);
    expect((await cli.run(["doctor"], env)).out).toContain("salesforce (Salesforce) signed in and answered");
  });

  it.each([
    ["{ provider: env }", "the environment of sidelight serve, as SIDELIGHT_SECRET_MYCOMPANY_ZENDESK."],
    [
      "{ provider: aws, region: eu-central-1, prefix: sidelight/ }",
      "AWS Secrets Manager in eu-central-1, as the plain text of sidelight/mycompany.zendesk.",
    ],
    ["{ provider: azure, vault: https://v.vault.azure.net }", "Azure Key Vault https://v.vault.azure.net, as mycompany-zendesk."],
  ])("prints where to store the secret with %s", async (secrets, location) => {
    const config = join(cli.folder, "locations.yaml");
    writeFileSync(config, `version: 1\nsecrets: ${secrets}\ntenants: {}\n`);
    const { url, credentials } = cli.lab.tenants["acme"]!.zendesk;
    const set = ["--set", `url=${url}`, "--set", `auth.clientId=${credentials.clientId}`];
    const { code, out } = await cli.run(
      ["connect", "zendesk", "--tenant", "mycompany", ...set],
      { SIDELIGHT_CONFIG: config },
      `${credentials.clientSecret}\n`,
    );
    expect([code, out]).toEqual([0, expect.stringContaining(`Put the secret into ${location}\n`)]);
  });

  it("connects the three platforms to an empty configuration", { timeout: scaled(120_000) }, async () => {
    const config = join(cli.folder, "new.yaml");
    const env = { SIDELIGHT_CONFIG: config, SIDELIGHT_DATA: join(cli.folder, "new-data") };
    writeFileSync(config, "# Ours.\nversion: 1\nsecrets: { provider: file, path: new-secrets.json }\ntenants: {}\n");
    const { zendesk, salesforce, mixpanel } = cli.lab.tenants["acme"]!;
    const refusal = await cli.run(
      ["connect", "zendesk", "--tenant", "mycompany", "--set", `url=${zendesk.url}`],
      env,
      `${zendesk.credentials.clientId}\nnot the secret\n`,
    );
    expect(refusal.code).toBe(1);
    expect(refusal.out).toContain("That does not work: ");
    expect(refusal.out).toContain("→ check tenants.mycompany.connections.zendesk.settings.auth");
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
      const { code, out, err } = await cli.run(
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
    expect(statSync(join(cli.folder, "new-secrets.json")).mode & 0o777).toBe(0o600);
    const doctor = await cli.run(["doctor"], env);
    expect(doctor.out.match(/signed in and answered/g)).toHaveLength(3);
    expect(doctor.out).toContain("sidelight keys create --tenant mycompany");
  });

  it("creates the ticket fields that enrichment fills, and creates none the second time", {
    timeout: scaled(120_000),
  }, async () => {
    const config = join(cli.folder, "fields.yaml");
    const env = { SIDELIGHT_CONFIG: config, SIDELIGHT_DATA: join(cli.folder, "fields-data") };
    writeFileSync(
      config,
      "version: 1\nsecrets: { provider: file, path: fields-secrets.json }\ntenants:\n  mycompany:\n    # Ours.\n    csatDays: 30\n",
    );
    const { world, zendesk } = cli.lab.tenants["acme"]!;
    const set = ["--set", `url=${zendesk.url}`, "--set", `auth.clientId=${zendesk.credentials.clientId}`];
    const command = ["connect", "zendesk", "--tenant", "mycompany", "--fields"];
    const fieldCount = world.zendesk.fields.length;

    const first = await cli.run([...command, ...set], env, `${zendesk.credentials.clientSecret}\n`);
    expect([first.code, first.err], first.out).toEqual([0, ""]);
    expect(first.out).toContain("Created in Zendesk: Sidelight: account value, Sidelight: last active, ");
    expect(first.out).toContain("Set tenants.mycompany.routing.defaults to true");
    const text = readFileSync(config, "utf8");
    expect(text).toContain("    # Ours.\n    csatDays: 30\n");
    const created = world.zendesk.fields.slice(fieldCount);
    expect(parse(text).tenants.mycompany.routing.settings.ticketFields).toEqual({
      accountValue: { id: created[0]?.id, type: "decimal" },
      lastActive: { id: created[1]?.id, type: "date" },
      sessions30d: { id: created[2]?.id, type: "integer" },
      health: { id: created[3]?.id, type: "integer" },
    });

    const second = await cli.run(command, env);
    expect([second.code, second.err], second.out).toEqual([0, ""]);
    expect(second.out).toContain("Already in Zendesk: Sidelight: account value, ");
    expect(second.out).toContain("The configuration names them already.");
    expect(world.zendesk.fields).toHaveLength(fieldCount + 4);
    const mixpanel = await cli.run(["connect", "mixpanel", "--tenant", "mycompany", "--fields"], env);
    expect([mixpanel.code, mixpanel.err]).toEqual([2, expect.stringContaining("Mixpanel has no fields to create.")]);
  });

  it("warns when git would commit the secrets file", async () => {
    const folder = join(cli.folder, "checkout");
    mkdirSync(folder);
    execFileSync("git", ["init", "--quiet"], { cwd: folder });
    const config = join(folder, "sidelight.yaml");
    const { url, credentials } = cli.lab.tenants["acme"]!.zendesk;
    const set = ["--set", `url=${url}`, "--set", `auth.clientId=${credentials.clientId}`];
    const connect = async () => {
      writeFileSync(config, "version: 1\nsecrets: { provider: file, path: secrets.json }\ntenants: {}\n");
      const args = ["connect", "zendesk", "--tenant", "mycompany", ...set];
      return (await cli.run(args, { SIDELIGHT_CONFIG: config }, `${credentials.clientSecret}\n`)).out;
    };
    expect(await connect()).toContain(`Warning: git does not ignore ${join(folder, "secrets.json")}.`);
    writeFileSync(join(folder, ".gitignore"), "secrets.json\n");
    expect(await connect()).not.toContain("Warning");
  });

  it("changes only what was asked for when it runs again, and shows the change", { timeout: scaled(120_000) }, async () => {
    const config = join(cli.folder, "again.yaml");
    const env = { SIDELIGHT_CONFIG: config, SIDELIGHT_DATA: join(cli.folder, "again-data") };
    const { url, credentials } = cli.lab.tenants["acme"]!.zendesk;
    const text = `version: 1
secrets: { provider: file, path: again-secrets.json }
tenants:
  mycompany:
    connections:
      - id: zendesk # support
        platform: zendesk
        horizonDays: 90
        webhooks:
          - { kind: events, token: zd.token, secret: zd.signing } # created in Admin Center
        settings:
          url: ${url}
          auth: { clientId: ${credentials.clientId}, clientSecret: zd.client }
          mapping: { optOut: no_tracking }
`;
    writeFileSync(config, text);
    const secretsFile = join(cli.folder, "again-secrets.json");
    const secrets = { "zd.client": "outdated", "zd.token": "t".repeat(32), "zd.signing": "signing" };
    writeFileSync(secretsFile, JSON.stringify(secrets));

    const rotation = await cli.run(["connect", "zendesk", "--tenant", "mycompany"], env, `${credentials.clientSecret}\n`);
    expect([rotation.code, rotation.err], rotation.out).toEqual([0, ""]);
    expect(readFileSync(config, "utf8")).toBe(text);
    expect(JSON.parse(readFileSync(secretsFile, "utf8"))).toEqual({ ...secrets, "zd.client": credentials.clientSecret });

    const change = await cli.run(
      ["connect", "zendesk", "--tenant", "mycompany", "--set", "requestsPerMinute=700", "--environment", "sandbox"],
      env,
    );
    expect([change.code, change.err], change.out).toEqual([0, ""]);
    expect(change.out).toContain("+          requestsPerMinute: 700");
    const lines = readFileSync(config, "utf8").split("\n");
    expect(lines.filter((line) => !text.split("\n").includes(line))).toEqual([
      "          requestsPerMinute: 700",
      "        environment: sandbox",
    ]);
    expect(text.split("\n").filter((line) => !lines.includes(line))).toEqual([]);

    const refusals = await Promise.all(
      [["requestsPerMinute=many"], ["horizonDays=30"], ["auth.clientSecret=s3cret"]].map((set) =>
        cli.run(["connect", "zendesk", "--tenant", "mycompany", ...set.flatMap((pair) => ["--set", pair])], env),
      ),
    );
    expect(refusals.map(({ code, err }) => [code, err])).toEqual([
      [2, expect.stringContaining("--set cannot take requestsPerMinute=many. Invalid input: expected number")],
      [2, expect.stringContaining("There is no setting horizonDays.")],
      [2, expect.not.stringContaining("s3cret")],
    ]);
  });

  it("does not replace the secret of another connection without being asked to", async () => {
    const config = join(cli.folder, "taken.yaml");
    const secretsFile = join(cli.folder, "taken-secrets.json");
    writeFileSync(config, "version: 1\nsecrets: { provider: file, path: taken-secrets.json }\ntenants: {}\n");
    writeFileSync(secretsFile, JSON.stringify({ "mycompany.zendesk": "of something else" }));
    const { url, credentials } = cli.lab.tenants["acme"]!.zendesk;
    const args = [
      "connect",
      "zendesk",
      "--tenant",
      "mycompany",
      "--set",
      `url=${url}`,
      "--set",
      `auth.clientId=${credentials.clientId}`,
    ];
    const env = { SIDELIGHT_CONFIG: config };
    const refusal = await cli.run(args, env, `${credentials.clientSecret}\n`);
    expect([refusal.code, refusal.err]).toEqual([1, expect.stringContaining("Nothing was written.")]);
    expect(readFileSync(config, "utf8")).not.toContain("zendesk");
    expect(readFileSync(secretsFile, "utf8")).toContain("of something else");
    expect((await cli.run([...args, "--yes"], env, `${credentials.clientSecret}\n`)).code).toBe(0);
    expect(JSON.parse(readFileSync(secretsFile, "utf8"))).toEqual({ "mycompany.zendesk": credentials.clientSecret });
  });

  it("writes nothing, also no secret, when the configuration is read-only or the secrets file is broken", async () => {
    const config = join(cli.folder, "guarded.yaml");
    const secretsFile = join(cli.folder, "guarded-secrets.json");
    const { url, credentials } = cli.lab.tenants["acme"]!.zendesk;
    const args = [
      "connect",
      "zendesk",
      "--tenant",
      "mycompany",
      "--set",
      `url=${url}`,
      "--set",
      `auth.clientId=${credentials.clientId}`,
    ];
    const connect = () => cli.run(args, { SIDELIGHT_CONFIG: config }, `${credentials.clientSecret}\n`);
    const text = "# Ours.\nversion: 1\nsecrets: { provider: file, path: guarded-secrets.json }\ntenants: {}\n";
    writeFileSync(config, text);
    writeFileSync(secretsFile, "a.b=c");
    const brokenResult = await connect();
    expect([brokenResult.code, brokenResult.err]).toEqual([
      1,
      `${secretsFile} is not a JSON object of names and values. Correct it first.\n`,
    ]);
    writeFileSync(secretsFile, "{}");
    chmodSync(config, 0o444);
    const readOnly = await connect();
    expect([readOnly.code, readOnly.err]).toEqual([1, expect.stringContaining(`${config} is read-only. Nothing was written.`)]);
    expect([readFileSync(config, "utf8"), readFileSync(secretsFile, "utf8")]).toEqual([text, "{}"]);
  });

  it("changes a value in the file that sets it", async () => {
    const config = join(cli.folder, "main.yaml");
    const { url, credentials } = cli.lab.tenants["acme"]!.zendesk;
    writeFileSync(
      config,
      "version: 1\ninclude: [parts.yaml]\nsecrets: { provider: file, path: parts-secrets.json }\ntenants: {}\n",
    );
    const part = `tenants:
  mycompany:
    connections:
      - id: zendesk
        platform: zendesk
        settings: { url: ${url}, auth: { clientId: ${credentials.clientId}, clientSecret: zd.client }, requestsPerMinute: 400 }
`;
    writeFileSync(join(cli.folder, "parts.yaml"), part);
    writeFileSync(join(cli.folder, "parts-secrets.json"), JSON.stringify({ "zd.client": credentials.clientSecret }));
    const { code, out, err } = await cli.run(["connect", "zendesk", "--tenant", "mycompany", "--set", "requestsPerMinute=200"], {
      SIDELIGHT_CONFIG: config,
    });
    expect([code, err], out).toEqual([0, ""]);
    expect(readFileSync(join(cli.folder, "parts.yaml"), "utf8")).toBe(
      part.replace("requestsPerMinute: 400", "requestsPerMinute: 200"),
    );
    expect(readFileSync(config, "utf8")).not.toContain("zendesk");
  });
});
