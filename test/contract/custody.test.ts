import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backup } from "@sidelight/context-api/cli/backup.ts";
import { versions } from "@sidelight/context-api/cli/config/versions.ts";
import { context as showContext } from "@sidelight/context-api/cli/context.ts";
import type { CommandContext } from "@sidelight/context-api/cli/environment.ts";
import { createKeys, listKeys, revokeKey } from "@sidelight/context-api/cli/keys.ts";
import { replay } from "@sidelight/context-api/cli/replay.ts";
import { restore } from "@sidelight/context-api/cli/restore.ts";
import { rotateKeys } from "@sidelight/context-api/cli/rotate.ts";
import { projectionDigest } from "@sidelight/context-api/log/replay/digest.ts";
import { lockStore } from "@sidelight/context-api/store/lock.ts";
import { lockDatabase } from "@sidelight/context-api/store/postgres/exclusive.ts";
import { listEventRowsAfter } from "@sidelight/context-api/store/tables/events.ts";
import { listSubjectKeys } from "@sidelight/context-api/store/tables/subjectKeys.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CapturedOutput, captureOutput } from "../harness/capturedOutput.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { allPlatforms } from "../harness/platforms.ts";

let harness: Harness;
let env: Record<string, string>;
let output: CapturedOutput;
beforeEach(async () => {
  harness = await openHarness({ otherTenant: true });
  env = { SIDELIGHT_DATA: harness.directory, ...(harness.databaseUrl && { SIDELIGHT_DATABASE_URL: harness.databaseUrl }) };
  output = captureOutput();
});
afterEach(async () => {
  output.restore();
  await harness.close();
});

const command = (environment: Record<string, string> = env): CommandContext => ({
  env: environment,
  clock: systemClock,
  platformNames: [],
  loadPlatforms: async () => [],
});
const inFolder = (name: string) => join(harness.directory, name);
const acme = () => harness.runtime.tenants.get("acme")!.tenant;
const digest = () => projectionDigest(acme().log);
const resolved = () => harness.lab.tenants["acme"]!.examples.resolved[0]!;
const wrappedKeys = () => listSubjectKeys(acme().log.store, "", 1_000_000);
const payloads = async () => (await listEventRowsAfter(acme().log.store, { after: 0 }, 1_000_000)).map((e) => e.payload);

async function expectWorking(digestBefore: string): Promise<void> {
  await harness.restart();
  expect(await digest()).toBe(digestBefore);
  expect((await harness.context(resolved())).body.match.state).toBe("resolved");
  expect((await harness.request("/v1/connections", { tenant: "globex" })).status).toBe(200);
}

const isPostgres = process.env["SIDELIGHT_STORE"] === "postgres";

