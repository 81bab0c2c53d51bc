import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Fonts that browser tests can run with: Debian package and folder. */
const fonts: Readonly<Record<string, { package: string; folder: string }>> = {
  "DejaVu Sans": { package: "fonts-dejavu-core", folder: "/usr/share/fonts/truetype/dejavu" },
  Inter: { package: "fonts-inter", folder: "/usr/share/fonts/opentype/inter" },
  Roboto: { package: "fonts-roboto", folder: "/usr/share/fonts/truetype/roboto" },
};
/** Has the scripts of every test; it also fills in what a different font lacks. */
const defaultFont = "DejaVu Sans";

/**
 * The environment of a browser that has one font for everything, so that no layout depends on what a machine has installed.
 * `SIDELIGHT_FONT` chooses a different one, for example `Inter`.
 * @throws when the font is not installed
 */
export function fontEnvironment(): { FONTCONFIG_FILE?: string } {
  if (process.platform !== "linux") return {};
  const family = process.env["SIDELIGHT_FONT"] || defaultFont;
  const folders = [...new Set([family, defaultFont])].map((name) => {
    const font = fonts[name];
    if (!font) throw new Error(`SIDELIGHT_FONT is ${name}. Use one of ${Object.keys(fonts).join(", ")}.`);
    if (!existsSync(font.folder)) throw new Error(`The font ${name} is not installed. Install the package ${font.package}.`);
    return font.folder;
  });
  const home = join(tmpdir(), `sidelight-fonts-${process.getuid?.()}-${family.replaceAll(" ", "-").toLowerCase()}`);
  mkdirSync(home, { recursive: true });
  const file = join(home, "fonts.conf");
  writeFileSync(file, fontConfig(family, folders, join(home, "cache")));
  return { FONTCONFIG_FILE: file };
}

const fontConfig = (family: string, folders: readonly string[], cache: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  ${folders.map((folder) => `<dir>${folder}</dir>`).join("\n  ")}
  <cachedir>${cache}</cachedir>
  <match target="pattern">
    <edit name="family" mode="prepend" binding="strong"><string>${family}</string></edit>
  </match>
</fontconfig>
`;
