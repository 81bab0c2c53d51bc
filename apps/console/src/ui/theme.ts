import { DEFAULT_THEME, getColor, type IGardenTheme } from "@zendeskgarden/react-theming";
import { useLayoutEffect, useMemo, useSyncExternalStore } from "react";

const darkQuery = window.matchMedia("(prefers-color-scheme: dark)");

/** Our custom properties and the Garden variables behind them. */
const variables = {
  "--bg": "background.default",
  "--bg-subtle": "background.subtle",
  "--bg-raised": "background.raised",
  "--bg-recessed": "background.recessed",
  "--bg-good": "background.success",
  "--bg-warning": "background.warning",
  "--fg": "foreground.default",
  "--fg-muted": "foreground.subtle",
  "--fg-primary": "foreground.primary",
  "--fg-good": "foreground.success",
  "--fg-warning": "foreground.warning",
  "--fg-danger": "foreground.danger",
  "--border": "border.default",
  "--border-subtle": "border.subtle",
  "--border-emphasis": "border.emphasis",
  "--focus": "border.primaryEmphasis",
} as const;

/** The theme of the system, as it is now. Also sets the custom properties of the page. */
export function useTheme(): IGardenTheme {
  const isDark = useSyncExternalStore(watchScheme, () => darkQuery.matches);
  const theme = useMemo(
    (): IGardenTheme => ({ ...DEFAULT_THEME, colors: { ...DEFAULT_THEME.colors, base: isDark ? "dark" : "light" } }),
    [isDark],
  );
  useLayoutEffect(() => {
    const { style } = document.documentElement;
    for (const [name, variable] of Object.entries(variables)) style.setProperty(name, getColor({ theme, variable }));
    style.colorScheme = isDark ? "dark" : "light";
  }, [theme, isDark]);
  return theme;
}

function watchScheme(listener: () => void): () => void {
  darkQuery.addEventListener("change", listener);
  return () => darkQuery.removeEventListener("change", listener);
}
