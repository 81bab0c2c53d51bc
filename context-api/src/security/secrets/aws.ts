import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SecretError } from "./provider.ts";

/** AWS Secrets Manager in one region. */
export interface AwsSecrets {
  region: string;
  /** Stands before every name: `sidelight/`. */
  prefix?: string | undefined;
  /** Another address of the service: a VPC endpoint, or a test's. */
  endpoint?: string | undefined;
}

export const secretId = ({ prefix = "" }: AwsSecrets, name: string): string => prefix + name;

/** What Secrets Manager says of the secret itself, or of us; everything else is an outage. */
const answers: Record<string, string> = {
  ResourceNotFoundException: "Secrets Manager has none of that name",
  AccessDeniedException: "Secrets Manager denies it: secretsmanager:GetSecretValue is needed",
  InvalidRequestException: "it is marked for deletion",
};

/**
 * Reads text secrets of AWS Secrets Manager (`GetSecretValue`), as whoever the environment says we are: the SDK's own chain of
 * environment, web identity, container and instance credentials. The SDK is loaded by those who use it only.
 */
export function fromAws(options: AwsSecrets): (name: string) => Promise<string> {
  let opened: Promise<SecretsManagerClient> | null = null;
  return async (name) => {
    opened ??= open(options);
    const value = await ask(await opened, secretId(options, name)).catch((error: unknown) => {
      throw refusal(name, error);
    });
    if (!value) throw new SecretError(`the secret ${name} is empty, or no text, in Secrets Manager`);
    return value;
  };
}

async function open({ region, endpoint }: AwsSecrets): Promise<SecretsManagerClient> {
  const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  return new SecretsManagerClient({ region, maxAttempts: 2, ...(endpoint ? { endpoint } : {}) });
}

async function ask(client: SecretsManagerClient, SecretId: string): Promise<string | undefined> {
  const { GetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
  return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
}

/** The SDK's error has a name, and a message that may quote anything: only the name is repeated. */
function refusal(name: string, error: unknown): SecretError {
  const code = error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : "an unknown error";
  const answer = Object.hasOwn(answers, code) ? answers[code] : undefined;
  if (answer) return new SecretError(`the secret ${name} is not to be had: ${answer}`);
  return new SecretError(`the secret ${name} is not to be had: Secrets Manager failed (${code})`, { isOutage: true });
}
