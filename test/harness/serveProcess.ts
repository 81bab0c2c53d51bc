import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess, type TestProcess } from "@sidelight/test-support/processes.ts";
import { serverProgram } from "@sidelight/test-support/serverProgram.ts";
import { until } from "@sidelight/test-support/until.ts";
import { stringify } from "yaml";
import { ticketEvent } from "./zendeskWebhook.ts";

const secret = "the webhook's secret";

/** A folder with a configuration whose platforms are unreachable: only webhooks and reads work. */
export interface ServeFolder {
  folder: string;
  data: string;
  start(options?: StartOptions): Promise<Serving>;
  /** Starts a command. */
  launch(args: string[], env?: Environment): TestProcess;
  /** Runs a command to its end. */
  run(args: string[], env?: Environment): Promise<{ code: number | null; out: string; err: string }>;
  remove(): void;
}

type Environment = Record<string, string | undefined>;

export interface StartOptions {
  env?: Environment;
  args?: string[];
  /** Runs before node in the same process: `ulimit …`. */
  shell?: string;
}

export interface Serving {
  url: string;
  server: TestProcess;
  /** Sends a signed webhook of one ticket event. @param id of the event; a new one when left out */
  webhook(id?: string): Promise<Response>;
  /** Sends a signed webhook of this event. */
  send(event: object): Promise<Response>;
  /** The lines of the log. */
  log(): Record<string, unknown>[];
}

export interface FolderOptions {
  /** Where the store is; a folder of its own when left out. */
  data?: string;
  http?: object;
  /** Members of the tenant besides its connections. */
  tenant?: object;
  /** The program; the one that all tests start when left out. */
  program?: string;
}

export function createServeFolder({
  data: dataFolder,
  http = {},
  tenant = {},
  program = serverProgram,
}: FolderOptions = {}): ServeFolder {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-serve-"));
  const data = dataFolder ?? join(folder, "data");
  const zendesk = {
    id: "zendesk",
    platform: "zendesk",
    webhooks: [{ kind: "events", token: "token", secret: "secret" }],
    settings: { url: "http://127.0.0.1:9", auth: { clientId: "c", clientSecret: "client" } },
  };
  const secrets = { provider: "file", path: "secrets.json" };
  const config = {
    version: 1,
    http: { stopGraceSeconds: 0, ...http },
    secrets,
    tenants: { acme: { connections: [zendesk], ...tenant } },
  };
  writeFileSync(join(folder, "sidelight.yaml"), stringify(config));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify({ token: "the-token", secret, client: "x" }));
  const environment = (env: Environment = {}): NodeJS.ProcessEnv => ({
    ...process.env,
    // The test runner's packages.
    NODE_PATH: undefined,
    PORT: "0",
    SIDELIGHT_DATA: data,
    SIDELIGHT_CONFIG: join(folder, "sidelight.yaml"),
    ...env,
  });
  const start = (args: string[], env: Environment, shell?: string): TestProcess => {
    const nodeArgs = ["--disable-warning=ExperimentalWarning", program, ...args];
    if (shell === undefined) return startProcess(process.execPath, nodeArgs, { env: environment(env) });
    return startProcess("sh", ["-c", `${shell}; exec "$0" "$@"`, process.execPath, ...nodeArgs], { env: environment(env) });
  };
  return {
    folder,
    data,
    async start({ env = {}, args = [], shell } = {}) {
      const server = start(["serve", ...args], env, shell);
      let url = "";
      await until("serve to listen", () => {
        if (server.child.exitCode !== null) throw new Error(`serve ended with ${server.child.exitCode}: ${server.err()}`);
        url = /listening (\S+)/.exec(server.out())?.[1] ?? "";
        return url !== "";
      });
      return {
        url,
        server,
        webhook: (id) => sendWebhook(url, newTicket(id)),
        send: (event) => sendWebhook(url, event),
        log: () => logLines(server),
      };
    },
    launch: (args, env = {}) => start(args, env),
    async run(args, env = {}) {
      const { child, ended, out, err } = start(args, env);
      child.stdin.end();
      return { code: await ended, out: out(), err: err() };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const newTicket = (id: string = randomUUID()): object => ({
  ...ticketEvent("created", { id: 1, requesterId: 2, updatedAt: Date.now() }),
  id,
});

async function sendWebhook(url: string, event: object): Promise<Response> {
  const timestamp = new Date().toISOString();
  const body = JSON.stringify(event);
  const signature = createHmac("sha256", secret)
    .update(timestamp + body)
    .digest("base64");
  return await fetch(`${url}/v1/webhooks/acme/zendesk/the-token`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-zendesk-webhook-signature": signature,
      "x-zendesk-webhook-signature-timestamp": timestamp,
    },
  });
}

function logLines({ err }: TestProcess): Record<string, unknown>[] {
  return err()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
