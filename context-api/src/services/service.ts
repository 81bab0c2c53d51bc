import type { Actor } from "./actor.ts";
import type { Audit } from "./audit.ts";
import { ProblemError } from "./problemError.ts";
import type { ServedTenant } from "./servedTenant.ts";

/** What every service gets beside its input. */
export interface ServiceContext {
  served: ServedTenant;
  actor: Actor;
  audit: Audit;
}

/**
 * Who may call a service. `session`: panel sessions for their own ref, and every API key. `context`: every API key, also that of a
 * panel installation, so the service reads one customer only. `events`, `operate` and `identify`: API keys with this right.
 * `identifyOwn`: also panel sessions with the right `identify`, for their own ref.
 */
export type Access = "session" | "context" | "events" | "operate" | "identify" | "identifyOwn";

/** One verb. It authorizes its caller before it reads anything. */
export interface Service<Context extends Pick<ServiceContext, "actor">, Input, Output> {
  (context: Context, input: Input): Output;
  readonly access: Access;
}

/**
 * Declares a service with who may call it. There is no service without an access rule.
 * @throws {ProblemError} forbidden, for a caller without access
 */
export function defineService<Input, Output, Context extends Pick<ServiceContext, "actor"> = ServiceContext>(
  access: Access,
  run: (context: Context, input: Input) => Output,
): Service<Context, Input, Output> {
  return Object.assign(
    (context: Context, input: Input): Output => {
      authorize(context.actor, access);
      return run(context, input);
    },
    { access },
  );
}

const rolesWith = { events: "admin or service", operate: "admin", identify: "admin" } as const;

function authorize(actor: Actor, access: Access): void {
  if (access === "session") return;
  if (access === "identifyOwn" && actor.sessionRef !== null) {
    if (actor.rights.identify) return;
    throw forbidden("This panel session lacks the right identify. Ask your administrator for it.");
  }
  if (actor.sessionRef !== null)
    throw forbidden("Panel sessions can only read and correct the context of their customer. Use an API key.");
  const right = access === "identifyOwn" ? "identify" : access;
  if (right === "context" || actor.rights[right]) return;
  throw forbidden(`This API key lacks the right ${right}. Use a key with the role ${rolesWith[right]}.`);
}

/** @throws {ProblemError} forbidden, for a panel session of another customer */
export function requireRef({ sessionRef }: Actor, ref: string): void {
  if (sessionRef !== null && sessionRef !== ref)
    throw forbidden("This panel session is for another customer. Create a session for this one.");
}

const forbidden = (message: string): ProblemError => new ProblemError("forbidden", message, { stage: "authorize" });
