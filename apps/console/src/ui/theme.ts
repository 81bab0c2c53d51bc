import { cssVariables } from "@sidelight/ui/colors.ts";
import { DEFAULT_THEME, getColor, type IGardenTheme } from "@zendeskgarden/react-theming";
import { useLayoutEffect, useMemo, useSyncExternalStore } from "react";

const darkQuery = window.matchMedia("(prefers-color-scheme: dark)");

/** Custom properties of this app only, and the Garden variables behind them. */
const ownColors = {
  "--bg-raised": "background.raised",
  "--bg-recessed": "background.recessed",
  "--bg-danger": "background.danger",
};

/** The theme of the system, as it is now. Also sets the custom properties of the page. */
export function useTheme(): IGardenTheme {
  const isDark = useSyncExternalStore(watchScheme, () => darkQuery.matches);
  const theme = useMemo(
    (): IGardenTheme => ({ ...DEFAULT_THEME, colors: { ...DEFAULT_THEME.colors, base: isDark ? "dark" : "light" } }),
    [isDark],
  );
  useLayoutEffect(() => {
    const { style } = document.documentElement;
    const colors = cssVariables(ownColors, (variable) => getColor({ theme, variable }));
    for (const [name, color] of Object.entries(colors)) style.setProperty(name, color);
    style.colorScheme = isDark ? "dark" : "light";
  }, [theme, isDark]);
  return theme;
}

function watchScheme(listener: () => void): () => void {
  darkQuery.addEventListener("change", listener);
  return () => darkQuery.removeEventListener("change", listener);
}
