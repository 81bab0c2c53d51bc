import type { IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import type { Identity } from "@sidelight/contracts/identity/identity.ts";
import { nameEvidence } from "@sidelight/model/identifiers/identifiers.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { afterAll, beforeAll } from "vitest";
import { type ConfigTree, type Harness, openHarness, type RequestOptions } from "./harness.ts";

interface PersonFields {
  name: string | null;
  emails?: string[];
  account?: string;
}

/** A tenant without connections, for the tests of one file: its records are on no platform. */
export function useIdentity() {
  let harness: Harness;
  let people = 0;
  beforeAll(async () => {
    harness = await openHarness({
      otherTenant: true,
      pull: false,
      configure: (config: ConfigTree) => {
        config.tenants.acme.connections = [];
      },
    });
  });
  afterAll(() => harness.close());

  const log = () => harness.runtime.tenants.get("acme")!.tenant.log;

  function person(object: string, { name, emails = [], account }: PersonFields): RecordInput {
    const [platform = "", kind = ""] = object.split(".");
    people += 1;
    const id = platform === "salesforce" ? `003${String(people).padStart(12, "0")}AAA` : String(990_000 + people);
    const ref = `${object}:${id}`;
    return {
      ref,
      platform,
      connection: platform,
      object: kind,
      subject: ref,
      changedAt: people,
      observedAt: harness.clock.now(),
      identifiers: [
        ...emails.map((value) => ({ kind: "email" as const, value })),
        ...(platform === "salesforce" && name ? [{ kind: "name" as const, value: nameEvidence({ name, ref }) }] : []),
      ],
      edges: account ? [{ rel: "account", to: `salesforce.account:${account}` }] : [],
      data: { kind: "person", name, emails, phones: [], title: null, optedOut: false },
    };
  }

  function ticketOf(requester: RecordInput): RecordInput {
    people += 1;
    const ref = `zendesk.ticket:${990_000 + people}`;
    const instant = "2026-11-20T09:00:00.000Z";
    return {
      ...requester,
      ref,
      object: "ticket",
      identifiers: [],
      edges: [{ rel: "requester", to: requester.ref }],
      data: {
        kind: "ticket",
        subject: "Help",
        status: "open",
        priority: null,
        createdAt: instant,
        updatedAt: instant,
        solvedAt: null,
        resolutionMinutes: null,
      },
    };
  }

  const store = (...records: RecordInput[]) => log().commit({ records, correlationId: "test" });
  const post = (verb: string, body: object, options: RequestOptions = {}) =>
    harness.request<IdentityChange>(`/v1/identity/${verb}`, { method: "POST", role: "agent", body, ...options });
  const identityOf = async (ref: string, options: RequestOptions = {}): Promise<Identity> =>
    (await harness.request(`/v1/identity/${encodeURIComponent(ref)}`, { role: "admin", ...options })).body;
  const customerOf = async (ref: string, query = ""): Promise<string | null> =>
    (await harness.context(ref, { query: `?sections=account&deadline=50${query}` })).body.customer?.id ?? null;
  const stateOf = async (ref: string): Promise<string> =>
    (await harness.context(ref, { query: "?deadline=50" })).body.match.state;

  /** Two contacts with one address in two accounts, and a requester with the same address: it is open whose page to show. */
  async function contestedRequester(address: string) {
    const ann = person("salesforce.contact", { name: "Ann Lee", emails: [address], account: "0015g00000AAAAAAAA" });
    const tom = person("salesforce.contact", { name: "Tom Lee", emails: [address], account: "0015g00000BBBBBAAA" });
    const requester = person("zendesk.user", { name: null, emails: [address] });
    const ticket = ticketOf(requester);
    await store(ann, tom, requester, ticket);
    return { ann, tom, requester, ticket };
  }

  return { harness: () => harness, log, person, ticketOf, contestedRequester, store, post, identityOf, customerOf, stateOf };
}

export const refsIn = ({ members }: Identity): string[] => members.map(({ ref }) => ref).sort();
export const idsOf = ({ decisions }: IdentityChange): string[] => decisions.map(({ id }) => id);
