import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { browserClock } from "./clock.ts";
import { createApi } from "./session/api.ts";
import { createSession, type Session } from "./session/session.ts";
import { placeOf, subjectReader } from "./session/subject.ts";
import { createEnvironment } from "./zaf/environment.ts";
import { fitHeight } from "./zaf/height.ts";
import { connectHost, type Host } from "./zaf/host.ts";
import "./styles/index.css";

const root = createRoot(document.getElementById("root") as HTMLElement);
const host = connectHost();
const environment = createEnvironment(host, window.location.search);
async function start(host: Host): Promise<void> {
  const lifecycle = watchLifecycle(host);
  const registration = await Promise.race([Promise.all([host.metadata(), host.location()]), silence()]);
  if (!registration) return await showOutside();
  const [{ settings }, location] = registration;
  const place = placeOf(location);
  const apiUrl = typeof settings["api_url"] === "string" ? settings["api_url"] : "";
  const session = createSession(createApi(host, apiUrl, Date.now), browserClock);
  if (!apiUrl) session.misconfigured("missing_settings");
  session.setOffline(!navigator.onLine);
  window.addEventListener("online", () => session.setOffline(false));
  window.addEventListener("offline", () => session.setOffline(true));
  root.render(<App host={host} session={session} place={place} environment={environment} />);
  fitHeight(host, document.getElementById("root") as HTMLElement);
  followSubject(host, session, subjectReader(host, place));
  lifecycle.drive(session, goLive(host, apiUrl, session));
}

/** A page whose address only looks like a host's never answers the handshake. */
const handshakeMs = 5_000;
const silence = (): Promise<null> => new Promise((resolve) => setTimeout(resolve, handshakeMs, null));

async function showOutside(): Promise<void> {
  const { OutsideHost } = await import("./OutsideHost.tsx");
  root.render(<OutsideHost environment={environment} />);
}

/** In a file of its own: nothing on the first screen waits for it. @returns ends it */
function goLive(host: Host, apiUrl: string, session: Session): () => void {
  let ended = false;
  let end = (): void => {};
  import("./session/live.ts")
    .then(({ followLive, createLiveApi }) => {
      if (ended) return;
      end = followLive({ session, api: createLiveApi(host, apiUrl), clock: browserClock, random: Math.random });
    })
    // A file that can't be fetched leaves a panel that changes by Refresh alone.
    .catch(() => {});
  return () => {
    ended = true;
    end();
  };
}

/** Both events of one change of requester come together, and again while an agent types: they are taken as one. */
const requesterSettleMs = 200;

function followSubject(host: Host, session: Session, read: ReturnType<typeof subjectReader>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading = 0;
  const show = async (): Promise<void> => {
    const mine = ++reading;
    const subject = await read().catch(() => null);
    if (subject && mine === reading) session.show(subject);
  };
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(show, requesterSettleMs);
  };
  host.on("ticket.requester.id.changed", changed);
  host.on("ticket.requester.email.changed", changed);
  void show();
}

/** Listens from the first moment: `app.activated` may come before the session exists. */
function watchLifecycle(host: Host): { drive(session: Session, endLive: () => void): void } {
  let active = false;
  let driven: Session | null = null;
  let ends = (): void => {};
  host.on("app.activated", () => {
    active = true;
    driven?.activate();
  });
  host.on("app.deactivated", () => {
    active = false;
    driven?.deactivate();
  });
  host.on("app.willDestroy", () => {
    ends();
    driven?.destroy();
    root.unmount();
  });
  return {
    drive: (session, endLive) => {
      driven = session;
      ends = endLive;
      if (active) session.activate();
    },
  };
}

// Last, when everything above exists.
if (host) void start(host);
else void showOutside();
