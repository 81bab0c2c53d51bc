import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backup } from "@sidelight/context-api/cli/backup.ts";
import { restore } from "@sidelight/context-api/cli/restore.ts";
import { rotate } from "@sidelight/context-api/cli/rotate.ts";
import { projectionDigest } from "@sidelight/context-api/log/replay/digest.ts";
import { lockStore } from "@sidelight/context-api/store/lock.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type House, openHouse } from "../support/house.ts";

let house: House;
let env: Record<string, string>;
let said = "";
beforeEach(async () => {
  house = await openHouse();
  env = { SIDELIGHT_DATA: house.directory };
  said = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await house.close();
});

const inFolder = (name: string) => join(house.directory, name);
const acme = () => house.runtime.tenants.get("acme")!.tenant;
const digest = () => projectionDigest(acme().log);
const resolved = () => house.lab.tenants["acme"]!.examples.resolved[0]!;
const wrappedKeys = () => acme().log.store.from("subject_keys").select(["subject", "wrapped_key"]).orderBy("subject").execute();
const payloads = async () => (await acme().log.store.from("events").select("payload").execute()).map((e) => e.payload);

async function expectWorking(before: string): Promise<void> {
  await house.restart();
  expect(await digest()).toBe(before);
  expect((await house.context(resolved())).body.match.state).toBe("resolved");
  expect((await house.ask("/v1/connections", { tenant: "globex" })).status).toBe(200);
}

describe("rotation of the sealing keys", () => {
  it("gives a tenant a new key: all its subjects' keys are wrapped anew, and the log isn't touched", async () => {
    const [before, keys, log] = [await digest(), await wrappedKeys(), await payloads()];
    expect(await rotate({ tenant: "acme" }, env)).toBe(0);
    expect(said).toBe(`acme: a new key, and the keys of ${keys.length} subjects wrapped under it\n`);
    await expectWorking(before);
    const after = await wrappedKeys();
    expect(after.map((k) => k.subject)).toEqual(keys.map((k) => k.subject));
    expect(after.filter((k, i) => k.wrapped_key.equals(keys[i]!.wrapped_key))).toEqual([]);
    expect(await payloads()).toEqual(log);
  });

  it("gives the store a new master key, and keeps the old one for older backups", async () => {
    const [before, old] = [await digest(), readFileSync(inFolder("master.key"), "utf8")];
    expect(await rotate({ master: true }, env)).toBe(0);
    const [kept] = readdirSync(house.directory).filter((name) => name.startsWith("master.key.until-"));
    expect(readFileSync(inFolder(kept!), "utf8")).toBe(old);
    expect(readFileSync(inFolder("master.key"), "utf8")).not.toBe(old);
    expect(statSync(inFolder("master.key")).mode & 0o777).toBe(0o600);
    await expectWorking(before);
  });

  it("goes on where it was cut off, whether or not the store was done", async () => {
    const [before, old] = [await digest(), readFileSync(inFolder("master.key"), "utf8")];
    // Cut off before the store: the next key is there and nothing is sealed under it.
    writeFileSync(inFolder("master.key.next"), `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
    await rotate({ master: true }, env);
    const done = readFileSync(inFolder("master.key"), "utf8");
    // Cut off after the store, before the renaming.
    writeFileSync(inFolder("master.key.next"), done, { mode: 0o600 });
    writeFileSync(inFolder("master.key"), old);
    await rotate({ master: true }, env);
    expect(readFileSync(inFolder("master.key"), "utf8")).toBe(done);
    expect(existsSync(inFolder("master.key.next"))).toBe(false);
    await expectWorking(before);
  });

  it("takes the next master key from the environment, where the first came from there", async () => {
    const first = readFileSync(inFolder("master.key"), "utf8").trim();
    const next = randomBytes(32).toString("base64");
    await expect(rotate({ master: true }, { ...env, SIDELIGHT_MASTER_KEY: first })).rejects.toThrow("openssl rand");
    await rotate({ master: true }, { ...env, SIDELIGHT_MASTER_KEY: first, SIDELIGHT_MASTER_KEY_NEXT: next });
    await expect(house.restart()).rejects.toThrow("not the one that the store was sealed under");
    writeFileSync(inFolder("master.key"), next);
    await house.restart();
    expect((await house.context(resolved())).body.match.state).toBe("resolved");
  });

  it("waits for nobody who serves the store", async () => {
    const lock = lockStore(house.directory);
    expect(() => lockStore(house.directory, 0)).toThrow("in use by a running sidelight serve");
    lock.release();
    lockStore(house.directory, 0).release();
  });
});

describe("backup and restore", () => {
  it("copy the store while it is used, and put it back", async () => {
    const before = await digest();
    expect(await backup([inFolder("copy")], env)).toBe(0);
    expect(said).toMatch(/copy: \d+ events of acme, globex\n/);
    expect(statSync(inFolder("copy")).mode & 0o777).toBe(0o600);
    for (const name of ["sidelight.sqlite", "sidelight.sqlite-wal", "sidelight.sqlite-shm"]) rmSync(inFolder(name));
    expect(await restore([inFolder("copy")], env)).toBe(0);
    await expectWorking(before);
  });

  it("keep the store that was replaced, and catch up with what happened since", async () => {
    await backup([inFolder("copy")], env);
    await acme().log.commit({
      records: [
        {
          ref: "zendesk.user:99999",
          platform: "zendesk",
          connection: "zendesk",
          object: "user",
          subject: "zendesk.user:99999",
          changedAt: 1,
          observedAt: house.clock.now(),
          identifiers: [],
          edges: [],
          data: { kind: "person", name: "Later", emails: [], phones: [], title: null, optedOut: false },
        },
      ],
      correlationId: "test",
    });
    const later = await digest();
    await restore([inFolder("copy")], env);
    const replaced = /the store before is (\S+);/.exec(said)![1]!;
    expect(existsSync(replaced)).toBe(true);
    await house.restart();
    expect(await digest()).not.toBe(later);
  });

  it("refuse what isn't whole, isn't ours or can't be opened, and change nothing", async () => {
    const before = await digest();
    await backup([inFolder("copy")], env);
    const bytes = readFileSync(inFolder("copy"));
    writeFileSync(inFolder("short"), bytes);
    truncateSync(inFolder("short"), bytes.length - 40_000);
    writeFileSync(inFolder("text"), "not a store");
    for (const [name, why] of [
      ["short", /is damaged|is not a store/],
      ["text", /is not a store/],
      ["absent", /be opened/],
    ] as const) {
      await expect(restore([inFolder(name)], env), name).rejects.toThrow(why);
    }
    const other = { ...env, SIDELIGHT_MASTER_KEY: randomBytes(32).toString("base64") };
    await expect(restore([inFolder("copy")], other)).rejects.toThrow("sealed under another master key");
    await expectWorking(before);
  });
});
