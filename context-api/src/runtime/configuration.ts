import { relative } from "node:path";
import type { ConfigStatus } from "@sidelight/shared/config/configuration.ts";
import { stampOf } from "../config/files.ts";
import { asLine, ConfigError } from "../config/issues.ts";
import { dropPin, type Pin, readPin, setPin } from "../config/pins.ts";
import { listVersions, noteVersion, type Origin, type TenantVersion } from "../config/versions.ts";
import type { TenantLog } from "../events/log.ts";
import type { ServedTenant } from "../http/deps.ts";
import { inOrder } from "../hub/inOrder.ts";
import { changeTenant } from "./change.ts";
import type { CheckedConfig } from "./check.ts";
import type { RuntimeOptions } from "./options.ts";
import { type Problem, problemOf, tellProblem } from "./problems.ts";
import { needsRestart } from "./restart.ts";
import { usableVersion } from "./rollback.ts";
import { closeTenant, prepareTenant, type Running, startTenant, type TenantTools } from "./tenant.ts";

/** Between two looks at the files, ms. Asked for by their time and size: that works on every file system. */
const pollMs = 2_000;

export interface ConfigurationDeps {
  /** As the process starts. */
  first: CheckedConfig;
  /** Reads and checks the files anew. @throws {ConfigError} */
  load(): Promise<CheckedConfig>;
  /** The tenants that are served; kept up to date. */
  tenants: Map<string, ServedTenant>;
  tools: Omit<TenantTools, "log" | "configuration">;
  options: RuntimeOptions;
}

/** The life of a configuration: what the files say, what a tenant was rolled back to, and what is in use. */
export interface Configuration {
  /** Opens a tenant by what it is to use. */
  open(log: TenantLog): Promise<void>;
  /** Looks at the files from now on. */
  watch(): void;
  /** Looks at once, whether they seem to have changed or not. */
  reload(): Promise<void>;
  /** Ends all tenants. */
  close(): Promise<void>;
}

/** One tenant on its way. */
interface Life {
  tools: TenantTools;
  running: Running;
  /** What the files say, the last time that they could be used. */
  files: TenantVersion;
  pin: Pin | null;
  /** Of the version in use; epoch ms. */
  since: number;
  origin: Origin;
}

