import { TenantConfig } from "@sidelight/context-api/config/schema.ts";
import { nameIssues } from "@sidelight/context-api/routing/checkNames.ts";
import { resolveRouting } from "@sidelight/context-api/routing/defaults.ts";
import { describe, expect, it } from "vitest";
import { allPlatforms as platforms } from "../harness/platforms.ts";

const connections = platforms.map(({ name }) => ({ id: name, platform: name }));

function issues(overrides: object, routing: object = {}): string[] {
  const route = { id: "r", on: "zendesk.ticket.created", to: "generic", do: "post", with: '{ "type": "t", "data": ref }' };
  const config = TenantConfig.parse({ connections, routing: { routes: [{ ...route, ...overrides }], ...routing } });
  return nameIssues(resolveRouting("acme", config, platforms), platforms).map(
    ({ path, message }) => `${path.join(".")}: ${message}`,
  );
}

describe("an event type that does not exist is reported", () => {
  it.each([
    ["zendesk.ticket.craeted", "there is no event zendesk.ticket.craeted; did you mean zendesk.ticket.created?"],
    ["zendesk.tickets.created", "did you mean zendesk.ticket.created?"],
    ["zendesk.ticket.solved", "zendesk.ticket has: agent_assignment_changed, "],
    ["zendesk.user.tag_changed", "did you mean zendesk.user.tags_changed?"],
    ["salesforce.oportunity.closed_won", "did you mean salesforce.opportunity.closed_won?"],
    ["salesforce.opportunity.won", "salesforce.opportunity has: "],
    ["mixpanel.user.completed_onbording", "did you mean mixpanel.user.completed_onboarding?"],
    ["hubspot.contact.created", "events come from: "],
    ["customer.churnrisk.raised", "did you mean customer.churn_risk.raised?"],
    ["zendesk.ticket.crea*", null],
    ["zendesk.ticket.craea*", "there is no event zendesk.ticket.craea*"],
    ["zendesk.ticket.*", null],
    ["*.*.deleted", null],
    ["generic.event.invoice_overdue", null],
    ["generic.event.creates", null],
    ["generic.events.invoice_overdue", "there is no event generic.events.invoice_overdue"],
    ["salesforce.case.escalated", "there is no event salesforce.case.escalated"],
  ])("%s", (on, message) => {
    const foundIssues = issues({ on });
    if (message === null) expect(foundIssues).toEqual([]);
    else expect(foundIssues).toEqual([expect.stringContaining(message)]);
  });

  it("knows the events that the connections' webhooks name", () => {
    const namedIssues = [
      {
        id: "mixpanel",
        platform: "mixpanel",
        webhooks: [{ kind: "cohorts", token: "t", cohorts: { Done: "completed_onboarding" } }],
      },
      { id: "salesforce", platform: "salesforce", webhooks: [{ kind: "callouts", token: "t" }] },
    ];
    const check = (on: string) =>
      nameIssues(
        TenantConfig.parse({ connections: namedIssues, routing: { routes: [{ id: "r", on, to: "x", do: "y", with: "ref" }] } }),
        platforms,
      ).map(({ message }) => message);
    expect(check("mixpanel.user.completed_onboarding")).toEqual([]);
    expect(check("mixpanel.user.completed_onbording")).toEqual([
      "there is no event mixpanel.user.completed_onbording; did you mean mixpanel.user.completed_onboarding?",
    ]);
    expect(check("salesforce.case.sent_to_legal_team")).toEqual([]);
    expect(check("salesforce.case.craeted")).toEqual([
      "there is no event salesforce.case.craeted; did you mean salesforce.case.created?",
    ]);
  });
});

