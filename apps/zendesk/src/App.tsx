import { isPersonal, refs } from "@sidelight/client/refs.ts";
import { withRevealed } from "@sidelight/panel/actions/overlay.ts";
import type { ActionTransport } from "@sidelight/panel/actions/transport.ts";
import type { PanelCards } from "@sidelight/panel/cards/cards.ts";
import type { IdentityTransport } from "@sidelight/panel/identity/transport.ts";
import { type PanelOptions, type PanelPlace, toPanel } from "@sidelight/panel/index.ts";
import type { PanelSession } from "@sidelight/panel/session/session.ts";
import { optionsOf, type PanelSessionState } from "@sidelight/panel/session/state.ts";
import { createOlderEvents, type OlderEvents, type TimelineTransport } from "@sidelight/panel/timeline/olderEvents.ts";
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { actionsHost, actionsOf } from "./actions/binding.ts";
import { messagesFor } from "./messages.ts";
import type { ZendeskSubject } from "./session/subject.ts";
import { useCards } from "./session/useCards.ts";
import { Announcer } from "./ui/Announcer.tsx";
import { focusPending } from "./ui/focus.ts";
import { OlderEventsContext, type OlderEventsScope } from "./ui/olderEventsScope.ts";
import { Panel, type PanelHandlers } from "./ui/Panel.tsx";
import { SchemeContext } from "./ui/SchemeContext.ts";
import { Shell } from "./ui/Shell.tsx";
import { applyScheme, type Scheme } from "./ui/theme.ts";
import type { Environment } from "./zaf/environment.ts";
import type { Host } from "./zaf/host.ts";

export interface AppProps {
  host: Host;
  session: PanelSession<ZendeskSubject>;
  place: PanelPlace;
  environment: Environment;
  loadIdentity: () => Promise<IdentityTransport<ZendeskSubject>>;
  loadTimeline: () => Promise<TimelineTransport>;
  loadActions: () => Promise<ActionTransport<ZendeskSubject>>;
  loadCards: () => Promise<PanelCards>;
}

export function App({ host, session, place, environment, loadIdentity, loadTimeline, loadActions, loadCards }: AppProps) {
  const state = useShownState(session);
  const { locale, timeZone, admin, person, scheme } = useSyncExternalStore(environment.subscribe, environment.current);
  const messages = useMessages(locale);
  const actions = actionsOf(session, loadActions);
  const actionsState = useSyncExternalStore(actions.subscribe, actions.state);
  const [, tick] = useState(0);
  const [news, setNews] = useState("");
  const [olderEvents] = useState(() => createOlderEvents(loadTimeline));

  const { state: cardsState, cards } = useCards(state, loadCards);

  const { subject } = state;
  const options: PanelOptions = {
    ...optionsOf(state),
    ...cardsState,
    ...{
      place,
      locale,
      timeZone,
      admin,
      messages,
      now: Date.now(),
      currentRecord: subject?.ticketId ? refs.of("zendesk.ticket", subject.ticketId) : undefined,
    },
  };
  const { revealed } = actionsState;
  // Revealed values are on the screen only: the session, its memory and what is inserted keep the masked ones.
  const view = toPanel(revealed && state.context ? withRevealed(state.context, revealed.values) : state.context, options);
  const tickIn = revealed ? Math.min(view.tickIn, 1_000) : view.tickIn;

  useEffect(() => {
    if (!state.isVisible) return;
    // Every age in the view is counted from now, so drawing again makes it grow.
    const timer = setTimeout(() => session.state().isVisible && tick((n) => n + 1), tickIn);
    return () => clearTimeout(timer);
  });
  useEffect(focusPending);
  useDocument(scheme, view.locale, view.direction);

  const handlers: PanelHandlers = {
    refresh: session.refresh,
    retry: (target) => (cards?.has(target) ? cards.retry(target) : session.retry(target)),
    choose: session.choose,
    undoChoice: session.undoChoice,
  };
  return (
    <SchemeContext.Provider value={scheme}>
      {view.state === "loading" ? (
        <Shell view={view} hasSkeleton={state.hasSkeleton} />
      ) : (
        <OlderEventsContext.Provider value={olderEventsScope(state, options, olderEvents)}>
          <Panel
            bodyKey={`${subject?.key} ${state.candidate}`}
            session={session}
            loadIdentity={loadIdentity}
            binding={{ actions, state: actionsState, host: actionsHost(person, subject?.ticketId ?? null) }}
            view={view}
            context={state.context}
            options={options}
            onNews={setNews}
            host={host}
            ticketId={subject?.ticketId ?? null}
            isCandidate={state.candidate !== null}
            handlers={handlers}
          />
        </OlderEventsContext.Provider>
      )}
      <Announcer view={view} state={state} news={news} hasTexts={messages !== undefined} />
    </SchemeContext.Provider>
  );
}

/** A new ticket's requester may be known by an address only, which must not stand in a URL: then the customer's id names them. */
function olderEventsScope(
  { context, subject, candidate }: PanelSessionState<ZendeskSubject>,
  options: PanelOptions,
  events: OlderEvents,
): OlderEventsScope | null {
  const customer = context?.customer;
  if (!customer || !subject) return null;
  return { context, options, events, customer: candidate ?? (isPersonal(subject.ref) ? customer.id : subject.ref) };
}

/**
 * The state to draw. That the panel is hidden is no reason to draw it again: the person is waiting for the panel of another ticket
 * then, which the same thread draws.
 */
function useShownState(session: AppProps["session"]): PanelSessionState<ZendeskSubject> {
  const shown = useRef(session.state());
  return useSyncExternalStore(session.subscribe, () => {
    const state = session.state();
    const { isVisible, context, subject } = shown.current;
    const isSame = state.context === context && state.subject === subject;
    if (state.isVisible || !isVisible || !isSame) shown.current = state;
    return shown.current;
  });
}

const noMessages: NonNullable<PanelOptions["messages"]> = {};

/** English is built in. A different language is a file of its own, used once it is loaded. Undefined until that is known. */
function useMessages(locale: string): PanelOptions["messages"] {
  const [messages, setMessages] = useState<PanelOptions["messages"]>(/^en(?!-XA)/.test(locale) ? noMessages : undefined);
  useEffect(() => {
    let current = true;
    void messagesFor(locale).then((loaded) => current && setMessages(loaded ?? noMessages));
    return () => {
      current = false;
    };
  }, [locale]);
  return messages;
}

function useDocument(scheme: Scheme, locale: string, direction: string): void {
  useLayoutEffect(() => {
    applyScheme(scheme);
    document.documentElement.lang = locale;
    document.documentElement.dir = direction;
  }, [scheme, locale, direction]);
}
