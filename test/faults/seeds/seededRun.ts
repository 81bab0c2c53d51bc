import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { startNetworkProxy } from "@sidelight/test-support/networkProxy.ts";
import { startPostgres } from "@sidelight/test-support/postgres.ts";
import { startRedis } from "@sidelight/test-support/redis.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { parse, stringify } from "yaml";
import { ticketRoutes } from "../../harness/ticketRoutes.ts";
import { effectsOf } from "../../lab/control/effects.ts";
import { ScenarioError, type ScenarioRequest } from "../../lab/control/scenario.ts";
import { labConfig, labSecrets } from "../../lab/launch/config.ts";
import { webhookAddresses } from "../../lab/launch/labFile.ts";
import { newTenantState } from "../../lab/launch/state.ts";
import { type Lab, startSimulators, TINY } from "../../lab/simulators/lab.ts";
import { openWebhooks, type Webhooks } from "../../lab/webhooks/index.ts";
import { rng } from "../../lab/world/prng.ts";
import { applyFault, type Parts, type ProxiedServer } from "./applyFault.ts";
import { allReady, type Cluster, createCluster, type Member } from "./cluster.ts";
import { type Liveness, watchLiveness } from "./liveness.ts";
import { disturbedMs, planOf } from "./plan.ts";
import type { TimeBase } from "./scaledClock.ts";
import { recordTruth, type Truth } from "./truth.ts";

const factor = 20;
const readDeadlineMs = 10_000;
/** A busy machine delays a process that long, ms of the system, and longer when its liveness is delayed too. */
const machineNoiseMs = scaled(1_500);
const noiseFactor = 4;
/** Events of the platforms carry whole seconds, and an export omits its last minute. */
const labelToleranceMs = 65_000;
const maxResidentBytes = 700 * 2 ** 20;

export interface RunOptions {
  /** Processes; several need PostgreSQL and Redis. */
  size: number;
}

/** The product, its databases and its platforms, which go from seed to seed. */
export interface SeededRun {
  /** @returns what was violated; nothing when all is well */
  play(seed: number): Promise<string[]>;
  /** The newest log lines, for a failure. */
  logs(): string;
  close(): Promise<void>;
}

export async function openSeededRun({ size }: RunOptions): Promise<SeededRun> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-seeds-"));
  const closers: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const hasDatabase = size > 1;
  const postgresServer = hasDatabase ? await startPostgres() : null;
  const redisServer = hasDatabase ? await startRedis() : null;
  const postgres = postgresServer && { server: postgresServer, proxy: await startNetworkProxy(postgresServer.port) };
  const redis = redisServer && { server: redisServer, proxy: await startNetworkProxy(redisServer.port) };
  for (const proxiedServer of [postgres, redis]) {
    if (!proxiedServer) continue;
    closers.push(() => proxiedServer.server.close());
    closers.push(() => proxiedServer.proxy.close());
  }
  const startedAt = Date.now();
  const time: TimeBase = { startedAt, epoch: startedAt, factor };
  const cluster = createCluster({
    ...{ folder, size, time },
    env: {
      SIDELIGHT_LOG: "warn",
      ...(postgres ? { SIDELIGHT_DATABASE_URL: proxied(postgres) } : {}),
      ...(redis ? { SIDELIGHT_REDIS_URL: proxied(redis) } : {}),
    },
  });
  closers.push(() => cluster.close());
  const lab = await startSimulators({
    now: new Date(startedAt),
    seed: 7,
    sizes: { acme: TINY["acme"]! },
    clock: labClock(cluster),
  });
  closers.push(() => lab.close());
  const webhooks = { acme: newTenantState().webhooks };
  const config = parse(labConfig(lab.tenants, "http://localhost:9", webhooks));
  config.tenants.acme.routing = ticketRoutes(lab.tenants["acme"]!.world);
  writeFileSync(join(folder, "sidelight.yaml"), stringify(config));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify(labSecrets(lab.tenants, webhooks)));
  const key = /slk_\S+/.exec(await cluster.command("keys", "create", "--tenant", "acme", "--role", "admin"))?.[0] ?? "";

  /** Ids of the events that the product acknowledged. */
  const acknowledged = new Set<string>();
  const balance = rng(1);
  const { organizationId } = lab.tenants["acme"]!.salesforce.credentials;
  const senders = openWebhooks({
    lab,
    clock: labClock(cluster),
    targets: { acme: webhookAddresses("http://api.invalid", "acme", webhooks.acme, organizationId) },
    async send(url, init) {
      const member = cluster.pick(balance.next);
      if (!member) throw new Error("no process accepts connections");
      const response = await fetch(`http://127.0.0.1:${member.port}${new URL(url).pathname}`, init);
      const text = await response.text();
      for (const [id] of response.ok ? text.matchAll(/evt_[0-9A-HJKMNP-TV-Z]{26}/g) : []) acknowledged.add(id);
      return new Response(text, response);
    },
  });
  closers.push(() => senders.close());
  const truth = recordTruth(lab.tenants["acme"]!.world, () => cluster.clock.now());
  await Promise.all(cluster.members.map((member) => cluster.start(member)));
  await allReady(cluster);

  const run: RunState = {
    lab,
    cluster,
    redis,
    postgres,
    senders,
    truth,
    key,
    acknowledged,
    tickets: [],
    violations: [],
    liveness: { longestMs: () => 0 },
    checks: noChecks(),
  };
  return {
    async play(seed) {
      run.violations = [];
      run.checks = noChecks();
      await play(run, seed, hasDatabase);
      return run.violations;
    },
    logs: () => cluster.logs(),
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
}

