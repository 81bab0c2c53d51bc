import { hasPostgres } from "@sidelight/test-support/postgres.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, type Member, openCluster, retitled } from "../harness/processes.ts";
import { createServeFolder } from "../harness/serveProcess.ts";

describe.skipIf(!hasPostgres)("three processes that share one database", { timeout: scaled(120_000) }, () => {
  let cluster: Cluster;
  let members: Member[] = [];
  beforeAll(async () => {
    cluster = await openCluster();
    members.push(await cluster.start());
    members.push(...(await Promise.all([cluster.start(), cluster.start()])));
    for (const member of members) await until("the first backfill", async () => (await member.get("/readyz")).status === 200);
  });
  afterAll(() => cluster.close());

  /** The leader first. */
  const byLeader = (): [Member, Member, Member] => [...members].sort((a, b) => b.epoch() - a.epoch()) as never;
  const shownEverywhere = async (ticket: number, subject: string) => {
    for (const member of members)
      await until(`${member.url} to show ${subject}`, async () => (await member.subjectOf(ticket)) === subject);
  };

  it("show an event that another process received, and never an older answer again", async () => {
    const [leader, receiver, reader] = byLeader();
    const [ticket] = cluster.tickets;
    for (let round = 1; round <= 10; round++) {
      const subject = `Round ${round}`;
      // Its answer is in memory.
      await reader.subjectOf(ticket!.id);
      expect((await receiver.send(retitled(ticket!, subject))).status).toBe(200);
      await until("the leader to show it", async () => (await leader.subjectOf(ticket!.id)) === subject);
      await until("the reader to show it", async () => (await reader.subjectOf(ticket!.id)) === subject);
      expect(await reader.subjectOf(ticket!.id)).toBe(subject);
    }
  });

  it("send a live section to a stream of another process", async () => {
    const [leader, second] = byLeader();
    const ticket = cluster.tickets[1]!;
    const stream = await openStream(second, ticket.id);
    await until("the first state", () => stream.text().includes("event: settled"));
    await leader.send(retitled(ticket, "Shown in the stream"));
    await until("the live section", () => stream.text().includes("Shown in the stream"));
    stream.end();
  });

  it("list the connections as the process that pulls knows them", async () => {
    const [leader, second] = byLeader();
    const [shown, original] = [await second.get("/v1/connections"), await leader.get("/v1/connections")];
    const streams = ({ body }: typeof shown) =>
      body.items.map((item: { id: string; streams: object[] }) => [item.id, item.streams.length]);
    expect(streams(shown)).toEqual(streams(original));
    expect(shown.body.items.every(({ state }: { state: string }) => state === "ok")).toBe(true);
    const metrics = await (await fetch(`${second.url}/metrics`)).text();
    expect(metrics).toMatch(/sidelight_database_connections\{state="open"\} \d/);
  });

  it("use a changed configuration, and an earlier one after a rollback in one of them", async () => {
    const versionOf = async (member: Member) => (await member.get("/v1/config")).body.version;
    const [first, second, third] = members as [Member, Member, Member];
    const initial = await versionOf(first);
    await cluster.configure({ retention: { historyDays: 700 } });
    for (const member of members) await until("the change", async () => (await versionOf(member)) !== initial);
    expect(new Set(await Promise.all(members.map(versionOf))).size).toBe(1);
    expect((await second.post("/v1/config/rollback", { version: initial })).status).toBe(200);
    await until("the rollback", async () => (await versionOf(third)) === initial && (await versionOf(first)) === initial);
  });

  it("refuse the requests of other roles, and a webhook so that it is sent again", async () => {
    const [hub, api] = await Promise.all([cluster.start("--only", "hub"), cluster.start("--only", "api")]);
    const [ticket] = cluster.tickets;
    expect((await hub.get(`/v1/context/zendesk.ticket:${ticket!.id}`)).body).toMatchObject({ status: 404, code: "not_found" });
    const refused = await api.send(retitled(ticket!, "Sent to the wrong process"));
    expect([refused.status, Number(refused.headers.get("retry-after")) < 60]).toEqual([503, true]);
    expect((await hub.send(retitled(ticket!, "Sent to the hub"))).status).toBe(200);
    await until("the api to show it", async () => (await api.subjectOf(ticket!.id)) === "Sent to the hub");
    expect([hub.epoch(), api.epoch()]).toEqual([0, 0]);
    for (const member of [hub, api]) expect((await member.get("/readyz")).status).toBe(200);
    await Promise.all([hub, api].map(({ process }) => process.stop("SIGKILL")));
  });

  it("lose no acknowledged event when the leader is killed under load, and another one leads", async () => {
    const [leader, ...others] = byLeader();
    const load = startLoad(members, cluster.tickets);
    await until("acknowledgments before the kill", () => load.acknowledged.size >= 60);
    const killedAt = load.acknowledged.size;
    await leader.process.stop("SIGKILL");
    await until("another leader", () => others.some((member) => member.epoch() > leader.epoch()));
    await until("acknowledgments after the kill", () => load.acknowledged.size >= killedAt + 60);
    await load.stop();
    members = [...others, await cluster.start()];
    for (const [ticket, subject] of load.lastSubjects) await shownEverywhere(ticket, subject);
    for (const member of members) await expectOnce(member, load.acknowledged);
  });

  it("replace a frozen leader, which writes nothing when it goes on", async () => {
    const [leader, ...others] = byLeader();
    const [ticket] = cluster.tickets;
    leader.process.child.kill("SIGSTOP");
    const [receiver] = others;
    expect((await receiver!.send(retitled(ticket!, "While it was frozen"))).status).toBe(200);
    await until("another leader", () => others.some((member) => member.epoch() > leader.epoch()));
    for (const member of others)
      await until("it to be shown", async () => (await member.subjectOf(ticket!.id)) === "While it was frozen");
    leader.process.child.kill("SIGCONT");
    await until("the former leader to follow", () => leader.epoch() === 0);
    expect((await leader.send(retitled(ticket!, "After the freeze"))).status).toBe(200);
    await shownEverywhere(ticket!.id, "After the freeze");
    // Its pulls and consumers were refused, and nothing was projected twice.
    const events = await eventsOf(receiver!);
    expect(new Set(events).size).toBe(events.length);
  });

  it("restart one after another with no failed request and no lost event", async () => {
    const load = startLoad(members, cluster.tickets);
    const reads = startReads(members, cluster.tickets);
    const previous = [...members];
    members.push(...(await Promise.all([cluster.start(), cluster.start(), cluster.start()])));
    for (const member of members) await until("it to be ready", async () => (await member.get("/readyz")).status === 200);
    for (const member of previous) {
      const isLeader = member.epoch() > 0;
      const exit = member.process.stop("SIGTERM");
      await until("it not to be ready", async () => (await member.get("/readyz").catch(() => null))?.status !== 200);
      members.splice(members.indexOf(member), 1);
      if (isLeader) await until("another leader", () => members.some((other) => other.epoch() > 0));
      expect(await exit).toBe(0);
    }
    await load.stop();
    await reads.stop();
    expect([load.failures, reads.failures]).toEqual([[], []]);
    for (const [ticket, subject] of load.lastSubjects) await shownEverywhere(ticket, subject);
    for (const member of members) await expectOnce(member, load.acknowledged);
  });
});

