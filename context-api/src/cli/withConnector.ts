import type { Connector, Platform } from "@sidelight/platform-kit/platform.ts";
import type { TenantConfig } from "../config/schema.ts";
import { openDetachedConnections } from "../connections/connections.ts";
import type { SecretProvider } from "../security/secrets/provider.ts";
import { CommandError } from "./errors.ts";

interface DetachedConnection {
  config: TenantConfig;
  tenant: string;
  id: string;
  platform: Platform;
  secrets: SecretProvider;
}

/** Opens one connection without a store, and closes it afterwards. @throws {PlatformError} what `use` throws */
export async function withConnector<T>(
  { config, tenant, id, platform, secrets }: DetachedConnection,
  use: (connector: Connector) => Promise<T>,
): Promise<T> {
  const [connection] = openDetachedConnections({
    tenant,
    config: { ...config, connections: config.connections.filter((c) => c.id === id) },
    platforms: new Map([[platform.name, platform]]),
    secrets,
  });
  if (!connection) throw new CommandError(`The connection ${id} could not be opened. Run sidelight config check.`);
  try {
    return await use(connection.connector);
  } finally {
    await connection.connector.close();
  }
}
