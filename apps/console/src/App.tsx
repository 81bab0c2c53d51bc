import { ThemeProvider } from "@zendeskgarden/react-theming";
import { Suspense, useCallback, useEffect, useState } from "react";
import { pages } from "./pages.ts";
import { SignIn } from "./session/SignIn.tsx";
import { failureText, resume, type Session } from "./session/session.ts";
import { useActivity } from "./session/useActivity.ts";
import { useAddress } from "./ui/address.ts";
import { ErrorBoundary } from "./ui/ErrorBoundary.tsx";
import { Layout } from "./ui/Layout.tsx";
import { Failed, Loading } from "./ui/states.tsx";
import { useTheme } from "./ui/theme.ts";

export function App() {
  const theme = useTheme();
  const { session, isResuming, problem, notice, setSession, end, retry } = useSession();
  const page = usePage();
  useActivity(session, end);
  useEffect(() => {
    document.title = session ? `${page.title} · Sidelight` : "Sidelight console";
  }, [session, page]);

  const signOut = (): void => {
    session?.signOut().then(
      () => end("You are signed out."),
      (error) => end(`${failureText(error)} The session may not have ended.`),
    );
  };

  const content = (): JSX.Element => {
    if (isResuming) return <Loading />;
    if (problem) return <Failed text={problem} onRetry={retry} />;
    if (!session) return <SignIn notice={notice} onSession={setSession} onEnd={end} />;
    return (
      <Layout page={page} session={session} onSignOut={signOut}>
        <Suspense fallback={<Loading />}>
          <page.Page session={session} />
        </Suspense>
      </Layout>
    );
  };
  return (
    <ThemeProvider theme={theme}>
      <ErrorBoundary>{content()}</ErrorBoundary>
    </ThemeProvider>
  );
}

/** The session of this browser: after a reload the one that it has, after a sign-in the new one. */
function useSession() {
  const [session, setSession] = useState<Session | null>(null);
  const [isResuming, setResuming] = useState(true);
  const [problem, setProblem] = useState("");
  const [notice, setNotice] = useState("");
  const [attempt, setAttempt] = useState(0);
  const end = useCallback((reason: string) => {
    setSession(null);
    setNotice(reason);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    setResuming(true);
    setProblem("");
    resume(end)
      .then(setSession, (error: unknown) => setProblem(failureText(error)))
      .finally(() => setResuming(false));
  }, [end, attempt]);
  return { session, isResuming, problem, notice, setSession, end, retry: () => setAttempt((count) => count + 1) };
}

function usePage() {
  const [path] = useAddress();
  return pages.find((page) => page.path === path) ?? pages[0];
}
