import type { FollowUpState, RevealedValues } from "@sidelight/contracts/actions/action.ts";
import { type PanelClock, systemClock } from "../clock.ts";
import { randomKey } from "../identity/randomKey.ts";
import type { PanelProblem } from "../options.ts";
import type { PanelSession } from "../session/session.ts";
import type { PanelRequest, PanelSubject } from "../session/transport.ts";
import { isIncomplete } from "./isIncomplete.ts";
import type { RevealedByPointer } from "./overlay.ts";
import type { ActionAnswer, ActionCommand, ActionTransport, CallResult } from "./transport.ts";

/** A form that is open. */
export type OpenForm =
  | { kind: "follow-up" }
  /** `part`: the customer, or a section. */
  | { kind: "reveal"; part: string; pointers: readonly string[] }
  | { kind: "delete-note"; note: string };

export interface ActionsState {
  open: OpenForm | null;
  /** The command on its way. There is at most one. */
  sending: ActionCommand["kind"] | null;
  /** Why the last command failed. `note`: the one that it was about, if any. */
  failure: { kind: ActionCommand["kind"]; note: string | null; code: PanelProblem["code"] | "incomplete" } | null;
  /** The last command that succeeded on this customer. */
  done: ActionCommand["kind"] | "pin-note" | "unpin-note" | null;
  /** The last follow-up of this customer, and how far it is. */
  followUp: FollowUpState | null;
  /** Values to show until `hideAt`, a time of the monotonic clock. */
  revealed: { values: RevealedByPointer; hideAt: number } | null;
  /** Ids of the pinned customers; null until they are read. */
  pins: ReadonlySet<string> | null;
}

/** Actions about the customer of a panel. */
export interface PanelActions {
  state(): ActionsState;
  /** @returns ends the subscription */
  subscribe(listener: () => void): () => void;
  open(form: OpenForm): void;
  close(): void;
  /** Takes an action, unless another one is on its way or its text is missing. @returns whether it succeeded, and its customer is still on screen */
  take(command: ActionCommand): Promise<boolean>;
  /** Reports an insertion. A failure is not shown, because the text is inserted already. */
  reportInsert(command: Extract<ActionCommand, { kind: "insert" }>): void;
  /** Reads once which customers are pinned. */
  loadPins(): Promise<void>;
  /** Hides revealed values. */
  hide(): void;
  stop(): void;
}

export interface PanelActionsOptions<S extends PanelSubject> {
  session: Pick<PanelSession<S>, "state" | "subscribe" | "retry">;
  loadTransport: () => Promise<ActionTransport<S>>;
  clock?: PanelClock;
  newKey?: () => string;
}

/** How long revealed values are shown at most, ms. */
export const revealMs = 60_000;
/** When the state of a follow-up is read, ms after it was sent. */
const followUpReadsMs: readonly number[] = [2_000, 5_000, 20_000];

const blank = { open: null, sending: null, failure: null, done: null, followUp: null, revealed: null } as const;

