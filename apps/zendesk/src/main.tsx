import { createPanelSession, type PanelSession } from "@sidelight/panel/session/session.ts";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { locationFrom, places } from "./session/place.ts";
import { subjectReader, type ZendeskSubject } from "./session/subject.ts";
import { createZafTransport } from "./session/transport.ts";
import { createEnvironment } from "./zaf/environment.ts";
import { fitHeight } from "./zaf/height.ts";
import { connectHost, type Host } from "./zaf/host.ts";
import "./styles/index.css";

type Session = PanelSession<ZendeskSubject>;

const root = createRoot(document.getElementById("root") as HTMLElement);
const host = connectHost();
const environment = createEnvironment(host, window.location.search);

async function start(host: Host): Promise<void> {
  const lifecycle = watchLifecycle(host);
  const registration = await Promise.race([Promise.all([host.metadata(), host.location()]), handshakeTimeout()]);
  if (!registration) return await showOutside();
  const [{ settings }, locationName] = registration;
  const location = locationFrom(locationName);
  const apiUrl = typeof settings["api_url"] === "string" ? settings["api_url"] : "";
  const session: Session = createPanelSession({ transport: createZafTransport(host, apiUrl), loadLive });
  if (!apiUrl) session.setSetupFault("missing_settings");
  session.setOffline(!navigator.onLine);
  window.addEventListener("online", () => session.setOffline(false));
  window.addEventListener("offline", () => session.setOffline(true));
  // In a file of its own: few agents correct a customer.
  const loadIdentity = () => import("./session/identity.ts").then((module) => module.createIdentityTransport(host, apiUrl));
  root.render(
    <App host={host} session={session} place={places[location]} environment={environment} loadIdentity={loadIdentity} />,
  );
  fitHeight(host, document.getElementById("root") as HTMLElement);
  followSubject(host, session, subjectReader(host, location));
  lifecycle.attach(session);
}

/** In a file of its own: the first screen does not wait for it. */
const loadLive = () => import("@sidelight/panel/session/live.ts").then(({ createLive }) => createLive);

/** A page that only has the address of a host never answers the handshake. */
const handshakeMs = 5_000;
const handshakeTimeout = (): Promise<null> => new Promise((resolve) => setTimeout(resolve, handshakeMs, null));

async function showOutside(): Promise<void> {
  const { OutsideHost } = await import("./OutsideHost.tsx");
  root.render(<OutsideHost environment={environment} />);
}

/** A change of requester sends two events, and more while an agent types: they are handled together. */
const requesterSettleMs = 200;

function followSubject(host: Host, session: Session, read: ReturnType<typeof subjectReader>): void {
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
  void show();
}

/** Listens from the first moment, because `app.activated` may arrive before the session exists. */
function watchLifecycle(host: Host): { attach(session: Session): void } {
  let isActive = false;
  let session: Session | null = null;
  const setActive = (value: boolean): void => {
    isActive = value;
    session?.setVisible(value);
  };
  host.on("app.activated", () => setActive(true));
  host.on("app.deactivated", () => setActive(false));
  host.on("app.willDestroy", () => {
    session?.stop();
    root.unmount();
  });
  return {
    attach: (newSession) => {
      session = newSession;
      session.setVisible(isActive);
    },
  };
}

// At the end, when everything above is initialized.
if (host) void start(host);
else void showOutside();
