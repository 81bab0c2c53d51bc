import { routesOfVersion } from "../../routing/activeRoutes.ts";
import type { ActiveRoutes } from "../../routing/routes.ts";
import type { ServedTenant } from "../servedTenant.ts";

/** The routes in use; those of the active configuration while another process routes. */
export const activeRoutesOf = ({ tenant: { config, configVersion, connections }, routing }: ServedTenant): ActiveRoutes =>
  routing?.activeRoutes() ?? routesOfVersion(configVersion, config, connections);
