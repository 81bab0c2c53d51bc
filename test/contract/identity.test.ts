import { join } from "node:path";
import { undo } from "@sidelight/context-api/cli/identity/undo.ts";
import { openConsentChecks } from "@sidelight/context-api/context/consent.ts";
import type { Decision } from "@sidelight/contracts/identity/decision.ts";
import type { PersonData, RecordInput } from "@sidelight/model/records.ts";
import { describe, expect, it, vi } from "vitest";
import { captureOutput } from "../harness/capturedOutput.ts";
import { idsOf, refsIn, useIdentity } from "../harness/identity.ts";

// Who is who, decided by people: linked, unlinked, merged, split and undone, for everybody and in the past.
const { harness, person, ticketOf, contestedRequester, store, post, identityOf, customerOf, stateOf } = useIdentity();

describe("other customers that a wrong one may be", () => {
  it("are those with an address or a name in common, with the reasons, and can be linked and undone", async () => {
    const lead = person("salesforce.lead", { name: "Rosa Winter", emails: ["rosa@winter.example"] });
    const user = person("zendesk.user", { name: "Rosa Winter", emails: ["help@winter.example"] });
    const other = person("salesforce.contact", { name: "Tom Frost", emails: ["help@winter.example"] });
    await store(lead, user, other);
    const { candidates } = await identityOf(user.ref);
    expect(
      candidates.map(({ right, confidence, reasons }) => [right.label, confidence, reasons.map(({ rule }) => rule)]),
    ).toEqual([
      ["Rosa Winter", 0.3, ["name"]],
      ["Tom Frost", 0.1, ["email"]],
    ]);
    const { status, body } = await post("link", { ref: user.ref, to: candidates[0]!.right.id });
    expect(status).toBe(200);
    expect(refsIn(await identityOf(user.ref))).toEqual([lead.ref, user.ref].sort());
    expect((await identityOf(user.ref)).candidates.map(({ right }) => right.label)).toEqual(["Tom Frost"]);
    await post("undo", { decisions: idsOf(body) });
    expect(refsIn(await identityOf(user.ref))).toEqual([user.ref]);
  });
});

describe("people of one name", () => {
  const candidatesOf = async ({ ref }: RecordInput) =>
    (await identityOf(ref)).candidates.flatMap(({ right }) => right.members.map((member) => member.ref));

  it("are found on every platform, in every direction and spelling", async () => {
    const user = person("zendesk.user", { name: "Lena Marlowe", emails: ["lena@one.example"] });
    const profile = person("mixpanel.user", { name: "Marlowe, Lena", emails: ["lena@two.example"] });
    const contact = person("salesforce.contact", { name: "Dr. Lena Marlowe", emails: ["lena@three.example"] });
    await store(user, profile, contact);
    const refs = [user, profile, contact].map(({ ref }) => ref);
    for (const record of [user, profile, contact])
      expect((await candidatesOf(record)).sort()).toEqual(refs.filter((ref) => ref !== record.ref).sort());
  });

  it("are not found when the name is one word, which many have, or is a placeholder", async () => {
    for (const name of ["Madonna", "N/A", "Not Provided"]) {
      const [first, second] = [1, 2].map((n) => person("zendesk.user", { name, emails: [`${name.length}-${n}@word.example`] }));
      await store(first!, second!);
      expect([name, await candidatesOf(first!)]).toEqual([name, []]);
    }
  });

  it("are not found any more after one has another name", async () => {
    const [first, second] = [1, 2].map((n) => person("zendesk.user", { name: "Ira Novak", emails: [`ira-${n}@name.example`] }));
    await store(first!, second!);
    expect(await candidatesOf(first!)).toEqual([second!.ref]);
    await store({ ...second!, changedAt: 9_000_000, data: { ...second!.data, name: "Ira Stern" } as PersonData });
    expect(await candidatesOf(first!)).toEqual([]);
  });
});