export function openConfiguration({ first, load, tenants, tools, options }: ConfigurationDeps): Configuration {
  const { clock, logger, platforms, pull } = options;
  const { directory, environment } = first.loaded;
  const stopping = new AbortController();
  const lives = new Map<string, Life>();
  const retiring = new Set<Promise<void>>();
  const ordered = inOrder();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => ordered("", work);
  let good = first.loaded;
  let seen: ReadonlyMap<string, string> = good.files;
  let problem: Problem | null = null;
  let watching: Promise<void> = Promise.resolve();

  async function open(log: TenantLog): Promise<void> {
    const name = log.tenant;
    const files = first.tenants.get(name)!;
    const configuration = {
      status: () => statusOf(name, lives.get(name)!),
      rollback: (version: string) => inTurn(() => rollback(lives.get(name)!, version)),
    };
    const own: TenantTools = { ...tools, log, configuration };
    const { next, pin } = await wanted(log, files, null);
    const prepared = await prepareTenant(next, own);
    const use = await noted(log, next, pin ? "rollback" : "start");
    const running = startTenant(prepared, own);
    lives.set(name, { tools: own, running, files, pin, ...use });
    tenants.set(name, running.served);
  }

  /** Since when a tenant uses a version. A start by which nothing changed is no news. */
  async function noted(
    { store, commit }: TenantLog,
    next: TenantVersion,
    origin: Origin,
  ): Promise<Pick<Life, "since" | "origin">> {
    const [last] = await listVersions(store, 1);
    if (last?.version === next.version) return { since: last.since, origin: last.origin as Origin };
    const since = clock.now();
    if (pull) await commit({ statements: [noteVersion(store, next, origin, since)], correlationId: "config" });
    return { since, origin };
  }

  /** What it was rolled back to, for as long as the files say what they said then; or else what they say. */
  async function wanted(
    { tenant, store, commit }: TenantLog,
    files: TenantVersion,
    current: TenantVersion | null,
  ): Promise<{ next: TenantVersion; pin: Pin | null }> {
    const pin = await readPin(store);
    if (!pin) return { next: files, pin };
    if (pin.filesVersion === files.version) {
      if (current?.version === pin.version) return { next: current, pin };
      const found = await usableVersion(store, pin.version, platforms);
      if (found && "usable" in found) return { next: found.usable, pin };
      logger.error({ tenant, version: pin.version, issues: found?.issues }, "what it was rolled back to can't be used");
    }
    if (pull) await commit({ statements: [dropPin(store)], correlationId: "config" });
    return { next: files, pin: null };
  }

  async function settle(life: Life, origin: Origin): Promise<void> {
    const { log } = life.tools;
    const { tenant } = life.running.served;
    const { configVersion: before } = tenant;
    const { next, pin } = await wanted(log, life.files, { version: before, config: tenant.config });
    life.pin = pin;
    if (next.version === before) return;
    const came = pin ? "rollback" : origin;
    const { running, retired } = await changeTenant(life.running, next, came, life.tools, stopping.signal);
    const isOpenedAnew = running !== life.running;
    if (isOpenedAnew) {
      tenants.set(log.tenant, running.served);
      life.running.end();
      const done = retired.finally(() => retiring.delete(done));
      retiring.add(done);
    }
    Object.assign(life, { running, since: clock.now(), origin: came });
    logger.info(
      { tenant: log.tenant, before, version: next.version, origin: came, isOpenedAnew },
      "another configuration is in use",
    );
  }

  async function rollback(life: Life, version: string): Promise<{ issues: string[] } | null> {
    const { store, commit } = life.tools.log;
    const { version: filesVersion } = life.files;
    const found = version === filesVersion ? { usable: life.files } : await usableVersion(store, version, platforms);
    if (!found || "issues" in found) return found;
    const statement = version === filesVersion ? dropPin(store) : setPin(store, { version, filesVersion }, clock.now());
    await commit({ statements: [statement], correlationId: "config" });
    await settle(life, "rollback");
    return { issues: [] };
  }

  async function look(isForced: boolean): Promise<void> {
    if (isForced || (await hasChanged())) await reload();
    for (const life of lives.values()) await settle(life, "reload");
  }

  async function hasChanged(): Promise<boolean> {
    for (const [file, stamp] of seen) if ((await stampOf(file)) !== stamp) return true;
    return false;
  }

  async function reload(): Promise<void> {
    try {
      await accept(await load());
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      await refuse(error);
    }
  }

  async function accept({ loaded, tenants: versions }: CheckedConfig): Promise<void> {
    [good, seen] = [loaded, loaded.files];
    for (const [name, life] of lives) life.files = versions.get(name) ?? life.files;
    const waiting = needsRestart(first.loaded, good);
    if (waiting.length > 0) logger.warn({ needsRestart: waiting }, "some of the configuration is used after a restart only");
    if (!problem) return;
    problem = null;
    logger.info("the configuration can be used again");
    for (const { tools } of lives.values()) await tellProblem(tools.log, null, directory, clock.now());
  }

  async function refuse({ issues, files }: ConfigError): Promise<void> {
    // A file that wasn't come to this time is looked at again when it changes next.
    const others = await Promise.all([...good.files.keys()].map(async (file) => [file, await stampOf(file)] as const));
    seen = new Map([...others, ...files]);
    problem = { issues, since: problem?.since ?? clock.now() };
    logger.error({ issues: issues.map(asLine) }, "the configuration can't be used; the last good one is");
    for (const { tools } of lives.values()) await tellProblem(tools.log, problem, directory, clock.now());
  }

  function statusOf(name: string, { running, since, origin, pin }: Life): ConfigStatus {
    return {
      version: running.served.tenant.configVersion,
      since: new Date(since).toISOString(),
      origin,
      environment,
      files: [...good.files.keys()].map((file) => relative(directory, file)),
      pinned: pin && { version: pin.version, over: pin.filesVersion },
      problem: problem && problemOf(problem, name, directory),
      needsRestart: needsRestart(first.loaded, good, name),
    };
  }

  const guarded = (isForced: boolean) =>
    inTurn(() => look(isForced)).catch((err: unknown) =>
      logger.error({ err }, "the configuration could not be looked at; trying again"),
    );

  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(pollMs, stopping.signal).catch(() => {});
      if (!stopping.signal.aborted) await guarded(false);
    }
  }

  return {
    open,
    watch() {
      watching = keepLooking();
    },
    reload: () => guarded(true),
    async close() {
      stopping.abort();
      await watching;
      await inTurn(async () => {});
      const all = [...lives.values()].map((life) => life.running);
      await Promise.all(all.map((running) => running.stop()));
      await Promise.all(retiring);
      await Promise.all(all.map((running) => closeTenant(running.served)));
    },
  };
}
