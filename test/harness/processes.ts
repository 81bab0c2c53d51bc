import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres, type TestPostgres } from "@sidelight/test-support/postgres.ts";
import { startProcess, type TestProcess } from "@sidelight/test-support/processes.ts";
import { serverProgram } from "@sidelight/test-support/serverProgram.ts";
import { until } from "@sidelight/test-support/until.ts";
import { parse, stringify } from "yaml";
import { labConfig, labSecrets } from "../lab/launch/config.ts";
import { newTenantState } from "../lab/launch/state.ts";
import { type Lab, startSimulators, TINY } from "../lab/simulators/lab.ts";
import { ticketEvent, zendeskSignature } from "./zendeskWebhook.ts";

/** A process of the product. */
export interface Member {
  url: string;
  process: TestProcess;
  /** An API key of an administrator of acme. */
  key(): string;
  /** The number of its leadership of the tenant acme; 0 while it does not lead. */
  epoch(): number;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every kind of response
  get(path: string): Promise<{ status: number; headers: Headers; body: any }>;
  post(path: string, body: object): Promise<Response>;
  /** Sends a webhook of Zendesk to acme. */
  send(event: object): Promise<Response>;
  /** The first ticket that it shows for the customer of a ticket. */
  subjectOf(ticket: number): Promise<string | null>;
}

/** Real processes over one database, with the simulated platforms of the lab in this process. */
export interface Cluster {
  lab: Lab;
  database: TestPostgres;
  /** Tickets of acme, each of another requester. */
  tickets: readonly { id: number; requesterId: number }[];
  /** Changes the configuration of acme in the files of all processes. */
  configure(change: object): Promise<void>;
  start(...args: string[]): Promise<Member>;
  command(...args: string[]): Promise<{ code: number | null; out: string; err: string }>;
  close(): Promise<void>;
}

/** @param extraEnv of all processes */
export async function openCluster(extraEnv: NodeJS.ProcessEnv = {}): Promise<Cluster> {
  const database = await startPostgres();
  const lab = await startSimulators({ seed: 7, sizes: TINY });
  const folder = await mkdtemp(join(tmpdir(), "sidelight-cluster-"));
  const webhooks = Object.fromEntries(Object.keys(lab.tenants).map((name) => [name, newTenantState().webhooks]));
  const config = parse(labConfig(lab.tenants, "http://localhost:9", webhooks, { hasRoutes: false }));
  config.http = { ...config.http, requestsPerMinute: 10_000_000, stopGraceSeconds: 3 };
  await writeFile(join(folder, "sidelight.yaml"), stringify(config));
  await writeFile(join(folder, "secrets.json"), JSON.stringify(labSecrets(lab.tenants, webhooks)));
  const env = {
    ...process.env,
    NODE_PATH: undefined,
    PORT: "0",
    SIDELIGHT_DATA: join(folder, "data"),
    SIDELIGHT_CONFIG: join(folder, "sidelight.yaml"),
    SIDELIGHT_DATABASE_URL: database.newDatabase(),
    // More processes than the server has connections for by default.
    SIDELIGHT_DATABASE_CONNECTIONS: "4",
    ...extraEnv,
  };
  const { token, zendesk: secret } = webhooks["acme"]!;
  const started: TestProcess[] = [];
  let key: string | null = null;

  const spawn = (...args: string[]): TestProcess => {
    const child = startProcess(process.execPath, ["--disable-warning=ExperimentalWarning", serverProgram, ...args], { env });
    started.push(child);
    return child;
  };

  async function command(...args: string[]) {
    const { child, ended, out, err } = spawn(...args);
    child.stdin.end();
    return { code: await ended, out: out(), err: err() };
  }

  async function start(...args: string[]): Promise<Member> {
    const child = spawn("serve", ...args);
    let url = "";
    await until("serve to listen", () => {
      if (child.child.exitCode !== null) throw new Error(`serve ended with ${child.child.exitCode}: ${child.err()}`);
      url = /listening (\S+)/.exec(child.out())?.[1] ?? "";
      return url !== "";
    });
    key ??= /slk_\S+/.exec((await command("keys", "create", "--tenant", "acme", "--role", "admin")).out)?.[0] ?? null;
    return memberOf(url, child);
  }

  function memberOf(url: string, child: TestProcess): Member {
    const get: Member["get"] = async (path) => {
      const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
      return { status: response.status, headers: response.headers, body: await response.json() };
    };
    return {
      url,
      process: child,
      key: () => key ?? "",
      epoch() {
        const lines = child.err().matchAll(/"tenant":"acme"(?:,"epoch":(\d+))?,"msg":"this process (?:leads|does not lead)/g);
        return Number([...lines].at(-1)?.[1] ?? 0);
      },
      get,
      async post(path, body) {
        const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
        return await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      },
      async send(event) {
        const body = JSON.stringify(event);
        const timestamp = new Date().toISOString();
        return await fetch(`${url}/v1/webhooks/acme/zendesk/${token.zendesk}`, {
          method: "POST",
          body,
          headers: {
            "content-type": "application/json",
            "x-zendesk-webhook-signature": zendeskSignature(secret, timestamp, body),
            "x-zendesk-webhook-signature-timestamp": timestamp,
          },
        });
      },
      async subjectOf(ticket) {
        const { body } = await get(`/v1/context/zendesk.ticket:${ticket}?sections=support`);
        return body.sections?.support?.data?.tickets?.[0]?.subject ?? null;
      },
    };
  }

  return {
    lab,
    database,
    tickets: ticketsOf(lab),
    async configure(change) {
      Object.assign(config.tenants["acme"], change);
      await writeFile(join(folder, "sidelight.yaml"), stringify(config));
    },
    start,
    command,
    async close() {
      await Promise.all(started.map((child) => child.stop("SIGKILL")));
      await lab.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ticketsOf(lab: Lab): { id: number; requesterId: number }[] {
  const tickets = [...lab.tenants["acme"]!.world.zendesk.tickets.values()];
  const ticketsByRequester = new Map(tickets.map((ticket) => [ticket.requester_id, ticket.id]));
  return [...ticketsByRequester].map(([requesterId, id]) => ({ id, requesterId }));
}

let lastUpdate = 0;

/** The newest version of a ticket, with this subject. */
export function retitled({ id, requesterId }: { id: number; requesterId: number }, subject: string): object {
  // Zendesk counts seconds. Two versions of one second are ordered by the time of their events.
  lastUpdate = Math.max(lastUpdate + 1, Date.now());
  return ticketEvent("subject_changed", { id, requesterId, updatedAt: lastUpdate, subject, status: "OPEN", priority: "URGENT" });
}
