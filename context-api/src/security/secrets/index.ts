import { resolve } from "node:path";
import type { SidelightConfig } from "../../config/schema.ts";
import { fromAws, secretId } from "./aws.ts";
import { fromAzure, vaultName } from "./azure.ts";
import { kept } from "./cachedSecrets.ts";
import { fromEnvironment, variableOf } from "./env.ts";
import { fromFile } from "./file.ts";
import type { SecretProvider } from "./provider.ts";

export type SecretsConfig = SidelightConfig["secrets"];

/**
 * The provider that the configuration names.
 * @param directory where a relative path starts from
 * @param now epoch ms: what a cloud told is kept for a while
 */
export function secretProvider(
  config: SecretsConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
  now: () => number,
): SecretProvider {
  switch (config.provider) {
    case "env":
      return fromEnvironment(env);
    case "file":
      return fromFile(resolve(directory, config.path));
    case "aws":
      return kept(fromAws(config), now);
    case "azure":
      return kept(fromAzure(config, env), now);
  }
}

/** Where an operator puts the secret of this name, in words. */
export function placeOf(config: SecretsConfig, name: string): string {
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
