import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SecretError } from "./provider.ts";

/** AWS Secrets Manager in one region. */
export interface AwsSecrets {
  region: string;
  /** Prefix of every name: `sidelight/`. */
  prefix?: string | undefined;
  /** URL of the service, for a VPC endpoint. */
  endpoint?: string | undefined;
}

export const secretId = ({ prefix = "" }: AwsSecrets, name: string): string => prefix + name;

/** Errors that concern the secret or our permission. Any other error is an outage. */
const permanentErrors: Record<string, string> = {
  ResourceNotFoundException: "Secrets Manager has none of that name",
  AccessDeniedException: "Secrets Manager denies it: grant secretsmanager:GetSecretValue",
  InvalidRequestException: "it is marked for deletion",
};

/**
 * Reads text secrets from AWS Secrets Manager (`GetSecretValue`). The credentials come from the SDK's chain: environment, web
 * identity, container, instance. The SDK is loaded on first use.
 */
export function fromAws(options: AwsSecrets): (name: string) => Promise<string> {
  let client: Promise<SecretsManagerClient> | null = null;
  return async (name) => {
    client ??= open(options);
    const value = await getSecretValue(await client, secretId(options, name)).catch((error: unknown) => {
      throw refusal(name, error);
    });
    if (!value) throw new SecretError(`the secret ${name} is empty or has no text in Secrets Manager`);
    return value;
  };
}

async function open({ region, endpoint }: AwsSecrets): Promise<SecretsManagerClient> {
  const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  return new SecretsManagerClient({ region, maxAttempts: 2, ...(endpoint ? { endpoint } : {}) });
}

async function getSecretValue(client: SecretsManagerClient, id: string): Promise<string | undefined> {
  const { GetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
  return (await client.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;
}

/** The message of an SDK error may quote anything: only its name is safe to show. */
function refusal(name: string, error: unknown): SecretError {
  const code = error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : "an unknown error";
  const reason = Object.hasOwn(permanentErrors, code) ? permanentErrors[code] : undefined;
  if (reason) return new SecretError(`the secret ${name} is not available: ${reason}`);
  return new SecretError(`the secret ${name} is not available: Secrets Manager failed (${code})`, { isOutage: true });
}
