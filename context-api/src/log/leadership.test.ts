import { hasPostgres, startPostgres, type TestPostgres } from "@sidelight/test-support/postgres.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CoordinationTiming } from "../store/coordination.ts";
import { fencedLog } from "./fencedLog.ts";
import type { TenantLog } from "./log.ts";
import { openReader } from "./reader.ts";
import { fastTiming, type Peer, startPeer } from "./testPeers.ts";

const peers: Peer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
});

async function openPeer(url: string, name: string, timing?: CoordinationTiming): Promise<Peer> {
  const peer = await startPeer(url, name, timing);
  peers.push(peer);
  return peer;
}

const person = (id: number, name: string, changedAt = 1) => ({
  ...{ ref: `zendesk.user:${id}`, platform: "zendesk", connection: "zendesk", object: "user", subject: `zendesk.user:${id}` },
  ...{ changedAt, observedAt: changedAt, identifiers: [], edges: [] },
  data: { kind: "person" as const, name, emails: [], phones: [], title: null, optedOut: false },
});
const append = (log: TenantLog, id: number, name: string) => log.append({ records: [person(id, name)], correlationId: "test" });
const nameOf = async (log: TenantLog, id: number) => {
  const [record] = await openReader(log).records([log.key(`zendesk.user:${id}`)]);
  return record?.data.kind === "person" ? record.data.name : null;
};

describe.skipIf(!hasPostgres)("processes that share a database", () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.close());

  it("have one leader, which projects what the others append, and whose invalidations reach them", async () => {
    const url = server.newDatabase();
    const leader = await openPeer(url, "leader");
    const second = await openPeer(url, "second");
    expect([leader, second].map(({ coordination }) => coordination.epochOf("acme"))).toEqual([1, null]);
    const read = second.log.generation();
    await second.log.commit({ records: [person(1, "Ada")], correlationId: "test" });
    expect(await nameOf(second.log, 1)).toBe("Ada");
    expect(second.log.invalidatedAt(second.log.key("zendesk.user:1"))).toBeGreaterThan(read);
    await append(leader.log, 2, "Grace");
    await second.log.whenProjected(2);
    expect(await nameOf(second.log, 2)).toBe("Grace");
  });

  it("are led by another one at once when the leader resigns, and nothing waits for the next election", async () => {
    const url = server.newDatabase();
    const rare = { ...fastTiming, electionMs: 3_600_000 };
    const leader = await openPeer(url, "leader", rare);
    const second = await openPeer(url, "second", rare);
    await leader.coordination.resign();
    await until("the other one to lead", () => second.coordination.epochOf("acme") === 2);
    await append(leader.log, 1, "Ada");
    await leader.log.whenProjected(1);
    expect(await nameOf(leader.log, 1)).toBe("Ada");
  });

  it("replace a leader that is silent, and refuse what it writes afterwards", async () => {
    const url = server.newDatabase();
    // It never sends its heartbeat, as if it were frozen.
    const frozen = await openPeer(url, "frozen", { heartbeatMs: 3_600_000, electionMs: 40, idleTimeoutMs: 200 });
    const fenced = fencedLog(frozen.log, frozen.coordination.epochOf("acme"));
    await append(fenced, 1, "Ada");
    const next = await openPeer(url, "next");
    await until("another leader", () => next.coordination.epochOf("acme") !== null);
    await expect(append(fenced, 2, "Grace")).rejects.toMatchObject({ code: "leadership_lost" });
    await append(frozen.log, 3, "Mary");
    await next.log.whenProjected(2);
    expect([await nameOf(next.log, 1), await nameOf(next.log, 2), await nameOf(next.log, 3)]).toEqual(["Ada", null, "Mary"]);
  });

  it("know at their start what was outdated before, and then what is outdated", async () => {
    const url = server.newDatabase();
    const leader = await openPeer(url, "leader");
    await leader.log.commit({ records: [person(1, "Ada")], correlationId: "test" });
    const read = leader.log.generation();
    const second = await openPeer(url, "second");
    // What was invalidated before its start is known as far as it is kept.
    expect(second.log.generation()).toBe(read);
    expect(second.log.invalidatedAt("never seen")).toBeLessThanOrEqual(read);
    await leader.log.commit({ records: [person(1, "Grace", 2)], correlationId: "test" });
    await second.log.whenProjected(2);
    expect(second.log.invalidatedAt(second.log.key("zendesk.user:1"))).toBeGreaterThan(read);
  });
});
