import { constants } from "node:os";

const stopSignals = ["SIGTERM", "SIGINT"] as const;
export type StopSignal = (typeof stopSignals)[number];
type Handler = (signal: StopSignal) => void;

let handle: Handler | null = null;

/**
 * Handles the signals that stop the process, in place of the previous handler. The listeners stay: a signal that arrived while modules
 * loaded would be lost with them.
 */
export function handleStopSignals(handler: Handler): void {
  if (handle === null) for (const signal of stopSignals) process.on(signal, () => handle?.(signal));
  handle = handler;
}

/**
 * Ends the process on a signal while its modules load, when nothing is open yet. Without a handler, the first process of a container
 * would not receive these signals at all. A reload needs nothing: the configuration is read afterwards.
 * @param command that was called. A server that is stopped has not failed
 */
export function endOnEarlySignals(command: string | undefined): void {
  handleStopSignals((signal) => process.exit(command === "serve" ? 0 : 128 + constants.signals[signal]));
  if (command === "serve") process.on("SIGHUP", () => {});
}
