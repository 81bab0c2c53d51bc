import { type ListedKey, listApiKeys } from "../../store/apiKeys.ts";
import { revokeApiKey } from "../../store/tables/apiKeys.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";

/** Revokes an API key. Processes that verified it refuse it within a second, and its streams end. @throws {ProblemError} not_found */
export const revokeKey = defineService(
  "operate",
  async ({ served: { tenant }, actor, audit }: ServiceContext, { keyId }: { keyId: string }): Promise<ListedKey> => {
    const { store, commit } = tenant.log;
    const key = (await listApiKeys(store)).find((candidate) => candidate.keyId === keyId);
    if (!key) throw new ProblemError("not_found", `${tenant.id} has no API key ${keyId}.`);
    await audit(actor, { verb: "keys.revoke", ids: { key: keyId } }, (auditRows) =>
      commit({ statements: [revokeApiKey(store, keyId, tenant.clock.now()), ...auditRows], correlationId: "keys" }),
    );
    return key;
  },
);
