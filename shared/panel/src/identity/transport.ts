import type { Identity } from "@sidelight/contracts/identity/identity.ts";
import type { PanelProblem } from "../options.ts";
import type { PanelRequest, PanelSubject } from "../session/transport.ts";

/** A decision about the customer of a subject, for everybody. */
export type IdentityCommand =
  /** The subject belongs to this customer. */
  | { kind: "link"; to: string }
  /** The subject is not this customer's. */
  | { kind: "unlink" }
  | { kind: "undo"; decisions: readonly string[] };

export type IdentityResult<T> = { value: T } | { code: PanelProblem["code"] };

/** How a host reads and changes who is who. Calls resolve with a code instead of rejecting. */
export interface IdentityTransport<S extends PanelSubject> {
  /** Why this customer was matched, who else it may be, and earlier decisions. */
  getIdentity(request: PanelRequest<S>): Promise<IdentityResult<Identity>>;
  /**
   * @param idempotencyKey makes a second attempt harmless
   * @returns ids of the new decisions
   */
  change(request: PanelRequest<S>, command: IdentityCommand, idempotencyKey: string): Promise<IdentityResult<string[]>>;
}
