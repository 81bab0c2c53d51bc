import type { Identity } from "@sidelight/contracts/identity/identity.ts";
import { describe, expect, it } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import { answer, createFakeClock, createFakeTransport, flush, startTime, subject } from "../session/fakes.ts";
import { createPanelSession } from "../session/session.ts";
import { createIdentity } from "./identity.ts";
import type { IdentityResult, IdentityTransport } from "./transport.ts";

const rich = fixtures.rich(startTime);
const identityOf = (id: string) => ({ id, members: [], history: [], candidates: [] }) as unknown as Identity;

/** A panel that shows the candidate `person:b2` of its subject, with calls about identity that are answered by hand. */
async function setUp() {
  const transport = createFakeTransport();
  const session = createPanelSession({ transport, clock: createFakeClock() });
  const changes: { command: unknown; key: string; respond: (result: IdentityResult<string[]>) => Promise<void> }[] = [];
  const reads: { respond: (result: IdentityResult<Identity>) => Promise<void> }[] = [];
  const respondTo =
    <T>(resolve: (value: T) => void) =>
    (value: T) => {
      resolve(value);
      return flush();
    };
  const identityTransport: IdentityTransport<ReturnType<typeof subject>> = {
    getIdentity: () => new Promise((resolve) => reads.push({ respond: respondTo(resolve) })),
    change: (_, command, key) => new Promise((resolve) => changes.push({ command, key, respond: respondTo(resolve) })),
  };
  let keys = 0;
  const options = { session, loadTransport: async () => identityTransport, newKey: () => `key-${++keys}` };
  const identity = createIdentity(options);
  session.setVisible(true);
  session.show(subject(1));
  session.choose("person:b2");
  await flush();
  await transport.calls.at(-1)?.respond(answer(rich));
  return { transport, session, identity, changes, reads };
}

describe("a decision about the customer", () => {
  it("is remembered for everybody: the subject is shown again without the choice", async () => {
    const { transport, session, identity, changes } = await setUp();
    const calls = transport.calls.length;
    void identity.change({ kind: "link", to: "person:b2" });
    await flush();
    expect(changes[0]).toMatchObject({ command: { kind: "link", to: "person:b2" }, key: "key-1" });
    expect(identity.state().phase).toBe("changing");
    await changes[0]?.respond({ value: ["evt_1"] });
    expect(identity.state()).toMatchObject({ phase: "idle", lastChange: { kind: "link", decisions: ["evt_1"] } });
    expect(session.state()).toMatchObject({ candidate: null, phase: "refreshing" });
    expect(transport.calls.slice(calls)).toMatchObject([{ method: "getContext", request: { candidate: null, etag: null } }]);
  });

  it("is sent again with the same key when no answer arrived, and another one with a new key", async () => {
    const { session, identity, changes } = await setUp();
    const command = { kind: "link", to: "person:b2" } as const;
    void identity.change(command);
    await flush();
    await changes[0]?.respond({ code: "network" });
    expect(identity.state()).toMatchObject({ phase: "idle", problem: "network", lastChange: null });
    expect(session.state().candidate).toBe("person:b2");
    void identity.change(command);
    await flush();
    await changes[1]?.respond({ code: "network" });
    void identity.change({ kind: "unlink" });
    await flush();
    expect(changes.map(({ key }) => key)).toEqual(["key-1", "key-1", "key-2"]);
  });

  it("is not sent twice while the first is on its way", async () => {
    const { identity, changes } = await setUp();
    void identity.change({ kind: "unlink" });
    expect(await identity.change({ kind: "unlink" })).toBe(false);
    await flush();
    expect(changes).toHaveLength(1);
  });
});

it("a decision before the reasons are loaded counts, and their late answer changes nothing", async () => {
  const { identity, reads, changes } = await setUp();
  void identity.open();
  await flush();
  void identity.change({ kind: "unlink" });
  await flush();
  await reads[0]?.respond({ value: identityOf("person:b2") });
  expect(identity.state()).toMatchObject({ phase: "changing", identity: null });
  await changes[0]?.respond({ value: ["evt_1"] });
  expect(identity.state()).toMatchObject({ phase: "idle", isOpen: false, lastChange: { kind: "unlink" } });
});

describe("another requester", () => {
  it("closes the part, and drops an answer for the former one", async () => {
    const { session, identity, reads } = await setUp();
    void identity.open();
    await flush();
    session.show(subject(2));
    expect(identity.state()).toMatchObject({ isOpen: false, identity: null });
    await reads[0]?.respond({ value: identityOf("person:b2") });
    expect(identity.state().identity).toBeNull();
  });

  it("is not shown again by a decision about the former one", async () => {
    const { transport, session, identity, changes } = await setUp();
    void identity.change({ kind: "unlink" });
    await flush();
    session.show(subject(2));
    const calls = transport.calls.length;
    await changes[0]?.respond({ value: ["evt_1"] });
    expect(identity.state().lastChange).toBeNull();
    expect(transport.calls).toHaveLength(calls);
  });
});

it("a customer that cannot be read leaves the part open, with the reason", async () => {
  const { identity, reads } = await setUp();
  void identity.open();
  await flush();
  await reads[0]?.respond({ code: "forbidden" });
  expect(identity.state()).toMatchObject({ isOpen: true, phase: "idle", problem: "forbidden" });
});
