import { DEFAULT_THEME, type IGardenTheme, ThemeProvider } from "@zendeskgarden/react-theming";
import { type ReactNode, useContext, useMemo } from "react";
import { SchemeContext } from "./SchemeContext.ts";

/** Garden for the parts that open later. The first screen does without it: see elements.tsx. */
export function GardenTheme({ children }: { children: ReactNode }) {
  const scheme = useContext(SchemeContext);
  const isMirrored = document.documentElement.dir === "rtl";
  const theme = useMemo(
    (): IGardenTheme => ({ ...DEFAULT_THEME, rtl: isMirrored, colors: { ...DEFAULT_THEME.colors, base: scheme } }),
    [scheme, isMirrored],
  );
  return <ThemeProvider theme={theme}>{children}</ThemeProvider>;
}
