import { brokenNotice, type Messages } from "@sidelight/panel/brokenNotice.ts";
import { Component, type ReactNode } from "react";
import { messagesFor } from "../messages.ts";
import { reloadApp } from "../session/pageSession.ts";

interface Props {
  /** Of the person, as it is when something fails. */
  readLocale: () => string;
  children: ReactNode;
}

interface State {
  hasFailed: boolean;
  messages: Messages | undefined;
}

/** Shows an unexpected error of the whole app as one, with a way to reload, instead of a blank sidebar. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { hasFailed: false, messages: undefined };

  static getDerivedStateFromError(): Partial<State> {
    return { hasFailed: true };
  }

  override componentDidCatch(): void {
    void messagesFor(this.props.readLocale()).then((messages) => this.setState({ messages }));
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    const { panel, title, text, reload } = brokenNotice(this.props.readLocale(), this.state.messages);
    return (
      <main className="panel" aria-label={panel} data-state="broken">
        <section className="notice notice-danger" role="alert">
          <h2>{title}</h2>
          <p>{text}</p>
          <button type="button" className="link" onClick={reloadApp}>
            {reload}
          </button>
        </section>
      </main>
    );
  }
}
