import { createTransport } from "nodemailer";
import type { MailChannel } from "../../../config/alerts.ts";
import { factsOf, headingOf, type Notice, type NoticeAlert, titleOf } from "../notice.ts";
import { type ChannelTools, failure, type SendNotice, type SendOutcome } from "./channel.ts";

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

export const mailSender =
  (tools: ChannelTools): SendNotice =>
  async ({ channels: { mail } }, notice) => {
    if (!mail) return failure("channels.mail is not configured.");
    const transport = createTransport(await transportOptions(mail, tools));
    try {
      const { accepted, rejected } = await transport.sendMail({ from: mail.from, to: mail.to, ...mailOf(notice) });
      if (accepted.length === 0) return failure(`The mail server refused all ${rejected.length} recipients.`);
      const remainder = rejected.length > 0 ? `; ${rejected.length} recipients were refused` : "";
      return { isSent: true, answer: `accepted for ${accepted.length} recipients${remainder}` };
    } catch (error) {
      return mailFailure(error);
    } finally {
      transport.close();
    }
  };

async function transportOptions({ host, port, tls, user, password, ca }: MailChannel, { secret }: ChannelTools) {
  return {
    ...timeouts,
    ...{ host, port, secure: tls === "implicit", requireTLS: tls === "starttls", ignoreTLS: tls === "none" },
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: (await secret(password)).trim() } }),
    tls: { minVersion: "TLSv1.2" as const, ...(ca === undefined ? {} : { ca: await secret(ca) }) },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Codes of nodemailer and of the network. The text of a server is not shown: it may name a person. */
const reasons: Record<string, string> = {
  EAUTH: "The mail server refused the user or the password.",
  ETLS: "The mail server offers no TLS, or its certificate is not trusted.",
  ESOCKET: "The connection to the mail server failed: no connection, or a certificate that is not trusted.",
  ECONNECTION: "The connection to the mail server failed.",
  ECONNREFUSED: "The mail server refuses the connection.",
  EDNS: "The name of the mail server cannot be resolved.",
  ETIMEDOUT: "The mail server did not answer in time.",
  EENVELOPE: "The mail server refused the sender or all recipients.",
  EMESSAGE: "The mail server refused the message.",
};

function mailFailure(error: unknown): SendOutcome {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const reason = typeof code === "string" && Object.hasOwn(reasons, code) ? reasons[code] : "The mail could not be sent.";
  const status = typeof responseCode === "number" ? ` (${responseCode})` : "";
  return failure(`${reason}${status} Check channels.mail.`);
}

/** Subject, text and HTML of a message. */
export function mailOf(notice: Notice): { subject: string; text: string; html: string; headers: Record<string, string> } {
  const { alerts, link, kind, key, tenant } = notice;
  const title = titleOf(notice);
  const closing = link === null ? [] : ["", `All alerts: ${link}`];
  const intro = kind === "test" ? ["If you read this, alerts arrive here."] : [];
  const text = [title, "", ...intro, ...alerts.flatMap((alert) => alertText(alert, notice)), ...closing, ""].join("\n");
  const body = alerts.map((alert) => alertHtml(alert, notice)).join("");
  const html = `<div style="font:14px/1.5 sans-serif;color:#1d2433;max-width:40rem"><h1 style="font-size:17px">${escapedText(title)}</h1>${intro.map((line) => `<p>${line}</p>`).join("")}${body}${link === null ? "" : `<p>${anchor(link, "All alerts")}</p>`}</div>`;
  // Mail programs show the messages of a group together.
  const thread = `<${key.replaceAll(/[^\w.-]/g, "-")}@sidelight>`;
  return {
    subject: `[Sidelight ${tenant}] ${title}`.replaceAll(/\s+/g, " ").slice(0, 200),
    text,
    html,
    headers: { "auto-submitted": "auto-generated", "x-auto-response-suppress": "All", references: thread },
  };
}

function alertText(alert: NoticeAlert, notice: Notice): string[] {
  const facts = factsOf(alert, notice.timeZone).map(([label, text]) => `  ${label}: ${text}`);
  const links = [...(alert.link ? [`  Console: ${alert.link}`] : []), ...(alert.runbook ? [`  Runbook: ${alert.runbook}`] : [])];
  return [headingOf(alert, notice), ...facts, ...links, ""];
}

function alertHtml(alert: NoticeAlert, notice: Notice): string {
  const facts = factsOf(alert, notice.timeZone).map(([label, text]) => `<tr>${cell("th", label)}${cell("td", text)}</tr>`);
  const links = [
    ...(alert.link ? [anchor(alert.link, "Open in the console")] : []),
    ...(alert.runbook ? [anchor(alert.runbook, "Runbook")] : []),
  ];
  return `<section style="border-left:4px solid ${colors[alert.severity]};padding-left:12px;margin:16px 0"><p style="margin:0">${escapedText(headingOf(alert, notice))}</p><table>${facts.join("")}</table>${links.length > 0 ? `<p style="margin:0">${links.join(" · ")}</p>` : ""}</section>`;
}

const colors = { critical: "#c72a1c", warning: "#b26a00", info: "#3a55a4" } as const;
const cell = (tag: "th" | "td", text: string): string =>
  `<${tag} style="text-align:left;vertical-align:top;padding:2px 12px 2px 0;font-weight:${tag === "th" ? 600 : 400}">${escapedText(text)}</${tag}>`;
const anchor = (url: string, label: string): string => `<a href="${escapedText(url)}">${label}</a>`;
const escapedText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
