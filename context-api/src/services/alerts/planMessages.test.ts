import { describe, expect, it } from "vitest";
import { AlertsConfig } from "../../config/alerts.ts";
import type { AlertsTable } from "../../store/schema.ts";
import type { AlertIncidentRow } from "../../store/tables/alertMessages.ts";
import { groupingMs, type PlanInput, planMessages, resumeMs } from "./planMessages.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = 100 * hour;

const channels = {
  slack: { webhook: "slack" },
  pagerDuty: { routingKey: "pager" },
  mail: { host: "mail.example", from: "a@b.example", to: ["ops@b.example"] },
};
const configOf = (overrides: object = {}) => AlertsConfig.parse({ channels, ...overrides });

const alertOf = (change: Partial<AlertsTable> = {}): AlertsTable => ({
  ...{ tenant: "acme", kind: "circuit_open", severity: "critical", connection: "zendesk", subject: "read" },
  ...{ message: "Zendesk does not serve reads.", cause: null, since: null, count: 1, next_action: null, reopenings: 0 },
  ...{ opened_at: start, closed_at: null, acknowledged_at: null, acknowledged_by: null, muted_until: null },
  ...change,
  id: change.id ?? `alr_${change.kind ?? "circuit_open"}_${change.subject ?? "read"}`,
});

/** A channel, with what it was sent. Each step plans once and sends at once. */
function channelOf(channel: PlanInput["channel"], overrides: object = {}) {
  const config = configOf(overrides);
  let incidents: AlertIncidentRow[] = [];
  return {
    at(now: number, alerts: AlertsTable[]) {
      const plan = planMessages({ channel, config, alerts, incidents, waitingGroups: new Set(), now });
      const changes = new Set(plan.incidents.map(({ alert_group }) => alert_group));
      incidents = [...incidents.filter(({ alert_group }) => !changes.has(alert_group)), ...plan.incidents];
      return plan.messages.map(({ group, kind, dueAt }) => `${kind} ${group} +${dueAt - now}`);
    },
  };
}

