import { writeFile } from "node:fs/promises";
import { type DuplicatePair, DuplicateReport, type ResolvedDuplicates } from "@sidelight/contracts/identity/duplicates.ts";
import { duplicatesPage } from "../../http/identity/duplicatesPage.ts";
import { getDuplicates } from "../../services/identity/getDuplicates.ts";
import type { CommandContext } from "../environment.ts";
import { UsageError } from "../errors.ts";
import { apiAt, inStore } from "./operator.ts";

interface ReportOptions {
  platform?: string;
  format?: string;
  out?: string;
  tenant?: string;
  url?: string;
}

/** `sidelight identity report`: records that a platform has twice, with the one that should stay. */
export async function report(
  { platform, format = "text", out, tenant, url }: ReportOptions,
  { env }: CommandContext,
): Promise<number> {
  if (format !== "text" && format !== "json" && format !== "html")
    throw new UsageError("Choose a format: --format text, json or html.");
  const duplicates =
    url === undefined
      ? await inStore(env, tenant, (context) => getDuplicates(context, { platform }))
      : await servedReport(url, platform, env);
  const content = await contentOf(duplicates, format, tenant ?? "the tenant");
  if (out === undefined) process.stdout.write(content);
  else await writeFile(out, content);
  return 0;
}

async function servedReport(url: string, platform: string | undefined, env: NodeJS.ProcessEnv): Promise<DuplicateReport> {
  const query = platform === undefined ? "" : `?platform=${encodeURIComponent(platform)}`;
  return DuplicateReport.parse(await apiAt(url, env)(`/v1/identity/report${query}`));
}

async function contentOf(duplicates: DuplicateReport, format: "text" | "json" | "html", tenant: string): Promise<string> {
  if (format === "json") return `${JSON.stringify(duplicates, null, 2)}\n`;
  return format === "html" ? await duplicatesPage(tenant, duplicates) : textOf(duplicates);
}

function textOf({ groups, survivorRule, from, to, resolved }: DuplicateReport): string {
  if (groups.length === 0) return `No duplicates were found.\n${resolvedText(resolved)}`;
  const parts = groups.map(({ object, connection, joined, possible, pairs }) =>
    [
      `${object} (${connection}): ${joined.count} joined, ${joined.new} new; ${possible.count} possible, ${possible.new} new`,
      ...pairs.map(pairLine),
    ].join("\n"),
  );
  return `${from.slice(0, 10)} to ${to.slice(0, 10)}. Which record should stay: ${survivorRule}\n\n${parts.join("\n\n")}\n\n${resolvedText(resolved)}`;
}

function resolvedText({ merged, linked, dismissed, undone, pairs }: ResolvedDuplicates): string {
  const lines = pairs.map(
    ({ type, at, by, records, undone: isUndone }) =>
      `  ${at.slice(0, 10)} ${type} by ${by === "model" ? "the model" : "a person"}${isUndone ? ", no longer applies" : ""}: ${records.map(({ ref }) => ref).join(", ")}`,
  );
  const counts = `Decided in this time: ${merged} merged, ${linked} linked, ${dismissed} dismissed; ${undone} of them no longer apply`;
  return `${[counts, ...lines].join("\n")}\n`;
}

function pairLine({ state, survivor, duplicate, why, moves, isNew }: DuplicatePair): string {
  const movedWords =
    moves.length === 0 ? "nothing moves" : `moves ${moves.map(({ object, count }) => `${count} ${object}`).join(", ")}`;
  return `  ${isNew ? "new " : ""}${state}  keep ${survivor.ref}, merge ${duplicate.ref}: ${why} ${movedWords}`;
}
