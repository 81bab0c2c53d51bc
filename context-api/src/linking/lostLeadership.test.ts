import { ofKind } from "@sidelight/model/records.ts";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "@sidelight/test-support/postgres.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { identityPlatform } from "../identity/decisions.ts";
import { fencedLog } from "../log/fencedLog.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { type Peer, startPeer } from "../log/testPeers.ts";
import { findRun, listModels } from "../store/tables/identityModels.ts";
import { listSuggestionRows } from "../store/tables/identitySuggestions.ts";
import { listObjectKeys } from "../store/tables/projections.ts";
import { matchTenant } from "./matchTenant.ts";
import { company, person } from "./testRecords.ts";

const clock = manualClock(Date.parse("2026-11-22T09:00:00Z"));
const name = "Marisol Quintanilla";
const records = [
  person("zendesk.user:1", { name, emails: ["marisol@quintanilla.example"], phones: ["+493012345678"] }),
  person("salesforce.contact:003000000000001AAA", {
    ...{ name, emails: ["m.quintanilla@quintanilla.example"], phones: ["+493012345678"] },
  }),
  company("zendesk.organization:3", "ACME Gesellschaft mbH"),
  company("salesforce.account:001000000000001AAA", "Acme GmbH"),
];

/** What a match writes. */
async function writtenIn(log: TenantLog) {
  const keys = await listObjectKeys(log.store, { connection: identityPlatform, object: "decision" }, "", 100);
  return {
    links: ofKind(await openReader(log).records(keys), "decision").map(({ ref }) => ref),
    suggestions: [
      ...(await listSuggestionRows(log.store, { state: "open", limit: 100, offset: 0 })),
      ...(await listSuggestionRows(log.store, { state: "linked", limit: 100, offset: 0 })),
    ],
    run: await findRun(log.store),
    models: await listModels(log.store, 10),
  };
}

const peers: Peer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
});
async function openPeer(url: string, peerName: string): Promise<Peer> {
  const peer = await startPeer(url, peerName);
  peers.push(peer);
  return peer;
}

const leads = ({ coordination }: Peer): boolean => coordination.epochOf("acme") !== null;

/** The log as the leader has it. Before the write with this index, another process becomes the leader. */
function lostAt(index: number, former: Peer, onLoss: () => Promise<void>): TenantLog {
  const fenced = fencedLog(former.log, former.coordination.epochOf("acme"));
  let count = 0;
  async function beforeWrite(): Promise<void> {
    if (count++ !== index) return;
    await former.coordination.resign();
    await onLoss();
  }
  return {
    ...fenced,
    async append(input) {
      await beforeWrite();
      return await fenced.append(input);
    },
    async commit(input) {
      await beforeWrite();
      return await fenced.commit(input);
    },
  };
}

describe.skipIf(!hasPostgres)("a leader that loses its leadership during a match", () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.close());

  it.each([
    ["before its first write", 0],
    ["after its links", 1],
    ["after its suggestions", 2],
  ])("%s writes nothing more, and the next leader completes the match", { timeout: scaled(120_000) }, async (_, index) => {
    const url = server.newDatabase();
    const former = await openPeer(url, "former");
    await until("the first leader", () => leads(former));
    await former.log.commit({ records, correlationId: "test" });
    const next = await openPeer(url, "next");
    let atLoss: Awaited<ReturnType<typeof writtenIn>> | undefined;
    const log = lostAt(index, former, async () => {
      await until("the next leader", () => leads(next));
      atLoss = await writtenIn(next.log);
    });
    await expect(matchTenant({ log, clock, automatic: "link" })).rejects.toMatchObject({ code: "leadership_lost" });
    expect(await writtenIn(next.log)).toEqual(atLoss);
    expect(atLoss?.links).toHaveLength(index === 0 ? 0 : 1);
    expect(atLoss?.run).toBeNull();

    const nextLog = fencedLog(next.log, next.coordination.epochOf("acme"));
    const { links } = await matchTenant({ log: nextLog, clock, automatic: "link" });
    expect(links).toBe(index === 0 ? 1 : 0);
    const written = await writtenIn(next.log);
    expect(written.links).toHaveLength(1);
    const suggested = written.suggestions.map(({ kind, state }) => `${kind} ${state}`);
    // The next match finds no pair in one customer: a link that was made without its suggestion is in the history only.
    expect(suggested).toEqual(index === 1 ? ["company open"] : ["company open", "person linked"]);
    expect(written.run).toMatchObject({ people: 2, companies: 2 });
  });
});
