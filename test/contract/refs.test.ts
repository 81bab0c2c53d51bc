import { TimelinePage } from "@sidelight/contracts/context/timeline.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answer, type House, openHouse } from "../support/house.ts";
import { passing } from "../support/settle.ts";
import { until } from "../support/until.ts";

describe("every kind of ref", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());
  const world = () => house.lab.tenants["acme"]!.world;
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
    const answers = await Promise.all(refs.map((ref) => house.context(ref)));
    expect(new Set(answers.map(({ body }) => body.customer?.id)).size).toBe(1);
    expect(answers.every(({ body }) => body.match.state === "resolved")).toBe(true);
    // Refs come back in canonical form.
    expect(answers[0]!.body.ref).toBe(`email:${person.email}`);
    expect(answers.find((_, i) => refs[i]!.startsWith("salesforce"))!.body.ref).toHaveLength("salesforce.contact:".length + 18);
  });

  it("an opportunity leads to its account", async () => {
    for (const deal of soql("Opportunity").slice(0, 5)) {
      const { body } = await house.context(`salesforce.opportunity:${deal.Id}`);
      expect(body.kind).toBe("company");
      expect(body.sections.account!.data!.id).toBe(deal["AccountId"]);
    }
  });

  it("a case leads to its contact, else to its account", async () => {
    const { salesforce } = house.lab.tenants["acme"]!;
    const { salesforceClient } = await import("../lab/simulators/testing.ts");
    const client = await salesforceClient(house.lab.tenants["acme"]!);
    const [contact] = soql("Contact").filter((c) => c["AccountId"]);
    const make = async (fields: object) =>
      (await client("POST", "/services/data/v67.0/sobjects/Case", { Subject: "Wrong invoice", Origin: "Web", ...fields })).body
        .id as string;
    const withContact = await make({ ContactId: contact!.Id, AccountId: contact!["AccountId"] });
    const withAccount = await make({ AccountId: contact!["AccountId"] });
    expect(salesforce.url).toBeTruthy();
    const { value: person } = await passing(house.clock, house.context(`salesforce.case:${withContact}`));
    const direct = await house.context(`salesforce.contact:${contact!.Id}`);
    expect(person.body.customer?.id).toBe(direct.body.customer?.id);
    const { value: company } = await passing(house.clock, house.context(`salesforce.case:${withAccount}`));
    expect(company.body.kind).toBe("company");
    expect(company.body.sections.account!.data!.id).toBe(contact!["AccountId"]);
    expect(company.body.sections.timeline!.data!.items.some((i) => i.kind === "case_opened" && i.title === "Wrong invoice")).toBe(
      true,
    );
  });

  it("a lead is a person, whose company is nobody's account yet", async () => {
    const [lead] = soql("Lead").filter((l) => l["Email"] && !l["IsConverted"]);
    const { body } = await house.context(`salesforce.lead:${lead!.Id}`);
    expect(body.match.state).toBe("resolved");
    expect(body.kind).toBe("person");
  });

  it("of a group tells what it comes to, each currency for itself", async () => {
    const { hierarchy } = house.lab.tenants["acme"]!.examples;
    const { body } = await house.context(hierarchy[0]!);
    const rollup = body.sections.account!.data!.rollup!;
    const parent = world().companies.find((c) => world().ids.salesforce.account(c.index) === hierarchy[0]!.slice(19))!;
    const below = (index: number): number[] =>
      world()
        .companies.filter((c) => c.parent === index)
        .flatMap((c) => [c.index, ...below(c.index)]);
    const all = [parent.index, ...below(parent.index)].map((i) => world().companies[i]!);
    expect(rollup.accounts).toBe(all.length);
    const sums = new Map<string, number>();
    for (const c of all) if (c.arr !== null) sums.set(c.currency, (sums.get(c.currency) ?? 0) + c.arr);
    expect(new Map(rollup.arr.map((m) => [m.currency, m.amount]))).toEqual(sums);
    const child = await house.context(rollup.subsidiaries[0]!.id);
    expect(child.body.customer!.company!.parent).not.toBeNull();
    expect(child.body.sections.account!.data!.rollup).toBeNull();
  });
});

