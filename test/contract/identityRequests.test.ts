import type { PersonData, RecordInput } from "@sidelight/model/records.ts";
import { describe, expect, it } from "vitest";
import type { RequestOptions } from "../harness/harness.ts";
import { idsOf, useIdentity } from "../harness/identity.ts";

// Changes of who is who that are sent again, and those that are refused.
const { harness, person, contestedRequester, store, post, identityOf, customerOf } = useIdentity();

describe("a change that is repeated", () => {
  it("gives the same answer for the same key and body, and is a conflict for another body", async () => {
    const [a, b] = [1, 2].map((n) => person("zendesk.user", { name: null, emails: [`key-${n}@acme.example`] }));
    await store(a!, b!);
    const headers = { "idempotency-key": "merge-once" };
    const first = await post("merge", { into: a!.ref, from: b!.ref }, { headers });
    const second = await post("merge", { into: a!.ref, from: b!.ref }, { headers });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
    expect((await identityOf(a!.ref)).history).toHaveLength(1);
    const third = await post("merge", { into: b!.ref, from: a!.ref }, { headers });
    expect([third.status, (third.body as unknown as { code: string }).code]).toEqual([409, "conflict"]);
  });

  it("is made once when both requests come at the same time", async () => {
    const [a, b] = [1, 2].map((n) => person("zendesk.user", { name: null, emails: [`race-${n}@acme.example`] }));
    await store(a!, b!);
    const headers = { "idempotency-key": "merge-race" };
    const answers = await Promise.all([1, 2, 3].map(() => post("merge", { into: a!.ref, from: b!.ref }, { headers })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ body }) => idsOf(body).join())).size).toBe(1);
  });
});

describe("a change that is repeated after later decisions", () => {
  const nodeOf = async ({ ref }: RecordInput): Promise<string> => (await customerOf(ref))!.slice("person:".length);

  /** A request that changes something, and the record whose name changes later. */
  const requests: Record<string, () => Promise<{ request: object; record: RecordInput }>> = {
    async link() {
      const { ann, ticket } = await contestedRequester("lees-again@family.example");
      return { request: { ref: ticket.ref, to: ann.ref }, record: ann };
    },
    async unlink() {
      const [first, second] = await joinedUsers(["unlink-again@acme.example"]);
      return { request: { ref: second.ref, reason: "another one" }, record: first };
    },
    async merge() {
      const [into, from] = await separateUsers("merge-again");
      return { request: { into: into.ref, from: from.ref }, record: into };
    },
    async split() {
      const [first, second] = await joinedUsers(["split-again@acme.example"]);
      return { request: { id: await customerOf(first.ref), refs: [second.ref] }, record: first };
    },
    async dismiss() {
      const [first, second] = await separateUsers("dismiss-again");
      const nodes = [await nodeOf(first), await nodeOf(second)];
      return { request: { candidates: [nodes.sort().join(".")] }, record: first };
    },
    async undo() {
      const [into, from] = await separateUsers("undo-again");
      const { body } = await post("merge", { into: into.ref, from: from.ref });
      return { request: { decisions: idsOf(body) }, record: into };
    },
  };

  async function joinedUsers(emails: string[]): Promise<[RecordInput, RecordInput]> {
    const users = [1, 2].map(() => person("zendesk.user", { name: "Ada Before", emails })) as [RecordInput, RecordInput];
    await store(...users);
    return users;
  }

  async function separateUsers(local: string): Promise<[RecordInput, RecordInput]> {
    const users = [1, 2].map((n) => person("zendesk.user", { name: "Ada Before", emails: [`${local}-${n}@acme.example`] })) as [
      RecordInput,
      RecordInput,
    ];
    await store(...users);
    return users;
  }

  it.each(Object.keys(requests))("gives the answer of then, and changes nothing: %s", async (verb) => {
    const { request, record } = await requests[verb]!();
    const headers = { "idempotency-key": `again-${verb}` };
    const first = await post(verb, request, { headers });
    expect(first.status).toBe(200);
    expect(first.body.decisions.map(({ undone }) => undone)).toEqual(first.body.decisions.map(() => false));
    await post("undo", { decisions: idsOf(first.body) });
    await store({ ...record, changedAt: 9_000_000, data: { ...record.data, name: "Ada Afterwards" } as PersonData });
    const state = await identityOf(record.ref);
    const again = await post(verb, request, { headers });
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(await identityOf(record.ref)).toEqual(state);
  });

  it("belongs to the key that sent it: another caller's request is one of its own", async () => {
    const [into, from] = await separateUsers("caller");
    const headers = { "idempotency-key": "of-one-caller" };
    const request = { into: into.ref, from: from.ref };
    expect((await post("merge", request, { headers })).status).toBe(200);
    expect((await post("merge", request, { headers, role: "admin" })).status).toBe(409);
  });

  it("is judged again after a refusal, which changed nothing", async () => {
    const [into, from] = await separateUsers("refused");
    const headers = { "idempotency-key": "refused-first" };
    const request = { ref: from.ref, to: "zendesk.user:1999998" };
    expect((await post("link", request, { headers })).status).toBe(404);
    const record = { ...into, ref: "zendesk.user:1999998", subject: "zendesk.user:1999998", identifiers: [] };
    await store(record);
    expect((await post("link", request, { headers })).status).toBe(200);
  });
});

