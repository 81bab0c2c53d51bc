import { ConnectionList, type ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import { Routes } from "@sidelight/contracts/events/route.ts";
import { type ContextOptions, getContext, getContexts, type Read, refreshContext } from "./contexts.ts";
import { errorFrom } from "./error.ts";
import { type CallOptions, type ClientOptions, createSend } from "./send.ts";

export { SidelightError, type SidelightErrorCode } from "./error.ts";
export { refs } from "./refs.ts";
export type { CallOptions, ClientOptions, ContextOptions, Read };

/** The context API, typed. Runs in Node, browsers and workers; every method throws a {@link SidelightError}. */
export function createSidelightClient(options: ClientOptions) {
  const send = createSend(options);
  return {
    /** Everything known of one customer. */
    async getContext(ref: string, query: ContextOptions = {}): Promise<Read> {
      const read = await getContext(send, ref, query);
      if (!read) throw errorFrom(undefined, 304, new Headers());
      return read;
    },
    /** The same, or null while the answer that `etag` names still holds. */
    getContextIfChanged: (ref: string, etag: string, query: ContextOptions = {}): Promise<Read | null> =>
      getContext(send, ref, { ...query, ifNoneMatch: etag }),
    /** Asks the platforms anew; once in 30 seconds for a customer. */
    refreshContext: (ref: string, query: ContextOptions = {}): Promise<Read> => refreshContext(send, ref, query),
    /** Up to 100 customers, in order. */
    getContexts: (all: readonly string[], query: ContextOptions = {}) => getContexts(send, all, query),
    /** How each platform is doing. */
    async getConnections({ signal }: CallOptions = {}): Promise<ConnectionStatus[]> {
      const { body } = await send({ method: "GET", path: "/v1/connections", ...(signal ? { signal } : {}) }, ConnectionList);
      return body?.items ?? [];
    },
    /** The routes that are followed, and what each has carried in the last hours; 24 when left out. */
    async getRoutes({ hours = 24, signal }: CallOptions & { hours?: number } = {}): Promise<Routes> {
      const path = `/v1/config/routes?hours=${hours}`;
      const { body, headers } = await send({ method: "GET", path, ...(signal ? { signal } : {}) }, Routes);
      if (!body) throw errorFrom(undefined, 304, headers);
      return body;
    },
  };
}
export type SidelightClient = ReturnType<typeof createSidelightClient>;
