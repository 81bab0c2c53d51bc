import { type LiveChange, watchContext as watchCustomer } from "../../context/liveContext.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type ContextInput, contextQuery } from "./contextQuery.ts";
import { createStreamViews } from "./panelView.ts";
import { streamEndsOf } from "./streamEnds.ts";

export interface WatchContextInput extends ContextInput {
  /** Name of the panel that shows the answers. */
  panel?: string | undefined;
  /** Ends the stream. */
  signal: AbortSignal;
}

/** Open streams of one tenant. */
const maxStreams = 5_000;

/**
 * One customer's context and its changes, until the signal, the end of the actor's credentials, or the longest life of a stream.
 * @throws {ProblemError} invalid_ref, invalid_request, forbidden; overloaded when the tenant has too many streams
 */
export const watchContext = defineService(
  "session",
  (context: ServiceContext, { panel, signal, ...input }: WatchContextInput): AsyncGenerator<LiveChange> => {
    const { served, actor } = context;
    const { tenant, contexts, closed } = served;
    const query = contextQuery(context, input);
    const ends = streamEndsOf(tenant);
    if (ends.count() >= maxStreams)
      throw new ProblemError("overloaded", "Too many streams are open. Retry in 30 s.", { retryAfterSeconds: 30 });
    const stream = ends.open(actor);
    return changes();

    async function* changes(): AsyncGenerator<LiveChange> {
      try {
        yield* watchCustomer(tenant, contexts, {
          query,
          signal: AbortSignal.any([signal, closed, stream.signal]),
          onAnswer: createStreamViews(served, panel),
        });
      } finally {
        stream.close();
      }
    }
  },
);