describe("a change that is refused", () => {
  const refused = async (verb: string, body: object, options: RequestOptions = {}) => {
    const { status, body: problem } = await post(verb, body, options);
    return [status, (problem as unknown as { code: string }).code];
  };

  it("has nothing to change, or names what Sidelight does not have", async () => {
    const [a, b] = [1, 2].map((n) => person("zendesk.user", { name: null, emails: [`no-${n}@acme.example`] }));
    await store(a!, b!);
    expect(await refused("merge", { into: a!.ref, from: a!.ref })).toEqual([409, "conflict"]);
    expect(await refused("unlink", { ref: a!.ref })).toEqual([409, "conflict"]);
    expect(await refused("split", { id: a!.ref, refs: [b!.ref] })).toEqual([409, "conflict"]);
    expect(await refused("link", { ref: "zendesk.user:1999999", to: a!.ref })).toEqual([404, "not_found"]);
    expect(await refused("undo", { decisions: ["dec_unknown"] })).toEqual([404, "not_found"]);
    expect(await refused("link", { ref: a!.ref })).toEqual([400, "invalid_request"]);
    const { body } = await post("merge", { into: a!.ref, from: b!.ref });
    await post("undo", { decisions: idsOf(body) });
    expect(await refused("undo", { decisions: idsOf(body) })).toEqual([409, "conflict"]);
  });

  it("comes from another tenant, or from a panel session of another customer", async () => {
    const { ann, tom, ticket } = await contestedRequester("lees-4@family.example");
    const to = await customerOf(ann.ref);
    expect(await refused("merge", { into: to, from: tom.ref }, { tenant: "globex" })).toEqual([404, "not_found"]);
    const session = await harness().request("/v1/sessions", { method: "POST", role: "agent", body: { ref: ticket.ref } });
    const options: RequestOptions = { role: null, headers: { authorization: `Bearer ${session.body.token}` } };
    expect(await refused("link", { ref: tom.ref, to }, options)).toEqual([403, "forbidden"]);
    expect(await refused("merge", { into: to, from: tom.ref }, options)).toEqual([403, "forbidden"]);
    const other = await post("merge", { into: to, from: tom.ref });
    expect(await refused("undo", { decisions: idsOf(other.body) }, options)).toEqual([403, "forbidden"]);
    await post("undo", { decisions: idsOf(other.body) });
    const { status, body } = await post("link", { ref: ticket.ref, to }, options);
    expect(status).toBe(200);
    expect((await post("undo", { decisions: idsOf(body) }, options)).status).toBe(200);
  });
});
