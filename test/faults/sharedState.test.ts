import { hasPostgres } from "@sidelight/test-support/postgres.ts";
import { hasRedis, startRedis, type TestRedis } from "@sidelight/test-support/redis.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, type Member, openCluster, retitled } from "../harness/processes.ts";

/** Requests at the same time; more in the long run. */
const misses = process.env["SIDELIGHT_FULL"] === "1" ? 1_000 : 400;

describe.skipIf(!hasPostgres || !hasRedis)("four processes that share PostgreSQL and Redis", { timeout: scaled(120_000) }, () => {
  let redis: TestRedis;
  let cluster: Cluster;
  let members: Member[];
  beforeAll(async () => {
    redis = await startRedis();
    cluster = await openCluster({ SIDELIGHT_REDIS_URL: redis.newDatabase() });
    const first = await cluster.start();
    members = [first, ...(await Promise.all([cluster.start(), cluster.start(), cluster.start()]))];
    for (const member of members) await until("the first backfill", async () => (await member.get("/readyz")).status === 200);
  });
  afterAll(async () => {
    await cluster.close();
    await redis.close();
  });

  const read = (member: Member, ticket: number | string) => member.get(`/v1/context/zendesk.ticket:${ticket}`);
  const tierOf = async (member: Member, ticket: number) => (await read(member, ticket)).headers.get("x-sidelight-tier");
  /** Searches of Zendesk for an address. */
  const searchesFor = (address: string): number =>
    cluster.lab.requests.list({ platform: "zendesk" }).filter(({ path }) => decodeURIComponent(path).includes(address)).length;
  /** A connection that was idle may close at the moment when it is used again. */
  const getAgain = (member: Member, path: string) => member.get(path).catch(() => member.get(path));
  const metric = async (member: Member, name: string): Promise<number> => {
    const response = await fetch(`${member.url}/metrics`, { headers: { authorization: `Bearer ${member.key()}` } });
    const line = (await response.text()).split("\n").find((text) => text.startsWith(`${name} `) || text.startsWith(`${name}{`));
    return Number(line?.split(" ").at(-1) ?? Number.NaN);
  };
  const backInAll = () =>
    until("Redis to be back in every process", async () => {
      const up = await Promise.all(members.map((member) => metric(member, "sidelight_redis_up")));
      return up.every((value) => value === 1);
    });
  it("fetch a customer once, however many requests miss it at the same time", async () => {
    cluster.lab.faults.add({ platform: "zendesk", kind: "latency", rate: 1, ms: 400, seed: 1 });
    const address = "missed@elsewhere-industries.com";
    const answers = await Promise.all(
      Array.from({ length: misses }, (_, i) =>
        getAgain(members[i % members.length]!, `/v1/context/email:${address}?deadline=5000`),
      ),
    );
    cluster.lab.faults.clear();
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.match?.state ?? body.code}`))).toEqual(
      new Set(["200 none"]),
    );
    expect(searchesFor(address)).toBe(1);
    // The other processes know that there is no match.
    for (const member of members) await member.get(`/v1/context/email:${address}?sections=notes`);
    expect(searchesFor(address)).toBe(1);
  });

  it("share an answer: the second process reads it from Redis, then from its own memory", async () => {
    const [first, second] = members as [Member, Member];
    const tiers: (string | null)[][] = [];
    for (const { id } of cluster.tickets.slice(10, 20)) {
      await read(first, id);
      tiers.push([await tierOf(second, id), await tierOf(second, id)]);
    }
    // A pull may have changed something in between.
    expect(tiers.filter(([tier]) => tier === "redis").length).toBeGreaterThan(5);
    expect(tiers.filter(([, tier]) => tier === "memory").length).toBeGreaterThan(5);
  });

  it("show no answer from Redis that is older than an event", async () => {
    const [first, second, third, fourth] = members as [Member, Member, Member, Member];
    const ticket = cluster.tickets[2]!;
    for (let round = 1; round <= 5; round++) {
      const subject = `Shared ${round}`;
      await first.subjectOf(ticket.id);
      expect((await second.send(retitled(ticket, subject))).status).toBe(200);
      for (const member of [third, fourth, first]) {
        await until("it to be shown", async () => (await member.subjectOf(ticket.id)) === subject);
        expect(await member.subjectOf(ticket.id)).toBe(subject);
      }
    }
  });

  it("refuse a refresh in the cooldown that another process began", async () => {
    const [first, second] = members as [Member, Member];
    const refresh = (member: Member, ticket: number) =>
      fetch(`${member.url}/v1/context/zendesk.ticket:${ticket}/refresh`, {
        method: "POST",
        headers: { authorization: `Bearer ${first.key()}` },
      });
    const { id } = cluster.tickets[3]!;
    expect((await refresh(first, id)).status).toBe(200);
    const refused = await refresh(second, id);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(20);
  });

  it.each([
    { outage: "hangs", begin: async () => redis.freeze(), end: async () => redis.unfreeze() },
    { outage: "is restarted empty", begin: () => redis.stop(), end: () => redis.start() },
    { outage: "is flushed", begin: async () => redis.flush(), end: async () => {} },
  ])("answer and receive while Redis $outage, and show nothing older afterwards", async ({ outage, begin, end }) => {
    const ticket = cluster.tickets[4]!;
    for (const member of members) await member.subjectOf(ticket.id);
    await begin();
    const subject = `Redis ${outage}`;
    expect((await members[1]!.send(retitled(ticket, subject))).status).toBe(200);
    for (const member of members) {
      await until("it to be shown", async () => (await member.subjectOf(ticket.id)) === subject);
      for (const { id } of cluster.tickets.slice(0, 10)) expect((await read(member, id)).status).toBe(200);
    }
    await end();
    await backInAll();
    for (const member of members) {
      expect(await member.subjectOf(ticket.id)).toBe(subject);
      // Not in the memory of this process: another selection of sections.
      const { body } = await member.get(`/v1/context/zendesk.ticket:${ticket.id}?sections=support,notes`);
      expect(body.sections.support.data.tickets[0].subject).toBe(subject);
    }
  });

  it("send nothing to a platform whose circuit another process opened", async () => {
    const [first, second] = members as [Member, Member];
    cluster.lab.faults.add({ platform: "zendesk", kind: "error", status: 503, rate: 1, seed: 1 });
    for (const name of ["a", "b", "c", "d", "e"]) await first.get(`/v1/context/email:${name}@elsewhere-industries.com`);
    let searches = 0;
    await until("the circuit to be open", async () => {
      const address = `search${++searches}@elsewhere-industries.com`;
      await second.get(`/v1/context/email:${address}`);
      return searchesFor(address) === 0;
    });
    const address = "refused@elsewhere-industries.com";
    for (const member of members) {
      const { body } = await member.get(`/v1/context/email:${address}`);
      expect(body.match).toMatchObject({ state: "none", partial: true });
    }
    expect(searchesFor(address)).toBe(0);
    cluster.lab.faults.clear();
  });

  it("count their hits, and what these save", async () => {
    const [first] = members as [Member];
    await read(first, cluster.tickets[0]!.id);
    await read(first, cluster.tickets[0]!.id);
    expect(await metric(first, 'sidelight_cache_hit_ratio{tenant="acme",tier="memory"}')).toBeGreaterThan(0);
    expect(await metric(first, 'sidelight_cache_calls_saved_total{tenant="acme",reason="memory"}')).toBeGreaterThan(0);
    expect(await metric(first, "sidelight_cache_bytes")).toBeGreaterThan(1_000);
    await until("all processes to be counted", async () => (await metric(first, "sidelight_redis_members")) === 4);
    expect(members.map(({ process: { child } }) => child.exitCode)).toEqual([null, null, null, null]);
  });
});
