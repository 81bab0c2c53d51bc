import type { ActionName } from "../security/roles.ts";
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
 * Who may call a service. `session`: panel sessions for what they may read, and every API key. `own`: the same, of the sessions only
 * those of people. `context`: every API key, also that of a panel installation, so the service reads one customer only. `events`,
 * `operate` and `identify`: API keys with this right. `identifyOwn`: also panel sessions with the right `identify`. `act:…`: panel
 * sessions and API keys that may take this action. A service for sessions checks each ref that it gets with {@link requireRef}.
 */
export type Access = "session" | "own" | "context" | "events" | "operate" | "identify" | "identifyOwn" | `act:${ActionName}`;

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
  if (isAct(access)) {
    requireAction(actor, actionOf(access));
    return;
  }
  if (isSession(actor)) {
    authorizeSession(actor, access);
    return;
  }
  const right = access === "identifyOwn" ? "identify" : access;
  if (right === "own" || right === "context" || actor.rights[right]) return;
  throw forbidden(`This API key lacks the right ${right}. Use a key with the role ${rolesWith[right]}.`);
}

function authorizeSession(actor: Actor, access: Access): void {
  if (access === "own" && actor.person !== null) return;
  if (access !== "identifyOwn")
    throw forbidden("Panel sessions can only read and correct the context of their customer. Use an API key.");
  requireAction(actor, "identify");
}

/** True for a caller with the short-lived token of a panel instead of an API key. */
export const isSession = ({ sessionRef, person }: Pick<Actor, "sessionRef" | "person">): boolean =>
  sessionRef !== null || person !== null;

type ActAccess = Extract<Access, `act:${string}`>;
const isAct = (access: Access): access is ActAccess => access.startsWith("act:");
const actionOf = (access: ActAccess): ActionName => access.slice("act:".length) as ActionName;

/** @throws {ProblemError} forbidden, for a caller who may not take this action */
export function requireAction(actor: Actor, action: ActionName): void {
  if (actor.rights.act.includes(action)) return;
  const caller = isSession(actor) ? "This panel session" : "This API key";
  throw forbidden(`${caller} lacks the right ${action}. Ask your administrator for it.`);
}

/** @throws {ProblemError} forbidden, for a panel session that may not read this customer */
export function requireRef(actor: Actor, ref: string): void {
  if (!mayRead(actor, ref)) throw forbidden("This panel session is for another customer. Create a session for this one.");
}

/** Whether the caller may read a ref. A person without a ref of their own reads what their place can show. */
export function mayRead({ sessionRef, person, signIn }: Actor, ref: string): boolean {
  if (sessionRef !== null) return sessionRef === ref;
  return person === null || (signIn?.readableRefs ?? []).some((beginning) => ref.startsWith(beginning));
}

const forbidden = (message: string): ProblemError => new ProblemError("forbidden", message, { stage: "authorize" });
