import { trustAnswers } from "./answers.ts";
import { contextOperations } from "./context.ts";
import { type ClientOptions, createSender } from "./send.ts";
import { type StreamOptions, streamContext } from "./stream.ts";

export type { ContextAnswer, ContextOptions, ContextOrError } from "./context.ts";
export { SidelightError, type SidelightErrorCode } from "./error.ts";
export { refs } from "./refs.ts";
export type { ClientOptions } from "./send.ts";
export type { ContextChange, StreamOptions } from "./stream.ts";

/** Reads contexts, without the schemas: for a panel, whose bundle must stay small. Answers are trusted as they are. */
export const createLeanClient = (options: ClientOptions) => contextOperations(createSender(options, trustAnswers));

/** One customer, live; see `streamContext` of the whole client. */
export const streamLean = (options: ClientOptions, ref: string, query: StreamOptions = {}) =>
  streamContext(createSender(options, trustAnswers), ref, query);