describe("messages about alerts", () => {
  it("of one cause are one, after a wait in which its other alerts open, and one at the end", () => {
    const slack = channelOf("slack");
    const first = alertOf();
    const second = alertOf({ kind: "sign_in_failed", subject: "", opened_at: start + 60_000 });
    expect(slack.at(start, [first])).toEqual([`opened zendesk +${groupingMs}`]);
    expect(slack.at(start + minute, [first, second])).toEqual([]);
    expect(slack.at(start + 2 * minute, [{ ...first, closed_at: start + 2 * minute }, second])).toEqual([]);
    const endedState = [first, second].map((alert) => ({ ...alert, closed_at: start + 3 * minute }));
    expect(slack.at(start + 3 * minute, endedState)).toEqual(["closed zendesk +0"]);
    expect(slack.at(start + 4 * minute, endedState)).toEqual([]);
  });

  it("go where the severity is sent: critical not to mail, warnings not to Slack, info only into the digest", () => {
    const alerts = [
      alertOf(),
      alertOf({ kind: "records_missing", severity: "warning" }),
      alertOf({ kind: "field_new", severity: "info", subject: "a" }),
    ];
    expect(channelOf("slack").at(start, alerts)).toEqual([`opened zendesk +${groupingMs}`]);
    expect(channelOf("pagerDuty").at(start, alerts)).toEqual([`opened zendesk +${groupingMs}`]);
    expect(channelOf("mail").at(start, alerts)).toEqual([`opened records_missing zendesk +${groupingMs}`]);
  });

  it("about another alert of an open group are sent when it is more severe, or hours later", () => {
    const config = { critical: { send: ["mail"] }, warning: { send: ["mail"] } };
    const warning = alertOf({ kind: "dead_letter", severity: "warning", subject: "a" });
    const mail = channelOf("mail", config);
    expect(mail.at(start, [warning])).toHaveLength(1);
    expect(mail.at(start + minute, [warning, alertOf()])).toEqual([`opened zendesk +${groupingMs}`]);
    const later = start + 7 * hour;
    const otherAlert = alertOf({ kind: "dead_letter", severity: "warning", subject: "b", opened_at: later });
    expect(mail.at(later, [warning, alertOf(), otherAlert])).toEqual([`opened zendesk +${groupingMs}`]);
    // A member that joined early is no news, however long it lasts.
    const quiet = channelOf("mail", config);
    const early = { ...otherAlert, opened_at: start + minute };
    quiet.at(start, [warning]);
    expect(quiet.at(start + minute, [warning, early])).toEqual([]);
    expect(quiet.at(later, [warning, early])).toEqual([]);
  });

  it("about a cause that comes and goes are sent once within half an hour, and again when it stays", () => {
    const slack = channelOf("slack");
    const alert = alertOf();
    slack.at(start, [alert]);
    const closedAt = start + 5 * minute;
    expect(slack.at(closedAt, [{ ...alert, closed_at: closedAt }])).toEqual(["closed zendesk +0"]);
    const reopenedAlert = { ...alert, reopenings: 1 };
    expect(slack.at(closedAt + 10 * minute, [reopenedAlert])).toEqual([]);
    expect(slack.at(closedAt + resumeMs - 1, [reopenedAlert])).toEqual([]);
    expect(slack.at(closedAt + resumeMs, [reopenedAlert])).toHaveLength(1);
  });

  it("about another alert are sent at once, also right after the end of a group", () => {
    const slack = channelOf("slack");
    slack.at(start, [alertOf()]);
    slack.at(start + minute, [alertOf({ closed_at: start + minute })]);
    const otherAlert = alertOf({ kind: "sign_in_failed", subject: "", opened_at: start + 2 * minute });
    expect(slack.at(start + 2 * minute, [alertOf({ closed_at: start + minute }), otherAlert])).toHaveLength(1);
  });

  it("about an alert that began and ended unseen are sent", () => {
    const passedTime = alertOf({ closed_at: start + minute });
    expect(channelOf("slack").at(start + 2 * minute, [passedTime])).toHaveLength(1);
    expect(channelOf("slack").at(start + hour, [passedTime])).toEqual([]);
  });

  it("are not sent while the alert is muted, or its rule switched off", () => {
    const mutedAlert = alertOf({ muted_until: start + hour });
    const slack = channelOf("slack");
    expect(slack.at(start, [mutedAlert])).toEqual([]);
    expect(slack.at(start + hour, [mutedAlert])).toHaveLength(1);
    expect(channelOf("slack", { rules: { circuit_open: { enabled: false } } }).at(start, [alertOf()])).toEqual([]);
    const lower = { rules: { circuit_open: { severity: "warning" } } };
    expect(channelOf("slack", lower).at(start, [alertOf()])).toEqual([]);
    expect(channelOf("mail", lower).at(start, [alertOf()])).toHaveLength(1);
  });

  it("do not end a group because its alert is muted", () => {
    const slack = channelOf("slack");
    slack.at(start, [alertOf()]);
    expect(slack.at(start + minute, [alertOf({ muted_until: start + hour })])).toEqual([]);
    expect(slack.at(start + 2 * minute, [alertOf({ muted_until: start + hour, closed_at: start + 2 * minute })])).toEqual([
      "closed zendesk +0",
    ]);
  });

  describe("that are critical", () => {
    const escalating = { critical: { send: ["slack"], escalate: { afterMinutes: 15, to: ["pagerDuty"] } } };

    it("are escalated when no person acknowledges them in time, and end there too", () => {
      const pager = channelOf("pagerDuty", escalating);
      expect(pager.at(start, [alertOf()])).toEqual([]);
      expect(pager.at(start + 15 * minute - 1, [alertOf()])).toEqual([]);
      expect(pager.at(start + 15 * minute, [alertOf()])).toEqual([`escalated zendesk +${groupingMs}`]);
      const acknowledgedAlert = alertOf({ acknowledged_at: start + 16 * minute });
      expect(pager.at(start + 16 * minute, [acknowledgedAlert])).toEqual(["acknowledged zendesk +0"]);
      expect(pager.at(start + 17 * minute, [acknowledgedAlert])).toEqual([]);
      expect(pager.at(start + 18 * minute, [{ ...acknowledgedAlert, closed_at: start + 18 * minute }])).toEqual([
        "closed zendesk +0",
      ]);
    });

    it("are not escalated once they are acknowledged", () => {
      const pager = channelOf("pagerDuty", escalating);
      expect(pager.at(start + hour, [alertOf({ acknowledged_at: start + minute })])).toEqual([]);
      expect(pager.at(start + hour, [alertOf({ kind: "records_missing", severity: "warning" })])).toEqual([]);
    });
  });

  it("about a channel that fails go through the others", () => {
    const alert = alertOf({ kind: "alert_channel_failing", connection: "", subject: "slack" });
    expect(channelOf("slack").at(start, [alert])).toEqual([]);
    expect(channelOf("pagerDuty").at(start, [alert])).toHaveLength(1);
  });

  it("wait for the message before them", () => {
    const input = { channel: "slack", config: configOf(), alerts: [alertOf()], incidents: [], now: start } as const;
    expect(planMessages({ ...input, waitingGroups: new Set(["zendesk"]) }).messages).toEqual([]);
  });
});
