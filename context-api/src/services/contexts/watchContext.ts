import { type LiveChange, watchContext as watchCustomer } from "../../context/liveContext.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type ContextInput, contextQuery } from "./contextQuery.ts";
import { recordPanelView } from "./panelView.ts";

export interface WatchContextInput extends ContextInput {
  /** Name of the panel that shows the answers. */
  panel?: string | undefined;
  /** Ends the stream. */
  signal: AbortSignal;
}

/** Open streams of one tenant. */
const maxStreams = 5_000;
const openStreams = new WeakMap<object, number>();

/**
 * One customer's context and its changes, until the signal or the end of the actor's credentials.
 * @throws {ProblemError} invalid_ref, invalid_request, forbidden; overloaded when the tenant has too many streams
 */
export const watchContext = defineService(
  "session",
  (context: ServiceContext, { panel, signal, ...input }: WatchContextInput): AsyncGenerator<LiveChange> => {
    const { served, actor } = context;
    const { tenant, contexts, closed } = served;
    const query = contextQuery(context, input);
    const countOf = () => openStreams.get(tenant.log) ?? 0;
    if (countOf() >= maxStreams)
      throw new ProblemError("overloaded", "Too many streams are open. Retry in 30 s.", { retryAfterSeconds: 30 });
    openStreams.set(tenant.log, countOf() + 1);
    return changes();

    async function* changes(): AsyncGenerator<LiveChange> {
      const expiration = new AbortController();
      const expiry =
        actor.expiresAt === null
          ? undefined
          : setTimeout(() => expiration.abort(), Math.max(0, actor.expiresAt - tenant.clock.now()));
      try {
        yield* watchCustomer(tenant, contexts, {
          query,
          signal: AbortSignal.any([signal, closed, expiration.signal]),
          onAnswer: (answer) => recordPanelView(served, panel, answer),
        });
      } finally {
        clearTimeout(expiry);
        openStreams.set(tenant.log, countOf() - 1);
      }
    }
  },
);
