import type { QualityReport } from "@sidelight/contracts/quality/quality.ts";
import { html } from "hono/html";
import { reportStyle } from "../reportStyle.ts";

const number = new Intl.NumberFormat("en");
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const day = (instant: string): string => instant.slice(0, 10);

/** The weekly report as a page without scripts and without other files, so that it can be sent by mail. */
export async function reportPage(tenant: string, report: QualityReport): Promise<string> {
  const { from, to, score, previousScore, better, worse, problems } = report;
  const period = from === null ? `measured on ${day(to)}` : `${day(from)} to ${day(to)}`;
  const scoreText = score === null ? "No score" : `${score} of 100`;
  const page = await html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Data quality of ${tenant}, ${period}</title><link rel="icon" href="data:,"><style>${reportStyle}</style></head>
<body>
<h1>Data quality of ${tenant}</h1>
<p>${period}</p>
<p><span class="score">${scoreText}</span>${previousScore === null ? "" : ` ${previousScore} a week before`}</p>
<h2>Better</h2>
${changeList(better, from)}
<h2>Worse</h2>
${changeList(worse, from)}
<h2>Problems</h2>
${problems.length === 0 ? html`<p>None was found.</p>` : problemTable(problems)}
</body></html>`;
  return page.toString();
}

function changeList(changes: QualityReport["better"], from: string | null) {
  if (from === null) return html`<p>There is no earlier measurement yet. The first comparison follows a week after it.</p>`;
  if (changes.length === 0) return html`<p>Nothing.</p>`;
  return html`<ul>${changes.map(({ text }) => html`<li>${text}</li>`)}</ul>`;
}

const problemTable = (problems: QualityReport["problems"]) => html`<table>
<thead><tr><th>Where</th><th class="number">Records</th><th class="number">Part</th><th>What to do, and examples</th></tr></thead>
<tbody>${problems.map(
  ({ connection, object, field, count, share, nextAction, examples }) => html`<tr>
<td>${[connection ?? "all platforms", object, field].filter((text) => text !== null).join(" · ")}</td>
<td class="number">${number.format(count)}</td><td class="number">${percent.format(share)}</td>
<td>${nextAction}${examples.length === 0 ? "" : html`<br><code>${examples.join(" ")}</code>`}</td></tr>`,
)}</tbody></table>`;
