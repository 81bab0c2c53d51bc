import type { Purpose } from "@sidelight/model/purposes.ts";
import type { z } from "zod";
import type { CallOptions } from "./callOptions.ts";

/** Why a write failed. The classes separate an operator's mistake from a failure of the platform. */
export type Cause =
  /** The platform understood the request and refused it. A retry would not help. */
  | "rejected"
  /** The object to change does not exist. */
  | "not_found"
  /** Another writer changed the object at the same time, or it can no longer be changed. */
  | "conflict"
  /** Our credential was refused, or lacks a permission. */
  | "invalid_credentials"
  | "rate_limited"
  | "unavailable"
  /** The configuration names a field, type or id that does not exist on the platform. */
  | "misconfigured"
  /** An error in Sidelight. */
  | "bug";

/** One write to a platform. */
export interface Effect<Input = unknown> {
  /** Id of the delivery, the same for every attempt: the idempotency key. At most 36 characters of `[A-Za-z0-9-]`. */
  id: string;
  input: Input;
  /** Time of the event that caused it, epoch ms; the same for every attempt. */
  at: number;
}

/**
 * What an effect writes to one object. A report of the platform that equals it is our own echo, see `routing/echoes.ts`.
 * Objects whose changes no webhook and no pull reports need none.
 */
export interface Write {
  /** `platform.object` */
  object: string;
  /** Ref of the object; null when the effect creates it or finds it by another key. Then the outcome has the ref. */
  ref: string | null;
  isCreation: boolean;
  /** True when an object that the effect finds instead of creating one is Sidelight's own. */
  isOwnWhenFound?: boolean;
  /**
   * Written values by name. A name is a field of the platform as its messages report it, or a member of the stored record with a
   * leading slash: `Status`, `/arr/amount`.
   */
  values: Record<string, unknown>;
  /** Values that are added to lists, by name. */
  additions?: Readonly<Record<string, readonly unknown[]>>;
  /** Names that the platform changes together with the written ones: any new value of them in the same event counts as ours. */
  derived?: readonly string[];
  /** Names whose new value only the platform knows: any value right after the write counts as ours. */
  unforeseen?: readonly string[];
}

/** Result of one effect. */
export type Outcome =
  | {
      state: "done";
      /** Ref of the object that was written; null when it has none. */
      ref: string | null;
      /** False when the object already had these values, so nothing was written. */
      hasWritten: boolean;
    }
  | {
      state: "failed";
      cause: Cause;
      /** A sentence for the operator. Never contains a customer's value. */
      message: string;
      /** True when a retry may succeed. */
      isRetryable: boolean;
      /** Earliest time of the next attempt, epoch ms; null when the platform does not report one. */
      retryAt: number | null;
    };

/** A person as an input describes one. */
export interface DescribedPerson {
  name?: string | null | undefined;
  emails?: readonly string[];
  phones?: readonly string[];
}

/** The record of a person that an effect creates. */
export interface Creation {
  /** `platform.object` */
  object: string;
  person: DescribedPerson;
}

/** The record of a person that an effect refers to. */
export interface Attachment<Input> extends Creation {
  /** Ref that the input has already. When the store has its record, nothing is looked for. */
  present: string | null;
  /** Ref of the account that the record must belong to, if it belongs to any; null for any account. */
  account: string | null;
  /** True when the input names nothing that the object belongs to: it waits for a decision then, if the person is not certain. */
  isLoose: boolean;
  /** The input with a ref of the person's record. */
  attachTo(ref: string): Input;
}

/** An operation that a connection offers to routes. */
export interface Action<Input = unknown> {
  /** One line for the documentation of the configuration. */
  summary: string;
  /** Schema of the input, which a route's transformer must produce. */
  input: z.ZodType<Input>;
  /** Maximum number of effects per call. */
  batch: number;
  /** The quota that its calls use. While little of it is left, effects wait for others that share their call. */
  quota?: string;
  /** True when the platform bills each effect as an event, see {@link Platform.monthlyCap}. */
  isMetered?: true;
  /**
   * What the effects are for, unless a route names another purpose: a person who withdrew consent for it is left out. Without a purpose,
   * every withdrawal counts.
   */
  purpose?: Purpose;
  /**
   * A name for effects that replace each other: of those that wait, only the newest is sent, or their {@link merge}.
   * Null when every effect must be sent.
   */
  sameAs(input: Input): string | null;
  /** Merges a newer input into an older one of the same name. Without it the newer input replaces the older. */
  merge?(older: Input, newer: Input): Input;
  /**
   * The record of a person that the effect creates; null when it creates none. Before the first attempt the person is looked for in the
   * store: an existing record is used instead, and a possible duplicate waits for a decision.
   */
  creates?(input: Input): Creation | null;
  /** The record of the effect's person that it should refer to; null when there is nothing to look for. It is looked for like a creation. */
  attaches?(input: Input): Attachment<Input> | null;
  /** What the effect writes to objects whose changes the platform reports. */
  writes?(input: Input): Write[];
  /** Performs up to `batch` effects. Resolves with one outcome each, in order. Never throws: a failed call is the outcome of each effect. */
  perform(effects: Effect<Input>[], options: CallOptions): Promise<Outcome[]>;
}
