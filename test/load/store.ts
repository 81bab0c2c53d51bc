import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog, type TenantLog } from "@sidelight/context-api/log/log.ts";
import { startWriter } from "@sidelight/context-api/log/writer/client.ts";
import { openTenantKeys } from "@sidelight/context-api/security/keyring.ts";
import { newKey } from "@sidelight/context-api/security/seal.ts";
import { openStore } from "@sidelight/context-api/store/store.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { round } from "./measure.ts";

const events = 20_000;

/** Durable appends of new ticket versions (sealed, indexed, folded), by how many wait at the same time. */
export async function store(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-bench-"));
  const key = newKey();
  const writer = startWriter({ file: join(folder, "bench.sqlite"), masterKey: key });
  try {
    const { head } = await writer.send({ kind: "ensureTenant", tenant: "bench", now: Date.now() });
    const opened = openStore(join(folder, "bench.sqlite"));
    const tenantStore = opened.forTenant("bench");
    const wrapped = await tenantStore.from("tenants").selectAll().executeTakeFirstOrThrow();
    const log = openLog({ writer, store: tenantStore, keys: openTenantKeys(key, "bench", wrapped), head, now: Date.now });
    await append(log, 1_000, 64, 0);
    for (const waiting of [1, 16, 64, 256]) {
      const count = waiting === 1 ? events / 20 : events;
      const start = performance.now();
      await append(log, count, waiting, waiting * 1_000_000);
      const rate = count / ((performance.now() - start) / 1000);
      console.log(`  ${String(waiting).padStart(3)} waiting: ${round(rate, 0).padStart(6)} durable events a second`);
    }
    await opened.close();
  } finally {
    await writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function append(log: TenantLog, count: number, waiting: number, from: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await log.commit({ records: [ticket(from + next++)], correlationId: "bench" });
  };
  await Promise.all(Array.from({ length: waiting }, worker));
}

function ticket(id: number): RecordInput {
  const at = new Date(1_760_000_000_000 + id).toISOString();
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
      createdAt: at,
      updatedAt: at,
      solvedAt: null,
      resolutionMinutes: null,
    },
  };
}
