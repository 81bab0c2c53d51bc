import { relative } from "node:path";
import type { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import { asLine } from "../config/issues.ts";
import { dropPin, type Pin, setPin } from "../config/pins.ts";
import { listVersions, newUse, noteVersion, type Origin, type TenantVersion, type Use } from "../config/versions.ts";
import type { ServedTenant } from "../http/deps.ts";
import { inOrder } from "../ingest/serialQueue.ts";
import type { TenantLog } from "../log/log.ts";
import { changeTenant } from "./change.ts";
import type { CheckedConfig } from "./checkConfig.ts";
import type { RuntimeOptions } from "./options.ts";
import { type Problem, problemOf, tellProblem } from "./problems.ts";
import { needsRestart } from "./restart.ts";
import { usableVersion } from "./rollback.ts";
import { closeTenant, prepareTenant, type Running, startTenant, type TenantTools } from "./tenant.ts";
import { wantedVersion } from "./wanted.ts";
import { watchFiles } from "./watchedFiles.ts";

/** Between two looks at the files, ms. Asking for their time and size works on every file system. */
const pollMs = 2_000;

export interface ConfigurationDeps {
  /** As the process starts. */
  first: CheckedConfig;
  /** Reads and checks the files anew. @throws {ConfigError} */
  load(): Promise<CheckedConfig>;
  /** The tenants that are served; kept up to date. */
  tenants: Map<string, ServedTenant>;
  tools: Omit<TenantTools, "log" | "configuration" | "options">;
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

/** A tenant, and what it uses. */
interface Life extends Use {
  tools: TenantTools;
  running: Running;
  /** What the files say of it, the last time that they did. */
  said: TenantVersion;
  pin: Pin | null;
}

export function openConfiguration({ first, load, tenants, tools, options }: ConfigurationDeps): Configuration {
  const { clock, logger, platforms, pull } = options;
  const { directory, environment } = first.loaded;
  const files = watchFiles(first, load, clock.now);
  const stopping = new AbortController();
  const lives = new Map<string, Life>();
  const retiring = new Set<Promise<void>>();
  const ordered = inOrder();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => ordered("", work);
  let watching: Promise<void> = Promise.resolve();
  /** What the alerts say. */
  let told: Problem | null = null;

  async function open(log: TenantLog): Promise<void> {
    const name = log.tenant;
    const configuration = {
      status: () => statusOf(name, lives.get(name)!),
      rollback: (version: string) => inTurn(() => rollback(lives.get(name)!, version)),
    };
    const own: TenantTools = { ...tools, log, configuration, options };
    const said = first.tenants.get(name)!;
    const { next, pin } = await wantedVersion(log, said, null, options);
    const prepared = await prepareTenant(next, own);
    const use = await begun(log, next, pin ? "rollback" : "start");
    const running = startTenant(prepared, own);
    lives.set(name, { tools: own, running, said, pin, ...use });
    tenants.set(name, running.served);
  }

  /** A start that brings nothing new is no news. */
  async function begun(log: TenantLog, next: TenantVersion, origin: Origin): Promise<Use> {
    if (pull) await tellProblem(log, null, directory, clock.now());
    const [last] = await listVersions(log.store, { limit: 1 });
    if (last?.version === next.version) return { since: last.since, origin: last.origin as Origin };
    const use = newUse(origin, clock.now(), last?.since ?? 0);
    if (pull) await log.commit({ statements: [noteVersion(log.store, next, use)], correlationId: "config" });
    return use;
  }

  async function look(isForced: boolean): Promise<void> {
    await read(isForced);
    for (const [tenant, life] of lives) {
      await settle(life, "reload").catch((err: unknown) =>
        logger.error({ err, tenant }, "another configuration could not be put to use; trying again"),
      );
    }
  }

  /** A tenant that the files don't name any more goes on as it is, until the restart. */
  async function read(isForced: boolean): Promise<void> {
    if (await files.look(isForced)) tell();
    const { tenants: versions } = files.current();
    for (const [name, life] of lives) life.said = versions.get(name) ?? life.said;
    const problem = files.problem();
    if (problem !== told) for (const { tools } of lives.values()) await tellProblem(tools.log, problem, directory, clock.now());
    told = problem;
  }

  function tell(): void {
    const issues = files.problem()?.issues.map(asLine);
    const waiting = issues ? [] : needsRestart(first.loaded, files.current().loaded);
    if (issues) logger.error({ issues }, "the configuration can't be used; the last good one is");
    if (waiting.length > 0) logger.warn({ needsRestart: waiting }, "some of the configuration is used after a restart only");
  }

  /** Puts to use what is wanted, where that is another than what is in use. */
  async function settle(life: Life, origin: Origin): Promise<void> {
    const { log } = life.tools;
    const { configVersion: version, config } = life.running.served.tenant;
    const { next, pin } = await wantedVersion(log, life.said, { version, config }, options);
    if (next.version === version) {
      life.pin = pin;
      return;
    }
    const use = newUse(pin ? "rollback" : origin, clock.now(), life.since);
    const { running, retired } = await changeTenant(life.running, next, use, life.tools, stopping.signal);
    if (running !== life.running) {
      tenants.set(log.tenant, running.served);
      life.running.end();
      const done = retired
        .catch((err: unknown) => logger.error({ err, tenant: log.tenant }, "what was open before could not be closed"))
        .finally(() => retiring.delete(done));
      retiring.add(done);
    }
    Object.assign(life, { running, pin, ...use });
    logger.info(
      { tenant: log.tenant, version: next.version, before: version, origin: use.origin },
      "another configuration is in use",
    );
  }

  async function rollback(life: Life, version: string): Promise<{ issues: string[] } | null> {
    const { store, commit } = life.tools.log;
    // What was written a moment ago is rolled back from too.
    await read(false);
    const { said } = life;
    const found = version === said.version ? { usable: said } : await usableVersion(store, version, platforms);
    if (!found || "issues" in found) return found;
    const pin = { version, filesVersion: said.version };
    const statement = version === said.version ? dropPin(store) : setPin(store, pin, clock.now());
    await commit({ statements: [statement], correlationId: "config" });
    await settle(life, "rollback");
    return { issues: [] };
  }

  function statusOf(name: string, { running, since, origin, pin }: Life): ConfigStatus {
    const { loaded } = files.current();
    const problem = files.problem();
    return {
      version: running.served.tenant.configVersion,
      since: new Date(since).toISOString(),
      origin,
      environment,
      files: [...loaded.files.keys()].map((file) => relative(directory, file)),
      pinned: pin && { version: pin.version, over: pin.filesVersion },
      problem: problem && problemOf(problem, name, directory),
      needsRestart: needsRestart(first.loaded, loaded, name),
    };
  }

  const lookInTurn = (isForced: boolean): Promise<void> =>
    inTurn(() => look(isForced)).catch((err: unknown) =>
      logger.error({ err }, "the configuration could not be looked at; trying again"),
    );

  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(pollMs, stopping.signal).catch(() => {});
      if (!stopping.signal.aborted) await lookInTurn(false);
    }
  }

  return {
    open,
    watch() {
      watching = keepLooking();
    },
    reload: () => lookInTurn(true),
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
