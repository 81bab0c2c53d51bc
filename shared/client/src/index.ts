import { actionOperations } from "./actions.ts";
import { contextOperations } from "./context.ts";
import { identityOperations } from "./identity.ts";
import { configOperations, connectionOperations, deliveryOperations, eventOperations, fieldOperations } from "./operations.ts";
import { checkBySchema } from "./schemas.ts";
import { type ClientOptions, createSender } from "./send.ts";
import { type StreamOptions, streamContext } from "./stream.ts";

export type { ActionOptions, CustomerOptions } from "./actions.ts";
export type { ContextAnswer, ContextOptions, ContextOrError } from "./context.ts";
export { SidelightError, type SidelightErrorCode } from "./error.ts";
export type { ChangeOptions, SuggestionOptions } from "./identity.ts";
export { allPages, type ListOptions, type Page } from "./lists.ts";
export type { RetryFilter } from "./operations.ts";
export { refs } from "./refs.ts";
export type { CallOptions, ClientOptions } from "./send.ts";
export type { ContextChange, StreamOptions } from "./stream.ts";

/**
 * The context API, typed. It runs in Node, browsers and workers. Every answer is checked against its schema, and every method
 * throws a {@link SidelightError}.
 */
export function createSidelightClient(options: ClientOptions) {
  const sender = createSender(options, checkBySchema);
  return {
    ...contextOperations(sender),
    /** One customer, live: each section as it settles, then each change. */
    streamContext: (ref: string, query: StreamOptions = {}) => streamContext(sender, ref, query),
    ...eventOperations(sender),
    ...deliveryOperations(sender),
    ...fieldOperations(sender),
    ...configOperations(sender),
    ...connectionOperations(sender),
    ...identityOperations(sender),
    ...actionOperations(sender),
  };
}
export type SidelightClient = ReturnType<typeof createSidelightClient>;
