import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSqlite } from "@sidelight/context-api/store/sqlite.ts";
import { startProcess, type TestProcess } from "@sidelight/test-support/processes.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { listeningPort } from "../harness/commandLine.ts";
import { healthField, ticketRoutes } from "../harness/ticketRoutes.ts";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import { labConfig, labSecrets } from "../lab/launch/config.ts";
import { webhookAddresses } from "../lab/launch/labFile.ts";
import { newTenantState } from "../lab/launch/state.ts";
import type { Fault } from "../lab/simulators/faults.ts";
import { type Lab, startSimulators, TINY } from "../lab/simulators/lab.ts";
import { openWebhooks, type Webhooks } from "../lab/webhooks/index.ts";
import { rng } from "../lab/world/prng.ts";

// The process is killed with SIGKILL while it writes to the platforms, which lose many responses after processing the request.
// The effects are counted at the platforms.
const main = fileURLToPath(new URL("../../context-api/src/main.ts", import.meta.url));
const rounds = process.env["SIDELIGHT_FULL"] === "1" ? 20 : 3;
const seed = Number(process.env["SIDELIGHT_SEED"] ?? 20_261_121);
const perRound = 3;
let [folder, adminKey]: string[] = [];
let lab: Lab;
let port = 0;
let senders: Webhooks;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-deliver-kill-"));
  lab = await startSimulators({ now: new Date(), seed: 7, sizes: { acme: TINY["acme"]! } });
  const webhooks = { acme: newTenantState().webhooks };
  const config = parse(labConfig(lab.tenants, "http://localhost:9", webhooks));
  const { acme } = config.tenants;
  acme.routing = ticketRoutes(world());
  for (const { platform, settings } of acme.connections) if (platform === "zendesk") settings.pullEverySeconds = 2;
  writeFileSync(join(folder!, "sidelight.yaml"), stringify(config));
  writeFileSync(join(folder!, "secrets.json"), JSON.stringify(labSecrets(lab.tenants, webhooks)));
  adminKey = /slk_\S+/.exec(await command("keys", "create", "--tenant", "acme", "--role", "admin"))![0];
  const { organizationId } = lab.tenants["acme"]!.salesforce.credentials;
  senders = openWebhooks({
    lab,
    targets: { acme: webhookAddresses("http://api.invalid", "acme", webhooks.acme, organizationId) },
    // Changes with each start of the process.
    send: (url, init) => fetch(`http://127.0.0.1:${port}${new URL(url).pathname}`, init),
  });
});
afterAll(async () => {
  await senders.close();
  await lab.close();
  rmSync(folder!, { recursive: true, force: true });
});

const world = () => lab.tenants["acme"]!.world;

const environment = () => ({
  ...process.env,
  PORT: "0",
  SIDELIGHT_DATA: join(folder!, "data"),
  SIDELIGHT_CONFIG: join(folder!, "sidelight.yaml"),
  SIDELIGHT_LOG: "silent",
});

const start = (...args: string[]): TestProcess =>
  startProcess(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], { env: environment() });

async function command(...args: string[]): Promise<string> {
  const { child, ended, out } = start(...args);
  child.stdin.end();
  await ended;
  return out();
}

async function serve(): Promise<TestProcess> {
  const server = start("serve");
  port = await listeningPort(server);
  return server;
}

/** Whether the platforms have received so many further requests. Pulls every two seconds guarantee that it becomes true. */
function requestsAfter(count: number): () => boolean {
  const total = (): number => lab.requests.list({}).length;
  const target = total() + count;
  return () => total() >= target;
}

const kill = (server: TestProcess): Promise<number | null> => server.stop("SIGKILL");

async function requestJson<T>(path: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${adminKey}` } });
  return (await response.json()) as T;
}

/** Lost responses: delayed for a moment, then cut, after the request was processed. */
const lostResponse = (platform: Fault["platform"], path: string, seedOf: number): Fault => ({
  ...{ platform, path, kind: "timeout", rate: 0.4, ms: 300, processed: true },
  seed: seedOf,
});

/** Delays between attempts grow to hours, so the store is set to the next attempt. */
async function makeAttemptsDue(): Promise<void> {
  const { raw, close } = openSqlite(join(folder!, "data/sidelight.sqlite"), "write");
  raw.exec("update deliveries set next_at = 0 where state = 'waiting'");
  await close();
}

const effects = (platform: Fault["platform"]): Record<string, ReportedEffect[]> => effectsOf({ acme: world() }, platform);

describe(`killed at ${rounds} random moments while delivering, with lost responses (seed ${seed})`, () => {
  it("each effect exists exactly once on the platforms", { timeout: scaled(240_000 + rounds * 20_000) }, async () => {
    const random = rng(seed);
    await filled();
    for (const [i, [platform, path]] of (
      [
        ["salesforce", "/services/data"],
        ["mixpanel", "/import"],
        ["zendesk", "/api/v2/tickets"],
      ] as const
    ).entries())
      lab.faults.add(lostResponse(platform, path, seed + i));
    const tickets: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const serving = await serve();
      for (let i = 0; i < perRound; i++) {
        const { refs } = lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: round * perRound + i });
        tickets.push(refs.find((ref) => ref.startsWith("zendesk.ticket:"))!.split(":")[1]!);
        await until("the next requests to the platforms", requestsAfter(random.int(0, 3)));
      }
      await until("the requests before the kill", requestsAfter(random.int(1, 12)));
      await kill(serving);
      await makeAttemptsDue();
    }
    lab.faults.clear();
    await settled(tickets.length * ticketRoutes(world()).routes.length);

    const [expectedEffects, task, cases] = [
      tickets.map((id) => `Ticket ${id}`).sort(),
      effects("salesforce")["Task"],
      effects("salesforce")["Case"],
    ];
    expect(task!.map((t) => t.fields["Subject"]).sort()).toEqual(expectedEffects);
    expect(cases!.map((c) => c.fields["Subject"]).sort()).toEqual(expectedEffects);
    for (const { writes } of [...task!, ...cases!]) expect(writes).toBe(1);
    const trackedEvents = Object.values(effects("mixpanel")).flat();
    expect(trackedEvents.map((e) => e.fields["distinct_id"]).sort()).toEqual(tickets.map((id) => `t-${id}`).sort());
    for (const id of tickets) {
      const comments = [...world().zendesk.comments.values()].filter((c) => String(c.ticket_id) === id && c.body === "Noted");
      expect(comments.length, `notes on ticket ${id}`).toBe(1);
      const { custom_fields } = world().zendesk.tickets.get(Number(id))!;
      expect(Number(custom_fields.find((f) => f.id === healthField(world()).id)?.value)).toBe(77);
    }
  });
});

/** Records of the first backfill cause no routing. */
async function filled(): Promise<void> {
  const serving = await serve();
  await until("the first backfill", async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
  await kill(serving);
}

async function settled(count: number): Promise<void> {
  await makeAttemptsDue();
  const serving = await serve();
  let items: { state: string; route: string; attempts: number; message: string | null }[] = [];
  try {
    // A pull finds changes without a webhook. Zendesk's export omits the last minute.
    await until("the deliveries", isOver, 150_000).catch(() => {});
    expect(items.filter((d) => d.state !== "done")).toEqual([]);
    expect(items.length).toBe(count);
  } finally {
    await kill(serving);
  }

  async function isOver(): Promise<boolean> {
    items = (await requestJson<{ items: typeof items }>("/v1/deliveries?limit=1000")).items;
    return items.length >= count && items.every((d) => d.state !== "waiting");
  }
}