describe("a candidate that an agent chooses", () => {
  it("is shown for the ticket and for later tickets of the requester, to everybody, until it is undone", async () => {
    const { ann, requester, ticket } = await contestedRequester("lees-1@family.example");
    expect(await stateOf(ticket.ref)).toBe("ambiguous");
    const to = await customerOf(ann.ref);
    const { status, body } = await post("link", { ref: ticket.ref, to });
    expect(status).toBe(200);
    expect(body.decisions).toMatchObject([{ type: "linked", actor: { kind: "person", role: "agent" }, undone: false }]);
    expect(body.customers.map(({ id }) => id)).toEqual([to]);
    const later = ticketOf(requester);
    await store(later);
    for (const ref of [ticket.ref, later.ref, requester.ref]) expect(await customerOf(ref)).toBe(to);
    const { match } = (await harness().context(ticket.ref, { role: "rep", query: "?deadline=50" })).body;
    expect(match).toMatchObject({ state: "resolved", confidence: 1 });
    expect(match.reasons.map(({ rule }) => rule)).toContain("linked");
    await post("undo", { decisions: idsOf(body) });
    expect(await stateOf(ticket.ref)).toBe("ambiguous");
  });

  it("is marked when it is of the ticket's organization, and several of the others are too", async () => {
    const address = "lees-4@family.example";
    const [account, otherAccount] = ["0015g00000CCCCCAAA", "0015g00000DDDDDAAA"];
    const people = [account, account, otherAccount].map((id, i) =>
      person("salesforce.contact", { name: `Lee ${i}`, emails: [address], account: id }),
    );
    const requester = person("zendesk.user", { name: null, emails: [address] });
    const company = (ref: string): RecordInput => ({
      ...requester,
      ...{ ref, platform: "salesforce", connection: "salesforce", object: "account", subject: ref, identifiers: [], edges: [] },
      data: {
        ...{ kind: "company", name: ref, domains: [], owner: null, arr: null, plan: null, stage: null, renewalDate: null },
        ...{ nextStep: null, notMapped: [] },
      },
    });
    const ticket = ticketOf(requester);
    ticket.edges.push({ rel: "organization", to: `salesforce.account:${account}` });
    await store(company(`salesforce.account:${account}`), company(`salesforce.account:${otherAccount}`));
    await store(...people, requester, ticket);
    const { match } = (await harness().context(ticket.ref, { query: "?deadline=50" })).body;
    expect(match.state).toBe("ambiguous");
    expect(match.candidates.map(({ label, fits }) => [label, fits])).toEqual([
      ["Lee 0", true],
      ["Lee 1", true],
      ["Lee 2", undefined],
    ]);
  });

  it("takes the place of one that was chosen before", async () => {
    const { ann, tom, requester } = await contestedRequester("lees-2@family.example");
    await post("link", { ref: requester.ref, to: ann.ref });
    const second = await post("link", { ref: requester.ref, to: tom.ref });
    expect(second.body.decisions.at(-1)?.supersedes).toHaveLength(1);
    expect(await customerOf(requester.ref)).toBe(await customerOf(tom.ref));
    expect(await customerOf(ann.ref)).not.toBe(await customerOf(tom.ref));
    await post("undo", { decisions: idsOf(second.body) });
    expect(await customerOf(requester.ref)).toBe(await customerOf(ann.ref));
  });

  it("can be that of an address: look-ups and new records with it lead there", async () => {
    const address = "lees-3@family.example";
    const { ann, tom } = await contestedRequester(address);
    expect(await stateOf(`email:${address}`)).toBe("ambiguous");
    const { body } = await post("link", { ref: `email:${address}`, to: ann.ref });
    expect(await customerOf(`email:${address}`)).toBe(await customerOf(ann.ref));
    const newcomer = person("zendesk.user", { name: null, emails: [address] });
    await store(newcomer);
    expect(await customerOf(newcomer.ref)).toBe(await customerOf(ann.ref));
    expect(await customerOf(tom.ref)).not.toBe(await customerOf(ann.ref));
    await post("undo", { decisions: idsOf(body) });
    expect(await stateOf(`email:${address}`)).toBe("ambiguous");
  });
});

