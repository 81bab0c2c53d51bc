import type { TenantVersion } from "../../config/versions.ts";
import type { CommandContext } from "../environment.ts";
import { type ConfigOptions, loadFiles } from "./files.ts";

/** `sidelight config check`: prints a line for each tenant of a correct configuration. Opens no store and reads no secret. */
export async function check(options: ConfigOptions, context: CommandContext): Promise<number> {
  const { tenants } = await loadFiles(options, context);
  process.stdout.write([...tenants].map(([name, version]) => `${name}  ${summary(version)}\n`).join(""));
  return 0;
}

function summary({ version, config }: TenantVersion): string {
  const routes = config.routing.routes.filter((route) => route.enabled);
  return `${version}  ${count(config.connections.length, "connection")}  ${count(routes.length, "route")}`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
