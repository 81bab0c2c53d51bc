import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog, type TenantLog } from "@sidelight/context-api/log/log.ts";
import { startWriter } from "@sidelight/context-api/log/writer/client.ts";
import { openTenantKeys } from "@sidelight/context-api/security/keyring.ts";
import { newKey } from "@sidelight/context-api/security/seal.ts";
import { openStore } from "@sidelight/context-api/store/store.ts";
import { findWrappedKeys } from "@sidelight/context-api/store/tables/tenants.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { round } from "./measure.ts";

const events = 20_000;

/** Durable appends of new ticket versions (sealed, indexed, projected), by number of concurrent writers. */
export async function store(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-bench-"));
  const key = newKey();
  const writer = startWriter({ file: join(folder, "bench.sqlite"), masterKey: key });
  try {
    const { head } = await writer.send({ kind: "ensureTenant", tenant: "bench", now: Date.now() });
    const benchStore = openStore(join(folder, "bench.sqlite"));
    const tenantStore = benchStore.forTenant("bench");
    const wrappedKeys = await findWrappedKeys(tenantStore);
    if (!wrappedKeys) throw new Error("the tenant was not stored");
    const log = openLog({ writer, store: tenantStore, keys: openTenantKeys(key, "bench", wrappedKeys), head, now: Date.now });
    await append(log, 1_000, 64, 0);
    for (const writers of [1, 16, 64, 256]) {
      const count = writers === 1 ? events / 20 : events;
      const start = performance.now();
      await append(log, count, writers, writers * 1_000_000);
      const rate = count / ((performance.now() - start) / 1000);
      console.log(`  ${String(writers).padStart(3)} waiting: ${round(rate, 0).padStart(6)} durable events a second`);
    }
    await benchStore.close();
  } finally {
    await writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function append(log: TenantLog, count: number, writers: number, from: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await log.commit({ records: [ticket(from + next++)], correlationId: "bench" });
  };
  await Promise.all(Array.from({ length: writers }, worker));
}

function ticket(id: number): RecordInput {
  const timestamp = new Date(1_760_000_000_000 + id).toISOString();
  return {
    ref: `zendesk.ticket:${id + 1}`,
    platform: "zendesk",
    connection: "zendesk",
    object: "ticket",
    subject: `zendesk.user:${id % 5_000}`,
    changedAt: 1_760_000_000_000 + id,
    observedAt: 1_760_000_000_000 + id,
    identifiers: [],
    edges: [{ rel: "requester", to: `zendesk.user:${id % 5_000}` }],
    data: {
      kind: "ticket",
      subject: "The nightly export has failed again",
      status: "open",
      priority: "high",
      createdAt: timestamp,
      updatedAt: timestamp,
      solvedAt: null,
      resolutionMinutes: null,
    },
  };
}
