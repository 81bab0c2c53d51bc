import { type Rights, type RoleName, rightsOf } from "../security/roles.ts";
import type { PersonSession } from "../security/sessions.ts";

/** Who calls a service, and what they may do. */
export interface Actor {
  tenant: string;
  role: RoleName;
  rights: Rights;
  /** Id of the API key; `cli` for the operator of this machine; the person's ref for a person who signed in without a key. */
  keyId: string;
  /** When the actor's credentials expire, epoch ms; null when they do not. */
  expiresAt: number | null;
  /** The only ref that a panel session may read; null for an API key. */
  sessionRef: string | null;
  /** Who sits at the panel; null for an API key. */
  person: ActorPerson | null;
  /** How the person signed in; absent for an API key and its sessions. */
  signIn?: ActorSignIn;
  /** The operator's session in the console; absent for a caller who sends a key or a panel session. */
  consoleSession?: { id: string /** Epoch ms. */; expiresAt: number };
}

/** The session of a person, and what their place may read. */
export interface ActorSignIn {
  session: PersonSession;
  /** Beginnings of refs, for a session that is not bound to one. */
  readableRefs: readonly string[];
}

/** A person who signed in from a platform. */
export interface ActorPerson {
  /** Their own record there: `zendesk.user:7`, `salesforce.user:005…`. */
  ref: string;
  /** As the platform reported it; personal. */
  name: string | null;
}

/** The operator at the command line. Access to the store's files gives every right. */
export const localOperator = (tenant: string): Actor => ({
  tenant,
  role: "admin",
  rights: rightsOf("admin"),
  keyId: "cli",
  expiresAt: null,
  sessionRef: null,
  person: null,
});
