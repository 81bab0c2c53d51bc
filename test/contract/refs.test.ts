import { TimelinePage } from "@sidelight/contracts/context/timeline.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ApiResponse, type Harness, openHarness } from "../harness/harness.ts";

describe("every kind of ref", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness();
  });
  afterAll(() => harness.close());
  const world = () => harness.lab.tenants["acme"]!.world;
  const soql = (object: keyof ReturnType<typeof world>["salesforce"]["tables"]) => [
    ...world().salesforce.tables[object].values(),
  ];

  it("leads to the same person by address, number, contact, user and product user", async () => {
    const person = world().people[0]!;
    const { salesforce: sf, zendesk: zd } = world().ids;
    const refs = [
      `email:${person.email.toUpperCase()}`,
      ...(person.phone ? [`phone:${person.phone}`] : []),
      `salesforce.contact:${sf.contact(person.index)}`,
      `salesforce.contact:${sf.contact(person.index).slice(0, 15)}`,
      `zendesk.user:${zd.user(person.index)}`,
      `mixpanel.user:${person.distinctIds[0]}`,
    ];
    const answers = await Promise.all(refs.map((ref) => harness.context(ref)));
    expect(new Set(answers.map(({ body }) => body.customer?.id)).size).toBe(1);
    expect(answers.every(({ body }) => body.match.state === "resolved")).toBe(true);
    // Answers contain refs in canonical form.
    expect(answers[0]!.body.ref).toBe(`email:${person.email}`);
    expect(answers.find((_, i) => refs[i]!.startsWith("salesforce"))!.body.ref).toHaveLength("salesforce.contact:".length + 18);
  });

  it("an opportunity leads to its account", async () => {
    for (const deal of soql("Opportunity").slice(0, 5)) {
      const { body } = await harness.context(`salesforce.opportunity:${deal.Id}`);
      expect(body.kind).toBe("company");
      expect(body.sections.account!.data!.id).toBe(deal["AccountId"]);
    }
  });

  it("a case leads to its contact, else to its account", async () => {
    const { salesforce } = harness.lab.tenants["acme"]!;
    const { salesforceClient } = await import("../lab/simulators/testing.ts");
    const client = await salesforceClient(harness.lab.tenants["acme"]!);
    const [contact] = soql("Contact").filter((c) => c["AccountId"]);
    const make = async (fields: object) =>
      (await client("POST", "/services/data/v67.0/sobjects/Case", { Subject: "Wrong invoice", Origin: "Web", ...fields })).body
        .id as string;
    const withContact = await make({ ContactId: contact!.Id, AccountId: contact!["AccountId"] });
    const withAccount = await make({ AccountId: contact!["AccountId"] });
    expect(salesforce.url).toBeTruthy();
    const { value: person } = await advanceUntilSettled(harness.clock, harness.context(`salesforce.case:${withContact}`));
    const direct = await harness.context(`salesforce.contact:${contact!.Id}`);
    expect(person.body.customer?.id).toBe(direct.body.customer?.id);
    const { value: company } = await advanceUntilSettled(harness.clock, harness.context(`salesforce.case:${withAccount}`));
    expect(company.body.kind).toBe("company");
    expect(company.body.sections.account!.data!.id).toBe(contact!["AccountId"]);
    expect(company.body.sections.timeline!.data!.items.some((i) => i.kind === "case_opened" && i.title === "Wrong invoice")).toBe(
      true,
    );
  });

  it("a lead is a person without an account", async () => {
    const [lead] = soql("Lead").filter((l) => l["Email"] && !l["IsConverted"]);
    const { body } = await harness.context(`salesforce.lead:${lead!.Id}`);
    expect(body.match.state).toBe("resolved");
    expect(body.kind).toBe("person");
  });

  it("of a group has the totals of the group for each currency", async () => {
    const { hierarchy } = harness.lab.tenants["acme"]!.examples;
    const { body } = await harness.context(hierarchy[0]!);
    const rollup = body.sections.account!.data!.rollup!;
    const parent = world().companies.find((c) => world().ids.salesforce.account(c.index) === hierarchy[0]!.slice(19))!;
    const below = (index: number): number[] =>
      world()
        .companies.filter((c) => c.parent === index)
        .flatMap((c) => [c.index, ...below(c.index)]);
    const companies = [parent.index, ...below(parent.index)].map((i) => world().companies[i]!);
    expect(rollup.accounts).toBe(companies.length);
    const sums = new Map<string, number>();
    for (const c of companies) if (c.arr !== null) sums.set(c.currency, (sums.get(c.currency) ?? 0) + c.arr);
    expect(new Map(rollup.arr.map((m) => [m.currency, m.amount]))).toEqual(sums);
    const child = await harness.context(rollup.subsidiaries[0]!.id);
    expect(child.body.customer!.company!.parent).not.toBeNull();
    expect(child.body.sections.account!.data!.rollup).toBeNull();
  });
});

