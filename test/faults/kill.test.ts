import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { rng } from "../lab/world/prng.ts";
import { ticketEvent } from "../support/zendeskHook.ts";

// The process is killed as the kernel kills it, at moments drawn from a seed, while webhooks come in.
const main = fileURLToPath(new URL("../../context-api/src/main.ts", import.meta.url));
const rounds = process.env["SIDELIGHT_FULL"] === "1" ? 20 : 3;
const seed = Number(process.env["SIDELIGHT_SEED"] ?? 20_261_121);
const secret = "the webhook's secret";
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-kill-"));
  const zendesk = {
    id: "zendesk",
    platform: "zendesk",
    webhooks: [{ kind: "events", token: "token", secret: "secret" }],
    // Nobody is there: only what is sent to us matters.
    settings: { url: "http://127.0.0.1:9", auth: { clientId: "c", clientSecret: "client" } },
  };
  const config = {
    version: 1,
    secrets: { provider: "file", path: "secrets.json" },
    tenants: { acme: { connections: [zendesk] } },
  };
  writeFileSync(join(folder, "sidelight.yaml"), stringify(config));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify({ token: "the-token", secret, client: "x" }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Serving {
  url: string;
  child: ChildProcess;
}

function serve(): Promise<Serving> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, "serve"], {
    env: {
      ...process.env,
      PORT: "0",
      SIDELIGHT_DATA: join(folder, "data"),
      SIDELIGHT_CONFIG: join(folder, "sidelight.yaml"),
      SIDELIGHT_LOG: "silent",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    let out = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      out += chunk;
      const url = /listening (\S+)/.exec(out)?.[1];
      if (url) resolve({ url, child });
    });
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}`)));
  });
}

async function killed({ child }: Serving): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** Null when no acknowledgement came. */
async function send({ url }: Serving, body: string): Promise<string | null> {
  const timestamp = new Date().toISOString();
  const signature = createHmac("sha256", secret)
    .update(timestamp + body)
    .digest("base64");
  try {
    const response = await fetch(`${url}/v1/webhooks/acme/zendesk/the-token`, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "x-zendesk-webhook-signature": signature,
        "x-zendesk-webhook-signature-timestamp": timestamp,
      },
    });
    if (response.status !== 200) return null;
    const { eventIds } = (await response.json()) as { eventIds: string[] };
    return eventIds[0] ?? null;
  } catch {
    return null;
  }
}

function command(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    env: { ...process.env, SIDELIGHT_DATA: join(folder, "data"), SIDELIGHT_CONFIG: join(folder, "sidelight.yaml") },
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk;
  });
  return new Promise((resolve) => child.once("exit", () => resolve(out)));
}

/** The whole log, oldest first. */
async function log({ url }: Serving, key: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor && `&cursor=${cursor}`;
    const response = await fetch(`${url}/v1/events?limit=1000${query}`, { headers: { authorization: `Bearer ${key}` } });
    const page = (await response.json()) as { items: { eventId: string }[]; nextCursor: string | null };
    ids.push(...page.items.map((e) => e.eventId));
    cursor = page.nextCursor;
  }
  return ids.reverse();
}

describe(`killed at ${rounds} random moments under load (seed ${seed})`, () => {
  it("every acknowledged event is in the log, once, and what is sent again is known", { timeout: rounds * 30_000 }, async () => {
    const random = rng(seed);
    const acknowledged = new Map<string, string>();
    const all: string[] = [];
    let tickets = 0;
    for (let round = 0; round < rounds; round++) {
      const serving = await serve();
      let isOver = false;
      const senders = Array.from({ length: 16 }, async () => {
        while (!isOver) {
          const id = ++tickets;
          const body = JSON.stringify(ticketEvent("created", { id, requesterId: (id % 50) + 1, updatedAt: Date.now() }));
          all.push(body);
          const eventId = await send(serving, body);
          if (eventId) acknowledged.set(body, eventId);
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 100 + random.int(0, 400)));
      await killed(serving);
      isOver = true;
      await Promise.all(senders);
    }
    const key = /slk_\S+/.exec(await command("keys", "create", "--tenant", "acme", "--role", "admin"))![0];
    const serving = await serve();
    try {
      const kept = await log(serving, key);
      expect(acknowledged.size).toBeGreaterThan(rounds * 20);
      const counts = new Map<string, number>();
      for (const id of kept) counts.set(id, (counts.get(id) ?? 0) + 1);
      for (const id of acknowledged.values()) expect(counts.get(id), id).toBe(1);
      // The platform tries again what was not acknowledged, and now and then what was.
      for (const body of all) {
        const id = await send(serving, body);
        const before = acknowledged.get(body);
        if (before) expect(id).toBe(before);
      }
      expect((await log(serving, key)).length).toBe(new Set(all).size);
    } finally {
      await killed(serving);
    }
    expect(await command("replay", "--rebuild")).toContain("equal");
  });
});
