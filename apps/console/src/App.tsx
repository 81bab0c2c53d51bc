import { ThemeProvider } from "@zendeskgarden/react-theming";
import { Suspense, useCallback, useEffect, useState } from "react";
import { pages } from "./pages.ts";
import { SignIn } from "./session/SignIn.tsx";
import { idleMs, type Session } from "./session/session.ts";
import { ErrorBoundary } from "./ui/ErrorBoundary.tsx";
import { Layout } from "./ui/Layout.tsx";
import { Loading } from "./ui/states.tsx";
import { useTheme } from "./ui/theme.ts";
import { useAddress } from "./ui/Views.tsx";

export function App() {
  const theme = useTheme();
  const [session, setSession] = useState<Session | null>(null);
  const [notice, setNotice] = useState("");
  const page = usePage();
  const end = useCallback((reason: string) => {
    setSession(null);
    setNotice(reason);
  }, []);
  useIdleLimit(session !== null, end);
  useEffect(() => {
    document.title = session ? `${page.title} · Sidelight` : "Sidelight console";
  }, [session, page]);

  return (
    <ThemeProvider theme={theme}>
      <ErrorBoundary>
        {session ? (
          <Layout page={page} onSignOut={() => end("You are signed out.")}>
            <Suspense fallback={<Loading />}>
              <page.Page session={session} />
            </Suspense>
          </Layout>
        ) : (
          <SignIn notice={notice} onSession={setSession} onEnd={end} />
        )}
      </ErrorBoundary>
    </ThemeProvider>
  );
}

function usePage() {
  const [path] = useAddress();
  return pages.find((page) => page.path === path) ?? pages[0];
}

/** A key that stays in an unattended window is a risk. */
function useIdleLimit(isSignedIn: boolean, end: (reason: string) => void): void {
  useEffect(() => {
    if (!isSignedIn) return;
    let timer: ReturnType<typeof setTimeout>;
    const restart = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => end("You were signed out after 30 minutes without activity."), idleMs);
    };
    restart();
    const events = ["keydown", "pointerdown"] as const;
    for (const name of events) window.addEventListener(name, restart);
    return () => {
      clearTimeout(timer);
      for (const name of events) window.removeEventListener(name, restart);
    };
  }, [isSignedIn, end]);
}
