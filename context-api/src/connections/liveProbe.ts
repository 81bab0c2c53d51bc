import type { Clock } from "@sidelight/model/clock.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connection } from "./connections.ts";

/** Below the time after which the console must say that a platform is down, ms. */
const timeoutMs = 3_000;

/** What a cheap call to the platform showed. */
export interface LiveProbe {
  /** Epoch ms. */
  at: number;
  ms: number;
  /** False when the platform did not serve the call; null when the call was not made: a circuit or a quota refused it. */
  isWorking: boolean | null;
  /** Why not, in words; null when it works. Contains no value of a customer. */
  problem: string | null;
  nextAction: string | null;
  /** When the first of the probes that failed since the last success was made; null while they succeed. */
  failingSince: number | null;
}

/** Calls the platform now. The circuit of reads counts the result, so that five failures open it. */
export const probeConnection = (connection: Connection, clock: Clock): Promise<LiveProbe> =>
  probe(connection, clock, (signal) =>
    connection.circuits.run("read", () => connection.connector.check({ priority: "interactive", signal })),
  );

/**
 * The same as often as every few seconds: a platform with a small quota only has to answer. An answer does not show that reads work,
 * so it closes no circuit; a failure counts.
 */
export async function watchConnection(connection: Connection, clock: Clock): Promise<LiveProbe> {
  const { circuits, connector } = connection;
  if (!connector.reachable) return await probeConnection(connection, clock);
  return await probe(connection, clock, async (signal) => {
    // Its own probe decides when an open circuit closes.
    if (circuits.of("read").state() !== "closed")
      return await circuits.run("read", () => connector.check({ priority: "interactive", signal }));
    try {
      await connector.reachable?.({ priority: "interactive", signal });
    } catch (error) {
      await circuits.run("read", () => Promise.reject(error));
    }
  });
}

async function probe({ platform }: Connection, clock: Clock, call: (signal: AbortSignal) => Promise<void>): Promise<LiveProbe> {
  const startedAt = clock.monotonic();
  const instant = clock.now();
  const result = (isWorking: boolean | null, problem: string | null = null, nextAction: string | null = null): LiveProbe => ({
    ...{ at: instant, ms: Math.round(clock.monotonic() - startedAt), isWorking, problem, nextAction },
    failingSince: isWorking === false ? instant : null,
  });
  try {
    await call(AbortSignal.timeout(timeoutMs));
    return result(true);
  } catch (error) {
    if (error instanceof PlatformError) return result(error.isNotSent ? null : false, error.message, error.nextAction);
    return result(false, `${platform.label} did not answer within ${timeoutMs / 1000} s.`);
  }
}
