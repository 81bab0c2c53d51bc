import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connection } from "../../connections/connections.ts";
import type { Finding } from "./finding.ts";

/** Whether people can sign in to the panel of a connection: their platform's keys can be read. Nothing when the sign-in is not set up. */
export async function signInFindings(tenant: string, { id, platform, connector }: Connection): Promise<Finding[]> {
  if (!connector.signIn) return [];
  const subject = `${tenant}: ${id}: sign-in of people at the panel`;
  const settings = `tenants.${tenant}.connections.${id}.settings.panel`;
  try {
    const keys = await connector.signIn.keys({ isFresh: true });
    if (keys.length > 0)
      return [{ ok: true, what: `${subject}: ${keys.length} ${keys.length === 1 ? "key" : "keys"} of ${platform.label}` }];
    return [{ ok: false, what: `${subject}: there is no key`, next: `check ${settings}` }];
  } catch (error) {
    const message = error instanceof PlatformError ? error.message : "failed with an unexpected error";
    const next = `check ${settings}, and that the app is installed in ${platform.label}`;
    return [{ ok: false, what: `${subject}: ${message}`, next }];
  }
}
