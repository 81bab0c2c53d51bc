import { existsSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Lab, startSimulators } from "../simulators/lab.ts";
import { openWebhooks, type Webhooks } from "../webhooks/index.ts";
import type { Examples } from "../world/examples.ts";
import { type ApiProcess, createKeys, startApi } from "./api.ts";
import { type ApiClient, apiClient } from "./client.ts";
import { labConfig, labSecrets } from "./config.ts";
import { makeTitlesDiffer } from "./fields.ts";
import { labFile, webhookAddresses } from "./labFile.ts";
import { type Pages, startPages } from "./pages/server.ts";
import type { Progress } from "./progress.ts";
import { checkFill, checkResolution, waitFor } from "./readiness.ts";
import { StartError } from "./startError.ts";
import { type LabState, loadState, newTenantState, type RoleKeys, saveState, writeSecret } from "./state.ts";

export interface LabOptions {
  dataDir: string;
  port: number;
  progress: Progress;
  signal: AbortSignal;
}

export interface RunningLab {
  url: string;
  /**
   * Resolves once the store is filled and every example resolves, after `lab.json` is written.
   * @throws {StartError} with what it waited for, after five minutes without progress
   */
  ready(): Promise<void>;
  /** Resolves when the API process has ended. */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** Starts the simulators, the API and the pages, each on a port of its own. */
export async function startLab({ dataDir, port, progress, signal }: LabOptions): Promise<RunningLab> {
  // First, because the rest takes longer and would be wasted on a port in use.
  if (port !== 0) await requireFreePort(port);
  progress.step("Starting the simulators and the API");
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const part of closers.splice(0).reverse()) await part();
  };
  try {
    const lab = await startSimulators({ dataDir });
    closers.push(() => lab.close());
    const { state, isNewWorld } = stateFor(lab, dataDir);
    if (isNewWorld) for (const { world } of Object.values(lab.tenants)) makeTitlesDiffer(world);
    const pages = await startPages({ lab, state, port: state.pagesPort });
    closers.push(() => pages.close());
    state.pagesPort = pages.port;
    const webhooks = Object.fromEntries(Object.entries(state.tenants).map(([name, tenantState]) => [name, tenantState.webhooks]));
    const config = labConfig(lab.tenants, pages.url, webhooks, {
      ...{ hasRoutes: true, hasFields: true, hasCards: true },
      consoleUrl: port === 0 ? null : `http://localhost:${port}`,
    });
    writeSecret(join(dataDir, "sidelight.yaml"), config.trimEnd());
    writeSecret(join(dataDir, "secrets.json"), JSON.stringify(labSecrets(lab.tenants, webhooks), null, 2));
    const env = apiEnvironment(dataDir, port);
    for (const [tenant, tenantState] of Object.entries(state.tenants)) tenantState.keys ??= await createKeys(env, tenant);
    saveState(dataDir, state);
    const api = await startApi(env);
    closers.push(() => api.stop());
    return {
      url: api.url,
      async ready() {
        const webhooks = await makeReady({ lab, state, pages, api, dataDir, progress, signal });
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

/** A store belongs to one world: a new world starts with an empty store. */
function stateFor(lab: Lab, dataDir: string): { state: LabState; isNewWorld: boolean } {
  const { anchor } = Object.values(lab.tenants)[0]!.world;
  const store = join(dataDir, "sidelight.sqlite");
  const previousState = loadState(dataDir);
  const isSameWorld = previousState?.anchor === anchor && existsSync(store);
  if (!isSameWorld) for (const suffix of ["", "-wal", "-shm"]) rmSync(`${store}${suffix}`, { force: true });
  const tenants = Object.keys(lab.tenants).map((name) => {
    const tenantState = previousState?.tenants[name] ?? newTenantState();
    // API keys are in the store.
    const { keys: _, ...withoutKeys } = tenantState;
    return [name, isSameWorld ? tenantState : withoutKeys] as const;
  });
  const state = { anchor, pagesPort: previousState?.pagesPort ?? 0, tenants: Object.fromEntries(tenants) };
  return { state, isNewWorld: !isSameWorld };
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

interface Parts extends Pick<LabOptions, "dataDir" | "progress" | "signal"> {
  lab: Lab;
  state: LabState;
  pages: Pages;
  api: ApiProcess;
}

async function makeReady({ lab, state, pages, api, dataDir, progress, signal }: Parts): Promise<Webhooks> {
  const clients = Object.fromEntries(
    Object.entries(state.tenants).map(([tenant, { keys }]) => [tenant, apiClient(api.url, keys as RoleKeys)]),
  );
  const wait = { progress, signal, hasEnded: endedFlag(api) };
  await waitFor("Filling the store", () => checkFill(api.url, clients, lab.tenants), wait);
  const examples: Record<string, Examples> = {};
  for (const [tenant, client] of Object.entries(clients)) {
    const tenantExamples = lab.tenants[tenant]!.examples;
    await waitFor(`Checking the examples of ${tenant}`, () => checkResolution(client, tenantExamples.resolved), wait);
    examples[tenant] = { ...tenantExamples, hierarchy: await companiesOf(client, tenantExamples.hierarchy) };
  }
  progress.end();
  const webhooks = openWebhooks({ lab, targets: webhookTargets(lab, state, api.url), dataDir });
  pages.open({ url: api.url, clients, examples });
  writeSecret(
    join(dataDir, "lab.json"),
    JSON.stringify(labFile(lab, state, { api: api.url, pages: pages.url }, examples), null, 2),
  );
  return webhooks;
}

/** @returns whether the API process has ended */
function endedFlag(api: ApiProcess): () => boolean {
  let hasEnded = false;
  void api.ended.then(() => {
    hasEnded = true;
  });
  return () => hasEnded;
}

function webhookTargets(lab: Lab, state: LabState, apiUrl: string) {
  return Object.fromEntries(
    Object.entries(lab.tenants).map(([tenant, { salesforce }]) => [
      tenant,
      webhookAddresses(apiUrl, tenant, state.tenants[tenant]!.webhooks, salesforce.credentials.organizationId),
    ]),
  );
}

/** The companies of accounts that have subsidiaries, as `company:` refs. */
async function companiesOf(client: ApiClient, refs: string[]): Promise<string[]> {
  return (await client.contexts(refs)).flatMap(({ customer }) => customer?.company?.id ?? []);
}

function requireFreePort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", () =>
      reject(new StartError(`Port ${port} is in use. Set PORT to another port, or to 0 for any free port.`)),
    );
    probe.listen(port, () => probe.close(() => resolve()));
  });
}
