import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { environmentOf } from "../../config/environment.ts";
import { listVersions, storedVersion, type TenantVersion } from "../../config/versions.ts";
import type { ServedTenant } from "../../http/deps.ts";
import { routeKnowledge } from "../../routing/customerKnowledge.ts";
import { type Difference, type DryRun, dryRun } from "../../routing/dryRun.ts";
import { compileRoutes, type RoutesInUse } from "../../routing/routes.ts";
import { loadChecked } from "../../runtime/checkConfig.ts";
import { configFile, UsageError } from "../environment.ts";
import { openForCommand } from "../runtime.ts";

export interface DryRunArguments {
  env: NodeJS.ProcessEnv;
  platforms: readonly Platform[];
  tenant: string | null;
  /** `7d`, `12h`, or an instant of RFC 3339. */
  since: string;
  isJson: boolean;
}

/** What the files would have done with real past events, other than the configuration in use did. Runs beside `serve`. */
export async function replayDry({ env, platforms, tenant, since, isJson }: DryRunArguments): Promise<string> {
  const from = instantOf(since, Date.now());
  const files = await loadChecked(configFile(env), environmentOf(env), platforms);
  const runtime = await openForCommand(env, platforms);
  try {
    const names = tenant === null ? [...runtime.tenants.keys()] : [tenant];
    const told: string[] = [];
    for (const name of names) {
      const served = runtime.tenants.get(name);
      if (!served) throw new UsageError(`the configuration has no tenant ${name}`);
      const before = await inUse(served);
      const after = files.tenants.get(name)!;
      const { tenant: own, contexts } = served;
      const run = await dryRun(
        { log: own.log, knowledge: routeKnowledge(own, contexts) },
        from,
        routesOf(before, served),
        routesOf(after, served),
      );
      told.push(
        isJson
          ? `${JSON.stringify({ tenant: name, before: before.version, after: after.version, ...run })}\n`
          : text(name, before, after, run),
      );
    }
    return told.join("");
  } finally {
    await runtime.close();
  }
}

async function inUse({ tenant }: ServedTenant): Promise<TenantVersion> {
  const { store } = tenant.log;
  const [last] = await listVersions(store, { limit: 1 });
  const version = last && (await storedVersion(store, last.version));
  if (!version) throw new UsageError("no configuration was put to use yet: sidelight serve does that");
  return version;
}

function routesOf({ version, config }: TenantVersion, { tenant }: ServedTenant): RoutesInUse {
  const { routes } = compileRoutes(config.routing, tenant.connections);
  return { routes, settings: config.routing.settings, version };
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws {UsageError} */
function instantOf(since: string, now: number): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(since) ?? [];
  if (count && unit) return now - Number(count) * units[unit as keyof typeof units];
  const at = Date.parse(since);
  if (Number.isNaN(at)) throw new UsageError(`--since takes 7d, 12h, 30m or an instant, not ${since}`);
  return at;
}

const mostExamples = 5;
const marks = { more: "+", fewer: "-", other: "~" };

function text(name: string, before: TenantVersion, after: TenantVersion, { events, same, differences }: DryRun): string {
  const head = `${name}  ${before.version} → ${after.version}  ${events} events, ${same} deliveries the same\n`;
  if (differences.length === 0) return `${head}  nothing would have been done otherwise\n`;
  const byRoute = Map.groupBy(differences, ({ route, what }) => (route === null ? what : `${route} → ${what}`));
  return head + [...byRoute].map(([route, own]) => section(route, own)).join("");
}

function section(route: string, differences: Difference[]): string {
  const counts = Object.keys(marks).flatMap((kind) => {
    const count = differences.filter((d) => d.kind === kind).length;
    return count > 0 ? [`${count} ${kind}`] : [];
  });
  const examples = differences
    .slice(0, mostExamples)
    .map(
      ({ event, kind, fields }) =>
        `    ${marks[kind]} ${event.id}  ${new Date(event.at).toISOString()}  ${event.type}${fields.length > 0 ? `  ${fields.join(", ")}` : ""}\n`,
    );
  const rest = differences.length - examples.length;
  return `  ${route}: ${counts.join(", ")}\n${examples.join("")}${rest > 0 ? `    and ${rest} more\n` : ""}`;
}
