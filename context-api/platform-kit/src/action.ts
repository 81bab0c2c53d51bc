import type { z } from "zod";
import type { CallOptions } from "./platform.ts";

/** Why a write did not happen, in classes that tell an operator's mistake from the platform's fault. */
export type Cause =
  /** The platform understood and refused: trying again changes nothing. */
  | "rejected"
  /** What was to be changed isn't there. */
  | "not_found"
  /** Somebody else changed it meanwhile, or it can't be changed any more. */
  | "conflict"
  /** Our credential, or its rights. */
  | "invalid_credentials"
  | "rate_limited"
  | "unavailable"
  /** The configuration names a field, a type or an id that the platform doesn't have. */
  | "misconfigured"
  /** A mistake of ours. */
  | "bug";

/** One thing to do at a platform. */
export interface Effect<Input = unknown> {
  /** The delivery's own id, the same for every attempt: what makes an effect happen once. At most 36 characters of `[A-Za-z0-9-]`. */
  id: string;
  input: Input;
  /** Time of the event that caused it, epoch ms: the same for every attempt. */
  at: number;
}

/** What became of one effect. */
export type Outcome =
  | {
      state: "done";
      /** The object that was written, as a ref of ours; null where it has none. */
      ref: string | null;
      /** False when it was as wanted already, so that nothing was written. */
      wrote: boolean;
    }
  | {
      state: "failed";
      cause: Cause;
      /** A sentence for an operator; never a value of a customer. */
      message: string;
      /** True when trying again makes sense. */
      isRetryable: boolean;
      /** Not before this, epoch ms; null where the platform doesn't say. */
      retryAt: number | null;
    };

/** Something that a connection can do at its platform. */
export interface Action<Input = unknown> {
  /** In a line, for the configuration's page. */
  summary: string;
  /** What it takes: what a route's mapping must give. */
  input: z.ZodType<Input>;
  /** Effects that one call carries at most. */
  batch: number;
  /**
   * Effects of the same name say the same thing again: while they wait, the newest is enough, field by field
   * where {@link merge} is there. Null where each counts for itself.
   */
  sameAs(input: Input): string | null;
  /** Puts a newer input over an older one of the same name. The newer alone where it is left out. */
  merge?(older: Input, newer: Input): Input;
  /** Does up to `batch` effects. Answers for each, in their order; a failure of the whole call is told for each of them, not thrown. */
  perform(effects: Effect<Input>[], options: CallOptions): Promise<Outcome[]>;
}
