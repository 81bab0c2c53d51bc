import type { ConnectionCost, CostReport, Costs } from "@sidelight/contracts/costs/costs.ts";
import { html } from "hono/html";
import { reportStyle } from "../reportStyle.ts";

const number = new Intl.NumberFormat("en");
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const money = (amount: number, currency: string): string =>
  new Intl.NumberFormat("en", { style: "currency", currency }).format(amount);

const stateTexts = {
  within: "within the budget",
  will_exceed: "the forecast is above the budget",
  exceeded: "above the budget",
  no_budget: "no budget",
} as const;

/** The monthly report as a page without scripts and without other files, so that it can be sent by mail. */
export async function reportPage({ current, previous }: CostReport): Promise<string> {
  const { tenant, month, asOf, to } = current;
  const isComplete = asOf >= to;
  const page = await html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Costs of ${tenant}, ${month}</title><link rel="icon" href="data:,"><style>${reportStyle}</style></head>
<body>
<h1>Costs of ${tenant}</h1>
<p>${month}, months of ${current.timeZone}${isComplete ? "" : `, as of ${asOf.slice(0, 10)}`}. ${sinceText(current)}</p>
${current.totals.length === 0 ? html`<p>The configuration has no prices (<code>costs</code>), so there are counts only.</p>` : totals(current, isComplete)}
<h2>Connections</h2>
${connectionTable(current, previous, isComplete)}
<h2>What used most</h2>
${operationTable(current)}
<h2>Saved</h2>
${savings(current)}
</body></html>`;
  return page.toString();
}

const sinceText = ({ since, from }: Costs): string => {
  if (since === null) return "Nothing was counted yet.";
  return since > from ? `Counted since ${since.slice(0, 10)}.` : "";
};

const totals = ({ totals: list }: Costs, isComplete: boolean) =>
  html`${list.map(
    ({ currency, amount, forecast, budget, state }) => html`<p><span class="score">${money(amount, currency)}</span>
${isComplete ? "" : ` so far, about ${money(forecast, currency)} at the end of the month`}${
  budget === null ? "" : `, budget ${money(budget, currency)}: ${stateTexts[state]}`
}</p>`,
  )}`;

const connectionTable = (current: Costs, previous: Costs | null, isComplete: boolean) => html`<table>
<thead><tr><th>Connection</th><th class="number">Units</th><th class="number">Month before</th>${
  isComplete ? "" : html`<th class="number">Forecast</th>`
}<th class="number">In the plan</th><th class="number">Amount</th></tr></thead>
<tbody>${current.connections.map((connection) => {
  const previousMonth = previous?.connections.find((candidate) => candidate.connection === connection.connection);
  return html`<tr><td>${connection.connection}${connection.plan === null ? "" : ` (${connection.plan})`}</td>
<td class="number">${units(connection)}</td><td class="number">${previousMonth ? number.format(previousMonth.units) : "–"}</td>
${isComplete ? "" : html`<td class="number">${number.format(connection.forecastUnits)}</td>`}
<td class="number">${connection.included === null ? "–" : number.format(connection.included)}</td>
<td class="number">${connection.amount === null ? "–" : money(connection.amount.total, connection.amount.currency)}</td></tr>`;
})}</tbody></table>`;

const units = ({ units: count, unit }: ConnectionCost): string => `${number.format(count)} ${unit}${count === 1 ? "" : "s"}`;

const maxOperations = 15;

function operationTable({ operations, connections }: Costs) {
  if (operations.length === 0) return html`<p>Nothing.</p>`;
  const currencyOf = (id: string) => connections.find(({ connection }) => connection === id)?.amount?.currency;
  return html`<table>
<thead><tr><th>Connection</th><th>Operation</th><th class="number">Calls</th><th class="number">Events</th><th class="number">Part</th><th class="number">Amount</th></tr></thead>
<tbody>${operations.slice(0, maxOperations).map(({ connection, operation, calls, events, share, amount }) => {
    const currency = currencyOf(connection);
    return html`<tr><td>${connection}</td><td><code>${operation}</code></td><td class="number">${number.format(calls)}</td>
<td class="number">${number.format(events)}</td><td class="number">${percent.format(share)}</td>
<td class="number">${amount === null || currency === undefined ? "–" : money(amount, currency)}</td></tr>`;
  })}</tbody></table>`;
}

const savings = ({ savings: { cache, batching } }: Costs) => html`<ul>
<li>${number.format(cache.withoutCall)} of ${number.format(cache.answers)} answers needed no call to a platform. Each would have needed one to every connection: ${number.format(cache.callsSaved)} calls. The calls of pulls and webhooks, which keep the store current, are not deducted.</li>
${batching
  .filter(({ callsSaved }) => callsSaved > 0)
  .map(
    ({ connection, action, deliveries, batches }) =>
      html`<li>${number.format(deliveries)} deliveries of <code>${action}</code> to ${connection} went out in ${number.format(batches)} batches.</li>`,
  )}</ul>`;
