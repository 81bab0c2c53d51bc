import { existsSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Lab, startSimulators } from "../simulators/lab.ts";
import { openWebhooks, type Webhooks } from "../webhooks/index.ts";
import type { Examples } from "../world/examples.ts";
import { type ApiProcess, createKeys, startApi } from "./api.ts";
import { type ApiClient, apiClient } from "./client.ts";
import { labConfig, labSecrets } from "./config.ts";
import { StartError } from "./errors.ts";
import { labFile, webhookAddresses } from "./labFile.ts";
import { type Pages, startPages } from "./pages/server.ts";
import { type LabState, loadState, newTenantState, type RoleKeys, saveState, writeSecret } from "./state.ts";

export { StartError } from "./errors.ts";

export interface LabOptions {
  dataDir: string;
  port: number;
  say(text: string): void;
  signal: AbortSignal;
}

export interface RunningLab {
  url: string;
  /** Resolves once everything is filled and every example resolves; writes `lab.json` before that. */
  ready(): Promise<void>;
  /** Settles when the API has ended by itself. */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** Simulators, API and pages, each on its own port. */
export async function startLab({ dataDir, port, say, signal }: LabOptions): Promise<RunningLab> {
  // Asked first: whoever finds the port taken should not have waited for anything.
  if (port !== 0) await mustBeFree(port);
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const part of closers.splice(0).reverse()) await part();
  };
  try {
    const lab = await startSimulators({ dataDir });
    closers.push(() => lab.close());
    const state = await stateFor(lab, dataDir);
    const pages = await startPages({ lab, state, port: state.pagesPort });
    closers.push(() => pages.close());
    state.pagesPort = pages.port;
    const webhooks = Object.fromEntries(Object.entries(state.tenants).map(([name, own]) => [name, own.webhooks]));
    writeSecret(join(dataDir, "sidelight.yaml"), labConfig(lab.tenants, pages.url, webhooks, { hasRoutes: true }).trimEnd());
    writeSecret(join(dataDir, "secrets.json"), JSON.stringify(labSecrets(lab.tenants, webhooks), null, 2));
    const env = apiEnvironment(dataDir, port);
    for (const [tenant, kept] of Object.entries(state.tenants)) kept.keys ??= await createKeys(env, tenant);
    saveState(dataDir, state);
    const api = await startApi(env);
    closers.push(() => api.stop());
    return {
      url: api.url,
      async ready() {
        const webhooks = await makeReady({ lab, state, pages, api, dataDir, say, signal });
        closers.push(() => webhooks.close());
      },
      ended: api.ended,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The store belongs to one world. Where that was made anew, so is the store. */
async function stateFor(lab: Lab, dataDir: string): Promise<LabState> {
  const { anchor } = Object.values(lab.tenants)[0]!.world;
  const store = join(dataDir, "sidelight.sqlite");
  const known = loadState(dataDir);
  const fits = known?.anchor === anchor && existsSync(store);
  if (!fits) for (const part of ["", "-wal", "-shm"]) rmSync(`${store}${part}`, { force: true });
  const tenants = Object.keys(lab.tenants).map((name) => {
    const kept = known?.tenants[name] ?? newTenantState();
    return [name, fits ? kept : { webhooks: kept.webhooks, jwtSecret: kept.jwtSecret }] as const;
  });
  return { anchor, pagesPort: known?.pagesPort ?? 0, tenants: Object.fromEntries(tenants) };
}

function apiEnvironment(dataDir: string, port: number): NodeJS.ProcessEnv {
  // The lab's configuration has no overlay.
  const { SIDELIGHT_ENVIRONMENT: _, ...env } = process.env;
  return {
    ...env,
    PORT: String(port),
    SIDELIGHT_DATA: dataDir,
    SIDELIGHT_CONFIG: join(dataDir, "sidelight.yaml"),
    SIDELIGHT_LOG: process.env["SIDELIGHT_LOG"] ?? "warn",
  };
}

interface Parts extends Pick<LabOptions, "dataDir" | "say" | "signal"> {
  lab: Lab;
  state: LabState;
  pages: Pages;
  api: ApiProcess;
}

async function makeReady({ lab, state, pages, api, dataDir, say, signal }: Parts): Promise<Webhooks> {
  const clients = Object.fromEntries(
    Object.entries(state.tenants).map(([tenant, { keys }]) => [tenant, apiClient(api.url, keys as RoleKeys)]),
  );
  await until(signal, api, async () => {
    const response = await fetch(`${api.url}/readyz`);
    if (response.ok) return true;
    say(await progress(clients));
    return false;
  });
  const examples: Record<string, Examples> = {};
  for (const [tenant, client] of Object.entries(clients)) {
    const given = lab.tenants[tenant]!.examples;
    await until(signal, api, () => allResolve(client, given.resolved));
    examples[tenant] = { ...given, hierarchy: await companiesOf(client, given.hierarchy) };
  }
  const webhooks = openWebhooks({ lab, targets: webhookTargets(lab, state, api.url), dataDir });
  pages.open({ apiUrl: api.url, clients, examples });
  writeSecret(
    join(dataDir, "lab.json"),
    JSON.stringify(labFile(lab, state, { api: api.url, pages: pages.url }, examples), null, 2),
  );
  return webhooks;
}

function webhookTargets(lab: Lab, state: LabState, apiUrl: string) {
  return Object.fromEntries(
    Object.entries(lab.tenants).map(([tenant, { salesforce }]) => [
      tenant,
      webhookAddresses(apiUrl, tenant, state.tenants[tenant]!.webhooks, salesforce.credentials.organizationId),
    ]),
  );
}

async function allResolve(client: ApiClient, refs: string[]): Promise<boolean> {
  return (await client.contexts(refs)).every((context) => context.match?.state === "resolved");
}

/** Refs of the contract's form for accounts that have subsidiaries. */
async function companiesOf(client: ApiClient, refs: string[]): Promise<string[]> {
  return (await client.contexts(refs)).flatMap(({ customer }) => customer?.company?.id ?? []);
}

/** What the first backfill has brought so far, in one line. */
async function progress(clients: Record<string, ApiClient>): Promise<string> {
  const parts = await Promise.all(
    Object.entries(clients).map(async ([tenant, client]) => {
      const response = await client.get("/v1/connections");
      const { items } = (await response.json()) as { items: { id: string; streams: { complete: boolean; records: number }[] }[] };
      const each = items
        .filter(({ streams }) => streams.length > 0)
        .map(({ id, streams }) => `${id} ${streams.reduce((sum, { records }) => sum + records, 0)}`);
      return `${tenant}: ${each.join(", ")}`;
    }),
  );
  return `filling the store (records so far) ${parts.join(" · ")}`;
}

async function until(signal: AbortSignal, api: ApiProcess, isSo: () => Promise<boolean>): Promise<void> {
  let gone = false;
  void api.ended.then(() => {
    gone = true;
  });
  while (!(await isSo())) {
    signal.throwIfAborted();
    if (gone) throw new StartError("the context API has ended");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function mustBeFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", () => reject(new StartError(`port ${port} is in use; set PORT to another, or to 0 for any free one`)));
    probe.listen(port, () => probe.close(() => resolve()));
  });
}
