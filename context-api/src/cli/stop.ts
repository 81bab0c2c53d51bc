import { constants } from "node:os";
import { handleStopSignals, type StopSignal } from "./signals.ts";

/** A signal, the end of the parent process, or a store that is lost. */
export type StopReason = StopSignal | "stdin" | "store";

export interface StopWatch {
  /** Resolves with the first reason to stop. */
  requested: Promise<StopReason>;
  isRequested(): boolean;
  request(reason: StopReason): void;
}

/** A terminal and its shell can send one signal twice within this time. A person who repeats it takes longer. */
const repeatMs = 200;

/**
 * Watches for SIGTERM and SIGINT, and for the end of standard input if the parent process set `SIDELIGHT_STOP_WITH_STDIN`.
 * A second signal ends the process at once.
 */
export function watchStop(env: NodeJS.ProcessEnv): StopWatch {
  const { promise, resolve } = Promise.withResolvers<StopReason>();
  let requestedAt: number | null = null;
  const request = (reason: StopReason): void => {
    requestedAt ??= performance.now();
    resolve(reason);
    // An open standard input would keep the process alive.
    process.stdin.destroy();
  };
  handleStopSignals((signal) => {
    if (requestedAt !== null && performance.now() - requestedAt > repeatMs) process.exit(128 + constants.signals[signal]);
    request(signal);
  });
  if (env["SIDELIGHT_STOP_WITH_STDIN"] === "1") process.stdin.resume().once("end", () => request("stdin"));
  return { requested: promise, isRequested: () => requestedAt !== null, request };
}
