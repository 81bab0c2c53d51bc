import { refs } from "@sidelight/client/refs.ts";
import type { IdentityTransport } from "@sidelight/panel/identity/transport.ts";
import { type PanelOptions, type PanelPlace, type PanelView, toPanel } from "@sidelight/panel/index.ts";
import type { PanelSession } from "@sidelight/panel/session/session.ts";
import { optionsOf, type PanelSessionState } from "@sidelight/panel/session/state.ts";
import { ThemeProvider } from "@zendeskgarden/react-theming";
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { messagesFor } from "./messages.ts";
import type { ZendeskSubject } from "./session/subject.ts";
import { ErrorBoundary } from "./ui/ErrorBoundary.tsx";
import type { PanelHandlers } from "./ui/Panel.tsx";
import { Shell } from "./ui/Shell.tsx";
import { themeFor, themeVariables } from "./ui/theme.ts";
import type { Environment } from "./zaf/environment.ts";
import type { Host } from "./zaf/host.ts";

interface Props {
  host: Host;
  session: PanelSession<ZendeskSubject>;
  place: PanelPlace;
  environment: Environment;
  loadIdentity: () => Promise<IdentityTransport<ZendeskSubject>>;
}

export function App({ host, session, place, environment, loadIdentity }: Props) {
  const state = useSyncExternalStore(session.subscribe, session.state);
  const { locale, timeZone, admin, scheme } = useSyncExternalStore(environment.subscribe, environment.current);
  const messages = useMessages(locale);
  const [, tick] = useState(0);
  const [news, setNews] = useState("");

  const { subject } = state;
  const options: PanelOptions = {
    ...optionsOf(state),
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
  const view = toPanel(state.context, options);
  const theme = useMemo(() => themeFor(scheme, view.direction), [scheme, view.direction]);

  useEffect(() => {
    if (!state.isVisible) return;
    // Every age in the view is counted from now, so drawing again makes it grow.
    const timer = setTimeout(() => tick((n) => n + 1), view.tickIn);
    return () => clearTimeout(timer);
  });
  useDocument(theme, scheme, view.locale, view.direction);

  const handlers: PanelHandlers = {
    refresh: session.refresh,
    retry: session.retry,
    choose: session.choose,
    undoChoice: session.undoChoice,
  };
  return (
    <ThemeProvider theme={theme}>
      <ErrorBoundary title={view.labels.panel}>
        <Content view={view} hasSkeleton={state.hasSkeleton}>
          {(Panel) => (
            <Panel
              bodyKey={`${subject?.key} ${state.candidate}`}
              session={session}
              loadIdentity={loadIdentity}
              view={view}
              context={state.context}
              options={options}
              onNews={setNews}
              host={host}
              ticketId={subject?.ticketId ?? null}
              isCandidate={state.candidate !== null}
              handlers={handlers}
            />
          )}
        </Content>
      </ErrorBoundary>
      <Announcer text={view.announcement} isSettled={state.phase === "settled"} customer={customerOf(state)} news={news} />
    </ThemeProvider>
  );
}

type PanelComponent = typeof import("./ui/Panel.tsx").Panel;

// Loads while the API answers. In a file of its own, so that the outline is on screen first.
const panel = import("./ui/Panel.tsx");
// `Content` handles a failure. Until it awaits, this avoids an unhandled rejection.
panel.catch(() => {});

interface ContentProps {
  view: PanelView;
  hasSkeleton: boolean;
  children: (Panel: PanelComponent) => ReactNode;
}

/** The outline until there is something to show. `Suspense` would delay content by up to half a second. */
function Content({ view, hasSkeleton, children }: ContentProps) {
  const [loaded, setLoaded] = useState<{ Panel: PanelComponent } | { error: unknown } | null>(null);
  useEffect(
    () =>
      void panel.then(
        ({ Panel }) => setLoaded({ Panel }),
        (error: unknown) => setLoaded({ error }),
      ),
    [],
  );
  if (loaded && "error" in loaded) throw loaded.error;
  return loaded && view.state !== "loading" ? children(loaded.Panel) : <Shell view={view} hasSkeleton={hasSkeleton} />;
}

interface AnnouncerProps {
  text: string;
  isSettled: boolean;
  customer: string;
  news: string;
}

/** Identifies who was lastAnnouncement: the requester of a ticket may change. */
const customerOf = ({ context }: PanelSessionState): string => (context ? `${context.ref} ${context.customer?.id}` : "");

/** Announces the customer once, when the panel has settled, and then each change. Ages that grow are never lastAnnouncement. */
function Announcer({ text, isSettled, customer, news }: AnnouncerProps) {
  const lastAnnouncement = useRef({ customer: "", text: "", news: "" });
  const { current } = lastAnnouncement;
  if (isSettled && text && current.customer !== customer) lastAnnouncement.current = { customer, text, news };
  // News from before a refresh is not repeated after it.
  else if (!isSettled && current.text === current.news) lastAnnouncement.current = { customer: current.customer, text, news };
  else if (news && news !== current.news) lastAnnouncement.current = { customer: current.customer, text: news, news };
  return (
    <div className="visually-hidden" role="status">
      {isSettled ? lastAnnouncement.current.text : ""}
    </div>
  );
}

/** English is built in. A different language is a file of its own, used once it is loaded. */
function useMessages(locale: string): PanelOptions["messages"] {
  const [messages, setMessages] = useState<PanelOptions["messages"]>();
  useEffect(() => {
    let current = true;
    void messagesFor(locale).then((loaded) => current && setMessages(loaded));
    return () => {
      current = false;
    };
  }, [locale]);
  return messages;
}

function useDocument(theme: ReturnType<typeof themeFor>, scheme: string, locale: string, direction: string): void {
  useLayoutEffect(() => {
    const root = document.documentElement;
    for (const [name, value] of Object.entries(themeVariables(theme))) root.style.setProperty(name, value);
    root.style.colorScheme = scheme;
    root.lang = locale;
    root.dir = direction;
  }, [theme, scheme, locale, direction]);
}
