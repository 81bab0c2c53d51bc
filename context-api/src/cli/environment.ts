import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Clock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { CoordinationTiming } from "../store/coordination.ts";
import { UsageError } from "./errors.ts";

/** What every command gets. Platforms are loaded on demand, so that help needs none of them. */
export interface CommandContext {
  env: NodeJS.ProcessEnv;
  platformNames: readonly string[];
  loadPlatforms(): Promise<readonly Platform[]>;
  clock: Clock;
  /** How soon other processes take over; the default when left out. */
  coordination?: CoordinationTiming;
  /** Reports an error that nothing handles, before the process ends. @returns the exit code */
  onCrash?: (error: unknown) => number;
}

/** Where the store and the keys are: `SIDELIGHT_DATA`, or `.sidelight`. Relative to the working directory. */
export const dataDirectory = (env: NodeJS.ProcessEnv): string => resolve(env["SIDELIGHT_DATA"] || ".sidelight");

/** `SIDELIGHT_CONFIG`, or `sidelight.yaml`. */
export const configFile = (env: NodeJS.ProcessEnv): string => resolve(env["SIDELIGHT_CONFIG"] || "sidelight.yaml");

export const storeFile = (env: NodeJS.ProcessEnv): string => resolve(dataDirectory(env), "sidelight.sqlite");

/** Files that container runtimes create. Kubernetes sets a variable instead. */
const containerFiles = ["/.dockerenv", "/run/.containerenv"];

/**
 * The address to listen on: `--host`, or `SIDELIGHT_HOST`. Without them only this machine reaches the API, except in a container,
 * whose network is its own. Undefined for all addresses.
 */
export function listenHost(option: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const host = option ?? env["SIDELIGHT_HOST"];
  // As in a URL.
  if (host) return host.replace(/^\[(.+)\]$/, "$1");
  const isContainer = env["KUBERNETES_SERVICE_HOST"] !== undefined || containerFiles.some((file) => existsSync(file));
  return isContainer ? undefined : "127.0.0.1";
}

const logLevels = ["silent", "fatal", "error", "warn", "info", "debug", "trace"];

/** `SIDELIGHT_LOG`, or the default. @throws {UsageError} for an unknown level */
export function logLevel(env: NodeJS.ProcessEnv, defaultLevel: string): string {
  const level = env["SIDELIGHT_LOG"] || defaultLevel;
  if (!logLevels.includes(level)) throw new UsageError(`SIDELIGHT_LOG is "${level}". Use one of ${logLevels.join(", ")}.`);
  return level;
}

/** `PORT`, or 8787. @throws {UsageError} for a value that is not a port */
export const portNumber = (env: NodeJS.ProcessEnv): number => portOf("PORT", env["PORT"] || "8787");

/** `--ops-port`, or `SIDELIGHT_OPS_PORT`; null without them. @throws {UsageError} for a value that is not a port */
export function opsPortNumber(option: string | undefined, env: NodeJS.ProcessEnv): number | null {
  const text = option ?? env["SIDELIGHT_OPS_PORT"];
  return text ? portOf(option === undefined ? "SIDELIGHT_OPS_PORT" : "--ops-port", text) : null;
}

function portOf(name: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`${name} is "${text}". Use a number from 0 to 65535; 0 takes any free port.`);
  return port;
}
