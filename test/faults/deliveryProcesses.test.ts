import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { hasPostgres, startPostgres, type TestPostgres } from "@sidelight/test-support/postgres.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServeFolder, type ServeFolder, type Serving } from "../harness/serveProcess.ts";
import { ticketEvent } from "../harness/zendeskWebhook.ts";

/** One request that the target received. */
interface Arrival {
  /** The idempotency key. */
  id: string;
  subject: string;
  /** The sender ended before it had the answer. */
  isCut: boolean;
}

describe.skipIf(!hasPostgres)("two processes that deliver from one database", { timeout: scaled(240_000) }, () => {
  let database: TestPostgres;
  let target: Server;
  let folder: ServeFolder;
  let processes: Serving[] = [];
  const arrivals: Arrival[] = [];
  const waitingAnswers: (() => void)[] = [];
  let answersWait = false;

  beforeAll(async () => {
    database = await startPostgres();
    target = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const { data } = JSON.parse(body) as { data: { subject: string } };
        const arrival: Arrival = { id: String(request.headers["webhook-id"]), subject: data.subject, isCut: false };
        arrivals.push(arrival);
        response.once("close", () => {
          arrival.isCut = !response.writableFinished;
        });
        if (answersWait) waitingAnswers.push(() => response.end("{}"));
        else setTimeout(() => response.end("{}"), 5);
      });
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    folder = createServeFolder({ tenant: tenantWithTarget((target.address() as AddressInfo).port) });
    const secret = `whsec_${Buffer.from("a secret of thirty-two bytes, yes").toString("base64")}`;
    const secrets = { token: "the-token", secret: "the webhook's secret", client: "x", target: secret };
    writeFileSync(join(folder.folder, "secrets.json"), JSON.stringify(secrets));
    const env = { SIDELIGHT_DATABASE_URL: database.newDatabase() };
    const first = await folder.start({ env });
    processes = [first, await folder.start({ env })];
    await until("a leader", () => processes.some(({ log }) => log().some(({ msg }) => /this process leads/.test(String(msg)))));
  });
  afterAll(async () => {
    await Promise.all(processes.map(({ server }) => server.stop("SIGKILL")));
    target.closeAllConnections();
    target.close();
    await database.close();
    folder.remove();
  });

  let tickets = 0;
  /** Sends events of several people to both processes. @returns the subjects of their tickets */
  async function sendEvents(count: number): Promise<string[]> {
    const first = tickets + 1;
    tickets += count;
    const subjects = Array.from({ length: count }, (_, n) => `Ticket ${first + n}`);
    const send = async (subject: string, n: number): Promise<void> => {
      const ticket = { id: first + n, requesterId: 1 + (n % 25), updatedAt: Date.now(), subject };
      expect((await processes[n % processes.length]!.send(ticketEvent("created", ticket))).status).toBe(200);
    };
    await Promise.all(subjects.map(send));
    return subjects;
  }
  const arrivalsOf = (subject: string) => arrivals.filter((arrival) => arrival.subject === subject);

  it("send every delivery once", async () => {
    const subjects = await sendEvents(200);
    await until("all deliveries to arrive", () => subjects.every((subject) => arrivalsOf(subject).length > 0), 120_000);
    for (const subject of subjects) expect(arrivalsOf(subject), subject).toHaveLength(1);
  });

  it("take over what a killed process was sending, under the same idempotency key, and repeat nothing else", async () => {
    answersWait = true;
    const [killed, survivor] = processes as [Serving, Serving];
    // The other one is frozen, so that this one is sending when it ends.
    survivor.server.child.kill("SIGSTOP");
    processes = [killed];
    const subjects = await sendEvents(40);
    await until("a delivery to be on its way", () => waitingAnswers.length > 0, 60_000);
    await killed.server.stop("SIGKILL");
    survivor.server.child.kill("SIGCONT");
    processes = [survivor];
    answersWait = false;
    for (const answer of waitingAnswers) answer();
    await until("all deliveries to be answered", () => subjects.every(isAnswered), 120_000);
    expect(arrivals.some(({ isCut }) => isCut)).toBe(true);
    for (const subject of subjects) {
      const sent = arrivalsOf(subject);
      expect(new Set(sent.map(({ id }) => id)).size, subject).toBe(1);
      expect(
        sent.filter(({ isCut }) => !isCut),
        subject,
      ).toHaveLength(1);
    }

    function isAnswered(subject: string): boolean {
      return arrivalsOf(subject).some(({ isCut }) => !isCut);
    }
  });
});

function tenantWithTarget(port: number): object {
  const zendesk = {
    id: "zendesk",
    platform: "zendesk",
    webhooks: [{ kind: "events", token: "token", secret: "secret" }],
    settings: { url: "http://127.0.0.1:9", auth: { clientId: "c", clientSecret: "client" } },
  };
  const settings = { url: `http://127.0.0.1:${port}`, secret: "target", allowInsecure: true, allowPrivate: true };
  const route = {
    id: "tickets",
    on: "zendesk.ticket.created",
    to: "target",
    do: "post",
    with: '{ "type": "ticket", "data": { "subject": record.subject } }',
  };
  return {
    connections: [zendesk, { id: "target", platform: "generic", settings: { ...settings, requestsPerMinute: 1_000_000 } }],
    routing: { defaults: false, routes: [route] },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
