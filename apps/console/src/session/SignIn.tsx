import { SidelightError } from "@sidelight/client";
import { Button } from "@zendeskgarden/react-buttons";
import { Field, Input } from "@zendeskgarden/react-forms";
import { type FormEvent, useState } from "react";
import { failureText, type Session, signIn } from "./session.ts";

interface Props {
  /** Why the previous session ended; "" when there was none. */
  notice: string;
  onSession: (session: Session) => void;
  onEnd: (reason: string) => void;
}

export function SignIn({ notice, onSession, onEnd }: Props) {
  const [apiKey, setApiKey] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (apiKey.trim() === "" || isBusy) return;
    setBusy(true);
    setProblem("");
    try {
      onSession(await signIn(apiKey.trim(), onEnd));
    } catch (error) {
      setProblem(refusalText(error));
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form onSubmit={submit} autoComplete="off">
        <h1>Sidelight console</h1>
        {notice && (
          <p role="status" className="muted">
            {notice}
          </p>
        )}
        <Field>
          <Field.Label>API key</Field.Label>
          <Field.Hint>
            A key with the role admin or service. It is exchanged for a session: this page does not keep it.
          </Field.Hint>
          <Input
            type="password"
            autoComplete="off"
            spellCheck={false}
            autoFocus
            value={apiKey}
            onChange={(event) => setApiKey(event.target.value)}
            {...(problem ? { validation: "error" as const } : {})}
          />
          {problem && (
            <Field.Message validation="error" role="alert">
              {problem}
            </Field.Message>
          )}
        </Field>
        <Button type="submit" isPrimary isStretched disabled={isBusy}>
          {isBusy ? "Signing in…" : "Sign in"}
        </Button>
        <p className="muted small">
          Create a key with <code>sidelight keys create --role admin</code>.
        </p>
      </form>
    </main>
  );
}

function refusalText(error: unknown): string {
  if (!(error instanceof SidelightError)) return failureText(error);
  if (error.code === "unauthenticated") return "This key is unknown, expired or revoked. Enter another one.";
  if (error.code === "forbidden" && error.message.includes("lacks the right"))
    return "This key has another role. Enter a key with the role admin or service.";
  return failureText(error);
}
