import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import { formatIssue } from "../config/issues.ts";
import { type Activation, newActivation, type Origin, type TenantVersion } from "../config/versions.ts";
import { createSerialQueue } from "../ingest/serialQueue.ts";
import type { TenantLog } from "../log/log.ts";
import type { ServedTenant, TenantConfiguration } from "../services/servedTenant.ts";
import type { Pin } from "../store/tables/configPins.ts";
import { listVersions, recordVersion } from "../store/tables/configVersions.ts";
import { changeTenant } from "./changeTenant.ts";
import type { CheckedConfig } from "./checkConfig.ts";
import { checkDraft } from "./checkDraft.ts";
import { type ConfigProblem, problemView, updateProblemAlert } from "./configProblem.ts";
import { needsRestart } from "./needsRestart.ts";
import type { RuntimeOptions } from "./options.ts";
import type { Lead } from "./processGroup.ts";
import { selectVersion } from "./selectVersion.ts";
import { closeTenant, prepareTenant, type RunningTenant, startTenant } from "./tenant.ts";
import type { TenantDeps } from "./tenantDeps.ts";
import { usableVersion } from "./usableVersion.ts";
import { watchFiles } from "./watchedFiles.ts";

/** Interval of the checks of the files, ms. Comparing time and size works on every file system. */
const pollMs = 2_000;
/** How long the background work may take to end before others take over, ms of real time. */
const resignMs = 2_000;

export interface ConfigurationDeps {
  /** The configuration at the start of the process. */
  first: CheckedConfig;
  /** Reads and checks the files again. @throws {ConfigError} */
  load(): Promise<CheckedConfig>;
  /** The served tenants; updated when a configuration is activated. */
  tenants: Map<string, ServedTenant>;
  deps: Omit<TenantDeps, "log" | "configuration" | "options">;
  options: RuntimeOptions;
}

/** Activates configurations of tenants: those of the files, and those that a tenant was rolled back to. */
export interface Configuration {
  /** Opens a tenant with the version that it must use. */
  open(log: TenantLog): Promise<void>;
  /** Starts to check the files for changes. */
  watch(): void;
  /** Reads the files now, also when they did not change. */
  reload(): Promise<void>;
  /** This process leads a tenant from now on. */
  onLeading(tenant: string, lead: Lead): void;
  /** Another process leads it from now on. */
  onFollowing(tenant: string): void;
  /** Ends the background work of all tenants for good. */
  resign(): Promise<void>;
  /** Ends all streams. */
  endStreams(): void;
  /** Stops and closes all tenants. */
  close(): Promise<void>;
}

/** An open tenant and its active version. */
interface TenantState extends Activation {
  deps: TenantDeps;
  running: RunningTenant;
  /** The version of the last usable files. */
  filesVersion: TenantVersion;
  pin: Pin | null;
}

