import { factsOf, headingOf, type Notice, type NoticeAlert, timeText, titleOf } from "../notice.ts";
import { type ChannelTools, failure, type SendNotice, type SendOutcome } from "./channel.ts";
import { postJson } from "./post.ts";

// Incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks

/** Of 50 that a message may have; an alert needs two. */
const maxAlerts = 15;
/** A section's text may have 3,000 characters, with links. */
const maxText = 2_400;
/** Of one line, so that the next ones are not cut off. */
const maxFact = 900;

/** Words of Slack's answers and what they mean. Other answers are not shownAlerts: they may be from a proxy. */
const refusals: Record<string, string> = {
  invalid_token: "The webhook was revoked.",
  no_active_hooks: "The webhook is disabled.",
  no_service: "The webhook was removed or its URL is wrong.",
  no_service_id: "The URL of the webhook is incomplete.",
  no_team: "The workspace of the webhook does not exist.",
  team_disabled: "The workspace is disabled.",
  channel_not_found: "The channel of the webhook was deleted.",
  channel_is_archived: "The channel of the webhook is archived.",
  action_prohibited: "An administrator of the workspace does not allow the webhook.",
  posting_to_general_channel_denied: "Only administrators may post to this channel.",
  invalid_payload: "Slack did not accept the form of the message.",
  invalid_blocks: "Slack did not accept the form of the message.",
  no_text: "Slack did not accept the form of the message.",
};

export const slackSender =
  (tools: ChannelTools): SendNotice =>
  async ({ channels: { slack, allowPrivate } }, notice) => {
    if (!slack) return failure("channels.slack is not configured.");
    const url = (await tools.secret(slack.webhook)).trim();
    return await postJson({ service: "Slack", url, body: slackMessage(notice), allowPrivate }, tools, outcomeOf);
  };

function outcomeOf(status: number, text: string): SendOutcome {
  if (status === 200) return { isSent: true, answer: "ok" };
  const word = text.trim();
  const reason = Object.hasOwn(refusals, word) ? `${refusals[word]} (${word})` : "";
  return failure(`Slack refused the message (${status}). ${reason} Check the secret with the webhook.`.replaceAll("  ", " "));
}

/** The body of a message in Block Kit, with a text for notifications. */
export function slackMessage(notice: Notice): object {
  const { kind, alerts, tenant, at, timeZone, link } = notice;
  const shownAlerts = alerts.slice(0, maxAlerts);
  const hiddenCount = alerts.length - shownAlerts.length;
  const context = [
    `Sidelight · ${tenant} · ${timeText(at, timeZone)}`,
    ...(hiddenCount > 0 ? [`${hiddenCount} more alerts`] : []),
  ];
  return {
    text: clippedText(escapedText(`${icons[iconOf(notice)]} ${titleOf(notice)}`), maxText),
    blocks: [
      section(`${icons[iconOf(notice)]} *${clippedText(escapedText(titleOf(notice)), 1_500)}*`),
      ...(kind === "test" ? [section("If you read this, alerts arrive here.")] : []),
      ...shownAlerts.map((alert) => alertBlock(alert, notice)),
      { type: "context", elements: [{ type: "mrkdwn", text: escapedText(context.join(" · ")) + linkText(link, "All alerts") }] },
    ],
  };
}

const icons = {
  critical: ":red_circle:",
  warning: ":large_orange_circle:",
  info: ":large_blue_circle:",
  closed: ":white_check_mark:",
} as const;
const iconOf = ({ kind, severity }: Notice): keyof typeof icons =>
  kind === "closed" || kind === "ended" || kind === "test" ? "closed" : severity;

function alertBlock(alert: NoticeAlert, notice: Notice): object {
  const facts = factsOf(alert, notice.timeZone).map(([label, text]) => `*${label}:* ${clippedText(escapedText(text), maxFact)}`);
  const links = [linkText(alert.link, "Open in the console"), linkText(alert.runbook, "Runbook")].join("");
  const heading = clippedText(escapedText(headingOf(alert, notice)), maxFact);
  const text = clippedText([heading, ...facts].join("\n"), maxText);
  return section(links === "" ? text : `${text}\n${links.replace(/^ · /, "")}`);
}

const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
const linkText = (url: string | null, label: string): string => (url === null ? "" : ` · <${url}|${label}>`);

/** Slack reads these characters as control characters: links and mentions. */
const escapedText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Never cuts within an escaped character. */
const clippedText = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength).replace(/&[a-z]{0,3}$/, "")}…`;