/** The state machine of all actions. Another customer starts it again; answers for the former one are dropped. */
export function createActions<S extends PanelSubject>(options: PanelActionsOptions<S>): PanelActions {
  const { session, loadTransport, clock = systemClock, newKey = randomKey } = options;
  const listeners = new Set<() => void>();
  let state: ActionsState = { ...blank, pins: null };
  let customer = customerOf(session);
  /** A second attempt at a command without an answer has the key of the first, and the time at which that began. */
  let openAttempt: { text: string; key: string; since: number } | null = null;
  let pinsRead: Promise<void> | null = null;
  const cancels = new Map<"hide" | "followUp", () => void>();

  function set(change: Partial<ActionsState>): void {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  function schedule(name: "hide" | "followUp", ms: number, run: () => void): void {
    cancels.get(name)?.();
    cancels.set(name, clock.after(ms, run));
  }

  const hide = (): void => {
    cancels.get("hide")?.();
    if (state.revealed) set({ revealed: null });
  };

  function reset(): void {
    for (const cancel of cancels.values()) cancel();
    openAttempt = null;
    set(blank);
  }

  const unsubscribe = session.subscribe(() => {
    if (!session.state().isVisible) hide();
    const current = customerOf(session);
    if (current === customer) return;
    customer = current;
    reset();
  });

  function request(): PanelRequest<S> | null {
    const { subject, candidate, context } = session.state();
    return subject && { subject, candidate, customerId: context?.customer?.id ?? null };
  }

  /** @returns null when the customer has changed since */
  async function call<T>(run: (transport: ActionTransport<S>, request: PanelRequest<S>) => Promise<CallResult<T>>) {
    const current = request();
    if (!current) return null;
    const askedCustomer = customer;
    const result = await loadTransport()
      .then((transport) => run(transport, current))
      .catch((): CallResult<T> => ({ code: "network" }));
    return askedCustomer === customer ? result : null;
  }

  async function take(command: ActionCommand): Promise<boolean> {
    if (state.sending) return false;
    if (isIncomplete(command)) {
      set({ failure: { kind: command.kind, note: noteOf(command), code: "incomplete" }, done: null });
      return false;
    }
    const text = JSON.stringify(command);
    const attempt = openAttempt?.text === text ? openAttempt : { text, key: newKey(), since: clock.monotonic() };
    openAttempt = attempt;
    set({ sending: command.kind, failure: null, done: null });
    const result = await call((transport, current) => transport.take(current, command, attempt.key));
    if (!result) return false;
    if ("code" in result) {
      // After a refusal nothing was done, so the next attempt is a new action.
      if (!isUnanswered(result.code)) openAttempt = null;
      set({ sending: null, failure: { kind: command.kind, note: noteOf(command), code: result.code } });
      return false;
    }
    openAttempt = null;
    finish(command, result.value, attempt.since);
    return true;
  }

  function finish(command: ActionCommand, answer: ActionAnswer, since: number): void {
    set({ sending: null, done: doneOf(command), open: null });
    if (answer.action === "reveal") show(answer, since);
    else if (answer.action === "follow-up") followUp(answer, 0);
    else if (command.kind === "pin" && command.note === undefined) setPin(command.isPinned);
    else if (command.kind !== "insert") void session.retry("notes");
  }

  function show({ values }: RevealedValues, since: number): void {
    const hideAt = since + revealMs;
    const leftMs = hideAt - clock.monotonic();
    // The person may have gone to another tab before the answer arrived.
    if (leftMs <= 0 || !session.state().isVisible) return;
    set({ revealed: { values, hideAt } });
    schedule("hide", leftMs, hide);
  }

  function followUp(latest: FollowUpState, reads: number): void {
    set({ followUp: latest });
    const { id, state: deliveryState } = latest;
    const waitMs = followUpReadsMs[reads];
    if (deliveryState !== "waiting" || waitMs === undefined) return;
    schedule("followUp", waitMs, async () => {
      const result = await call((transport, current) => transport.getFollowUp(current, id));
      if (!result || state.followUp?.id !== id) return;
      followUp("code" in result ? state.followUp : result.value, reads + 1);
    });
  }

  function setPin(isPinned: boolean): void {
    const id = session.state().context?.customer?.id;
    if (!id) return;
    const otherPins = [...(state.pins ?? [])].filter((pin) => pin !== id);
    set({ pins: new Set(isPinned ? [...otherPins, id] : otherPins) });
  }

  async function readPins(): Promise<void> {
    const current = request();
    if (!current) return;
    const result = await loadTransport()
      .then((transport) => transport.getPins(current))
      .catch(() => null);
    if (result && "value" in result) set({ pins: new Set(result.value) });
    else pinsRead = null;
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    open: (form) => set({ open: form, failure: null, done: null }),
    close: () => set({ open: null, failure: null }),
    take,
    reportInsert: (command) => void call((transport, current) => transport.take(current, command, newKey())),
    loadPins: () => {
      pinsRead ??= readPins();
      return pinsRead;
    },
    hide,
    stop() {
      unsubscribe();
      for (const cancel of cancels.values()) cancel();
    },
  };
}

/** What an action is about: it changes with the page and with the person's choice. "" while no customer may be seen. */
function customerOf({ state }: Pick<PanelSession, "state">): string {
  const { subject, candidate, context } = state();
  return context?.customer ? `${subject?.key} ${candidate} ${context.customer.id}` : "";
}

/** The note that a command is about, or null. */
const noteOf = (command: ActionCommand): string | null => ("note" in command ? (command.note ?? null) : null);

function doneOf(command: ActionCommand): ActionsState["done"] {
  if (command.kind !== "pin" || command.note === undefined) return command.kind;
  return command.isPinned ? "pin-note" : "unpin-note";
}

/** The API may have done what was asked for. */
const isUnanswered = (code: PanelProblem["code"]): boolean =>
  code === "network" || code === "timeout" || code === "internal" || code === "overloaded";
