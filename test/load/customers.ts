import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createApiServer } from "@sidelight/context-api/http/server.ts";
import { listEventsAfter } from "@sidelight/context-api/log/listEvents.ts";
import { createCustomerDataSource } from "@sidelight/context-api/routing/customerDataSource.ts";
import { saveCoverage } from "@sidelight/context-api/store/tables/observations.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { round } from "./measure.ts";
import type { SteadyReads } from "./steadyReads.ts";

const sizes = (process.env["SIDELIGHT_BENCH_CUSTOMERS"] ?? "1000,10000,100000").split(",").map(Number);
const perSecond = 200;
const seconds = Number(process.env["SIDELIGHT_BENCH_SECONDS"] ?? 20);
const perCommit = 400;
/** To fill a store takes a minute for 50,000 customers, so stores are kept between runs. A run that was ended goes on where it was. */
const storesFolder = join(tmpdir(), "sidelight-bench-customers");

/**
 * Reads of random customers from the store, 200 a second, while Zendesk does not answer: memory has none of them, no platform is called,
 * and the time does not depend on the number of customers. The goal is a p95 of 5 ms.
 */
export async function customers(): Promise<void> {
  for (const size of sizes) {
    const directory = join(storesFolder, String(size));
    mkdirSync(directory, { recursive: true });
    const harness = await openHarness({
      directory,
      pull: false,
      configure(config) {
        config.http.requestsPerMinute = 1_000_000;
      },
    });
    try {
      await fillOnce(harness, size);
      harness.lab.faults.add({ platform: "zendesk", kind: "timeout", rate: 1, seed: 1 });
      await measure(harness, size);
    } finally {
      await harness.close();
    }
  }
}

async function measure(harness: Harness, size: number): Promise<void> {
  const server = createApiServer();
  const { port } = await server.listen(0, "127.0.0.1");
  server.serve(harness.app, { bodySeconds: 15 });
  const callCount = harness.requests().length;
  const key = harness.keys["acme"]!.agent;
  const run = (duration: number) => steadyReads([String(port), key, String(size), String(perSecond), String(duration)]);
  await run(3);
  const cpu = process.threadCpuUsage();
  const { times, tiers } = await run(seconds);
  const { user, system } = process.threadCpuUsage(cpu);
  const cpuMs = (user + system) / 1000 / (perSecond * seconds);
  const [p50, p95, p99] = [times.p50, times.p95, times.p99].map((ms) => round(ms));
  const calls = harness.requests().length - callCount;
  console.log(
    `  ${String(size).padStart(6)} customers: p50 ${p50} p95 ${p95} p99 ${p99} ms, ${round(cpuMs)} ms CPU a read; tiers ${JSON.stringify(tiers)}, ${calls} calls to platforms`,
  );
  server.close();
}

