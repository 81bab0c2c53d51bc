import type { RoleName } from "../../security/roles.ts";
import { newApiKey } from "../../store/apiKeys.ts";
import { defineService, type ServiceContext } from "../service.ts";

export interface CreatedKey {
  keyId: string;
  role: RoleName;
  /** Shown once: the store keeps a hash of it. */
  token: string;
}

/** Creates one API key for each role. @param input.label name of the keys for people; the role when left out */
export const createKeys = defineService(
  "operate",
  async (
    { served: { tenant }, actor, audit }: ServiceContext,
    { roles, label }: { roles: readonly RoleName[]; label?: string | undefined },
  ): Promise<CreatedKey[]> => {
    const { store, commit } = tenant.log;
    const keys = roles.map((role) => ({ role, ...newApiKey(store, role, label ?? role, tenant.clock.now()) }));
    const ids = { keys: keys.map((key) => key.keyId).join(","), roles: roles.join(",") };
    await audit(actor, { verb: "keys.create", ids }, (auditRows) =>
      commit({ statements: [...keys.map((key) => key.statement), ...auditRows], correlationId: "keys" }),
    );
    return keys.map(({ keyId, role, token }) => ({ keyId, role, token }));
  },
);
