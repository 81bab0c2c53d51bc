import { Component, type ReactNode } from "react";

/** Shows a message instead of an empty page when a part of the console fails. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <main className="sign-in">
        <p role="alert">The console failed. Reload the page.</p>
      </main>
    );
  }
}
