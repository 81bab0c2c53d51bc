import { writeFileSync } from "node:fs";
import { cssVariables } from "@sidelight/ui/colors.ts";
import { DEFAULT_THEME, getColor, type IGardenTheme } from "@zendeskgarden/react-theming";

type Scheme = "light" | "dark";
type ColorOptions = Omit<Parameters<typeof getColor>[0], "theme">;

/** Custom properties of this app only, and the Garden variables behind them. */
const ownVariables = {
  "--bg-danger": "background.danger",
  "--bg-disabled": "background.disabled",
  "--bg-avatar": "background.emphasis",
  "--bg-primary": "background.primaryEmphasis",
  "--fg-disabled": "foreground.disabled",
  "--fg-on-emphasis": "foreground.onEmphasis",
  "--border-warning": "border.warning",
  "--border-danger": "border.danger",
  "--border-primary": "border.primaryEmphasis",
};

/** Colors that Garden's components derive from its palette. */
const derivedColors: Readonly<Record<string, ColorOptions>> = {
  "--bg-primary-hover": { variable: "background.primaryEmphasis", dark: { offset: -100 }, light: { offset: 100 } },
  "--bg-hover": { variable: "background.primaryEmphasis", transparency: DEFAULT_THEME.opacity[100] },
  "--bg-tag": { hue: "neutralHue", dark: { shade: 800 }, light: { shade: 200 } },
  "--bg-skeleton": {
    transparency: DEFAULT_THEME.opacity[200],
    light: { hue: "neutralHue", shade: 700 },
    dark: { hue: "white" },
  },
};

/** The stylesheet with Garden's colors in both schemes. Garden itself takes longer to start than the rest of the panel. */
export function colorStyles(): string {
  const rule = (selector: string, scheme: Scheme): string => {
    const lines = Object.entries(colorsOf(scheme)).map(
      ([name, color]) => `  ${name}: ${color.toLowerCase().replaceAll(",", ", ")};`,
    );
    return [`${selector} {`, `  color-scheme: ${scheme};`, ...lines, "}"].join("\n");
  };
  const header = "/* Generated from Garden's palette by tools/colors.ts. */";
  return `${[header, rule(":root", "light"), "", rule(':root[data-scheme="dark"]', "dark")].join("\n")}\n`;
}

function colorsOf(scheme: Scheme): Record<string, string> {
  const theme: IGardenTheme = { ...DEFAULT_THEME, colors: { ...DEFAULT_THEME.colors, base: scheme } };
  const derivedEntries = Object.entries(derivedColors).map(([name, options]) => [name, getColor({ theme, ...options })]);
  return { ...cssVariables(ownVariables, (variable) => getColor({ theme, variable })), ...Object.fromEntries(derivedEntries) };
}

if (import.meta.main) writeFileSync(new URL("../src/styles/colors.css", import.meta.url), colorStyles());
