import { createPanelSession, type PanelSession } from "@sidelight/panel/session/session.ts";
import { drawOutline } from "./outline.ts";
import { takePageSession } from "./session/pageSession.ts";
import { locationFrom, places } from "./session/place.ts";
import { createReader } from "./session/reader.ts";
import { readTicketFields, subjectReader, type ZendeskSubject } from "./session/subject.ts";
import { createZafTransport } from "./session/transport.ts";
import { applyScheme } from "./ui/theme.ts";
import { createEnvironment } from "./zaf/environment.ts";
import { connectHost, type Host } from "./zaf/host.ts";
import "./styles/index.css";

type Session = PanelSession<ZendeskSubject>;

// This file has no React in it: the first call to the API is on its way while the browser still prepares what draws the answer.
const host = connectHost();
const page = takePageSession(document);
const environment = createEnvironment(host, window.location.search);
async function start(host: Host): Promise<void> {
  const lifecycle = watchLifecycle(host);
  // Asked for together with the place, because every answer of the host takes a turn.
  const ticket = readTicketFields(host);
  ticket.catch(() => {});
  const registration = await Promise.race([Promise.all([host.metadata(), host.location()]), handshakeTimeout()]);
  if (!registration) return await showOutside();
  const [{ settings }, locationName] = registration;
  const location = locationFrom(locationName);
  const apiUrl = page?.apiUrl ?? (typeof settings["api_url"] === "string" ? settings["api_url"] : "");
  const reader = createReader(environment);
  const session: Session = createPanelSession({
    transport: createZafTransport(host, apiUrl, page, { place: location, reader: reader.current }),
    loadLive,
  });
  if (!apiUrl) session.setSetupFault("missing_settings");
  session.setOffline(!navigator.onLine);
  window.addEventListener("online", () => session.setOffline(false));
  window.addEventListener("offline", () => session.setOffline(true));
  lifecycle.attach(session);
  lifecycle.onDestroy(reader.follow(session));
  await followSubject(host, session, subjectReader(host, location, ticket));
  // In a file of its own: few agents correct a customer.
  const loadIdentity = () => import("./session/identity.ts").then((module) => module.createIdentityTransport(host, apiUrl, page));
  const loadTimeline = () => import("./session/timeline.ts").then((module) => module.createTimelineTransport(host, apiUrl, page));
  const loadActions = () => import("./actions/transport.ts").then((module) => module.createZafActions(host, apiUrl, page));
  // After the call has left, so that it does not wait for React.
  const { mountPanel } = await import("./mount.tsx");
  const locale = (): string => environment.current().locale;
  const loadCards = () =>
    import("./session/cards.ts").then((module) => module.createZafCards({ host, apiUrl, page, session, locale }));
  const loads = { loadIdentity, loadTimeline, loadActions, loadCards };
  lifecycle.onDestroy(mountPanel({ host, session, place: places[location], environment, ...loads }));
}

/** In a file of its own: the first screen does not wait for it. */
const loadLive = () => import("@sidelight/panel/session/live.ts").then(({ createLive }) => createLive);

/** A page that only has the address of a host never answers the handshake. */
const handshakeMs = 5_000;
const handshakeTimeout = (): Promise<null> => new Promise((resolve) => setTimeout(resolve, handshakeMs, null));

const showOutside = async (): Promise<void> => (await import("./mount.tsx")).mountOutside(environment);

/** A change of requester sends two events, and more while an agent types: they are handled together. */
const requesterSettleMs = 100;

/** @returns when the first subject is shown */
function followSubject(host: Host, session: Session, read: ReturnType<typeof subjectReader>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastRead = 0;
  const show = async (): Promise<void> => {
    const thisRead = ++lastRead;
    const subject = await read().catch(() => null);
    if (subject && thisRead === lastRead) session.show(subject);
  };
  const showSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(show, requesterSettleMs);
  };
  host.on("ticket.requester.id.changed", showSoon);
  host.on("ticket.requester.email.changed", showSoon);
  return show();
}

interface Lifecycle {
  attach(session: Session): void;
  /** Adds what ends with the app. */
  onDestroy(end: () => void): void;
}

/** Listens from the first moment, because `app.activated` may arrive before the session exists. */
function watchLifecycle(host: Host): Lifecycle {
  let isActive = false;
  let session: Session | null = null;
  const ends: (() => void)[] = [];
  const setActive = (value: boolean): void => {
    isActive = value;
    session?.setVisible(value);
  };
  host.on("app.activated", () => setActive(true));
  host.on("app.deactivated", () => setActive(false));
  host.on("app.willDestroy", () => {
    session?.stop();
    for (const end of ends) end();
  });
  return {
    attach: (newSession) => {
      session = newSession;
      session.setVisible(isActive);
    },
    onDestroy: (end) => void ends.push(end),
  };
}

applyScheme(environment.current().scheme);
drawOutline();
// At the end, when everything above is initialized.
if (host) void start(host);
else void showOutside();
