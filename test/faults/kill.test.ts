import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess, type TestProcess } from "@sidelight/test-support/processes.ts";
import { serverProgram } from "@sidelight/test-support/serverProgram.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { ticketEvent } from "../harness/zendeskWebhook.ts";
import { rng } from "../lab/world/prng.ts";

// The process is killed with SIGKILL after a seeded random number of acknowledgments, while webhooks arrive.
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
    // No platform listens there. Only received webhooks matter.
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
  server: TestProcess;
}

const start = (...args: string[]): TestProcess =>
  startProcess(process.execPath, ["--disable-warning=ExperimentalWarning", serverProgram, ...args], {
    env: {
      ...process.env,
      PORT: "0",
      SIDELIGHT_DATA: join(folder, "data"),
      SIDELIGHT_CONFIG: join(folder, "sidelight.yaml"),
      SIDELIGHT_LOG: "silent",
    },
  });

async function serve(): Promise<Serving> {
  const server = start("serve");
  let url: string | undefined;
  await until("serve to listen", () => {
    if (server.child.exitCode !== null) throw new Error(`serve ended with ${server.child.exitCode}: ${server.err()}`);
    url = /listening (\S+)/.exec(server.out())?.[1];
    return url !== undefined;
  });
  return { url: url!, server };
}

/** Null when there was no acknowledgment. */
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

async function command(...args: string[]): Promise<string> {
  const { child, ended, out } = start(...args);
  child.stdin.end();
  await ended;
  return out();
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
  it("every acknowledged event is in the log exactly once, and a repeated one is a duplicate", {
    timeout: scaled(60_000 + rounds * 30_000),
  }, async () => {
    const random = rng(seed);
    const idsByBody = new Map<string, string>();
    const events: string[] = [];
    let tickets = 0;
    for (let round = 0; round < rounds; round++) {
      const serving = await serve();
      let isOver = false;
      const senders = Array.from({ length: 16 }, async () => {
        while (!isOver) {
          const id = ++tickets;
          const body = JSON.stringify(ticketEvent("created", { id, requesterId: (id % 50) + 1, updatedAt: Date.now() }));
          events.push(body);
          const eventId = await send(serving, body);
          if (eventId) idsByBody.set(body, eventId);
        }
      });
      const killAt = idsByBody.size + random.int(20, 400);
      await until("the acknowledgments before the kill", () => idsByBody.size >= killAt);
      await serving.server.stop("SIGKILL");
      isOver = true;
      await Promise.all(senders);
    }
    const key = /slk_\S+/.exec(await command("keys", "create", "--tenant", "acme", "--role", "admin"))![0];
    const serving = await serve();
    try {
      const storedEvents = await log(serving, key);
      expect(idsByBody.size).toBeGreaterThanOrEqual(rounds * 20);
      const counts = new Map<string, number>();
      for (const id of storedEvents) counts.set(id, (counts.get(id) ?? 0) + 1);
      for (const id of idsByBody.values()) expect(counts.get(id), id).toBe(1);
      // The platform retries unacknowledged webhooks, and sometimes acknowledged ones.
      for (const body of events) {
        const id = await send(serving, body);
        const firstIds = idsByBody.get(body);
        if (firstIds) expect(id).toBe(firstIds);
      }
      expect((await log(serving, key)).length).toBe(new Set(events).size);
    } finally {
      await serving.server.stop("SIGKILL");
    }
    expect(await command("replay", "--rebuild")).toContain("equal");
  });
});