/** The load comes from another process, at a steady rate whatever the answers take. */
async function steadyReads(args: string[]): Promise<SteadyReads> {
  const file = fileURLToPath(new URL("steadyReads.ts", import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout) output += chunk;
  return JSON.parse(output) as SteadyReads;
}

const companySize = 5_000;
const companyReads = 5;

/**
 * The context of one company with thousands of people: first of all, again with other members while nothing has changed, and after changes
 * of one record.
 */
export async function largeCompany(): Promise<void> {
  const harness = await openHarness({ pull: false });
  try {
    const { tenant, contexts } = harness.runtime.tenants.get("acme")!;
    await fill(harness, companySize, companySize);
    let count = 0;
    for (let i = 0; i < companyReads; i++) await measureRead(i === 0 ? "first read" : "read again");
    for (const object of ["ticket", "usage", "contact"]) {
      for (let i = 0; i < 3; i++) {
        const record = customer(i + 1, companySize, tenant.clock.now()).find((candidate) => candidate.object === object)!;
        const changed = { ...record, changedAt: tenant.clock.now(), data: { ...record.data, ...changes[object]?.(i) } };
        await tenant.log.commit({ records: [changed as RecordInput], correlationId: "bench" });
        await measureRead(`after a change of a ${object}`);
      }
    }
    for (let i = 0; i < 6; i++) await measureHealthEvent(i);

    /** A ticket of the company changes, and the health of its company is computed as of that event. */
    async function measureHealthEvent(i: number): Promise<void> {
      const ticket = customer(i + 10, companySize, tenant.clock.now()).find(({ object }) => object === "ticket")!;
      const changed = { ...ticket, changedAt: tenant.clock.now(), data: { ...ticket.data, subject: `Event ${i}` } };
      await tenant.log.commit({ records: [changed as RecordInput], correlationId: "bench" });
      const sequence = tenant.log.head();
      const [event] = await listEventsAfter(tenant.log, { after: sequence - 1, through: sequence }, 1);
      const data = createCustomerDataSource(tenant, contexts);
      const cpu = process.threadCpuUsage();
      const node = await data.healthCustomer(event!);
      await data.healthAt(node!, event!, sequence);
      const { user, system } = process.threadCpuUsage(cpu);
      console.log(`  ${companySize} people, health event: ${round((user + system) / 1000, 1)} ms CPU`);
    }

    async function measureRead(title: string): Promise<void> {
      count += 1;
      const path = `/v1/context/${accountOf(0)}?fields=/customer,/sections,/x${count}`;
      const cpu = process.threadCpuUsage();
      const start = performance.now();
      const { tier } = await harness.request(path, { role: "agent" });
      const ms = performance.now() - start;
      const { user, system } = process.threadCpuUsage(cpu);
      console.log(
        `  ${companySize} people, ${title}: ${round(ms, 0)} ms, ${round((user + system) / 1000, 0)} ms CPU, from ${tier}`,
      );
    }
  } finally {
    await harness.close();
  }
}

const changes: Record<string, (i: number) => object> = {
  ticket: (i) => ({ subject: `Changed ${i}` }),
  usage: (i) => ({ funnel: { [`Step ${i}`]: new Date().toISOString() } }),
  contact: (i) => ({ title: `Title ${i}` }),
};

/** Fills a store that is kept: what it contains already is in a file beside it. */
async function fillOnce(harness: Harness, size: number): Promise<void> {
  const progress = join(harness.directory, "customers.txt");
  let count = existsSync(progress) ? Number(readFileSync(progress, "utf8")) : 0;
  while (count < size) {
    const end = Math.min(size, count + 5_000);
    await fill(harness, end, 10, count);
    writeFileSync(progress, String(end));
    count = end;
  }
}

/** Customers with a contact, a user, a profile, two tickets and product use; all seen a short time ago. */
export async function fill(harness: Harness, size: number, peoplePerCompany: number, start = 0): Promise<void> {
  const { tenant } = harness.runtime.tenants.get("acme")!;
  const { log, connections, clock } = tenant;
  const now = clock.now();
  for (let first = start; first < size; first += perCommit) {
    const numbers = Array.from({ length: Math.min(perCommit, size - first) }, (_, i) => first + i);
    const records = numbers.flatMap((n) => customer(n, peoplePerCompany, now));
    await log.append({ records, isBackfill: true, correlationId: "bench" });
  }
  await log.whenProjected();
  const statements = connections.flatMap(({ id, connector }) =>
    connector.streams.flatMap(({ objects }) =>
      objects.map((object) => saveCoverage(log.store, { connection: id, object, observed_at: now })),
    ),
  );
  await log.commit({ statements, correlationId: "bench" });
}

export function customer(n: number, peoplePerCompany: number, now: number): RecordInput[] {
  const email = `person${n}@company${Math.floor(n / peoplePerCompany)}.test`;
  const company = Math.floor(n / peoplePerCompany);
  const account = accountOf(company);
  const instant = new Date(now - 86_400_000).toISOString();
  const record = (platform: string, object: string, id: string, rest: object): RecordInput =>
    ({
      ref: `${platform}.${object}:${id}`,
      ...{ platform, connection: platform, object, subject: `${platform}.${object}:${id}` },
      ...{ changedAt: now - 86_400_000, observedAt: now, identifiers: [], edges: [] },
      ...rest,
    }) as unknown as RecordInput;
  const person = (rest: object) => ({
    identifiers: [{ kind: "email", value: email }],
    data: { kind: "person", name: `Person ${n}`, emails: [email], phones: [], title: null, optedOut: false, ...rest },
  });
  const user = `zendesk.user:${1_000_000 + n}`;
  const tickets = [0, 1].map((i) =>
    record("zendesk", "ticket", String(10_000_000 + 2 * n + i), {
      edges: [{ rel: "requester", to: user }],
      data: {
        kind: "ticket",
        subject: `The export of report ${i} has failed`,
        ...{ status: i === 0 ? "open" : "solved", priority: "high", createdAt: instant, updatedAt: instant },
        ...{ solvedAt: i === 0 ? null : instant, resolutionMinutes: i === 0 ? null : 90 },
      },
    }),
  );
  const day = { events: 5, sessions: 1, features: { Dashboards: 3, Exports: 2 } };
  const days = Object.fromEntries([1, 3, 8, 20].map((ago) => [new Date(now - ago * 86_400_000).toISOString().slice(0, 10), day]));
  const fields = { owner: null, plan: "Enterprise", stage: "Customer", renewalDate: null, nextStep: null, notMapped: [] };
  const accounts =
    n % peoplePerCompany === 0
      ? [
          record("salesforce", "account", salesforceId("001", company), {
            data: {
              kind: "company",
              name: `Company ${company}`,
              domains: [`company${company}.test`],
              ...{ ...fields, arr: { amount: 1_000 * company, currency: "USD" } },
            },
          }),
        ]
      : [];
  return [
    ...accounts,
    record("salesforce", "contact", salesforceId("003", n), { ...person({}), edges: [{ rel: "account", to: account }] }),
    record("zendesk", "user", String(1_000_000 + n), person({})),
    record("mixpanel", "user", `u${n}`, person({ productUse: { since: instant, lastSeenAt: null, milestones: [] } })),
    ...tickets,
    record("mixpanel", "usage", `u${n}`, {
      edges: [{ rel: "user", to: `mixpanel.user:u${n}` }],
      data: { kind: "usage", lastActiveAt: instant, days, funnel: {} },
    }),
  ];
}

export const accountOf = (company: number): string => `salesforce.account:${salesforceId("001", company)}`;

const salesforceId = (prefix: string, n: number): string => `${prefix}${String(n).padStart(12, "0")}AAA`;
