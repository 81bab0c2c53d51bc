import { Hono } from "hono";
import { html } from "hono/html";
import type { Notification, Operations } from "../../simulators/operations/index.ts";
import type { PagerDutyEvent } from "../../simulators/operations/pagerDutyEvent.ts";

const labels = { slack: "Slack", pagerDuty: "PagerDuty", mail: "Mail" } as const;

/** What arrived of Sidelight's alerts: the messages as their channels show them. */
export function notificationPages({ list }: Pick<Operations, "list">): Hono {
  const app = new Hono();
  app.get("/", (c) => {
    const notifications = list().toReversed();
    return c.html(html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta http-equiv="refresh" content="5" />
          <title>Alerts that arrived · Sidelight lab</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/home.css" />
          <link rel="stylesheet" href="/notifications.css" />
        </head>
        <body>
          <main class="narrow">
            <h1>Alerts that arrived</h1>
            <p>
              The team that operates Sidelight reads alerts in Slack, at PagerDuty and by mail. Break a platform on the
              <a href="/">home page</a>, and wait a minute.
            </p>
            ${notifications.length === 0 ? html`<p class="quiet">Nothing has arrived yet.</p>` : ""}
            <ol class="notifications">${notifications.map(notificationItem)}</ol>
          </main>
        </body>
      </html>`);
  });
  return app;
}

const notificationItem = (notification: Notification) => html`<li class="${notification.channel}">
  <p class="quiet">${labels[notification.channel]} · ${notification.tenant} · <time>${notification.at.slice(0, 19)}Z</time></p>
  ${contentOf(notification)}
</li>`;

function contentOf({ body, title }: Notification) {
  if ("html" in body) return html`<h2>${body.subject}</h2><pre>${body.text.split("\n").slice(2).join("\n").trim()}</pre>`;
  if ("event_action" in body) {
    return html`<h2>${body.event_action}: ${title}</h2><pre>${detailsOf(body)}</pre>`;
  }
  const texts = (body.blocks ?? []).flatMap((block) => ("text" in block && block.text ? [block.text.text] : []));
  return html`<h2>${plain(texts[0] ?? title)}</h2>${texts.slice(1).map((text) => html`<pre>${plain(text)}</pre>`)}`;
}

function detailsOf(event: PagerDutyEvent): string {
  if (event.event_action !== "trigger") return "";
  const { severity, component, source } = event.payload;
  const links = (event.links ?? []).map(({ href, text }) => `${text}: ${href}`);
  return [`Severity: ${severity}`, `Source: ${source}`, ...(component ? [`Component: ${component}`] : []), ...links].join("\n");
}

/** Text in Slack's markup without it: links as their label. */
const plain = (text: string): string =>
  text
    .replaceAll(/<([^|>]+)\|([^>]+)>/g, "$2: $1")
    .replaceAll(/:(red|large_orange|large_blue)_circle: |:white_check_mark: |[*`]/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
