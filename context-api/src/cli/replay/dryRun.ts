import { environmentOf } from "../../config/environment.ts";
import type { TenantVersion } from "../../config/versions.ts";
import { routesOfVersion } from "../../routing/activeRoutes.ts";
import { createCustomerDataSource } from "../../routing/customerDataSource.ts";
import { type Difference, type DryRun, dryRun } from "../../routing/dryRun.ts";
import type { ActiveRoutes } from "../../routing/routes.ts";
import { loadChecked } from "../../runtime/checkConfig.ts";
import type { ServedTenant } from "../../services/servedTenant.ts";
import { listVersions, storedVersion } from "../../store/tables/configVersions.ts";
import { type CommandContext, configFile } from "../environment.ts";
import { CommandError } from "../errors.ts";
import { openForCommand, requireTenant } from "../runtime.ts";
import { parseSince } from "../since.ts";

export interface DryRunArguments {
  context: CommandContext;
  /** Null for all tenants. */
  tenant: string | null;
  /** `30m`, `12h`, `7d` or an RFC 3339 time. */
  since: string;
  /** True includes the history that backfills imported, as if it had just happened. */
  hasHistory?: boolean;
  isJson: boolean;
}

/** Compares the routing rules of the files with the active ones on past events. Sends nothing; may run beside `serve`. */
export async function dryRunReplay({ context, tenant, since, hasHistory = false, isJson }: DryRunArguments): Promise<string> {
  const { env } = context;
  const from = parseSince(since, Date.now());
  const platforms = await context.loadPlatforms();
  const files = await loadChecked(configFile(env), environmentOf(env), platforms);
  const runtime = await openForCommand(env, platforms);
  try {
    const names = tenant === null ? [...runtime.tenants.keys()] : [tenant];
    const reports: string[] = [];
    for (const name of names) {
      const servedTenant = requireTenant(runtime, name);
      const active = await activeVersion(servedTenant);
      const next = files.tenants.get(name);
      if (!next) throw new CommandError(`The configuration files have no tenant ${name}. Select another one with --tenant.`);
      const run = await dryRun(
        { log: servedTenant.tenant.log, customerData: createCustomerDataSource(servedTenant.tenant, servedTenant.contexts) },
        { since: from, hasHistory },
        routesOf(active, servedTenant),
        routesOf(next, servedTenant),
      );
      reports.push(
        isJson
          ? `${JSON.stringify({ tenant: name, before: active.version, after: next.version, ...run })}\n`
          : text(name, active, next, run),
      );
    }
    return reports.join("");
  } finally {
    await runtime.close();
  }
}

async function activeVersion({ tenant }: ServedTenant): Promise<TenantVersion> {
  const { store } = tenant.log;
  const [newest] = await listVersions(store, { limit: 1 });
  const version = newest && (await storedVersion(store, newest.version));
  if (!version) throw new CommandError("No configuration was active yet. Start sidelight serve first.");
  return version;
}

const routesOf = ({ version, config }: TenantVersion, { tenant }: ServedTenant): ActiveRoutes =>
  routesOfVersion(version, config, tenant.connections);

const maxExamples = 5;
const marks = { added: "+", removed: "-", changed: "~" };

function text(name: string, active: TenantVersion, next: TenantVersion, { events, same, differences }: DryRun): string {
  const head = `${name}  ${active.version} → ${next.version}  ${events} events, ${same} deliveries the same\n`;
  if (differences.length === 0) return `${head}  no difference\n`;
  const byRoute = Map.groupBy(differences, ({ route, what }) => (route === null ? what : `${route} → ${what}`));
  return head + [...byRoute].map(([route, routeDifferences]) => section(route, routeDifferences)).join("");
}

function section(route: string, differences: Difference[]): string {
  const counts = Object.keys(marks).flatMap((kind) => {
    const count = differences.filter((d) => d.kind === kind).length;
    return count > 0 ? [`${count} ${kind}`] : [];
  });
  const examples = differences
    .slice(0, maxExamples)
    .map(
      ({ event, kind, fields }) =>
        `    ${marks[kind]} ${event.id}  ${new Date(event.at).toISOString()}  ${event.type}${fields.length > 0 ? `  ${fields.join(", ")}` : ""}\n`,
    );
  const remainder = differences.length - examples.length;
  return `  ${route}: ${counts.join(", ")}\n${examples.join("")}${remainder > 0 ? `    and ${remainder} more\n` : ""}`;
}
