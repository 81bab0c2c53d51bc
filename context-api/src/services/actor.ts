import { type Rights, type RoleName, rightsOf } from "../security/roles.ts";

/** Who calls a service, and what they may do. */
export interface Actor {
  tenant: string;
  role: RoleName;
  rights: Rights;
  /** Id of the API key; `cli` for the operator of this machine. */
  keyId: string;
  /** When the actor's credentials expire, epoch ms; null when they do not. */
  expiresAt: number | null;
  /** The only ref that a panel session may read; null for an API key. */
  sessionRef: string | null;
}

/** The operator at the command line. Access to the store's files gives every right. */
export const localOperator = (tenant: string): Actor => ({
  tenant,
  role: "admin",
  rights: rightsOf("admin"),
  keyId: "cli",
  expiresAt: null,
  sessionRef: null,
});
