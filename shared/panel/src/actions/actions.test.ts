import type { ActionResult, FollowUpState } from "@sidelight/contracts/actions/action.ts";
import { describe, expect, it } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import { answer, createFakeClock, createFakeTransport, failedResult, flush, startTime, subject } from "../session/fakes.ts";
import { createPanelSession } from "../session/session.ts";
import { createActions, revealMs } from "./actions.ts";
import type { ActionAnswer, ActionCommand, ActionTransport, CallResult } from "./transport.ts";

const rich = fixtures.rich(startTime);
const actionTime = "2026-11-21T09:30:00Z";
const doneResult = (action: ActionResult["action"]): CallResult<ActionAnswer> => ({
  value: { action, id: "act_1", at: actionTime, note: null },
});
const followUpAt = (state: FollowUpState["state"]): FollowUpState => ({
  ...{ action: "follow-up", id: "act_1", at: actionTime, delivery: "d1", platform: "zendesk" },
  ...{ state, message: null, record: null },
});
const revealedResult: CallResult<ActionAnswer> = {
  value: {
    action: "reveal",
    id: "act_1",
    at: actionTime,
    hideAt: actionTime,
    values: { "/customer/email": "ada@lovelace.example" },
  },
};
const note: ActionCommand = { kind: "note", body: "Call before noon" };
const reveal: ActionCommand = { kind: "reveal", pointers: ["/customer/email"], reason: "callback" };
const followUp: ActionCommand = {
  ...{ kind: "follow-up", platform: "zendesk", owner: null },
  ...{ subject: "Call", text: "", dueDate: "2026-11-22" },
};

/** A panel that shows a customer, with actions that are answered by hand. */
async function setUp() {
  const clock = createFakeClock();
  const transport = createFakeTransport();
  const session = createPanelSession({ transport, clock });
  const takes: { command: ActionCommand; key: string; respond: (result: CallResult<ActionAnswer>) => Promise<void> }[] = [];
  const reads: string[] = [];
  let followUpAnswer: CallResult<FollowUpState> = { value: followUpAt("waiting") };
  const actionTransport: ActionTransport<ReturnType<typeof subject>> = {
    take: (_, command, key) =>
      new Promise((resolve) => {
        const respond = (result: CallResult<ActionAnswer>) => {
          resolve(result);
          return flush();
        };
        takes.push({ command, key, respond });
      }),
    getFollowUp: async (_, id) => {
      reads.push(id);
      return followUpAnswer;
    },
    getPins: async () => ({ value: ["person:other"] }),
  };
  let keys = 0;
  const options = { session, loadTransport: async () => actionTransport, clock, newKey: () => `key-${++keys}` };
  const actions = createActions(options);
  session.setVisible(true);
  session.show(subject(1));
  await flush();
  await transport.calls[0]?.respond(answer(rich));
  const take = async (command: ActionCommand) => {
    const result = actions.take(command);
    await flush();
    return result;
  };
  return {
    ...{ clock, transport, session, actions, takes, reads, take },
    setFollowUp: (result: CallResult<FollowUpState>) => {
      followUpAnswer = result;
    },
  };
}

describe("an action without the text that it needs", () => {
  it.each<[string, ActionCommand]>([
    ["a note of spaces", { kind: "note", body: " \n" }],
    ["a follow-up without a subject", { ...followUp, subject: " " } as ActionCommand],
    ["a reveal with a short reason", { ...reveal, reason: "why " } as ActionCommand],
  ])("is not sent, and says what is missing: %s", async (_, command) => {
    const { actions, takes, take } = await setUp();
    expect(await take(command)).toBe(false);
    expect(takes).toEqual([]);
    expect(actions.state()).toMatchObject({ sending: null, failure: { kind: command.kind, code: "incomplete" } });
  });
});

