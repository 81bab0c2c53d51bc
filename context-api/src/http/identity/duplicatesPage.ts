import type {
  DuplicateGroup,
  DuplicatePair,
  DuplicateRecord,
  DuplicateReport,
  ResolvedDuplicates,
  ResolvedPair,
} from "@sidelight/contracts/identity/duplicates.ts";
import { html } from "hono/html";
import { reportStyle } from "../reportStyle.ts";

const number = new Intl.NumberFormat("en");
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const day = (instant: string): string => instant.slice(0, 10);

/** The weekly deduplication report as a page without scripts and without other files, so that it can be sent by mail. */
export async function duplicatesPage(tenant: string, report: DuplicateReport): Promise<string> {
  const { from, to, survivorRule, groups, resolved } = report;
  const page = await html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Duplicates of ${tenant}, ${day(from)} to ${day(to)}</title><link rel="icon" href="data:,"><style>${reportStyle}</style></head>
<body>
<h1>Duplicates of ${tenant}</h1>
<p>${day(from)} to ${day(to)}</p>
<p>Which record should stay: ${survivorRule} Merge the records on their platform. Sidelight changes nothing there.</p>
${groups.length === 0 ? html`<p>None was found.</p>` : groups.map(groupSection)}
${resolvedSection(resolved)}
</body></html>`;
  return page.toString();
}

const groupSection = ({ object, connection, joined, possible, pairs }: DuplicateGroup) => html`
<h2>${object} (${connection})</h2>
<p>${number.format(joined.count)} joined in Sidelight, ${number.format(joined.new)} of them new.
${number.format(possible.count)} possible, ${number.format(possible.new)} of them new.</p>
<table>
<thead><tr><th>Should stay</th><th>Duplicate</th><th>Why</th><th>Would move</th></tr></thead>
<tbody>${pairs.map(pairRow)}</tbody></table>
${pairs.length < joined.count + possible.count ? html`<p>The newest ${number.format(pairs.length)} are listed.</p>` : ""}`;

const pairRow = ({ survivor, duplicate, why, moves, reasons, confidence, state, isNew }: DuplicatePair) => html`<tr>
<td>${recordCell(survivor)}</td><td>${recordCell(duplicate)}</td>
<td>${isNew ? html`<strong>New.</strong> ` : ""}${state === "joined" ? "One customer" : `May be one customer (${percent.format(confidence)})`}:
${reasons.length === 0 ? "joined with the customer's other records" : reasons.map(({ text }) => text).join(", ")}.<br>${why}</td>
<td>${moves.length === 0 ? "Nothing" : moves.map(({ object, count }) => `${number.format(count)} ${object}`).join(", ")}</td></tr>`;

const typeWords: Record<ResolvedPair["type"], string> = { merged: "Merged", linked: "Linked", dismissed: "Kept apart" };

const resolvedSection = ({ merged, linked, dismissed, undone, pairs }: ResolvedDuplicates) => html`
<h2>Decided in this time</h2>
<p>${number.format(merged)} merged, ${number.format(linked)} linked, ${number.format(dismissed)} kept apart. ${number.format(undone)} of them no longer apply.</p>
${
  pairs.length === 0
    ? ""
    : html`<table><thead><tr><th>Decision</th><th>Records</th><th>By</th></tr></thead><tbody>${pairs.map(resolvedRow)}</tbody></table>`
}
${pairs.length < merged + linked + dismissed ? html`<p>The newest ${number.format(pairs.length)} are listed.</p>` : ""}`;

const resolvedRow = ({ type, at, by, records, undone }: ResolvedPair) => html`<tr>
<td>${typeWords[type]} on ${day(at)}${undone ? " (no longer applies)" : ""}</td>
<td>${records.map(({ ref, label }) => html`${label}<br><code>${ref}</code><br>`)}</td>
<td>${by === "model" ? "The model" : "A person"}</td></tr>`;

const recordCell = ({ label, ref, link }: DuplicateRecord) =>
  html`${link === null ? label : html`<a href="${link}">${label}</a>`}<br><code>${ref}</code>`;
