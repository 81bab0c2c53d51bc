import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite } from "@sidelight/context-api/store/sqlite.ts";
import { startProcess, type TestProcess } from "@sidelight/test-support/processes.ts";
import { serverProgram } from "@sidelight/test-support/serverProgram.ts";
import { until } from "@sidelight/test-support/until.ts";
import { parse, stringify } from "yaml";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import { labConfig, labSecrets } from "../lab/launch/config.ts";
import { webhookAddresses } from "../lab/launch/labFile.ts";
import { newTenantState } from "../lab/launch/state.ts";
import { type Lab, startSimulators, TINY } from "../lab/simulators/lab.ts";
import type { Target } from "../lab/simulators/log.ts";
import { openWebhooks } from "../lab/webhooks/index.ts";
import type { TenantWorld } from "../lab/world/tenant.ts";
import { listeningPort } from "./commandLine.ts";

/** Processes of the product that follow each other over one file, beside the simulated platforms of acme in this process. */
export interface ServedLab {
  lab: Lab;
  world: TenantWorld;
  serve(): Promise<TestProcess>;
  /** Ends a process with SIGKILL. */
  kill(server: TestProcess): Promise<number | null>;
  /** Serves until the first backfill is done. Records of it cause no routing. */
  fill(): Promise<void>;
  /** Delays between attempts grow to hours, so the store is set to the next attempt. No process may serve. */
  makeAttemptsDue(): Promise<void>;
  /** Sends a request to the process that serves. */
  request<T>(path: string): Promise<T>;
  effects(platform: Target): Record<string, ReportedEffect[]>;
  close(): Promise<void>;
}

/** @param routing the routes of the tenant */
export async function openServedLab(routing: (world: TenantWorld) => object): Promise<ServedLab> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-served-lab-"));
  const lab = await startSimulators({ now: new Date(), seed: 7, sizes: { acme: TINY["acme"]! } });
  const { world, ...acmeLab } = lab.tenants["acme"]!;
  const webhooks = { acme: newTenantState().webhooks };
  const config = parse(labConfig(lab.tenants, "http://localhost:9", webhooks));
  const { acme } = config.tenants;
  acme.routing = routing(world);
  for (const { platform, settings } of acme.connections) if (platform === "zendesk") settings.pullEverySeconds = 2;
  writeFileSync(join(folder, "sidelight.yaml"), stringify(config));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify(labSecrets(lab.tenants, webhooks)));
  const env = {
    ...process.env,
    PORT: "0",
    SIDELIGHT_DATA: join(folder, "data"),
    SIDELIGHT_CONFIG: join(folder, "sidelight.yaml"),
    SIDELIGHT_LOG: "silent",
  };
  const start = (...args: string[]): TestProcess =>
    startProcess(process.execPath, ["--disable-warning=ExperimentalWarning", serverProgram, ...args], { env });
  const adminKey = await createKey(start);
  let port = 0;
  const senders = openWebhooks({
    lab,
    targets: {
      acme: webhookAddresses("http://api.invalid", "acme", webhooks.acme, acmeLab.salesforce.credentials.organizationId),
    },
    // Changes with each start of the process.
    send: (url, init) => fetch(`http://127.0.0.1:${port}${new URL(url).pathname}`, init),
  });

  async function serve(): Promise<TestProcess> {
    const server = start("serve");
    port = await listeningPort(server);
    return server;
  }
  const kill = (server: TestProcess): Promise<number | null> => server.stop("SIGKILL");

  return {
    lab,
    world,
    serve,
    kill,
    async fill() {
      const serving = await serve();
      await until("the first backfill", async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
      await kill(serving);
    },
    async makeAttemptsDue() {
      const { raw, close } = openSqlite(join(folder, "data/sidelight.sqlite"), "write");
      raw.exec("update deliveries set next_at = 0 where state = 'waiting'");
      await close();
    },
    async request<T>(path: string): Promise<T> {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${adminKey}` } });
      return (await response.json()) as T;
    },
    effects: (platform) => effectsOf({ acme: world }, platform),
    async close() {
      await senders.close();
      await lab.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An API key of an administrator of acme. */
async function createKey(start: (...args: string[]) => TestProcess): Promise<string> {
  const { child, ended, out, err } = start("keys", "create", "--tenant", "acme", "--role", "admin");
  child.stdin.end();
  await ended;
  const [key] = /slk_\S+/.exec(out()) ?? [];
  if (key === undefined) throw new Error(`no key was created: ${err()}`);
  return key;
}
