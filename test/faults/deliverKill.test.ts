import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSqlite } from "@sidelight/context-api/store/sqlite.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import { labConfig, labSecrets } from "../lab/launch/config.ts";
import { webhookAddresses } from "../lab/launch/labFile.ts";
import { newTenantState } from "../lab/launch/state.ts";
import type { Fault } from "../lab/simulators/faults.ts";
import { type Lab, startSimulators, TINY } from "../lab/simulators/lab.ts";
import { openWebhooks, type Webhooks } from "../lab/webhooks/index.ts";
import { rng } from "../lab/world/prng.ts";
import { until } from "../support/until.ts";

// The process is killed as the kernel kills it while it writes into the platforms, which lose many of their answers after the work
// is done. What came through is counted where it matters: at the platforms.
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
  acme.routing = routing();
  for (const { platform, settings } of acme.connections) if (platform === "zendesk") settings.pullEverySeconds = 2;
  writeFileSync(join(folder!, "sidelight.yaml"), stringify(config));
  writeFileSync(join(folder!, "secrets.json"), JSON.stringify(labSecrets(lab.tenants, webhooks)));
  adminKey = /slk_\S+/.exec(await command("keys", "create", "--tenant", "acme", "--role", "admin"))![0];
  const { organizationId } = lab.tenants["acme"]!.salesforce.credentials;
  senders = openWebhooks({
    lab,
    targets: { acme: webhookAddresses("http://api.invalid", "acme", webhooks.acme, organizationId) },
    // Wherever the process listens at the moment.
    send: (url, init) => fetch(`http://127.0.0.1:${port}${new URL(url).pathname}`, init),
  });
});
afterAll(async () => {
  await senders.close();
  await lab.close();
  rmSync(folder!, { recursive: true, force: true });
});

/** Every kind of write there is, each of which says which ticket it is for. */
function routing() {
  const { world } = lab.tenants["acme"]!;
  const owner = world.salesforce.integrationUser;
  const route = (id: string, to: string, what: string, mapping: string) => ({
    ...{ id, to, do: what, with: mapping },
    on: "zendesk.ticket.created",
  });
  const ticket = "event.source.objectId";
  return {
    routes: [
      route(
        "task",
        "salesforce",
        "create-task",
        `{"ownerId": "${owner}", "subject": "Ticket " & ${ticket}, "dueDate": "2026-12-01"}`,
      ),
      route("case", "salesforce", "create-case", `{"subject": "Ticket " & ${ticket}}`),
      route("event", "mixpanel", "track", `{"distinctId": "t-" & ${ticket}, "event": "Ticket Created"}`),
      route("field", "zendesk", "set-ticket-fields", `{"ticket": ref, "fields": [{"id": ${health().id}, "value": 77}]}`),
      route("note", "zendesk", "add-internal-note", `{"ticket": ref, "body": "Noted"}`),
    ],
  };
}

const health = () => lab.tenants["acme"]!.world.zendesk.fields.find((f) => f.title === "Health score")!;

const environment = () => ({
  ...process.env,
  PORT: "0",
  SIDELIGHT_DATA: join(folder!, "data"),
  SIDELIGHT_CONFIG: join(folder!, "sidelight.yaml"),
  SIDELIGHT_LOG: "silent",
});

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    env: environment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function command(...args: string[]): Promise<string> {
  const child = start(...args);
  let out = "";
  child.stdout!.on("data", (chunk: Buffer) => {
    out += chunk;
  });
  return new Promise((resolve) => child.once("exit", () => resolve(out)));
}

function serve(): Promise<ChildProcess> {
  const child = start("serve");
  return new Promise((resolve, reject) => {
    let out = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      out += chunk;
      const listening = /listening http:\/\/localhost:(\d+)/.exec(out)?.[1];
      if (listening) {
        port = Number(listening);
        resolve(child);
      }
    });
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}`)));
  });
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${adminKey}` } });
  return (await response.json()) as T;
}

