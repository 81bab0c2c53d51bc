import { Component, type ReactNode } from "react";
import { reloadApp } from "../session/pageSession.ts";

interface Props {
  title: string;
  children: ReactNode;
}

/** Shows an unexpected error as one, with a way to reload, instead of a blank sidebar. */
export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="panel" aria-label={this.props.title}>
        <section className="notice notice-danger">
          <h2>This panel has stopped working</h2>
          <p>The ticket isn't affected.</p>
          <button type="button" className="link" onClick={reloadApp}>
            Reload
          </button>
        </section>
      </main>
    );
  }
}