describe("fields", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  it("leave only what was asked for, with who is meant", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    const whole = (await house.context(ref!)).body;
    const { body } = await house.context(ref!, {
      query: "?fields=/customer/name,/sections/account/data/arr,/sections/support/state",
    });
    expect(body).toEqual({
      ref: whole.ref,
      kind: whole.kind,
      match: whole.match,
      customer: { name: whole.customer!.name },
      sections: { account: { data: { arr: whole.sections.account!.data!.arr } }, support: { state: "ok" } },
    });
    expect(
      (await house.context(ref!, { query: "?fields=/customer/name,/sections/account/data/arr,/sections/support/state" })).tier,
    ).toBe("memory");
    expect((await house.context(ref!)).body).toEqual(whole);
  });

  it("must be pointers", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    for (const fields of ["name", "/a~b", "", "/ok,bad"]) {
      expect((await house.context(ref!, { query: `?fields=${encodeURIComponent(fields)}` })).body).toMatchObject({
        code: "invalid_request",
      });
    }
  });
});

describe("the timeline", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());
  const path = (ref: string, query = "") => `/v1/timeline/${encodeURIComponent(ref)}${query}`;

  it("comes in pages that leave nothing out and repeat nothing", async () => {
    const ref = house.lab.tenants["acme"]!.examples.resolved.find((r) => r.startsWith("salesforce.account:"))!;
    const whole = TimelinePage.parse((await house.ask(path(ref, "?limit=1000"))).body);
    expect(whole.items.length).toBeGreaterThan(20);
    expect(whole.nextCursor).toBeNull();
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const { body }: Answer<TimelinePage> = await house.ask(path(ref, `?limit=7${cursor ? `&cursor=${cursor}` : ""}`));
      expect(body.items.length).toBeLessThanOrEqual(7);
      seen.push(...body.items.map((i) => i.id));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(whole.items.map((i) => i.id));
    const times = whole.items.map((i) => i.at);
    expect(times).toEqual([...times].sort().reverse());
  });

  it("can be narrowed by source, kind and time", async () => {
    const ref = house.lab.tenants["acme"]!.examples.resolved.find((r) => r.startsWith("salesforce.account:"))!;
    const { items } = (await house.ask(path(ref, "?limit=1000"))).body as TimelinePage;
    const only = async (query: string) => ((await house.ask(path(ref, `?limit=1000&${query}`))).body as TimelinePage).items;
    expect(await only("source=zendesk")).toEqual(items.filter((i) => i.source === "zendesk"));
    expect(await only("type=ticket_created")).toEqual(items.filter((i) => i.kind === "ticket_created"));
    const since = items[10]!.at;
    expect(await only(`since=${since}`)).toEqual(items.filter((i) => i.at >= since));
  });

  it("of nobody is not found, and of several a conflict", async () => {
    const { none, ambiguous } = house.lab.tenants["acme"]!.examples;
    expect((await house.ask(path(none[0]!))).body.code).toBe("not_found");
    expect((await house.ask(path(ambiguous[0]!))).body.code).toBe("conflict");
    expect((await house.ask(path(house.lab.tenants["acme"]!.examples.resolved[0]!, "?cursor=x"))).body.code).toBe(
      "invalid_request",
    );
  });
});

describe("what ended at its source", () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(() => house.close());
  const happen = async (kind: string) => {
    const response = await fetch(`${house.lab.control.url}/happen`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ kind, tenant: "acme", seed: 3 }),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as { refs: string[] };
  };
  /** Lets the pulls bring what changed. */
  const pulled = async (isThere: () => Promise<boolean>) =>
    await until("the pulls", async () => {
      house.clock.advance(5_000);
      return await isThere();
    });

  it("a deleted contact is nobody any more", async () => {
    const { refs } = await happen("contact_deleted");
    const ref = refs.find((r) => r.startsWith("salesforce.contact:"))!;
    expect((await house.context(ref)).body.match.state).toBe("resolved");
    await pulled(async () => (await house.context(ref)).body.match.state === "none");
  });

  it("a merged account leads on to the one it was merged into, and says so", async () => {
    const { refs } = await happen("account_merged");
    const [first, second] = refs.filter((r) => r.startsWith("salesforce.account:"));
    const before = await Promise.all([first!, second!].map((ref) => house.context(ref)));
    await pulled(async () => {
      const after = await Promise.all([first!, second!].map((ref) => house.context(ref)));
      return after[0]!.body.customer?.id === after[1]!.body.customer?.id;
    });
    const after = await Promise.all([first!, second!].map((ref) => house.context(ref)));
    const reasons = after.flatMap(({ body }) => body.match.reasons.filter((r) => r.rule === "merged"));
    expect(reasons).toHaveLength(1);
    expect(reasons[0]!.evidence).toMatch(/^merged into salesforce\.account:/);
    // The id that was handed out for the loser leads on as well.
    for (const { body } of before) {
      const { body: again } = await house.context(body.customer!.id);
      expect(again.customer?.id).toBe(after[0]!.body.customer?.id);
    }
  });
});