describe("rotation of the sealing keys", () => {
  it("gives a tenant a new key, wraps all its subjects' keys again and leaves the log unchanged", async () => {
    const [digestBefore, keysBefore, payloadsBefore] = [await digest(), await wrappedKeys(), await payloads()];
    await harness.stop();
    expect(await rotateKeys({ tenant: "acme" }, command())).toBe(0);
    expect(output.text()).toBe(`acme has a new key. It wraps the keys of ${keysBefore.length} subjects.\n`);
    await expectWorking(digestBefore);
    const keysAfter = await wrappedKeys();
    expect(keysAfter.map((k) => k.subject)).toEqual(keysBefore.map((k) => k.subject));
    expect(keysAfter.filter((k, i) => k.wrapped_key.equals(keysBefore[i]!.wrapped_key))).toEqual([]);
    expect(await payloads()).toEqual(payloadsBefore);
  });

  it("gives the store a new master key and keeps the old key file for older backups", async () => {
    const [digestBefore, oldKeyText] = [await digest(), readFileSync(inFolder("master.key"), "utf8")];
    await harness.stop();
    expect(await rotateKeys({ master: true }, command())).toBe(0);
    const [oldKeyFile] = readdirSync(harness.directory).filter((name) => name.startsWith("master.key.until-"));
    expect(readFileSync(inFolder(oldKeyFile!), "utf8")).toBe(oldKeyText);
    expect(readFileSync(inFolder("master.key"), "utf8")).not.toBe(oldKeyText);
    expect(statSync(inFolder("master.key")).mode & 0o777).toBe(0o600);
    await expectWorking(digestBefore);
  });

  it("keeps the key of each rotation when there are several on one day", async () => {
    await harness.stop();
    const keyTexts = [readFileSync(inFolder("master.key"), "utf8")];
    await rotateKeys({ master: true }, command());
    keyTexts.push(readFileSync(inFolder("master.key"), "utf8"));
    await rotateKeys({ master: true }, command());
    const keptTexts = readdirSync(harness.directory)
      .filter((name) => name.startsWith("master.key.until-"))
      .map((name) => readFileSync(inFolder(name), "utf8"));
    expect(keptTexts).toEqual(expect.arrayContaining(keyTexts));
  });

  it("continues after an interruption before and after the store was rotated", async () => {
    const [digestBefore, oldKeyText] = [await digest(), readFileSync(inFolder("master.key"), "utf8")];
    await harness.stop();
    // Interrupted before the store was rotated: the next key exists, and the store still uses the old one.
    writeFileSync(inFolder("master.key.next"), `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
    await rotateKeys({ master: true }, command());
    const newKeyText = readFileSync(inFolder("master.key"), "utf8");
    // Interrupted after the store was rotated and before the key file was renamed.
    writeFileSync(inFolder("master.key.next"), newKeyText, { mode: 0o600 });
    writeFileSync(inFolder("master.key"), oldKeyText);
    await rotateKeys({ master: true }, command());
    expect(readFileSync(inFolder("master.key"), "utf8")).toBe(newKeyText);
    expect(existsSync(inFolder("master.key.next"))).toBe(false);
    await expectWorking(digestBefore);
  });

  it("reads the next master key from the environment when the current one comes from there", async () => {
    await harness.stop();
    const currentKeyText = readFileSync(inFolder("master.key"), "utf8").trim();
    const nextKeyText = randomBytes(32).toString("base64");
    await expect(rotateKeys({ master: true }, command({ ...env, SIDELIGHT_MASTER_KEY: currentKeyText }))).rejects.toThrow(
      "openssl rand",
    );
    await rotateKeys(
      { master: true },
      command({ ...env, SIDELIGHT_MASTER_KEY: currentKeyText, SIDELIGHT_MASTER_KEY_NEXT: nextKeyText }),
    );
    await expect(harness.restart()).rejects.toThrow("not the one that the store was encrypted with");
    writeFileSync(inFolder("master.key"), nextKeyText);
    await harness.restart();
    expect((await harness.context(resolved())).body.match.state).toBe("resolved");
  });

  it.skipIf(!isPostgres)(
    "refuses a database that another process uses, and no process starts to serve while it is locked",
    async () => {
      await expect(lockDatabase(harness.databaseUrl!, 0)).rejects.toThrow("Stop sidelight serve everywhere first");
      await harness.stop();
      const lock = await lockDatabase(harness.databaseUrl!);
      await expect(harness.restart()).rejects.toThrow("Stop sidelight serve everywhere first");
      lock.release();
      await harness.restart();
    },
  );

  it("refuses a folder that is served", async () => {
    const lock = await lockStore(harness.directory);
    await expect(lockStore(harness.directory, 0)).rejects.toThrow("in use by another sidelight command");
    lock.release();
    (await lockStore(harness.directory, 0)).release();
  });
});

describe.skipIf(!isPostgres)("commands with PostgreSQL", () => {
  it("name the tools of PostgreSQL in place of backup and restore", async () => {
    await expect(backup(inFolder("copy"), {}, command())).rejects.toThrow("pg_dump --format=custom");
    await expect(restore(inFolder("copy"), command())).rejects.toThrow("pg_restore --no-owner");
    expect(existsSync(inFolder("copy"))).toBe(false);
  });

  it("create, list and revoke keys, list versions of the configuration, rebuild and show a customer", async () => {
    const options = { SIDELIGHT_CONFIG: inFolder("sidelight.yaml"), ...env };
    const context = { ...command(options), loadPlatforms: async () => allPlatforms };
    await createKeys({ tenant: "acme", role: ["agent"], label: "A panel" }, context);
    await listKeys({ tenant: "acme" }, context);
    const [, id] = /(\S+) {2}agent {4}\S+ {2}active {2}A panel/.exec(output.text()) ?? [];
    await revokeKey(id ?? "", { tenant: "acme" }, context);
    expect(output.text()).toContain(`revoked ${id}`);
    await versions({ tenant: "acme" }, context);
    expect(output.text()).toMatch(/^acme {2}v[0-9a-f]{8} {2}\S+Z {2}start$/m);
    await showContext(resolved(), { tenant: "acme" }, context);
    expect(output.text()).toContain('"state": "resolved"');
    await harness.stop();
    expect(await replay({ rebuild: true, since: "7d" }, context)).toBe(0);
    expect(output.text()).toMatch(/^acme {2}equal/m);
  });
});

describe.skipIf(isPostgres)("backup and restore", () => {
  it("copy the store while it is in use and restore it", async () => {
    const digestBefore = await digest();
    expect(await backup(inFolder("copy"), {}, command())).toBe(0);
    expect(output.text()).toMatch(/copy: \d+ events of acme, globex\n/);
    expect(statSync(inFolder("copy")).mode & 0o777).toBe(0o600);
    for (const name of ["sidelight.sqlite", "sidelight.sqlite-wal", "sidelight.sqlite-shm"]) rmSync(inFolder(name));
    expect(await restore(inFolder("copy"), command())).toBe(0);
    await expectWorking(digestBefore);
  });

  it("replaces an existing file only with --force", async () => {
    writeFileSync(inFolder("notes"), "an unrelated file");
    await expect(backup(inFolder("notes"), {}, command())).rejects.toThrow(
      "exists. Choose another file, or replace it with --force.",
    );
    expect(readFileSync(inFolder("notes"), "utf8")).toBe("an unrelated file");
    expect(await backup(inFolder("notes"), { force: true }, command())).toBe(0);
    expect(statSync(inFolder("notes")).mode & 0o777).toBe(0o600);
  });

  it("keep the replaced store beside the restored one", async () => {
    await backup(inFolder("copy"), {}, command());
    await acme().log.commit({
      records: [
        {
          ref: "zendesk.user:99999",
          platform: "zendesk",
          connection: "zendesk",
          object: "user",
          subject: "zendesk.user:99999",
          changedAt: 1,
          observedAt: harness.clock.now(),
          identifiers: [],
          edges: [],
          data: { kind: "person", name: "Later", emails: [], phones: [], title: null, optedOut: false },
        },
      ],
      correlationId: "test",
    });
    const laterDigest = await digest();
    await restore(inFolder("copy"), command());
    const replacedStore = /replaced store is (\S+)\./.exec(output.text())![1]!;
    expect(existsSync(replacedStore)).toBe(true);
    await harness.restart();
    expect(await digest()).not.toBe(laterDigest);
  });

  it("refuse a damaged, foreign or unreadable file and change nothing", async () => {
    const digestBefore = await digest();
    await backup(inFolder("copy"), {}, command());
    const bytes = readFileSync(inFolder("copy"));
    writeFileSync(inFolder("short"), bytes);
    truncateSync(inFolder("short"), bytes.length - 40_000);
    writeFileSync(inFolder("text"), "not a store");
    for (const [name, message] of [
      ["short", /is damaged|is not a store/],
      ["text", /is not a store/],
      ["absent", /be opened/],
    ] as const) {
      await expect(restore(inFolder(name), command()), name).rejects.toThrow(message);
    }
    const otherKeyEnv = { ...env, SIDELIGHT_MASTER_KEY: randomBytes(32).toString("base64") };
    await expect(restore(inFolder("copy"), command(otherKeyEnv))).rejects.toThrow("encrypted with another master key");
    await expectWorking(digestBefore);
  });
});