export function openConfiguration({ first, load, tenants, deps: sharedDeps, options }: ConfigurationDeps): Configuration {
  const { clock, logger, platforms, pull } = options;
  const { directory, environment } = first.loaded;
  const files = watchFiles(first, load, clock.now);
  const stopping = new AbortController();
  const states = new Map<string, TenantState>();
  const leads = new Map<string, Lead>();
  const retiring = new Set<Promise<void>>();
  const queue = createSerialQueue();
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => queue("", work);
  let watching: Promise<void> = Promise.resolve();
  let isResigned = false;
  /** The problem that the alerts report. */
  let reportedProblem: ConfigProblem | null = null;

  async function open(log: TenantLog): Promise<void> {
    const filesVersion = first.tenants.get(log.tenant);
    if (!filesVersion) throw new Error(`the configuration has no tenant ${log.tenant}`);
    const deps: TenantDeps = { ...sharedDeps, log, configuration: configurationOf(log), options };
    const { next, pin } = await selectVersion(log, filesVersion, null, options);
    const preparedTenant = await prepareTenant(next, deps);
    const activation = await recordStart(log, next, pin ? "rollback" : "start");
    const runningTenant = startTenant(preparedTenant, deps);
    states.set(log.tenant, { deps, running: runningTenant, filesVersion, pin, ...activation });
    tenants.set(log.tenant, runningTenant.served);
    const connections = next.config.connections.map(({ id, platform }) => `${id} (${platform})`);
    logger.info({ tenant: log.tenant, version: next.version, connections }, "tenant opened");
  }

  function configurationOf(log: TenantLog): TenantConfiguration {
    return {
      status: () => statusOf(log.tenant, stateOf(log.tenant)),
      store: log.store,
      now: clock.now,
      exclusively,
      async readFilesVersion() {
        // A rollback also replaces a change of the files that was not read yet.
        await readFiles(false);
        return stateOf(log.tenant).filesVersion.version;
      },
      async checkVersion(version) {
        const check = await usableVersion(log.store, version, platforms);
        return check && { issues: "issues" in check ? check.issues : [] };
      },
      async commit(statements) {
        await log.commit({ statements, correlationId: "config" });
      },
      activate: (origin) => applyVersion(stateOf(log.tenant), origin),
      checkDraft(draft) {
        const { config } = stateOf(log.tenant).running.served.tenant;
        return checkDraft(log.tenant, draft, config, platforms ?? []);
      },
    };
  }

  function stateOf(tenant: string): TenantState {
    const state = states.get(tenant);
    if (!state) throw new Error(`the tenant ${tenant} is not open`);
    return state;
  }

  /** Records the activation of a start. The version that was active before the start keeps its activation. */
  async function recordStart(log: TenantLog, next: TenantVersion, origin: Origin): Promise<Activation> {
    if (pull) await updateProblemAlert(log, null, directory, clock.now());
    const existing = await findActivation(log, next);
    if (existing) return existing;
    const [newest] = await listVersions(log.store, { limit: 1 });
    const activation = newActivation(origin, clock.now(), newest?.since ?? 0);
    if (pull) await log.commit({ statements: [recordVersion(log.store, next, activation)], correlationId: "config" });
    return activation;
  }

  /** The activation of a version that is active already: before the start, or in another process. */
  async function findActivation(log: TenantLog, { version }: TenantVersion): Promise<Activation | null> {
    const [newest] = await listVersions(log.store, { limit: 1 });
    return newest?.version === version ? { since: newest.since, origin: newest.origin as Origin } : null;
  }

  async function checkAll(isForced: boolean): Promise<void> {
    await readFiles(isForced);
    for (const [tenant, state] of states) {
      await applyVersion(state, "reload").catch((err: unknown) =>
        logger.error({ err, tenant }, "a configuration could not be activated; trying again"),
      );
    }
  }

  /** A tenant that was removed from the files keeps its configuration until the restart. */
  async function readFiles(isForced: boolean): Promise<void> {
    if (await files.check(isForced)) logChange();
    const { tenants: versions } = files.current();
    for (const [name, state] of states) state.filesVersion = versions.get(name) ?? state.filesVersion;
    const problem = files.problem();
    if (problem !== reportedProblem)
      for (const { deps } of states.values()) await updateProblemAlert(deps.log, problem, directory, clock.now());
    reportedProblem = problem;
  }

  function logChange(): void {
    const issues = files.problem()?.issues.map(formatIssue);
    const restart = issues ? [] : needsRestart(first.loaded, files.current().loaded);
    if (issues) logger.error({ issues }, "the configuration can't be used; the last good one stays active");
    if (restart.length > 0) logger.warn({ needsRestart: restart }, "parts of the configuration need a restart");
  }

  /** Activates the version that the tenant must use, if another one is active. */
  async function applyVersion(state: TenantState, origin: Origin): Promise<void> {
    const { log } = state.deps;
    const { configVersion: version, config } = state.running.served.tenant;
    const { next, pin } = await selectVersion(log, state.filesVersion, { version, config }, options);
    if (next.version === version) {
      state.pin = pin;
      return;
    }
    const activation =
      (await findActivation(log, next)) ??
      newActivation(pin && origin === "reload" ? "rollback" : origin, clock.now(), state.since);
    const { running: runningTenant, retired } = await changeTenant(
      state.running,
      next,
      activation,
      { ...state.deps, lead: () => leads.get(log.tenant) ?? null },
      stopping.signal,
    );
    if (runningTenant !== state.running) {
      tenants.set(log.tenant, runningTenant.served);
      state.running.end();
      const retirement = retired
        .catch((err: unknown) => logger.error({ err, tenant: log.tenant }, "the previous connections could not be closed"))
        .finally(() => retiring.delete(retirement));
      retiring.add(retirement);
    }
    Object.assign(state, { running: runningTenant, pin, ...activation });
    logger.info(
      { tenant: log.tenant, version: next.version, previous: version, origin: activation.origin },
      "configuration activated",
    );
  }

  function statusOf(tenant: string, { running: runningTenant, since, origin, pin }: TenantState): ConfigStatus {
    const { loaded } = files.current();
    const problem = files.problem();
    return {
      version: runningTenant.served.tenant.configVersion,
      since: new Date(since).toISOString(),
      origin,
      environment,
      files: [...loaded.files.keys()].map((file) => relative(directory, file)),
      pinned: pin && { version: pin.version, over: pin.filesVersion },
      problem: problem && problemView(problem, tenant, directory),
      needsRestart: needsRestart(first.loaded, loaded, tenant),
    };
  }

  const checkExclusively = (isForced: boolean): Promise<void> =>
    exclusively(async () => {
      // A tenant that is opened now would not be closed.
      if (!stopping.signal.aborted) await checkAll(isForced);
    }).catch((err: unknown) => logger.error({ err }, "the configuration could not be checked; trying again"));

  async function pollFiles(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(pollMs, stopping.signal).catch(() => {});
      if (!stopping.signal.aborted) await checkExclusively(false);
    }
  }

  return {
    open,
    watch() {
      watching = pollFiles();
    },
    reload: () => checkExclusively(true),
    onLeading(tenant, lead) {
      if (isResigned || !pull) return;
      leads.set(tenant, lead);
      states.get(tenant)?.running.lead(lead);
    },
    onFollowing(tenant) {
      leads.delete(tenant);
      void states.get(tenant)?.running.follow();
    },
    async resign() {
      isResigned = true;
      leads.clear();
      const stopped = Promise.all([...states.values()].map((state) => state.running.follow()));
      // What does not end soon is refused: another process leads then.
      await Promise.race([stopped, sleep(resignMs, undefined, { ref: false })]);
    },
    endStreams() {
      for (const { running: runningTenant } of states.values()) runningTenant.end();
    },
    async close() {
      stopping.abort();
      await watching;
      await exclusively(async () => {});
      const openTenants = [...states.values()].map((state) => state.running);
      await Promise.all(openTenants.map((runningTenant) => runningTenant.stop()));
      await Promise.all(retiring);
      await Promise.all(openTenants.map((runningTenant) => closeTenant(runningTenant.served)));
    },
  };
}
