import { AlertsConfig } from "@sidelight/context-api/config/alerts.ts";
import { createAlertChannels } from "@sidelight/context-api/services/alerts/channels/index.ts";
import { noticeOf } from "@sidelight/context-api/services/alerts/notice.ts";
import type { AlertsTable } from "@sidelight/context-api/store/schema.ts";
import type { ParsedMail } from "mailparser";
import { generate } from "selfsigned";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type MailServer, type MailServerOptions, startMailServer } from "../lab/simulators/operations/mailServer.ts";

const now = Date.parse("2026-11-30T12:00:00Z");
const alert: AlertsTable = {
  ...{ tenant: "acme", id: "alr_1", kind: "stream_failing", severity: "warning", connection: "zendesk", subject: "users" },
  ...{ message: 'The stream <users> fails: "Ä" & more.', cause: null, since: now - 60_000, count: 5, next_action: "Look at it." },
  ...{ reopenings: 0, opened_at: now, closed_at: null, acknowledged_at: null, acknowledged_by: null, muted_until: null },
};

let mails: ParsedMail[];
let servers: MailServer[];
beforeEach(() => {
  mails = [];
  servers = [];
});
afterEach(() => Promise.all(servers.map((server) => server.close())));

const serve = async (options: Partial<MailServerOptions> = {}): Promise<number> => {
  const server = await startMailServer({ onMail: (mail) => void mails.push(mail), ...options });
  servers.push(server);
  return server.port;
};

async function send(mail: object, secrets: Record<string, string> = {}) {
  const from = { from: "sidelight@acme.example", to: ["ops@acme.example", "more@acme.example"] };
  const config = AlertsConfig.parse({
    consoleUrl: "https://sidelight.example",
    channels: { mail: { host: "localhost", ...from, ...mail } },
  });
  const notice = noticeOf({
    ...{ kind: "opened", key: "group/1", tenant: "acme", timeZone: "UTC", config, alerts: [alert], now },
    labelOf: () => "Zendesk",
  });
  const channels = createAlertChannels({ secret: async (name) => secrets[name] ?? "", now: () => now });
  return await channels("mail", config, notice);
}

const certificate = () => generate([{ name: "commonName", value: "localhost" }], { algorithm: "sha256", keySize: 2048 });
const login = { user: "sidelight", password: "s3cret-pass" };

describe("a mail about an alert", () => {
  it("has a subject, a text and HTML that say the same, and no command of the alert's text", async () => {
    const port = await serve();
    expect(await send({ port, tls: "none" })).toEqual({ isSent: true, answer: "accepted for 2 recipients" });
    const [mail] = mails;
    expect(mail!.subject).toBe('[Sidelight acme] Warning: The stream <users> fails: "Ä" & more.');
    expect(mail!.headers.get("auto-submitted")).toBe("auto-generated");
    for (const part of ["Since: 2026-11-30 11:59 (UTC)", "Count: 5", "Next action: Look at it."])
      expect(mail!.text).toContain(part);
    expect(mail!.text).toContain("Runbook: https://sidelight.example/docs/runbooks/stream_failing");
    expect(mail!.html).toContain("The stream &lt;users&gt; fails");
    expect(mail!.html).toContain('<a href="https://sidelight.example/console#/alerts/alr_1">');
  });

  it("is sent over STARTTLS with a password, to a server whose certificate is trusted", async () => {
    const { private: key, cert } = await certificate();
    const port = await serve({ tls: { key, cert }, login });
    const mail = { port, user: login.user, password: "mail.password", ca: "mail.ca" };
    expect(await send(mail, { "mail.password": `${login.password}\n`, "mail.ca": cert })).toMatchObject({ isSent: true });
    expect(mails).toHaveLength(1);
  });

  it.each<[string, RegExp, () => Promise<Awaited<ReturnType<typeof send>>>]>([
    [
      "a certificate that is not trusted",
      /certificate/,
      async () => {
        const { private: key, cert } = await certificate();
        return await send(
          { port: await serve({ tls: { key, cert }, login }), user: login.user, password: "p" },
          { p: login.password },
        );
      },
    ],
    ["a server without TLS", /offers no TLS/, async () => await send({ port: await serve() })],
    [
      "a wrong password",
      /refused the user or the password/,
      async () => {
        const { private: key, cert } = await certificate();
        const port = await serve({ tls: { key, cert }, login });
        return await send({ port, user: login.user, password: "p", ca: "ca" }, { p: "wrong-s3cret", ca: cert });
      },
    ],
    [
      "a refused sender",
      /refused the sender/,
      async () => await send({ port: await serve({ refusal: () => 550 }), tls: "none" }),
    ],
    [
      "no server",
      /connection to the mail server failed|refuses the connection/,
      async () => await send({ port: 1, tls: "none" }),
    ],
  ])("fails with %s, says so, and shows no secret", async (_, problem, attempt) => {
    const outcome = await attempt();
    expect(outcome).toMatchObject({ isSent: false, problem: expect.stringMatching(problem) });
    expect(JSON.stringify(outcome)).not.toMatch(/s3cret/);
    expect(mails).toEqual([]);
  });

  it("is refused by the configuration when a password would be sent without TLS", () => {
    const mail = { host: "localhost", tls: "none", user: "u", password: "p", from: "a@b.example", to: ["c@d.example"] };
    expect(AlertsConfig.safeParse({ channels: { mail } }).error?.issues[0]?.message).toMatch(/not sent without TLS/);
  });
});
