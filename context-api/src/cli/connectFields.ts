import { systemClock } from "@sidelight/model/clock.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connector, CreatedFields, Platform } from "@sidelight/platform-kit/platform.ts";
import { environmentOf } from "../config/environment.ts";
import { loadConfig } from "../config/load.ts";
import type { TenantConfig } from "../config/schema.ts";
import { secretProvider } from "../security/secrets/index.ts";
import { nextStep } from "./doctor.ts";
import { openConfiguration } from "./editedConfiguration.ts";
import { configFile } from "./environment.ts";
import { CommandError } from "./errors.ts";
import { confirm } from "./questions.ts";
import { withConnector } from "./withConnector.ts";

interface FieldOptions {
  tenant: string;
  id: string;
  /** True when the operator asked for the fields by an option. */
  isRequested: boolean;
  /** True when nothing is asked. */
  isConfirmed: boolean;
  terminal: { input: NodeJS.ReadStream; output: NodeJS.WriteStream };
  env: NodeJS.ProcessEnv;
}

const timeoutMs = 60_000;
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * The last step of `connect`: creates the fields of the account that the default routes fill, and names them in the configuration. A
 * field that exists is used. Without the option it is asked at a terminal, if the configuration names no fields yet.
 * @returns the exit code
 */
export async function setUpFields(platform: Platform, options: FieldOptions): Promise<number> {
  const { fields } = platform.setup;
  if (!fields) return 0;
  const { tenant, id, isRequested, isConfirmed, terminal, env } = options;
  const file = configFile(env);
  const { config, directory } = await loadConfig(file, environmentOf(env));
  const tenantConfig = config.tenants[tenant];
  if (!tenantConfig) throw new CommandError(`${file} has no tenant ${tenant}.`);
  if (!isRequested && (isConfirmed || isNamed(tenantConfig, fields.setting) || !terminal.input.isTTY)) return 0;
  if (!isRequested && !(await confirm(fields.prompt, terminal))) return 0;

  const secrets = secretProvider(config.secrets, directory, env, systemClock.monotonic);
  const result = await withConnector({ config: tenantConfig, tenant, id, platform, secrets }, createFields);
  if (result instanceof PlatformError) {
    print(`The fields were not created: ${result.message}`);
    print(`→ ${nextStep(result, tenant, id)}`);
    return 1;
  }
  if (result.created.length > 0) print(`Created in ${platform.label}: ${result.created.join(", ")}.`);
  if (result.found.length > 0) print(`Already in ${platform.label}: ${result.found.join(", ")}.`);
  await nameFields(file, options, fields.setting, result);
  if (!tenantConfig.routing.defaults)
    print(`Set tenants.${tenant}.routing.defaults to true: the default routes fill these fields.`);
  return 0;
}

async function createFields(connector: Connector): Promise<CreatedFields | PlatformError> {
  if (!connector.createFields) throw new CommandError("The connection cannot create fields.");
  try {
    return await connector.createFields({ priority: "interactive", signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    if (error instanceof PlatformError) return error;
    throw error;
  }
}

async function nameFields(file: string, { tenant, env }: FieldOptions, setting: string, { value }: CreatedFields): Promise<void> {
  const configuration = await openConfiguration(file, environmentOf(env));
  const texts = configuration.editTenant(tenant, ["routing", "settings", setting], value);
  await loadConfig(file, environmentOf(env), texts);
  const difference = configuration.difference(texts);
  print(difference === "" ? "The configuration names them already." : difference);
  await configuration.write(texts);
}

/** Whether the configuration names any field. */
function isNamed({ routing }: TenantConfig, setting: string): boolean {
  const value = (routing.settings as Record<string, unknown>)[setting];
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