describe("an action", () => {
  it("keeps the others waiting while it is sent, and reads the notes again after it", async () => {
    const { actions, takes, transport, take } = await setUp();
    void take(note);
    await flush();
    expect(actions.state()).toMatchObject({ sending: "note", failure: null });
    expect(await actions.take(followUp)).toBe(false);
    await takes[0]?.respond(doneResult("note"));
    expect(actions.state()).toMatchObject({ sending: null, done: "note" });
    expect(transport.calls.at(-1)).toMatchObject({ method: "getSections", request: { sections: ["notes"] } });
    expect(takes).toHaveLength(1);
  });

  it.each(["network", "timeout", "internal", "overloaded"] as const)(
    "has the same key in the next attempt after %s, as it may be done already",
    async (code) => {
      const { actions, takes } = await setUp();
      void actions.take(note);
      await flush();
      await takes[0]?.respond({ code });
      expect(actions.state().failure).toEqual({ kind: "note", note: null, code });
      void actions.take(note);
      await flush();
      expect(takes.map(({ key }) => key)).toEqual(["key-1", "key-1"]);
    },
  );

  it("has a new key with another text, and after a refusal", async () => {
    const { actions, takes } = await setUp();
    void actions.take(note);
    await flush();
    await takes[0]?.respond({ code: "network" });
    void actions.take({ kind: "note", body: "Another text" });
    await flush();
    await takes[1]?.respond({ code: "conflict" });
    void actions.take({ kind: "note", body: "Another text" });
    await flush();
    expect(takes.map(({ key }) => key)).toEqual(["key-1", "key-2", "key-3"]);
  });

  it("changes nothing for the next customer when its answer is late", async () => {
    const { actions, takes, session } = await setUp();
    const result = actions.take(note);
    await flush();
    session.show(subject(2));
    expect(actions.state()).toMatchObject({ sending: null, open: null });
    await takes[0]?.respond(doneResult("note"));
    expect(await result).toBe(false);
    expect(actions.state()).toMatchObject({ done: null });
  });
});

describe("revealed values", () => {
  async function showRevealed() {
    const panel = await setUp();
    void panel.actions.take(reveal);
    await flush();
    await panel.takes[0]?.respond(revealedResult);
    expect(panel.actions.state().revealed?.values).toEqual({ "/customer/email": "ada@lovelace.example" });
    return panel;
  }

  it("hide after a minute, counted from the request", async () => {
    const { actions, clock, takes } = await setUp();
    void actions.take(reveal);
    await flush();
    await clock.advance(10_000);
    await takes[0]?.respond(revealedResult);
    await clock.advance(revealMs - 10_001);
    expect(actions.state().revealed).not.toBeNull();
    await clock.advance(1);
    expect(actions.state().revealed).toBeNull();
  });

  it("hide when the tab is hidden, and do not come back", async () => {
    const { actions, session } = await showRevealed();
    session.setVisible(false);
    expect(actions.state().revealed).toBeNull();
    session.setVisible(true);
    expect(actions.state().revealed).toBeNull();
  });

  it("hide when another requester is chosen, and do not come back with the former one", async () => {
    const { actions, session } = await showRevealed();
    session.show(subject(2));
    expect(actions.state().revealed).toBeNull();
    session.show(subject(1));
    expect(session.state().context?.customer?.email).toBe(rich.customer?.email);
    expect(actions.state().revealed).toBeNull();
  });

  it("hide when the session ends", async () => {
    const { actions, session, transport } = await showRevealed();
    void session.reload();
    await flush();
    await transport.calls.at(-1)?.respond(failedResult("unauthenticated"));
    expect(session.state().context).toBeNull();
    expect(actions.state().revealed).toBeNull();
  });

  it("do not show when their answer arrives in a hidden tab", async () => {
    const { actions, session, takes } = await setUp();
    void actions.take(reveal);
    await flush();
    session.setVisible(false);
    await takes[0]?.respond(revealedResult);
    expect(actions.state().revealed).toBeNull();
  });
});

describe("a follow-up", () => {
  it("is read again after a pause until it is done, and then no more", async () => {
    const { actions, takes, reads, clock, setFollowUp } = await setUp();
    void actions.take(followUp);
    await flush();
    await takes[0]?.respond({ value: followUpAt("waiting") });
    expect(actions.state().followUp?.state).toBe("waiting");
    await clock.advance(2_000);
    expect(reads).toEqual(["act_1"]);
    setFollowUp({ value: followUpAt("done") });
    await clock.advance(5_000);
    expect(actions.state().followUp?.state).toBe("done");
    await clock.advance(600_000);
    expect(reads).toHaveLength(2);
  });

  it("is read three times at most", async () => {
    const { actions, takes, reads, clock } = await setUp();
    void actions.take(followUp);
    await flush();
    await takes[0]?.respond({ value: followUpAt("waiting") });
    await clock.advance(600_000);
    expect(reads).toHaveLength(3);
  });
});

describe("pins", () => {
  it("are read once, and follow what the person does", async () => {
    const { actions, takes } = await setUp();
    expect(actions.state().pins).toBeNull();
    await actions.loadPins();
    expect([...(actions.state().pins ?? [])]).toEqual(["person:other"]);
    void actions.take({ kind: "pin", isPinned: true });
    await flush();
    await takes[0]?.respond(doneResult("pin"));
    expect(actions.state().pins?.has(rich.customer?.id ?? "")).toBe(true);
    void actions.take({ kind: "pin", isPinned: false });
    await flush();
    await takes[1]?.respond(doneResult("pin"));
    expect([...(actions.state().pins ?? [])]).toEqual(["person:other"]);
  });
});