/** The address of a new database, through the proxy. */
function proxied({ server, proxy }: ProxiedServer<{ newDatabase(): string }>): string {
  const url = new URL(server.newDatabase());
  url.port = String(proxy.port);
  return String(url);
}

const labClock = ({ clock }: Cluster) => ({
  now: clock.now,
  sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal ?? new AbortController().signal).catch(() => {}),
});

const noChecks = (): Checks => ({ answers: 0, tickets: 0, owners: 0 });

interface RunState extends Parts {
  senders: Webhooks;
  truth: Truth;
  key: string;
  acknowledged: Set<string>;
  /** Ids of the tickets that were created at Zendesk. */
  tickets: string[];
  violations: string[];
  liveness: Liveness;
  checks: Checks;
}

/** What was checked in a seed. A kind of which there was nothing shows nothing. */
interface Checks {
  answers: number;
  tickets: number;
  owners: number;
}

async function play(run: RunState, seed: number, hasDatabase: boolean): Promise<void> {
  const { cluster, lab } = run;
  const { faults, scenarios } = planOf(seed, { size: cluster.members.length, hasDatabase });
  const disturbed = new AbortController();
  const startedAt = performance.now();
  const wait = (dueMs: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - (performance.now() - startedAt))));
  run.liveness = watchLiveness(cluster, disturbed.signal);
  const readers = [0, 1, 2].map((i) => readUntil(run, rng(seed + i), disturbed.signal));
  const faultsEnd = faults.map(async ({ dueMs, fault }) => {
    await wait(dueMs);
    await applyFault(fault, run);
  });
  for (const { dueMs, scenario: kind, delivery, seed: scenarioSeed } of scenarios) {
    await wait(dueMs);
    const refs = runScenario(lab, { kind, tenant: "acme", seed: scenarioSeed, delivery: delivery ?? undefined });
    const ticket = kind === "ticket_created" || kind === "angry_ticket" ? refs[0]?.split(":")[1] : undefined;
    if (ticket !== undefined) run.tickets.push(ticket);
  }
  await wait(disturbedMs);
  lab.faults.clear();
  await Promise.all(faultsEnd);
  disturbed.abort();
  await Promise.all(readers);
  if (!(await recover(run))) return;
  // Also a seed whose processes were down most of the time reads every customer.
  for (const ref of lab.tenants["acme"]!.examples.resolved)
    for (const member of cluster.members) await readOnce(run, member, ref);
  await checkEnd(run);
}

/** The records of a scenario; none when the world has nothing left that it could change. */
function runScenario(lab: Lab, request: ScenarioRequest): string[] {
  try {
    return lab.runScenario(request).refs;
  } catch (error) {
    if (error instanceof ScenarioError) return [];
    throw error;
  }
}

