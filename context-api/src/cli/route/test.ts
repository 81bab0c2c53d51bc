import type { RouteTest } from "@sidelight/contracts/events/route.ts";
import { stringify } from "yaml";
import { routesOfVersion } from "../../routing/activeRoutes.ts";
import { ProblemError } from "../../services/problemError.ts";
import { trialsOf } from "../../services/routes/testRoutes.ts";
import { loadFiles, selectedTenants } from "../config/files.ts";
import type { CommandContext } from "../environment.ts";
import { CommandError, UsageError } from "../errors.ts";
import { openForCommand, requireTenant } from "../runtime.ts";

interface RouteTestOptions {
  ref?: string;
  event?: string;
  type?: string;
  tenant?: string;
  json?: boolean;
}

/**
 * `sidelight route test`: what each route of the files would send for a past event, or for an object as it is now, and why it would
 * send nothing. Sends and writes nothing; may run beside `serve`.
 */
export async function test(options: RouteTestOptions, context: CommandContext): Promise<number> {
  process.stdout.write(await routeTestText(options, context));
  return 0;
}

export async function routeTestText(options: RouteTestOptions, context: CommandContext): Promise<string> {
  if ((options.ref === undefined) === (options.event === undefined))
    throw new UsageError("Set either --ref, as in zendesk.ticket:5158, or --event, the id of an event.");
  const files = await loadFiles({}, context);
  const [name, second] = selectedTenants(files, options);
  const version = name === undefined ? undefined : files.tenants.get(name);
  if (name === undefined || version === undefined || second !== undefined)
    throw new UsageError("The configuration has several tenants. Add --tenant <tenant>.");
  const runtime = await openForCommand(context.env, await context.loadPlatforms());
  try {
    const servedTenant = requireTenant(runtime, name);
    const active = routesOfVersion(version.version, version.config, servedTenant.tenant.connections);
    const items = await trialsOf(servedTenant, active, options);
    if (options.json) return `${JSON.stringify({ version: version.version, items })}\n`;
    return items.length === 0 ? "No route takes such an event.\n" : items.map(text).join("");
  } catch (error) {
    throw error instanceof ProblemError ? new CommandError(error.message) : error;
  } finally {
    await runtime.close();
  }
}

function text({ route, eventType, target, action, outcome, detail, payload }: RouteTest["items"][number]): string {
  const head = `${route}  ${eventType}${target === null ? "" : `  → ${target} ${action}`}`;
  if (outcome !== "would_deliver") return `${head}\n  ${outcome}${detail === null ? "" : `: ${detail}`}\n`;
  return `${head}\n  would deliver:\n${indentLines(stringify(payload), 4)}`;
}

const indentLines = (lines: string, spaces: number): string => lines.replace(/^(?=.)/gm, " ".repeat(spaces));
