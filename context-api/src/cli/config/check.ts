import type { TenantVersion } from "../../config/versions.ts";
import { type ConfigArguments, loadFiles } from "./files.ts";

/** `sidelight config check`: a line for each tenant, where all is well. Opens no store and asks for no secret. */
export async function check(given: ConfigArguments): Promise<string> {
  const { tenants } = await loadFiles(given);
  return [...tenants].map(([name, version]) => `${name}  ${summary(version)}\n`).join("");
}

function summary({ version, config }: TenantVersion): string {
  const routes = config.routing.routes.filter((route) => route.enabled);
  return `${version}  ${count(config.connections.length, "connection")}  ${count(routes.length, "route")}`;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
