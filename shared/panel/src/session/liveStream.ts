import type { PanelClock } from "../clock.ts";
import { keepStreamOpen } from "./stream.ts";
import type { LiveChange, PanelRequest, PanelSubject, PanelTransport } from "./transport.ts";

export interface LiveStreamOptions<S extends PanelSubject> {
  transport: PanelTransport<S>;
  clock: PanelClock;
  random?: () => number;
  /** The stream has opened or ended. */
  onSwitch(): void;
  onChanges(changes: readonly LiveChange[]): void;
}

/** The stream of a session: one at a time, for the customer on screen. */
export interface LiveStream<S extends PanelSubject> {
  /** Opens, keeps or closes the stream. @param request of the customer to follow, or null for none */
  follow(request: PanelRequest<S> | null): void;
  isOpen(): boolean;
}

export function createLiveStream<S extends PanelSubject>(options: LiveStreamOptions<S>): LiveStream<S> {
  const { transport, clock, random = Math.random, onSwitch, onChanges } = options;
  let stream: { key: string; isOpen: boolean; close: () => void } | null = null;

  return {
    follow(request) {
      const open = transport.stream;
      const key = open && request ? `${request.subject.key} ${request.candidate} ${request.customerId}` : null;
      if (key === (stream?.key ?? null)) return;
      stream?.close();
      stream = null;
      if (!open || !request || key === null) return;
      const newStream = { key, isOpen: false, close: () => {} };
      stream = newStream;
      newStream.close = keepStreamOpen({
        clock,
        random,
        onChanges,
        open: (listener, signal) => open.call(transport, request, listener, signal),
        onOpen: () => {
          newStream.isOpen = true;
          onSwitch();
        },
        onClose: () => {
          newStream.isOpen = false;
          onSwitch();
        },
      });
    },
    isOpen: () => stream?.isOpen === true,
  };
}