describe("a record that is not this customer's", () => {
  it("leaves alone, the others stay together, and what they share counts for them", async () => {
    const emails = ["ada-1@acme.example"];
    const [first, second, stranger] = [1, 2, 3].map(() => person("zendesk.user", { name: null, emails }));
    await store(first!, second!, stranger!);
    const id = await customerOf(first!.ref);
    const { body } = await post("unlink", { ref: stranger!.ref, reason: "another Ada" });
    expect(refsIn(await identityOf(id!))).toEqual([first!.ref, second!.ref].sort());
    expect(await customerOf(stranger!.ref)).not.toBe(id);
    expect(await customerOf("email:ada-1@acme.example")).toBe(id);
    const { history } = await identityOf(stranger!.ref);
    expect(history).toMatchObject([{ type: "unlinked", reason: "another Ada", undone: false }]);
    await post("undo", { decisions: idsOf(body) });
    expect(await customerOf(stranger!.ref)).toBe(id);
    expect((await identityOf(id!)).history.map(({ type, undone }) => [type, undone])).toEqual([
      ["undone", false],
      ["unlinked", true],
    ]);
  });

  it("may be the oldest one: the customer keeps its id, and the record gets another one", async () => {
    const emails = ["ada-2@acme.example"];
    const [oldest, second] = [1, 2].map(() => person("zendesk.user", { name: null, emails }));
    await store(oldest!);
    await store(second!);
    const id = await customerOf(oldest!.ref);
    await post("unlink", { ref: oldest!.ref });
    expect(await customerOf(second!.ref)).toBe(id);
    expect(await customerOf(id!)).toBe(id);
    const ownId = await customerOf(oldest!.ref);
    expect(ownId).not.toBe(id);
    expect(refsIn(await identityOf(ownId!))).toEqual([oldest!.ref]);
  });
});

describe("two customers that are one", () => {
  it("have both ids, explain themselves, and are two again after an undo", async () => {
    const [ann, anna] = [
      person("salesforce.contact", { name: "Ann Lee", emails: ["ann@acme.example"] }),
      person("zendesk.user", { name: "Anna Berg", emails: ["anna@private.example"] }),
    ];
    await store(ann, anna);
    const [into, from] = [await customerOf(ann.ref), await customerOf(anna.ref)];
    const { body } = await post("merge", { into, from, reason: "married" });
    expect(await customerOf(from!)).toBe(into);
    const identity = await identityOf(from!);
    expect(identity.id).toBe(into);
    expect(identity.members.map(({ link }) => [link.rule, link.by, link.decision])).toEqual([
      ["first", "rule", null],
      ["linked", "person", idsOf(body)[0]],
    ]);
    expect(identity.members[1]?.reasons[0]).toMatchObject({ rule: "linked", records: [ann.ref, anna.ref] });
    const undo = await post("undo", { decisions: idsOf(body) });
    expect([await customerOf(ann.ref), await customerOf(anna.ref)]).toEqual([into, from]);
    await post("undo", { decisions: idsOf(undo.body) });
    expect(await customerOf(anna.ref)).toBe(into);
  });

  it("were two in the past", async () => {
    const [a, b] = [1, 2].map((n) => person("zendesk.user", { name: `Zoe Past`, emails: [`zoe-${n}@past.example`] }));
    await store(a!, b!);
    const [into, from] = [await customerOf(a!.ref), await customerOf(b!.ref)];
    const before = new Date(harness().clock.now()).toISOString();
    await harness().clock.advance(60_000);
    await post("merge", { into, from });
    await harness().clock.advance(60_000);
    expect(await customerOf(b!.ref, `&at=${before}`)).toBe(from);
    expect(await customerOf(b!.ref)).toBe(into);
  });

  it("are two again when some of their records are split off, although an address joined them", async () => {
    const emails = ["team@split.example"].map((address) => address.replace("team", "jo"));
    const records = [1, 2, 3, 4].map(() => person("zendesk.user", { name: null, emails }));
    await store(...records);
    const id = await customerOf(records[0]!.ref);
    await post("split", { id, refs: [records[0]!.ref, records[3]!.ref] });
    expect(refsIn(await identityOf(id!))).toEqual([records[1]!.ref, records[2]!.ref].sort());
    const other = await identityOf(records[3]!.ref);
    expect(refsIn(other)).toEqual([records[0]!.ref, records[3]!.ref].sort());
    expect(other.id).not.toBe(id);
  });
});