describe("a name that an expression reads and that does not exist is reported", () => {
  it.each([
    ["acount.arr.amount > 1000", "there is no acount, at character 6; did you mean account?"],
    ["account.arr.ammount > 1000", "there is no ammount, at character 19; did you mean amount?"],
    ["record.subjekt = 'x'", "there is no subjekt, at character 14; did you mean subject?"],
    ["event.interaction.prioritty = 'urgent'", "did you mean priority?"],
    ["event.sourc.objectId = '1'", "did you mean source?"],
    ["$exists(links.salesforce.acount)", "did you mean account?"],
    ["$exists(links.salesforec.account)", "did you mean salesforce?"],
    ["$count(ids.mixpanel.usr) > 0", "did you mean user?"],
    ["settings.onbording.userTag = 'x'", "did you mean onboarding?"],
    ["support.(new + opne + pending) > 3", "did you mean open?"],
    ["company.suport.open > 3", "did you mean support?"],
    ["support.tickets[statuss = 'open'] != null", "did you mean status?"],
    ["account.name.first = 'x'", "first is read of a value that has no members"],
    ["($a := account; $a.arrr.amount > 1)", "did you mean arr?"],
    ['($v := { "value": account.arr.amount }; $v.valeu > 1)', "did you mean value?"],
    ["$map(record.priority, function($p) { $p = acount.plan })", "did you mean account?"],
    ["record.priority in ['high'] ? helth.score < 3 : false", "did you mean health?"],
    ["$count($filter(support.tickets, function($t) { $t.statuss = 'open' })) > 0", "did you mean status?"],
    ["$lookup(record, 'subjekt') = 'x'", "there is no subjekt, at character 25; did you mean subject?"],
    ["record.priority = 'urgnt'", 'the value is never "urgnt", at character 25; did you mean urgent?'],
    ["record.status in ['open', 'SOLVED']", "did you mean solved?"],
    ["'At risk' = health.band", "did you mean at_risk?"],
    ["account.opportunities.%.plann = 'x'", "did you mean plan?"],
    ["$count(account.opportunities[%.plann = 'x']) > 0", "did you mean plan?"],
    ["account.opportunities.{ 'p': %.plann }.p = 'x'", "did you mean plan?"],
    ["account.*.ammount > 1", "did you mean amount?"],
    ["account.**.ammount > 1", "did you mean amount?"],
    ["account.`plann` = 'x'", "did you mean plan?"],
    ["support.tickets[0].statuss = 'open'", "did you mean status?"],
    ["support.tickets[-1].statuss = 'open'", "did you mean status?"],
    ["$reduce(support.tickets, function($sum, $t) { $sum + $t.countt }, 0) > 1", "there is no countt"],
    ["$sort(support.tickets, function($a, $b) { $a.subjekt > $b.subject })[0].id = 'x'", "did you mean subject?"],
    ["support.tickets ~> $filter(function($t) { $t.statuss = 'open' }) ~> $count() > 1", "did you mean status?"],
    ["$each(account, function($v) { $v.ammount })[0] > 1", "did you mean amount?"],
    ["(record.priority = 'urgent' ? account : company.account).plann = 'x'", "did you mean plan?"],
    ["account ~> $lookup('plann') = 'x'", "there is no plann"],
    ["$distinct(support.tickets).statuss = 'open'", "did you mean status?"],
  ])("%s", (when, message) => {
    expect(issues({ when })).toEqual([expect.stringContaining(`routes.0.when: `)]);
    expect(issues({ when })[0]).toContain(message);
  });

  it.each([
    "$lookup(settings.ticketFields, 'health').id > 1",
    "settings.risk.churnWords.fr[0] = 'x'",
    "record.priority in ['high', 'urgent'] and $count(support.tickets[status = 'open']) > 1",
    "$$.record.subject = 'x'",
    "$map(support.tickets, function($t, $i) { $t.subject & $i })[0] = 'x'",
    "$lookup(settings, 'onboarding').userTag = 'x'",
    "record.priority != null and health.band != 'good'",
    "$uppercase(record.status) = 'SOLVED'",
    "support.highestPriority = 'urgent'",
    "account.opportunities^(>amount.amount)[0].name = 'x'",
    "$sum(account.opportunities.amount.amount) > 1",
    '$sift({ "a": account.plan }, function($v) { $v != null }).a = 1',
    "support.tickets.{ 'n': subject }.n = 'x'",
    "company.health.drivers[key = 'csat'].points < 0",
    "ref = 'x' and customer.company.domain = 'x'",
    "account.opportunities.%.plan = 'x' and account.*.amount > 1 and $count(**.amount) > 1",
    "$each(settings.ticketFields, function($field, $name) { $field.id })[0] = 1",
    "$reduce(support.tickets, function($sum, $t) { $sum + 1 }, 0) > 1",
    "support.tickets ~> $filter(function($t) { $t.status = 'open' }) ~> $count() > 1",
    "(account != null ? account : company.account).plan = 'x'",
    "support.tickets#$i[status = 'open'].{ 'n': $i }.n = 1",
  ])("accepts %s", (when) => {
    expect(issues({ when })).toEqual([]);
  });

  it("knows the records of all objects that the events of a route are about", () => {
    const on = ["zendesk.ticket.created", "salesforce.account.updated"];
    expect(issues({ on, when: "record.subject = 'x' or record.plan = 'y'" })).toEqual([]);
    expect(issues({ on, when: "record.stages = 'y'" })[0]).toContain("did you mean stage?");
    expect(issues({ on: "customer.health.changed", when: "record.anything = 1" })).toEqual([]);
  });

  it.each([
    ["zendesk.ticket.comment_added", "event.data.comment.isPublik", "did you mean isPublic?"],
    ["zendesk.ticket.status_changed", "event.data.curent = 'solved'", "did you mean current?"],
    ["mixpanel.user.cohort_entered", "event.data.cohort.nam = 'x'", "did you mean name?"],
    ["salesforce.account.updated", "'Name' in event.data.feilds", "did you mean fields?"],
    ["customer.churn_risk.raised", "event.data.isAlrt", "did you mean isAlert?"],
    ["customer.health.changed", "event.data.to.bandd = 'x'", "did you mean band?"],
    ["customer.figures.changed", "event.data.openTicket > 1", "did you mean openTickets?"],
  ])("reports a name in the data of %s", (on, when, message) => {
    expect(issues({ on, when })).toEqual([expect.stringContaining(message)]);
    expect(issues({ on: [on, "generic.event.invoice_overdue"], when })).toEqual([]);
  });

  it.each([
    ["zendesk.ticket.custom_field_changed", "event.data.field = '1' and event.data.current = 'x'"],
    ["mixpanel.user.*", "event.data.cohort.name = 'x'"],
    ["salesforce.account.updated", "'Name' in event.data.fields"],
    ["customer.churn_risk.raised", "event.data.isAlert and 'escalated' in event.data.reasons"],
    ["customer.health.*", "event.data.to.band = 'x'"],
    ["generic.event.invoice_overdue", "event.data.anything.at.all = 1"],
  ])("knows the data of %s", (on, when) => {
    expect(issues({ on, when })).toEqual([]);
  });

  it("reports every fault at once, each at its place", () => {
    expect(
      issues({
        on: ["zendesk.ticket.craeted", "zendesk.ticket.closd"],
        when: "acount.arr and recrd.subject",
        oncePer: "evnt.data",
        with: '{ "type": "t", "data": { "a": helth.score, "b": prodct.trend } }',
      }).map((issue) => issue.split(":")[0]),
    ).toEqual([
      "routes.0.on",
      "routes.0.on",
      "routes.0.when",
      "routes.0.when",
      "routes.0.oncePer",
      "routes.0.with",
      "routes.0.with",
    ]);
  });

  it("finds none in the default routes, also without the webhooks that report their events", () => {
    const config = TenantConfig.parse({ connections, routing: { defaults: true } });
    expect(nameIssues(resolveRouting("acme", config, platforms), platforms)).toEqual([]);
  });

  it("suggests the transform whose name is misspelled", () => {
    expect(issues({ with: "ticketToPots" }, { transforms: { ticketToPost: '{ "type": "t", "data": ref }' } })).toEqual([
      "routes.0.with: there is no transform ticketToPots; did you mean ticketToPost?",
    ]);
  });

  it("reports a name in a condition of the settings", () => {
    const settings = { case: { when: "record.subjekt = 'x'" } };
    const config = TenantConfig.parse({ connections, routing: { defaults: true, settings } });
    expect(nameIssues(resolveRouting("acme", config, platforms), platforms)).toEqual([
      { path: ["settings", "case", "when"], message: "there is no subjekt, at character 14; did you mean subject?" },
    ]);
  });
});
