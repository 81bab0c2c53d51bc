import { resolve } from "node:path";
import type { SidelightConfig } from "../../config/schema.ts";
import { fromAws, secretId } from "./aws.ts";
import { fromAzure, vaultName } from "./azure.ts";
import { cachedSecrets } from "./cachedSecrets.ts";
import { fromEnvironment, variableOf } from "./env.ts";
import { fromFile } from "./file.ts";
import { SecretError, type SecretProvider } from "./provider.ts";

export type SecretsConfig = SidelightConfig["secrets"];

/**
 * The provider of the configuration. Secrets of a cloud are cached. Values have no white space around them, wherever they come from.
 * @param directory the folder that relative paths start from
 * @param now ms by a clock that never steps
 */
export function secretProvider(
  config: SecretsConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
  now: () => number,
): SecretProvider {
  const provider = providerOf(config, directory, env, now);
  return {
    async get(name, options) {
      // Editors, shells and consoles add a line break. No platform gives out a secret that begins or ends with white space.
      const value = (await provider.get(name, options)).trim();
      if (value === "") throw new SecretError(`the secret ${name} is empty: it contains only white space`);
      return value;
    },
  };
}

function providerOf(config: SecretsConfig, directory: string, env: NodeJS.ProcessEnv, now: () => number): SecretProvider {
  switch (config.provider) {
    case "env":
      return fromEnvironment(env);
    case "file":
      return fromFile(resolve(directory, config.path));
    case "aws":
      return cachedSecrets(fromAws(config), now);
    case "azure":
      return cachedSecrets(fromAzure(config, env), now);
  }
}

/** The file of the provider `file`; null for the others. */
export const secretsFile = (config: SecretsConfig, directory: string): string | null =>
  config.provider === "file" ? resolve(directory, config.path) : null;

/** Describes where the operator puts the secret of this name. */
export function describeSecretLocation(config: SecretsConfig, name: string): string {
  switch (config.provider) {
    case "env":
      return `the environment of sidelight serve, as ${variableOf(name)}`;
    case "file":
      return `${config.path}, as ${name}`;
    case "aws":
      return `AWS Secrets Manager in ${config.region}, as the plain text of ${secretId(config, name)}`;
    case "azure":
      return `Azure Key Vault ${config.vault}, as ${vaultName(name)}`;
  }
}