interface Section {
  state: string;
  observedAt: string | null;
  staleAt: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: the data of any section
  data: any;
}

/** Reads as agents do, until the signal is aborted, and checks every answer. */
async function readUntil(run: RunState, random: ReturnType<typeof rng>, signal: AbortSignal): Promise<void> {
  const refs = run.lab.tenants["acme"]!.examples.resolved;
  while (!signal.aborted) {
    const member = run.cluster.pick(random.next);
    if (member) await readOnce(run, member, random.pick(refs));
    await new Promise((resolve) => setTimeout(resolve, member ? random.int(1, 60) : 20));
  }
}

/** Reads one customer from one process, and checks the answer. */
async function readOnce(run: RunState, member: Member, ref: string): Promise<void> {
  const [disturbances, startedAt] = [member.disturbances, performance.now()];
  const path = `/v1/context/${encodeURIComponent(ref)}?deadline=${readDeadlineMs}`;
  const response = await fetch(`http://127.0.0.1:${member.port}${path}`, {
    headers: { authorization: `Bearer ${run.key}` },
  }).catch(() => null);
  const text = await response?.text().catch(() => null);
  if (!response || text == null || member.disturbances !== disturbances || member.isFrozen) return;
  const tookMs = performance.now() - startedAt;
  if (tookMs > readDeadlineMs / factor + machineNoiseMs + noiseFactor * run.liveness.longestMs(member, startedAt))
    run.violations.push(`an answer took ${Math.round(tookMs)} ms of ${readDeadlineMs / factor} ms (${ref}, ${member.name})`);
  // A store that is lost and a memory that does not have the answer leave nothing to show.
  if (response.status === 503) return;
  if (response.status !== 200) run.violations.push(`a read of ${ref} answered ${response.status}: ${text.slice(0, 300)}`);
  else checkLabels(run, ref, JSON.parse(text) as Context, Math.abs(member.stepMs));
}

/** No fact is older than the label of its section. */
function checkLabels({ truth, violations, cluster, checks }: RunState, ref: string, context: Context, stepMs: number): void {
  const { account, support } = context.sections as Record<string, Section | undefined>;
  const tolerance = labelToleranceMs + stepMs;
  checks.answers += 1;
  for (const [name, section] of Object.entries({ account, support })) {
    if (!section?.observedAt || !section.data) continue;
    const observedAt = Date.parse(section.observedAt) - tolerance;
    if (
      section.state === "ok" &&
      section.staleAt &&
      Date.parse(section.staleAt) + stepMs + factor * machineNoiseMs < cluster.clock.now()
    )
      violations.push(`${name} of ${ref} is ok after its staleAt ${section.staleAt}`);
    for (const ticket of name === "support" ? section.data.tickets : []) {
      checks.tickets += 1;
      if (!truth.hadStatus(String(ticket.id), ticket.status, observedAt))
        violations.push(`ticket ${ticket.id} of ${ref} is shown as ${ticket.status}, observed ${section.observedAt}`);
    }
    const owner = name === "account" ? section.data.owner?.id : null;
    const accountId = context.customer?.company ? accountOf(section) : null;
    if (!owner || !accountId) continue;
    checks.owners += 1;
    if (!truth.hadOwner(accountId, owner, observedAt))
      violations.push(`account ${accountId} of ${ref} is shown with owner ${owner}, observed ${section.observedAt}`);
  }
}

/** The id of the account that a section shows. */
function accountOf(section: Section): string | null {
  return /salesforce\.account:(\w+)/.exec(JSON.stringify(section))?.[1] ?? null;
}

interface Listed {
  items: Record<string, unknown>[];
  nextCursor: string | null;
}

