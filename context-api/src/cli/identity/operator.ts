import { localOperator } from "../../services/actor.ts";
import { auditedTenant } from "../../services/audit.ts";
import type { ServiceContext } from "../../services/service.ts";
import { lockStoreAt, storeLocation } from "../../store/location.ts";
import { StoreInUseError } from "../../store/lock.ts";
import { commandAudit } from "../commandAudit.ts";
import { dataDirectory } from "../environment.ts";
import { CommandError, UsageError } from "../errors.ts";
import { openForCommand, requireTenant } from "../runtime.ts";

/**
 * Works in a store that no process serves.
 * @throws {UsageError} without a tenant
 * @throws {CommandError} when a process serves the store
 */
export async function inStore<T>(
  env: NodeJS.ProcessEnv,
  tenant: string | undefined,
  work: (context: ServiceContext) => Promise<T>,
): Promise<T> {
  if (tenant === undefined) throw new UsageError("Name the tenant with --tenant, or the API that serves the store with --url.");
  const lock = await lockStoreAt(storeLocation(env, dataDirectory(env)), dataDirectory(env)).catch((error: unknown) => {
    if (!(error instanceof StoreInUseError)) throw error;
    throw new CommandError("The store is served. Name the API with --url, and its key in SIDELIGHT_API_KEY.");
  });
  try {
    const runtime = await openForCommand(env);
    try {
      const servedTenant = requireTenant(runtime, tenant);
      const audit = commandAudit(env, auditedTenant(servedTenant.tenant.log));
      return await work({ served: servedTenant, actor: localOperator(tenant), audit });
    } finally {
      await runtime.close();
    }
  } finally {
    lock.release();
  }
}

/** Sends a request to the API of a running process. The answer is JSON. */
export type SendToApi = (path: string, body?: object) => Promise<unknown>;

/** @throws {UsageError} without a key */
export function apiAt(url: string, env: NodeJS.ProcessEnv): SendToApi {
  const key = env["SIDELIGHT_API_KEY"];
  if (!key) throw new UsageError("Set SIDELIGHT_API_KEY to a key of the tenant with the right identify.");
  return async (path, body) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const request = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(new URL(path, url), request);
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    const detail = (answer as { detail?: unknown } | null)?.detail;
    throw new CommandError(
      `The API answered ${response.status}: ${typeof detail === "string" ? detail : "check the address and the key."}`,
    );
  };
}
