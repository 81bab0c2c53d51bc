import type { Overview } from "@sidelight/contracts/overview/overview.ts";
import { streamEndsOf } from "../contexts/streamEnds.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { overviewFor } from "./getOverview.ts";
import { overviewWatchOf } from "./overviewWatch.ts";

/** Consoles of one tenant that watch at the same time. */
const maxWatches = 100;

/**
 * The overview and its changes, until the signal, the end of the caller's credentials, or the longest life of a stream.
 * @throws {ProblemError} overloaded when too many consoles watch
 */
export const watchOverview = defineService(
  "events",
  ({ served, actor }: ServiceContext, { signal }: { signal: AbortSignal }): AsyncGenerator<Overview> => {
    const { tenant, closed } = served;
    const watch = overviewWatchOf(served);
    if (watch.count() >= maxWatches)
      throw new ProblemError("overloaded", "Too many consoles watch. Retry in 30 s.", { retryAfterSeconds: 30 });
    const stream = streamEndsOf(tenant).open(actor);
    return changes();

    async function* changes(): AsyncGenerator<Overview> {
      try {
        for await (const overview of watch.watch(served, AbortSignal.any([signal, closed, stream.signal])))
          yield overviewFor(actor, overview);
      } finally {
        stream.close();
      }
    }
  },
);
