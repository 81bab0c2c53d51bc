import type { Identity } from "@sidelight/contracts/identity/identity.ts";
import type { PanelProblem } from "../options.ts";
import type { PanelSession } from "../session/session.ts";
import type { PanelRequest, PanelSubject } from "../session/transport.ts";
import { randomKey } from "./randomKey.ts";
import type { IdentityCommand, IdentityTransport } from "./transport.ts";

export interface IdentityState {
  /** The part "Wrong customer?" is open. */
  isOpen: boolean;
  phase: "idle" | "loading" | "changing";
  /** What the API knows of the customer on screen, once it is loaded. */
  identity: Identity | null;
  /** The last change on this subject, with the decisions that it can undo. */
  lastChange: { kind: IdentityCommand["kind"]; decisions: readonly string[] } | null;
  /** Why the last call failed. */
  problem: PanelProblem["code"] | null;
}

/** Corrects the customer of a panel's subject: for everybody, and undoable. */
export interface PanelIdentity {
  state(): IdentityState;
  /** @returns ends the subscription */
  subscribe(listener: () => void): () => void;
  /** Opens the part and loads what the API knows; loads it again when it is open. */
  open(): Promise<void>;
  close(): void;
  /** Changes who the subject is, then shows the subject again as everybody sees it. @returns whether that succeeded */
  change(command: IdentityCommand): Promise<boolean>;
  stop(): void;
}

const blank: IdentityState = { isOpen: false, phase: "idle", identity: null, lastChange: null, problem: null };

export interface PanelIdentityOptions<S extends PanelSubject> {
  session: Pick<PanelSession<S>, "state" | "subscribe" | "reopen">;
  loadTransport: () => Promise<IdentityTransport<S>>;
  newKey?: () => string;
}

/**
 * The state machine of "Wrong customer?". A change of the subject starts again, and drops answers for the former one.
 */
export function createIdentity<S extends PanelSubject>(options: PanelIdentityOptions<S>): PanelIdentity {
  const { session, loadTransport, newKey = randomKey } = options;
  const listeners = new Set<() => void>();
  let state = blank;
  let subjectKey = session.state().subject?.key;
  /** A second attempt at a failed command has the key of the first. */
  let failedCommand: { text: string; key: string } | null = null;

  function set(change: Partial<IdentityState>): void {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  const stop = session.subscribe(() => {
    const { subject } = session.state();
    if (subject?.key === subjectKey) return;
    subjectKey = subject?.key;
    failedCommand = null;
    set(blank);
  });

  function request(): PanelRequest<S> | null {
    const { subject, candidate, context } = session.state();
    return subject && { subject, candidate, customerId: context?.customer?.id ?? null };
  }

  /** Runs a call about the subject on screen. @returns null when the subject has changed since */
  async function run<T>(call: (transport: IdentityTransport<S>, request: PanelRequest<S>) => Promise<T>) {
    const current = request();
    if (!current) return null;
    const result = await loadTransport()
      .then((transport) => call(transport, current))
      .catch(() => ({ code: "network" as const }));
    return session.state().subject?.key === current.subject.key ? result : null;
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async open() {
      set({ isOpen: true, phase: "loading", identity: null, problem: null });
      const result = await run((transport, current) => transport.getIdentity(current));
      if (!result || !state.isOpen || state.phase !== "loading") return;
      set({ phase: "idle", ...("value" in result ? { identity: result.value } : { problem: result.code }) });
    },
    close: () => set({ isOpen: false, identity: null, problem: null }),
    async change(command) {
      if (state.phase === "changing") return false;
      const text = JSON.stringify(command);
      const key = failedCommand?.text === text ? failedCommand.key : newKey();
      set({ phase: "changing", problem: null });
      const result = await run((transport, current) => transport.change(current, command, key));
      if (!result) return false;
      if ("code" in result) {
        failedCommand = { text, key };
        set({ phase: "idle", problem: result.code });
        return false;
      }
      failedCommand = null;
      set({ ...blank, lastChange: { kind: command.kind, decisions: result.value } });
      session.reopen();
      return true;
    },
    stop,
  };
}
