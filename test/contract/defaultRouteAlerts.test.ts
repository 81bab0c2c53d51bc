import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { describe, expect, it } from "vitest";
import { useDefaultRoutes } from "../harness/defaultRoutes.ts";

// The default routes of churn risks: a task, a message.
const {
  harness,
  world,
  ids,
  effects,
  trackedEvents,
  profile,
  accountNamed,
  tasksAt,
  deliveries,
  events,
  personAt,
  createTicket,
  settle,
  changeTicket,
  change,
} = useDefaultRoutes();
const dayMs = 86_400_000;

describe("a churn risk", () => {
  it("creates a task for the account's owner about the account and the person, due the next day", async () => {
    const { Id, OwnerId, Name } = accountNamed("Garnetline Academy");
    const person = personAt("Garnetline Academy");
    const messageCount = effects("generic", "message").length;
    const ticket = createTicket(person, { subject: "Export", description: "If this isn't fixed we cancel." });
    const timestamp = harness().clock.now();
    // The manual clock measures the delay independently of the machine's load.
    await advanceUntil(
      harness().clock,
      1,
      "the risk",
      async () => (await events("customer.churn_risk.raised"))[0]?.source.objectId === String(ticket),
    );
    await settle();
    const [risk] = await events("customer.churn_risk.raised");
    expect(risk).toMatchObject({
      source: { platform: "sidelight", objectType: "ticket", objectId: String(ticket) },
      data: {
        ...{ reasons: ["churn_words"], words: ["cancel"], ticket: `zendesk.ticket:${ticket}` },
        ...{ why: ['The customer wrote "cancel".'], isAlert: true, isRepeat: false },
      },
    });
    expect(Date.parse(risk.receivedAt) - timestamp).toBeLessThan(500);
    expect(tasksAt(Id)).toMatchObject([
      {
        writes: 1,
        fields: {
          ...{ OwnerId, WhoId: ids().salesforce.contact(person.index), Subject: `Churn risk: ${Name}`, Priority: "High" },
          ActivityDate: new Date(timestamp + dayMs).toISOString().slice(0, 10),
          Description: `Why: The customer wrote "cancel".\nTicket ${ticket}: Export\nIf this isn't fixed we cancel.`,
        },
      },
    ]);
    expect(
      trackedEvents("Churn Risk Raised").filter(({ fields }) => fields["distinct_id"] === person.distinctIds[0]),
    ).toHaveLength(1);
    expect(profile(person.distinctIds[0]!)["churn_risk_raised_at"]).toBe(risk.timestamp);
    expect(effects("generic", "message").slice(messageCount)).toMatchObject([
      {
        writes: 1,
        fields: { text: expect.stringMatching(`^Churn risk: ${Name} .*The customer wrote "cancel"\\. Ticket ${ticket}\\.$`) },
      },
    ]);
  });

  it("of one ticket is raised once", async () => {
    const [risk] = await events("customer.churn_risk.raised");
    const ticket = world().zendesk.tickets.get(Number(risk.source.objectId))!;
    changeTicket(ticket.id, { priority: "urgent" });
    await settle();
    const risks = (await events("customer.churn_risk.raised")).filter((e: typeof risk) => e.data.ticket === risk.data.ticket);
    expect(risks).toHaveLength(1);
  });

  it("alerts the team on every target once a week for the same cause, also after the task is completed", async () => {
    const { Id, Name } = accountNamed("Garnetline Academy");
    const person = personAt("Garnetline Academy");
    const { Task } = world().salesforce.tables;
    const [task] = tasksAt(Id);
    const messages = () => effects("generic", "message").filter(({ fields }) => String(fields["text"]).includes(Name as string));
    const count = messages().length;
    for (const subject of ["We cancel", "We cancel now"]) {
      createTicket(person, { subject });
      await settle();
    }
    world().change(() => Task.put({ ...Task.get(task!.id)!, Status: "Completed", IsClosed: true }));
    createTicket(person, { subject: "We cancel today" });
    await settle();
    expect(tasksAt(Id)).toHaveLength(1);
    expect(messages()).toHaveLength(count);
    harness().clock.advance(8 * dayMs);
    await settle();
    createTicket(person, { subject: "We cancel at last" });
    await settle();
    expect(tasksAt(Id)).toHaveLength(2);
    expect(messages()).toHaveLength(count + 1);
  });

  it("creates one task for two risks at the same time", async () => {
    const { Id } = accountNamed("Halvorsen Freight Inc.");
    const person = personAt("Halvorsen Freight Inc.");
    for (const subject of ["We cancel", "We terminate"]) createTicket(person, { subject, priority: "urgent" });
    await settle();
    const risks = (await events("customer.churn_risk.raised")).filter((e: { interaction: { description: string } | null }) =>
      /^We (cancel|terminate)\n/.test(e.interaction?.description ?? ""),
    );
    expect(risks.length).toBeGreaterThanOrEqual(2);
    expect(tasksAt(Id)).toHaveLength(1);
  });

  it("creates no task for an account of lower value", async () => {
    const { Id, ARR__c } = accountNamed("Halvorsen Cold Chain");
    expect(ARR__c).toBeLessThan(50_000);
    const ticket = createTicket(personAt("Halvorsen Cold Chain"), { subject: "We cancel", priority: "urgent" });
    await settle();
    const risks = await events("customer.churn_risk.raised");
    expect(risks.map((e: { data: { ticket: string } }) => e.data.ticket)).toContain(`zendesk.ticket:${ticket}`);
    expect(tasksAt(Id)).toEqual([]);
  });

  it("goes to the configured user when a queue owns the account", async () => {
    const queueAccount = accountNamed("Coralwood Travel");
    expect(queueAccount["OwnerId"]).toMatch(/^00G/);
    change(queueAccount, { ARR__c: 90_000 });
    await settle();
    createTicket(personAt("Coralwood Travel"), { subject: "We cancel", priority: "urgent" });
    await settle();
    expect(tasksAt(queueAccount.Id)).toMatchObject([{ fields: { OwnerId: ids().salesforce.user(0) } }]);
  });
});

it("no delivery is in the dead-letter queue", async () => {
  const deadLetters = await deliveries("state=dead_letter");
  expect(deadLetters.map(({ route, message }) => [route, message])).toEqual([]);
});
