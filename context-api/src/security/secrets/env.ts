import { SecretError, type SecretProvider } from "./provider.ts";

/** `acme.zendesk.client-secret` → `SIDELIGHT_SECRET_ACME_ZENDESK_CLIENT_SECRET` */
export const variableOf = (name: string): string => `SIDELIGHT_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;

export function fromEnvironment(env: NodeJS.ProcessEnv): SecretProvider {
  return {
    async get(name) {
      const value = env[variableOf(name)];
      if (!value) throw new SecretError(`the secret ${name} is not set: set ${variableOf(name)} in the environment`);
      return value;
    },
  };
}
