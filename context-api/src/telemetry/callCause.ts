import { AsyncLocalStorage } from "node:async_hooks";

/** What calls to the platforms are made for. Names of the configuration only: a route, an action, a stream. */
export interface CallCause {
  cause: "read" | "webhook" | "other" | `route:${string}` | `action:${string}` | `stream:${string}`;
  /** The tier of the customer; null for work for several or for none. */
  customerTier: string | null;
}

const current = new AsyncLocalStorage<CallCause>();

/** All calls to the platforms that the work makes count for this cause. A member that is left out is that of the surrounding work. */
export const withCallCause = <T>({ cause, customerTier }: Partial<CallCause>, work: () => T): T => {
  const outer = current.getStore();
  const inner = { cause: cause ?? outer?.cause ?? "other", customerTier: customerTier ?? outer?.customerTier ?? null };
  return current.run(inner, work);
};

export const currentCallCause = (): CallCause | undefined => current.getStore();