describe("what is known about identities", () => {
  it("masks personal values by role", async () => {
    const emails = ["mia@mask.example"];
    const [a, b] = [person("zendesk.user", { name: "Mia", emails }), person("salesforce.contact", { name: "Mia Mask", emails })];
    await store(a, b);
    const identity = await identityOf(a.ref, { role: "agent" });
    expect(JSON.stringify(identity)).not.toContain("mia@");
    expect(identity.masked.length).toBeGreaterThan(0);
    expect(identity.members[1]?.reasons).toMatchObject([{ rule: "email", records: [b.ref, a.ref] }]);
    expect(JSON.stringify(await identityOf(a.ref))).toContain("mia@mask.example");
  });

  it("lists identifiers that join nothing, with their reason", async () => {
    const { ann } = await contestedRequester("lees-5@family.example");
    const role = ["billing@strike.example"];
    await store(
      person("zendesk.user", { name: "Ada", emails: role }),
      person("salesforce.contact", { name: "Ada", emails: role }),
    );
    const strikes = (await harness().request("/v1/identity/strikes?limit=1000", { role: "admin" })).body.items;
    expect(strikes).toContainEqual(expect.objectContaining({ value: "lees-5@family.example", holders: 3, reason: "contested" }));
    expect(strikes).toContainEqual(expect.objectContaining({ value: "billing@strike.example", holders: 2, reason: "role" }));
    expect((await identityOf(ann.ref)).strikes).toMatchObject([{ value: "lees-5@family.example", kind: "email" }]);
    expect(JSON.stringify((await harness().request("/v1/identity/strikes", { role: "agent" })).body)).not.toContain("lees-5@");
  });

  it("lists decisions newest first, and as events of the log", async () => {
    const decisions: Decision[] = (await harness().request("/v1/identity/decisions?limit=5", { role: "agent" })).body.items;
    expect(decisions).toHaveLength(5);
    expect(decisions.map(({ at }) => at)).toEqual(
      decisions
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    const events = (await harness().request("/v1/events?type=identity.merged&limit=1", { role: "admin" })).body.items;
    expect(events).toMatchObject([{ eventType: "identity.merged", source: { platform: "sidelight", objectType: "decision" } }]);
  });
});

describe("people of a group that shares a domain", () => {
  const account = (index: number, name: string, parent: RecordInput | null): RecordInput => {
    const ref = `salesforce.account:0015g0000099${String(index).padStart(3, "0")}AAA`;
    return {
      ref,
      platform: "salesforce",
      connection: "salesforce",
      object: "account",
      subject: ref,
      changedAt: 1,
      observedAt: harness().clock.now(),
      identifiers: [{ kind: "domain", value: "group.example" }],
      edges: parent ? [{ rel: "parent", to: parent.ref }] : [],
      data: {
        kind: "company",
        name,
        domains: ["group.example"],
        owner: null,
        arr: null,
        plan: null,
        stage: null,
        renewalDate: null,
        nextStep: null,
        notMapped: [],
      },
    };
  };
  const companyName = async (ref: string) => (await harness().context(ref)).body.customer?.company?.name ?? null;

  it("belong to its only subsidiary, and to the company above when there are several", async () => {
    const top = account(1, "Group AG", null);
    const employee = person("zendesk.user", { name: "Ed Employee", emails: ["ed@group.example"] });
    const domain = { kind: "email_domain" as const, value: "group.example" };
    await store(top, { ...employee, identifiers: [...employee.identifiers, domain] });
    expect(await companyName(employee.ref)).toBe("Group AG");
    await store(account(2, "Group France", top));
    expect(await companyName(employee.ref)).toBe("Group France");
    await store(account(3, "Group Italy", top));
    expect(await companyName(employee.ref)).toBe("Group AG");
    // Another company outside the group: it is open again.
    await store(account(4, "Group Namesake", null));
    expect(await companyName(employee.ref)).toBeNull();
  });
});

describe("a withdrawal of consent", () => {
  it("counts for every record that a person joins with it, until that is undone", async () => {
    const { withdrawalOf } = openConsentChecks(harness().runtime.tenants.get("acme")!.tenant);
    const [declined, other] = [1, 2].map((n) => person("zendesk.user", { name: null, emails: [`consent-${n}@acme.example`] }));
    if (declined!.data.kind === "person") declined!.data.optedOut = true;
    await store(declined!, other!);
    expect(await withdrawalOf(other!.ref, null)).toBeNull();
    const { body } = await post("merge", { into: other!.ref, from: declined!.ref });
    expect(await withdrawalOf(other!.ref, null)).toMatchObject({ platform: "Zendesk" });
    await post("undo", { decisions: idsOf(body) });
    expect(await withdrawalOf(other!.ref, null)).toBeNull();
  });
});

describe("identity undo", () => {
  const undoSince = async (since: string, options: object, env: Record<string, string>): Promise<string> => {
    const output = captureOutput();
    try {
      await undo({ since, ...options }, { env } as never);
      return output.text();
    } finally {
      output.restore();
    }
  };

  it("undoes what was decided since an instant, through the API of a served store and in one that is not served", async () => {
    const records = [1, 2, 3].map((n) => person("zendesk.user", { name: null, emails: [`cli-${n}@acme.example`] }));
    await store(...records);
    const [a, b, c] = records.map(({ ref }) => ref);
    await post("merge", { into: a, from: b });
    await harness().clock.advance(60_000);
    const since = new Date(harness().clock.now()).toISOString();
    await post("unlink", { ref: b });
    await post("merge", { into: a, from: c });
    vi.stubGlobal(
      "fetch",
      async (url: URL, init: RequestInit) => await harness().app.request(`${url.pathname}${url.search}`, init),
    );
    try {
      const env = { SIDELIGHT_API_KEY: harness().keys["acme"]!.admin };
      const served = { url: "http://localhost:9" };
      expect(await undoSince(since, { ...served, dryRun: true }, env)).toBe("2 decisions would be undone.\n");
      expect(await undoSince(since, served, env)).toBe("2 decisions undone.\n");
    } finally {
      vi.unstubAllGlobals();
    }
    const id = await customerOf(a!);
    expect([await customerOf(b!), (await customerOf(c!)) === id]).toEqual([id, false]);
    await post("merge", { into: a, from: c });
    await harness().stop();
    const { directory, databaseUrl } = harness();
    const env = {
      SIDELIGHT_CONFIG: join(directory, "sidelight.yaml"),
      SIDELIGHT_DATA: directory,
      ...(databaseUrl === null ? {} : { SIDELIGHT_DATABASE_URL: databaseUrl }),
    };
    expect(await undoSince(since, { tenant: "acme", by: "model" }, env)).toBe("0 decisions undone.\n");
    expect(await undoSince(since, { tenant: "acme" }, env)).toBe("1 decision undone.\n");
    await harness().restart({ pull: false });
    expect((await customerOf(c!)) === id).toBe(false);
    expect(await customerOf(b!)).toBe(id);
  });
});