describe("a part of the roles", () => {
  it("needs PostgreSQL, and roles that exist", async () => {
    const folder = createServeFolder();
    const refused = await folder.run(["serve", "--only", "api"]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("serve --only needs PostgreSQL")]);
    const unknown = await folder.run(["serve", "--only", "hub,writer"]);
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('There is no role "writer"')]);
    folder.remove();
  });
});

async function openStream({ url, key }: Member, ticket: number) {
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/context/zendesk.ticket:${ticket}/stream`, {
    headers: { authorization: `Bearer ${key()}` },
    signal: abort.signal,
  });
  let text = "";
  const reading = (async () => {
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) text += part;
  })().catch(() => {});
  return { text: () => text, ended: reading, end: () => abort.abort() };
}

interface Load {
  /** Ids of the events that were acknowledged. */
  acknowledged: Set<string>;
  /** The last acknowledged subject of each ticket. */
  lastSubjects: Map<number, string>;
  failures: string[];
  stop(): Promise<void>;
}

/** Sends webhooks until it is stopped. As a platform does, it sends an event again until it is acknowledged, through any process. */
function startLoad(members: readonly Member[], tickets: Cluster["tickets"]): Load {
  const load = { acknowledged: new Set<string>(), lastSubjects: new Map<number, string>(), failures: [] as string[] };
  let isOver = false;
  let count = 0;
  const senders = tickets.slice(0, 8).map(async (ticket) => {
    while (!isOver) {
      const subject = `Load ${++count}`;
      const event = retitled(ticket, subject);
      for (let attempt = 0; ; attempt++) {
        const member = members[(count + attempt) % members.length]!;
        try {
          const response = await member.send(event);
          if (response.status === 200) {
            const { eventIds } = (await response.json()) as { eventIds: string[] };
            load.acknowledged.add(eventIds[0]!);
            load.lastSubjects.set(ticket.id, subject);
            // A steady load: what counts is that it never stops.
            await new Promise((resolve) => setTimeout(resolve, 20));
            break;
          }
          load.failures.push(`status ${response.status}`);
        } catch (error) {
          load.failures.push(failureOf(member, error));
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  });
  return {
    ...load,
    async stop() {
      isOver = true;
      await Promise.all(senders);
    },
  };
}

/** Reads contexts until it is stopped. */
function startReads(members: readonly Member[], tickets: Cluster["tickets"]) {
  const failures: string[] = [];
  let isOver = false;
  const readers = [0, 1].map(async (reader) => {
    for (let i = reader; !isOver; i++) {
      const member = members[i % members.length]!;
      const ticket = tickets[i % tickets.length]!;
      await member.get(`/v1/context/zendesk.ticket:${ticket.id}`).then(
        ({ status }) => status === 200 || failures.push(`status ${status}`),
        (error: unknown) => failures.push(failureOf(member, error)),
      );
    }
  });
  return {
    failures,
    async stop() {
      isOver = true;
      await Promise.all(readers);
    },
  };
}

const failureOf = ({ url }: Member, error: unknown): string =>
  `${url}: ${error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error)}`;

/** Ids of all events, as a process lists them. */
async function eventsOf(member: Member): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { body } = await member.get(`/v1/events?limit=1000${cursor && `&cursor=${cursor}`}`);
    ids.push(...body.items.map(({ eventId }: { eventId: string }) => eventId));
    cursor = body.nextCursor;
  }
  return ids;
}

async function expectOnce(member: Member, acknowledged: ReadonlySet<string>): Promise<void> {
  const events = await eventsOf(member);
  const stored = new Set(events);
  expect(stored.size).toBe(events.length);
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
}
