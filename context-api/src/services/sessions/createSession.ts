import type { PanelSession } from "@sidelight/contracts/sessions/session.ts";
import { newSession, sessionMs } from "../../security/sessions.ts";
import { readRef } from "../contexts/contextQuery.ts";
import { iso } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";

/** A token that reads one customer with the role of its API key, for ten minutes. Nothing is stored. @throws {ProblemError} invalid_ref */
export const createSession = defineService(
  "context",
  async ({ served: { tenant }, actor }: ServiceContext, input: { ref: string }): Promise<PanelSession> => {
    const { ref } = readRef(input.ref, tenant);
    const expiresAt = tenant.clock.now() + sessionMs;
    const token = await newSession(tenant.log.keys, { role: actor.role, keyId: actor.keyId, ref, expiresAt });
    return { token, expiresAt: iso(expiresAt), stream: `/v1/context/${encodeURIComponent(ref)}/stream` };
  },
);
