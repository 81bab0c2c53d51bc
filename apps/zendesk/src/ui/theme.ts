import { cssVariables } from "@sidelight/ui/colors.ts";
import { DEFAULT_THEME, getColor, type IGardenTheme } from "@zendeskgarden/react-theming";

export type Scheme = "light" | "dark";

export function themeFor(scheme: Scheme, direction: "ltr" | "rtl"): IGardenTheme {
  return { ...DEFAULT_THEME, rtl: direction === "rtl", colors: { ...DEFAULT_THEME.colors, base: scheme } };
}

/** Custom properties of this app only, and the Garden variables behind them. */
const ownColors = {
  "--bg-danger": "background.danger",
  "--border-warning": "border.warning",
  "--border-danger": "border.danger",
};

export const themeVariables = (theme: IGardenTheme): Record<string, string> =>
  cssVariables(ownColors, (variable) => getColor({ theme, variable }));