/** Answers that are lost: held for a moment, then cut, after the work was done. */
const lost = (platform: Fault["platform"], path: string, seedOf: number): Fault => ({
  ...{ platform, path, kind: "timeout", rate: 0.4, ms: 300, after: true },
  seed: seedOf,
});

/** Pauses between attempts grow to hours; the store is told that they are over. */
async function letTimePass(): Promise<void> {
  const { raw, close } = openSqlite(join(folder!, "data/sidelight.sqlite"), "write");
  raw.exec("update deliveries set next_at = 0 where state = 'waiting'");
  await close();
}

const effects = (platform: Fault["platform"]): Record<string, ReportedEffect[]> =>
  effectsOf({ acme: lab.tenants["acme"]!.world }, platform);

describe(`killed at ${rounds} random moments while delivering, answers lost after the work (seed ${seed})`, () => {
  it("the platforms hold each effect exactly once", { timeout: 240_000 + rounds * 20_000 }, async () => {
    const random = rng(seed);
    await filled();
    for (const [i, [platform, path]] of (
      [
        ["salesforce", "/services/data"],
        ["mixpanel", "/import"],
        ["zendesk", "/api/v2/tickets"],
      ] as const
    ).entries())
      lab.faults.add(lost(platform, path, seed + i));
    const tickets: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const serving = await serve();
      for (let i = 0; i < perRound; i++) {
        const { refs } = lab.happen({ kind: "ticket_created", tenant: "acme", seed: round * perRound + i });
        tickets.push(refs.find((ref) => ref.startsWith("zendesk.ticket:"))!.split(":")[1]!);
        await new Promise((resolve) => setTimeout(resolve, random.int(0, 300)));
      }
      await new Promise((resolve) => setTimeout(resolve, random.int(50, 1_500)));
      await killed(serving);
      await letTimePass();
    }
    lab.faults.clear();
    await settled(tickets.length * routing().routes.length);

    const [wanted, task, cases] = [
      tickets.map((id) => `Ticket ${id}`).sort(),
      effects("salesforce")["Task"],
      effects("salesforce")["Case"],
    ];
    expect(task!.map((t) => t.fields["Subject"]).sort()).toEqual(wanted);
    expect(cases!.map((c) => c.fields["Subject"]).sort()).toEqual(wanted);
    for (const { writes } of [...task!, ...cases!]) expect(writes).toBe(1);
    const { world } = lab.tenants["acme"]!;
    const tracked = Object.values(effects("mixpanel")).flat();
    expect(tracked.map((e) => e.fields["distinct_id"]).sort()).toEqual(tickets.map((id) => `t-${id}`).sort());
    for (const id of tickets) {
      const comments = [...world.zendesk.comments.values()].filter((c) => String(c.ticket_id) === id && c.body === "Noted");
      expect(comments.length, `notes on ticket ${id}`).toBe(1);
      const { custom_fields } = world.zendesk.tickets.get(Number(id))!;
      expect(Number(custom_fields.find((f) => f.id === health().id)?.value)).toBe(77);
    }
  });
});

/** The first backfill: what it brings is nobody's news. */
async function filled(): Promise<void> {
  const serving = await serve();
  await until("the first backfill", async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
  await killed(serving);
}

async function settled(count: number): Promise<void> {
  await letTimePass();
  const serving = await serve();
  let items: { state: string; route: string; attempts: number; message: string | null }[] = [];
  try {
    // What no webhook told is found by a pull, which Zendesk shows nothing younger than a minute.
    await until("the deliveries", isOver, 150_000).catch(() => {});
    expect(items.filter((d) => d.state !== "done")).toEqual([]);
    expect(items.length).toBe(count);
  } finally {
    await killed(serving);
  }

  async function isOver(): Promise<boolean> {
    items = (await ask<{ items: typeof items }>("/v1/deliveries?limit=1000")).items;
    return items.length >= count && items.every((d) => d.state !== "waiting");
  }
}
