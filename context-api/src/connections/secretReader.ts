import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { TenantConfig } from "../config/schema.ts";
import { SecretError, type SecretProvider } from "../security/secrets/provider.ts";
import { connectionSecrets } from "./connectionSecrets.ts";

interface SecretReaderDeps {
  config: Pick<TenantConfig, "connections">;
  platforms: ReadonlyMap<string, Platform>;
  secrets: SecretProvider;
  /** Epoch ms. */
  now(): number;
}

/** Reads every secret of a connection again, past the cache. Values are neither returned nor logged. */
export const createSecretReader =
  ({ config, platforms, secrets, now }: SecretReaderDeps) =>
  async (connection: string): Promise<{ secrets: string[]; problems: { secret: string; problem: string }[] }> => {
    const connectionConfig = config.connections.find(({ id }) => id === connection);
    const platform = connectionConfig && platforms.get(connectionConfig.platform);
    const namedSecrets = connectionConfig && platform ? connectionSecrets(connectionConfig, platform, now()) : [];
    const names = [...new Set(namedSecrets.map(({ name }) => name))];
    const problems = await Promise.all(
      names.map(async (secret) => {
        try {
          await secrets.get(secret, { fresh: true });
          return [];
        } catch (error) {
          const problem = error instanceof SecretError ? error.message : "the secret store failed";
          return [{ secret, problem }];
        }
      }),
    );
    return { secrets: names, problems: problems.flat() };
  };