async function list(run: RunState, path: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const url: string = `http://127.0.0.1:${run.cluster.members[0]!.port}${path}${path.includes("?") ? "&" : "?"}limit=1000${cursor && `&cursor=${cursor}`}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${run.key}` } });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    const page = (await response.json()) as Listed;
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** Lets time pass until everything is repaired. @returns false when it was not */
async function recover(run: RunState): Promise<boolean> {
  const deadline = performance.now() + scaled(90_000);
  let missing: string[] = [];
  while (performance.now() < deadline) {
    missing = await unsettled(run).catch((error: unknown) => [String(error)]);
    if (missing.length === 0) return true;
    run.cluster.skip(15_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  run.violations.push(`not recovered: ${missing.slice(0, 40).join("; ")}`);
  return false;
}

async function unsettled(run: RunState): Promise<string[]> {
  const found = run.cluster.crashed().map(({ name, process: running }) => `${name} ended with ${running?.child.exitCode}`);
  if (found.length > 0) return found;
  for (const { name, port } of run.cluster.members) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    if (!ready.ok) found.push(`${name} is not ready: ${await ready.text()}`);
  }
  await releaseQuarantined(run);
  for (const job of run.senders.waiting())
    found.push(
      `the webhook ${job.type} waits (${job.attempts} attempts, due in ${Math.round((job.dueAt - run.cluster.clock.now()) / 1000)} s${job.paused ? ", paused" : ""})`,
    );
  for (const { kind, subject } of await list(run, "/v1/alerts?state=open")) found.push(`the alert ${kind} of ${subject} is open`);
  const deliveries = await list(run, "/v1/deliveries");
  for (const { id, state, message } of deliveries) if (state === "waiting") found.push(`the delivery ${id} waits: ${message}`);
  const routed = new Set(deliveries.map(({ eventId }) => eventId));
  if (routed.size < run.tickets.length) found.push(`${routed.size} of ${run.tickets.length} tickets are routed`);
  return found;
}

/** A process whose clock is behind does not believe the times of events. An operator releases them when the clock is right again. */
async function releaseQuarantined(run: RunState): Promise<void> {
  for (const { id } of await list(run, "/v1/quarantine?state=quarantined"))
    await fetch(`http://127.0.0.1:${run.cluster.members[0]?.port}/v1/quarantine/${id}/release`, {
      method: "POST",
      headers: { authorization: `Bearer ${run.key}` },
    });
}

async function checkEnd(run: RunState): Promise<void> {
  const { lab, violations, cluster } = run;
  // Platforms report our own writes too: one may be acknowledged while the list is read.
  const acknowledged = [...run.acknowledged];
  const events = await list(run, "/v1/events");
  const counts = new Map<unknown, number>();
  for (const { eventId } of events) counts.set(eventId, (counts.get(eventId) ?? 0) + 1);
  for (const id of acknowledged)
    if (counts.get(id) !== 1) violations.push(`the acknowledged event ${id} is in the log ${counts.get(id) ?? 0} times`);
  checkEffects(run);
  for (const { platform, path, status, fault } of lab.requests.list({}))
    if (status === 429 && !fault) violations.push(`${platform} refused ${path.split("?")[0]}: the allowance was overspent`);
  lab.requests.clear();
  for (const [kind, count] of Object.entries(run.checks)) if (count === 0) violations.push(`no ${kind} were checked`);
  const resident = cluster.residentBytes();
  if (resident > maxResidentBytes) violations.push(`a process has ${Math.round(resident / 2 ** 20)} MB`);
}

function checkEffects({ lab, tickets, violations }: RunState): void {
  const { world } = lab.tenants["acme"]!;
  const counts = new Map<string, number>();
  const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  const salesforce = effectsOf({ acme: world }, "salesforce");
  for (const object of ["Task", "Case"])
    for (const { fields } of salesforce[object] ?? []) count(`${object} ${String(fields["Subject"]).replace("Ticket ", "")}`);
  for (const { fields } of Object.values(effectsOf({ acme: world }, "mixpanel")).flat())
    count(`event ${String(fields["distinct_id"]).replace("t-", "")}`);
  for (const { body, ticket_id: ticket } of world.zendesk.comments.values()) if (body === "Noted") count(`note ${ticket}`);
  for (const [name, times] of counts) if (times > 1) violations.push(`${name} was written ${times} times`);
  for (const ticket of tickets)
    for (const effect of ["Task", "Case", "event", "note"])
      if (!counts.has(`${effect} ${ticket}`)) violations.push(`${effect} ${ticket} was not written`);
}
