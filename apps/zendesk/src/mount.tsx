import { createRoot } from "react-dom/client";
import { App, type AppProps } from "./App.tsx";
import { ErrorBoundary } from "./ui/ErrorBoundary.tsx";
import type { Environment } from "./zaf/environment.ts";
import { fitHeight } from "./zaf/height.ts";

const rootElement = (): HTMLElement => {
  const element = document.getElementById("root");
  if (!element) throw new Error("The page has no element with the id root.");
  return element;
};

/** Draws the panel. @returns removes it */
export function mountPanel(props: AppProps): () => void {
  const element = rootElement();
  const root = createRoot(element);
  const readLocale = (): string => props.environment.current().locale;
  root.render(
    <ErrorBoundary readLocale={readLocale}>
      <App {...props} />
    </ErrorBoundary>,
  );
  fitHeight(props.host, element);
  return () => root.unmount();
}

/** Draws the app's page outside a product. */
export async function mountOutside(environment: Environment): Promise<void> {
  const { OutsideHost } = await import("./OutsideHost.tsx");
  createRoot(rootElement()).render(<OutsideHost environment={environment} />);
}
