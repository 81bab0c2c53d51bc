import { basename } from "node:path";
import type { Plugin } from "vite";

/** Controls of Garden that this app does not have. Its fields and labels import their styles nevertheless. */
const unusedControls =
  /\/@zendeskgarden\/react-forms\/dist\/esm\/(?:styled\/(?:radio|checkbox|toggle)|elements\/(?:Radio|Checkbox|Toggle))[/.]/;
/** Colors of version 8, for a hue that no component of the app has. */
const formerColors = /\/@zendeskgarden\/react-theming\/dist\/esm\/utils\/getColorV8\.js$/;
/** Colors that the themes do not have: those with a name in CSS, and the hues for tags and avatars. */
const unusedColors = [
  { module: /\/color2k\/dist\/index\.exports\.import\.es\.mjs$/, text: /(?<=compressedColorMap = ')[^']+/ },
  { module: /\/@zendeskgarden\/react-theming\/dist\/esm\/elements\/palette\/index\.js$/, text: /,\s*fuschia: \{[^;]+(?=\n\};)/ },
];

/**
 * Leaves out what the app loads with Garden and never uses.
 * @throws {Error} in the build, when the app uses one of these controls after all
 */
export function slimGarden(): Plugin {
  return {
    name: "sidelight:slim-garden",
    enforce: "pre",
    load(id) {
      if (!unusedControls.test(id) && !formerColors.test(id)) return;
      const name = basename(id, ".js");
      return `export const ${name} = () => { throw new Error("${name}${missing}"); };`;
    },
    transform(code, id) {
      const colors = unusedColors.find(({ module }) => module.test(id));
      if (!colors) return;
      const slimCode = code.replace(colors.text, "");
      if (slimCode === code) this.error(`${basename(id)} has changed. Adapt apps/zendesk/tools/slimGarden.ts.`);
      return { code: slimCode, map: null };
    },
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const used = chunks.flatMap(({ modules }) =>
        Object.entries(modules).filter(
          ([id, { renderedLength }]) => /\/elements\//.test(id) && unusedControls.test(id) && renderedLength > 0,
        ),
      );
      if (used.length > 0) this.error(`${used.map(([id]) => basename(id, ".js")).join(", ")}${missing}`);
    },
  };
}

const missing = " of Garden is not in this build. Remove it from apps/zendesk/tools/slimGarden.ts.";
