import { type PanelOptions, type PanelView, type Place, toPanel, toSummary } from "@sidelight/panel/index.ts";
import { ThemeProvider } from "@zendeskgarden/react-theming";
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { insertSummary } from "./insert/insert.ts";
import { messagesFor } from "./messages.ts";
import type { Session, SessionState } from "./session/session.ts";
import { subjectKey } from "./session/subject.ts";
import { ErrorBoundary } from "./ui/ErrorBoundary.tsx";
import type { PanelHandlers } from "./ui/Panel.tsx";
import { Shell } from "./ui/Shell.tsx";
import { cssVariables, themeFor } from "./ui/theme.ts";
import type { Environment } from "./zaf/environment.ts";
import type { Host } from "./zaf/host.ts";

interface Props {
  host: Host;
  session: Session;
  place: Place;
  environment: Environment;
}

export function App({ host, session, place, environment }: Props) {
  const state = useSyncExternalStore(session.subscribe, session.state);
  const { locale, timeZone, admin, scheme } = useSyncExternalStore(environment.subscribe, environment.current);
  const messages = useMessages(locale);
  const [, tick] = useState(0);
  const [news, setNews] = useState("");

  const options = panelOptions(state, { place, locale, timeZone, admin, messages, now: Date.now() });
  const view = toPanel(state.context, options);
  const theme = useMemo(() => themeFor(scheme, view.direction), [scheme, view.direction]);

  useEffect(() => {
    if (!state.active) return;
    // Every age in the view is counted from now: drawing again is all that ticking takes.
    const timer = setTimeout(() => tick((n) => n + 1), view.tickIn);
    return () => clearTimeout(timer);
  });
  useDocument(theme, scheme, view.locale, view.direction);

  const handlers: PanelHandlers = {
    refresh: session.refresh,
    retry: session.retry,
    choose: session.choose,
    undoChoice: session.undoChoice,
    insert: (summary) => insertSummary(host, summary, state.subject?.ticketId ?? null),
  };
  return (
    <ThemeProvider theme={theme}>
      <ErrorBoundary title={view.labels.panel}>
        <Content view={view} skeleton={state.skeleton}>
          {(Panel) => (
            <Panel
              key={`${state.subject ? subjectKey(state.subject) : ""} ${state.chosen ?? ""}`}
              view={view}
              context={state.context}
              options={options}
              onNews={setNews}
              summary={(shown) => toSummary(shown, options)}
              chosen={state.chosen !== null}
              handlers={handlers}
            />
          )}
        </Content>
      </ErrorBoundary>
      <Announcer text={view.announcement} settled={state.phase === "settled"} about={aboutOf(state)} news={news} />
    </ThemeProvider>
  );
}

type PanelComponent = typeof import("./ui/Panel.tsx").Panel;

// Asked for at once, so that it comes while the API answers; apart, so that the outline is on screen before it.
const panel = import("./ui/Panel.tsx");
// Whoever awaits it hears of a failure; before that it is nobody's unhandled rejection.
panel.catch(() => {});

interface ContentProps {
  view: PanelView;
  skeleton: boolean;
  children: (Panel: PanelComponent) => ReactNode;
}

/** The outline until there is something to show. Not `Suspense`: that holds content back for up to half a second. */
function Content({ view, skeleton, children }: ContentProps) {
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
  return loaded && view.state !== "loading" ? children(loaded.Panel) : <Shell view={view} skeleton={skeleton} />;
}

type Surroundings = Pick<PanelOptions, "place" | "locale" | "timeZone" | "admin" | "messages" | "now">;

function panelOptions(state: SessionState, surroundings: Surroundings): PanelOptions {
  return {
    ...surroundings,
    phase: state.phase,
    updating: state.updating,
    offline: state.offline,
    problem: state.problem,
    setup: state.setup,
    waiting: state.subject?.kind === "waiting",
    chosen: state.chosen !== null,
    refreshAllowedAt: state.refreshAllowedAt,
    requestId: state.requestId,
    currentTicketId: state.subject?.ticketId ?? undefined,
  };
}

interface AnnouncerProps {
  text: string;
  settled: boolean;
  about: string;
  news: string;
}

/** Who was spoken of: a ticket may come to have another requester. */
const aboutOf = ({ context }: SessionState): string => (context ? `${context.ref} ${context.customer?.id}` : "");

/** Says once, when the customer has settled, who it is, and then what changes: ages that tick are never announced. */
function Announcer({ text, settled, about, news }: AnnouncerProps) {
  const said = useRef({ about: "", text: "", news: "" });
  const { current } = said;
  if (settled && text && current.about !== about) said.current = { about, text, news };
  // What was news before a refresh is not said again after it.
  else if (!settled && current.text === current.news) said.current = { about: current.about, text, news };
  else if (news && news !== current.news) said.current = { about: current.about, text: news, news };
  return (
    <div className="visually-hidden" role="status">
      {settled ? said.current.text : ""}
    </div>
  );
}

/** English is built in; another language comes as a file of its own and takes over when it is there. */
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
    for (const [name, value] of Object.entries(cssVariables(theme))) root.style.setProperty(name, value);
    root.style.colorScheme = scheme;
    root.lang = locale;
    root.dir = direction;
  }, [theme, scheme, locale, direction]);
}