describe("fields", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness();
  });
  afterAll(() => harness.close());

  it("leave only the requested members, with ref, kind and match", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    const fullContext = (await harness.context(ref!)).body;
    const { body } = await harness.context(ref!, {
      query: "?fields=/customer/name,/sections/account/data/arr,/sections/support/state",
    });
    expect(body).toEqual({
      ref: fullContext.ref,
      kind: fullContext.kind,
      match: fullContext.match,
      customer: { name: fullContext.customer!.name },
      sections: { account: { data: { arr: fullContext.sections.account!.data!.arr } }, support: { state: "ok" } },
    });
    expect(
      (await harness.context(ref!, { query: "?fields=/customer/name,/sections/account/data/arr,/sections/support/state" })).tier,
    ).toBe("memory");
    expect((await harness.context(ref!)).body).toEqual(fullContext);
  });

  it("must be JSON pointers", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    for (const fields of ["name", "/a~b", "", "/ok,bad"]) {
      expect((await harness.context(ref!, { query: `?fields=${encodeURIComponent(fields)}` })).body).toMatchObject({
        code: "invalid_request",
      });
    }
  });
});

describe("the timeline", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness();
  });
  afterAll(() => harness.close());
  const path = (ref: string, query = "") => `/v1/timeline/${encodeURIComponent(ref)}${query}`;

  it("has pages without gap or repetition", async () => {
    const ref = harness.lab.tenants["acme"]!.examples.resolved.find((r) => r.startsWith("salesforce.account:"))!;
    const fullPage = TimelinePage.parse((await harness.request(path(ref, "?limit=1000"))).body);
    expect(fullPage.items.length).toBeGreaterThan(20);
    expect(fullPage.nextCursor).toBeNull();
    const ids: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const { body }: ApiResponse<TimelinePage> = await harness.request(
        path(ref, `?limit=7${cursor ? `&cursor=${cursor}` : ""}`),
      );
      expect(body.items.length).toBeLessThanOrEqual(7);
      ids.push(...body.items.map((i) => i.id));
      cursor = body.nextCursor;
    }
    expect(ids).toEqual(fullPage.items.map((i) => i.id));
    const times = fullPage.items.map((i) => i.at);
    expect(times).toEqual([...times].sort().reverse());
  });

  it("is filtered by source, kind and time", async () => {
    const ref = harness.lab.tenants["acme"]!.examples.resolved.find((r) => r.startsWith("salesforce.account:"))!;
    const { items } = (await harness.request(path(ref, "?limit=1000"))).body as TimelinePage;
    const only = async (query: string) => ((await harness.request(path(ref, `?limit=1000&${query}`))).body as TimelinePage).items;
    expect(await only("source=zendesk")).toEqual(items.filter((i) => i.source === "zendesk"));
    expect(await only("type=ticket_created")).toEqual(items.filter((i) => i.kind === "ticket_created"));
    const since = items[10]!.at;
    expect(await only(`since=${since}`)).toEqual(items.filter((i) => i.at >= since));
  });

  it("is not_found for an unknown customer and conflict for an ambiguous one", async () => {
    const { none, ambiguous } = harness.lab.tenants["acme"]!.examples;
    expect((await harness.request(path(none[0]!))).body.code).toBe("not_found");
    expect((await harness.request(path(ambiguous[0]!))).body.code).toBe("conflict");
    expect((await harness.request(path(harness.lab.tenants["acme"]!.examples.resolved[0]!, "?cursor=x"))).body.code).toBe(
      "invalid_request",
    );
  });
});

describe("a record that ended at its source", () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await openHarness();
  });
  afterEach(() => harness.close());
  const happen = async (kind: string) => {
    const response = await fetch(`${harness.lab.control.url}/happen`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ kind, tenant: "acme", seed: 3 }),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as { refs: string[] };
  };
  /** Advances the clock until the pulls have brought the change. */
  const waitForPulls = async (isThere: () => Promise<boolean>) =>
    await advanceUntil(harness.clock, 5_000, "the pulls", async () => await isThere());

  it("a deleted contact has no match", async () => {
    const { refs } = await happen("contact_deleted");
    const ref = refs.find((r) => r.startsWith("salesforce.contact:"))!;
    expect((await harness.context(ref)).body.match.state).toBe("resolved");
    await waitForPulls(async () => (await harness.context(ref)).body.match.state === "none");
  });

  it("a merged account leads to the account it was merged into, with a reason", async () => {
    const { refs } = await happen("account_merged");
    const [first, second] = refs.filter((r) => r.startsWith("salesforce.account:"));
    const contextsBefore = await Promise.all([first!, second!].map((ref) => harness.context(ref)));
    await waitForPulls(async () => {
      const contexts = await Promise.all([first!, second!].map((ref) => harness.context(ref)));
      return contexts[0]!.body.customer?.id === contexts[1]!.body.customer?.id;
    });
    const contexts = await Promise.all([first!, second!].map((ref) => harness.context(ref)));
    const reasons = contexts.flatMap(({ body }) => body.match.reasons.filter((r) => r.rule === "merged"));
    expect(reasons).toHaveLength(1);
    expect(reasons[0]!.evidence).toMatch(/^merged into salesforce\.account:/);
    // The id that earlier answers had for the merged account stays valid.
    for (const { body } of contextsBefore) {
      const { body: context } = await harness.context(body.customer!.id);
      expect(context.customer?.id).toBe(contexts[0]!.body.customer?.id);
    }
  });
});
